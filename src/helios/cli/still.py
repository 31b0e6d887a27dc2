"""``helios still`` and ``helios sheet``: frames of anything, as images."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from helios.cli.flags import Json, QuietAlready
from helios.cli.options import read_flags, with_render_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.rendering.stills import Still

_NOT_OF_STILLS = (
    "start_frame",
    "frame_count",
    "video_codec",
    "hwaccel",
    "preset",
    "encoding_preset",
    "quality",
    "pixel_format",
    "video_bitrate",
    "loudness",
    "audio_codec",
    "audio_bitrate",
    "concurrency",
    "chunk_frames",
    "threads",
    "frames",
    "page_audio",
    "initial_view",
)


@with_render_options(skip=_NOT_OF_STILLS)
def still(
    input: Annotated[  # noqa: A002 - the word users see in the help
        str, Parameter(help="page, template, MODULE:OBJECT, or a finished film")
    ],
    /,
    *,
    at: Annotated[str | None, Parameter(help="the second to show, or 1:30 (default 0)")] = None,
    frame: Annotated[int | None, Parameter(help="the frame to show, from 0")] = None,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="the image: .png, .jpg or .webp")
    ] = Path("still.png"),
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
    **flags: Any,
) -> int:
    """Draw one frame, exactly as the film will show it.

    For example:

    helios still page.html --at 2.5 -o still.png

    helios still etherealFlame --audio song.mp3 --frame 75 -o still.jpg

    helios still lower-third.html --transparent -o overlay.png

    helios still film.mp4 --at 1:30 -o cover.jpg
    """
    from helios.cli.display import REPLACED
    from helios.errors import OptionError
    from helios.model.options import props_files
    from helios.model.timebase import parse_seconds
    from helios.rendering.local import check_not_input
    from helios.rendering.stills import Moment, check_image, take_still, write_image

    if at is not None and frame is not None:
        raise OptionError("--at and --frame exclude each other", hint="Give one of the two.")
    options = read_flags(flags)
    check_image(output, transparent=options.transparent)
    check_not_input(output, props_files(flags))
    moment = Moment(frame=frame, at_s=parse_seconds(at or 0, "--at"))
    found = take_still(_target(input, options.root), moment, options, image=output)
    replaced = write_image(output, found.pixels)
    if json:
        return tell_picture(output, found.pixels, (found,))
    _warn(found)
    height, width = found.pixels.shape[:2]
    print(
        f"{output}: {width}x{height}, frame {found.frame} of {found.total_frames} "
        f"({float(found.time_s):g} s){REPLACED if replaced else ''}"
    )
    return 0


@with_render_options(skip=(*_NOT_OF_STILLS, "height"))
def sheet(
    input: Annotated[  # noqa: A002 - the word users see in the help
        str, Parameter(help="page, template, MODULE:OBJECT, or a finished film")
    ],
    /,
    *,
    count: Annotated[int, Parameter(help="how many frames, first and last included")] = 12,
    columns: Annotated[int, Parameter(help="how many beside each other")] = 4,
    width: Annotated[int, Parameter(help="pixels of each frame on the sheet")] = 320,
    size: Annotated[
        str | None, Parameter(help="the film's size, such as 1280x720 (default: as declared)")
    ] = None,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="the image: .png, .jpg or .webp")
    ] = Path("sheet.png"),
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
    **flags: Any,
) -> int:
    """Draw a contact sheet: frames from first to last on one page, with their times.

    For example:

    helios sheet page.html -o sheet.png

    helios sheet silkTides --audio song.mp3 --count 20 --columns 5 -o sheet.jpg

    helios sheet film.mp4 --width 480 -o sheet.png

    A composition is drawn at the size it declares, or that of --size or --type, and then reduced.
    """
    from helios.cli.display import REPLACED
    from helios.model.options import props_files
    from helios.rendering.local import check_not_input
    from helios.rendering.stills import check_image, take_sheet, write_image

    check_image(output, transparent=False)
    options = read_flags({**flags, **_sides(size)})
    check_not_input(output, props_files(flags))
    picture, shown = take_sheet(
        _target(input, options.root),
        options,
        count=count,
        columns=columns,
        width=width,
        image=output,
    )
    replaced = write_image(output, picture)
    if json:
        return tell_picture(output, picture, shown)
    _warn(shown[-1])
    size = f"{picture.shape[1]}x{picture.shape[0]}"
    print(f"{output}: {size}, {len(shown)} frames{REPLACED if replaced else ''}")
    return 0


def tell_picture(file: Path, picture: NDArray[np.uint8], shown: Sequence[Still]) -> int:
    """Print as JSON which picture was drawn of which frames; gives the exit code."""
    from helios.agents.reports import of_stills

    print(of_stills(file, picture, shown).model_dump_json(indent=1))
    return 0


def _sides(size: str | None) -> dict[str, str]:
    from helios.errors import OptionError

    if size is None:
        return {}
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise OptionError(f"--size: {size!r} is no size", hint="Write WIDTHxHEIGHT: 1280x720.")
    return {"width": width, "height": height}


def _target(name: str, root: str | None) -> Any:
    from helios.rendering.find import find_composition
    from helios.rendering.stills import find_film

    return find_film(name, Path.cwd()) or find_composition(name, Path.cwd(), root)


def _warn(still: Still) -> None:
    for warning in still.warnings:
        print(f"warning: {warning}", file=sys.stderr)
