"""``helios init``: a small composition to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.flags import Json, QuietAlready
from helios.errors import UsageError
from helios.starters import copy_starter, load_starter, starter_names


def command(
    kind: str | None = None,
    name: Path | None = None,
    /,
    *,
    list_: Annotated[bool, Parameter(name="--list", negative="", help="show the kinds")] = False,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
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
        from helios.agents.reports import StarterReport

        words = tuple(starter.render_words(name))
        report = StarterReport(files=tuple(map(str, files)), render=words)
        print(report.model_dump_json(indent=1))
    else:
        print(f"{name}: {', '.join(file.name for file in files)}")
        print(f"Make the film: {starter.command(name)}")
    return 0


def _list(*, as_json: bool) -> int:
    starters = [load_starter(name) for name in starter_names()]
    if as_json:
        from helios.agents.reports import NAMES, Named

        rows = tuple(Named(name=s.name, description=s.description) for s in starters)
        print(NAMES.dump_json(rows, exclude_none=True).decode())
        return 0
    width = max(len(s.name) for s in starters)
    for starter in starters:
        print(f"{starter.name:<{width}}  {starter.description}")
    return 0
