"""``helios info``: what a media file holds, or what a composition says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.agents.info import Info, of_composition, of_media
from helios.cli.flags import Json, QuietAlready
from helios.cli.visible import visible
from helios.files.names import check_name
from helios.media.probe import probe
from helios.model.composition import PAGE_SUFFIXES
from helios.rendering.api import inspect

_COMPOSITIONS = {*PAGE_SUFFIXES, ".py", ".json"}
"""Files that are drawn; all others are read as media."""


def command(
    name: Annotated[str, Parameter(help="a film, a sound, or a composition as in render")],
    /,
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Say what a media file holds, counted packet by packet, or what a composition says of itself.

    helios info film.mp4

    helios info page.html --json
    """
    check_name(name)
    path = Path(name)
    if path.is_file() and path.suffix.lower() not in _COMPOSITIONS:
        info: Info = of_media(probe(path))
    else:
        info = of_composition(inspect(name))
    if json:
        print(info.model_dump_json(indent=1, exclude_none=True))
        return 0
    rows = info.model_dump(mode="json", exclude_none=True)
    width = max(map(len, rows))
    for key, value in rows.items():
        shown = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        for line in shown.splitlines() or ["none"]:
            print(visible(f"{key:<{width}}  {line}"))
    return 0
