"""``helios encode``: numbered images become a film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.cli.display import Display
from helios.cli.flags import JsonEvents, Quiet
from helios.cli.options import read_flags, with_render_options
from helios.cli.render import render_and_tell
from helios.model.composition import Composition, CompositionKind

FLAGS = (
    "fps",
    "start_frame",
    "frame_count",
    "video_codec",
    "hwaccel",
    "preset",
    "encoding_preset",
    "quality",
    "pixel_format",
    "video_bitrate",
    "transparent",
    "overlay",
    "subtitles",
    "subtitles_style",
    "audio",
    "audio_codec",
    "audio_bitrate",
    "concurrency",
    "chunk_frames",
    "threads",
)


@with_render_options(only=FLAGS)
def command(
    images: str,
    /,
    *,
    output: Annotated[
        Path,
        Parameter(
            name=["--output", "-o"],
            help="the film; its suffix chooses the container. One that is there is replaced",
        ),
    ] = Path("output.mp4"),
    json: JsonEvents = False,
    quiet: Quiet = False,
    **flags: Any,
) -> int:
    """Make a film of numbered images.

    IMAGES is a pattern such as 'frames/%05d.png', a glob in quotes, or a folder. The first number
    that exists is frame 0; a missing number is an error.

    For example:

    helios encode 'frames/%05d.png' -o film.mp4 --fps 30 --audio song.mp3

    helios encode frames -o film.webm --quality high
    """
    composition = Composition(
        kind=CompositionKind.IMAGES, location=str(Path.cwd() / images), root=Path.cwd()
    )
    with Display(as_json=json, quiet=quiet) as display:
        render_and_tell(composition, output, read_flags(flags), display)
    return 0
