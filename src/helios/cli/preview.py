"""``helios preview``: stills of a scene over its song; ``still`` and ``sheet`` for short."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.flags import Json, QuietAlready
from helios.cli.options import read_flags
from helios.cli.still import tell_picture
from helios.errors import CompositionNotFound, HeliosError, OptionError


def command(
    template: str,
    /,
    *,
    audio: Annotated[str | None, Parameter(help="FILE[,offset=,seek=,loop,...] to follow")] = None,
    at: Annotated[str | None, Parameter(help="the second to show, or 1:30 (default 0)")] = None,
    contact_sheet: Annotated[
        bool, Parameter(negative="", help="a page of stills over the whole song")
    ] = False,
    stills: Annotated[int, Parameter(help="how many on the page")] = 12,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="image file (default: NAME.png)")
    ] = None,
    type: Annotated[  # noqa: A002 - the flag's name
        str, Parameter(help="named size, as of helios render")
    ] = "flat-1080p-landscape",
    width: Annotated[str | None, Parameter(help="pixels, even (default: the type's)")] = None,
    height: Annotated[str | None, Parameter(help="pixels, even (default: the type's)")] = None,
    scale: Annotated[str | None, Parameter(help="draft size, such as 1/2")] = None,
    duration: Annotated[str | None, Parameter(help="seconds (default: the sound's)")] = None,
    fps: Annotated[str, Parameter(help="frames per second")] = "30",
    seed: Annotated[int, Parameter(help="what chance starts from")] = 0x12345678,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Draw one still of a scene, or a page of them, without rendering the film.

    For example:

    helios preview etherealFlame --audio song.mp3 --at 12.5 -o still.png

    helios preview silkTides --audio song.mp3 --contact-sheet -o sheet.jpg

    Parameters
    ----------
    template
        a template's name or file
    """
    from helios.cli.display import REPLACED
    from helios.model.composition import Composition, CompositionKind
    from helios.model.timebase import parse_seconds
    from helios.rendering.stills import Moment, check_image, take_sheet, take_still, write_image
    from helios.scene.library import load_template

    if not 1 <= stills <= 100:
        raise OptionError(f"--stills must be from 1 to 100, not {stills}")
    try:
        name = load_template(template).name
    except (CompositionNotFound, OptionError) as error:
        if template.endswith(".json") or not _is_composition(template):
            raise
        raise CompositionNotFound(
            f"{template} is no scene",
            hint="Of pages and other compositions, helios still and helios sheet draw stills.",
        ) from error
    target = output or Path(f"{name}.png")
    check_image(target, transparent=False)
    values = {
        "type": type,
        "fps": fps,
        "seed": seed,
        "scale": scale or 1,
        "duration": duration or (None if audio else 10),
    }
    given = {"audio": audio, "width": width, "height": height}
    options = read_flags({**values, **given})
    scene = Composition(kind=CompositionKind.SCENE, location=template)
    if contact_sheet:
        picture, shown = take_sheet(scene, options, count=stills, image=target)
    else:
        moment = Moment(at_s=parse_seconds(at or "0", "--at"))
        still = take_still(scene, moment, options, image=target)
        picture, shown = still.pixels, [still]
    replaced = write_image(target, picture)
    if json:
        return tell_picture(target, picture, shown)
    print(f"{target}: {picture.shape[1]}x{picture.shape[0]}{REPLACED if replaced else ''}")
    return 0


def _is_composition(named: str) -> bool:
    from helios.rendering.find import find_composition

    try:
        find_composition(named, Path.cwd())
    except HeliosError:
        return False
    return True
