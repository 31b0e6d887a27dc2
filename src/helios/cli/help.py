"""``helios help``: the same as ``--help``, for those who write it first."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from helios.errors import UsageError
from helios.files.near import did_you_mean


def command(
    *words: Annotated[str, Parameter(help="the command, such as render or queue ls")],
) -> int:
    """Print the help of a command, or of all.

    helios help render
    """
    from helios.cli.main import build_app, commands_known

    if words and words not in commands_known():
        known = [" ".join(each) for each in commands_known()]
        typed = " ".join(words)
        meant = did_you_mean(typed, known)
        raise UsageError(f"no command {typed!r}", hint=f"{meant}See: helios help")
    build_app(words)([*words, "--help"], result_action="return_value")
    return 0
