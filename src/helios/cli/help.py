"""``helios help``: the same as ``--help``, for those who write it first."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from helios.errors import UsageError


def command(
    *words: Annotated[str, Parameter(help="the command, such as render or queue ls")],
) -> int:
    """Print the help of a command, or of all.

    helios help render
    """
    from helios.cli.main import build_app, commands_known

    if words and words not in commands_known():
        raise UsageError(f"no command {' '.join(words)!r}", hint="See: helios help")
    build_app(words)([*words, "--help"], result_action="return_value")
    return 0
