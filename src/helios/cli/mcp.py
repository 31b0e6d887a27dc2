"""``helios mcp``: tools for programs that write programs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from helios.cli.extras import needs_extra


def command(
    *,
    guide: Annotated[
        bool, Parameter(negative="", help="print what such a program must know, and end")
    ] = False,
) -> int:
    """Offer tools over the Model Context Protocol, on standard input and output.

    helios mcp

    helios mcp --guide

    Tools: check, still, render, status, cancel, schema. Relative paths lead from the current
    folder. Whoever speaks to it may read and write what you may.
    """
    if guide:
        from helios.agents.guide import guide as text

        print(text(), end="")
        return 0
    with needs_extra("mcp"):
        from helios.agents.films import Films
        from helios.agents.tools import make_server
    films = Films()
    try:
        make_server(films).run("stdio")
    finally:
        films.close()
    return 0
