"""What is said of a file that cannot be read: which one, why, and what to do."""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from helios.errors import HeliosError, OptionError
from helios.files.near import nearest

_LOOKED_AT = 2000
"""Names of a folder that are compared with the one that was asked for."""


def unread(
    what: str,
    path: Path,
    cause: Exception,
    *,
    error: Callable[[str], HeliosError] = OptionError,
) -> HeliosError:
    """The error that says why ``path`` cannot be read; ``what`` is how its message names it."""
    reason = getattr(cause, "strerror", None) or str(cause)
    before, comma, after = path.name.partition(",")
    if comma and isinstance(cause, FileNotFoundError) and path.with_name(before).is_file():
        reason = f"{before} is there, but {after!r} is no setting of it"
    refusal = error(f"cannot read {what}: {reason}")
    refusal.hint = refusal.hint or what_to_do(path, cause)
    return refusal


def what_to_do(path: Path, cause: Exception) -> str:
    """The next step of one whose file cannot be read; empty where none is known."""
    number = cause.errno if isinstance(cause, OSError) else None
    if number in (errno.ENOENT, errno.ENOTDIR):
        return _where_it_may_be(path)
    if number == errno.EISDIR:
        return "This is a folder: name a file in it."
    if number == errno.EACCES:
        return f"You may not read it: chmod u+r {shlex.quote(str(path))}, or ask its owner."
    return ""


def names_beside(path: Path) -> tuple[str, ...] | None:
    """What the folder of ``path`` holds, as far as names are compared; None if there is none."""
    try:
        with os.scandir(path.parent) as entries:
            return tuple(entry.name for entry in islice(entries, _LOOKED_AT))
    except (OSError, ValueError):
        return None


def _where_it_may_be(path: Path) -> str:
    folder, names = path.parent, names_beside(path)
    if names is None:
        return f"There is no folder {folder} either: check the path."
    if meant := nearest(path.name, names, telling=len(path.stem)):
        return f"Did you mean {meant}?"
    return f"Check the name: it was looked for in {folder.absolute()}."
