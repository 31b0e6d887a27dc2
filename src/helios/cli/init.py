"""``helios init``: a small composition to start from."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.flags import Json
from helios.errors import UsageError
from helios.starters import copy_starter, load_starter, starter_names


def command(
    kind: str | None = None,
    name: Path | None = None,
    /,
    *,
    list_: Annotated[bool, Parameter(name="--list", negative="", help="show the kinds")] = False,
    json: Json = False,
) -> int:
    """Begin a film: a small composition in a folder of its own, which renders at once.

    Example: helios init page first

    Parameters
    ----------
    kind
        page, scene, python, lower-third, captions, audiogram or data
    name
        the folder, new or empty
    """
    if list_:
        return _list(as_json=json)
    if kind is None or name is None:
        known = ", ".join(starter_names())
        raise UsageError(
            "a kind and a name are needed, as in: helios init page first",
            hint=f"Kinds: {known}. What they are: helios init --list",
        )
    starter = load_starter(kind)
    files = copy_starter(starter, name)
    if json:
        words = starter.render_words(name)
        print(json_module.dumps({"files": [str(file) for file in files], "render": words}))
    else:
        print(f"{name}: {', '.join(file.name for file in files)}")
        print(f"Make the film: {starter.command(name)}")
    return 0


def _list(*, as_json: bool) -> int:
    starters = [load_starter(name) for name in starter_names()]
    if as_json:
        rows = [{"name": s.name, "description": s.description} for s in starters]
        print(json_module.dumps(rows))
        return 0
    width = max(len(s.name) for s in starters)
    for starter in starters:
        print(f"{starter.name:<{width}}  {starter.description}")
    return 0
