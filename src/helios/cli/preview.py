"""``helios preview``: stills of a scene, exactly as the film will show them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.errors import OptionError

_SHEET_SIDE = 320


def command(
    template: str,
    /,
    *,
    audio: Annotated[str | None, Parameter(help="FILE[,offset=,seek=,loop,...] to follow")] = None,
    at: Annotated[str | None, Parameter(help="the second to show (default 0)")] = None,
    contact_sheet: Annotated[
        bool, Parameter(negative="", help="a page of stills over the whole song")
    ] = False,
    stills: Annotated[int, Parameter(help="how many on the page")] = 12,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="image file")] = None,
    type: Annotated[  # noqa: A002 - the flag's name
        str, Parameter(help="named size, as of helios render")
    ] = "flat-1080p-landscape",
    scale: Annotated[str | None, Parameter(help="draft size, such as 1/2")] = None,
    duration: Annotated[str | None, Parameter(help="seconds (default: the sound's)")] = None,
    fps: Annotated[str, Parameter(help="frames per second")] = "30",
    seed: Annotated[int, Parameter(help="what chance starts from")] = 0x12345678,
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
    from helios.model.audio import AudioTrack
    from helios.model.formats import export_type
    from helios.model.timebase import frame_total, parse_fps, parse_number, parse_seconds
    from helios.scene import preview
    from helios.scene.library import load_template
    from helios.scene.scene import SceneSettings
    from helios.sources.scene import hear, sound_length

    rate, entry = parse_fps(fps), export_type(type)
    track = AudioTrack.parse(audio) if audio else None
    length = parse_seconds(duration) if duration else (sound_length(track) if track else None)
    total = max(1, frame_total(length or Fraction(10), rate))
    factor = parse_number(scale, "scale") if scale else Fraction(1)
    if not 0 < factor <= 1 or not 1 <= stills <= 100:
        raise OptionError("scale must be above 0 and at most 1, and stills from 1 to 100")
    if contact_sheet and not scale:
        factor = min(Fraction(1), Fraction(_SHEET_SIDE, max(entry.width, entry.height)))
    settings = SceneSettings(
        template=load_template(template),
        width=_even(entry.width * factor),
        height=_even(entry.height * factor),
        fps=rate,
        total_frames=total,
        seed=seed,
        table=hear(track, total, rate) if track else None,
        projection=entry.projection,
    )
    target = output or Path(f"{settings.template.name}.png")
    if contact_sheet:
        moments = preview.spread(float((total - 1) / rate), stills)
        picture = preview.contact_sheet(preview.stills(settings, moments), columns=4)
    else:
        picture = preview.still(settings, float(parse_seconds(at, "at") if at else 0))
    preview.write_image(target, picture)
    print(f"{target}: {picture.shape[1]}x{picture.shape[0]}")
    return 0


def _even(side: Fraction) -> int:
    return max(2, round(side / 2) * 2)
