"""Files that can be read to an end: what is none (a pipe, a device) may be waited for for ever."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import BinaryIO, Literal


def is_special(path: Path) -> bool:
    """Whether a device, pipe or socket has this name, or what it links to."""
    return path.exists() and not (path.is_file() or path.is_dir())


def refuse_special(path: Path) -> None:
    """Refuse a device, a pipe and a socket, before it is opened.

    Raises:
        OSError: it is one.
    """
    if is_special(path):
        raise PermissionError(errno.EPERM, "it is a device or a pipe, not a file", str(path))


def open_regular(path: Path, *, buffering: Literal[-1, 0] = -1) -> BinaryIO:
    """A file, opened for reading.

    Raises:
        OSError: it cannot be read, or is none.
    """
    refuse_special(path)
    if buffering:
        return path.open("rb")
    return path.open("rb", buffering=0)
