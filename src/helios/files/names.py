"""Names in data files are names in their folder."""

from __future__ import annotations

import errno
import os
import reprlib
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath

from helios.errors import OptionError

_LONGEST_STEM = 160
"""Bytes. File systems take 255, and records and parts add to the name."""


def is_file_name(name: str) -> bool:
    """Whether ``name`` is a file's own name, without any folder."""
    return 0 < len(name) < 256 and name not in {".", ".."} and not set(name) & set("/\\\0")


def is_inside(folder: Path, name: str) -> bool:
    """Whether ``name`` leads to something in ``folder``, links followed."""
    if not name or "\0" in name or PurePosixPath(name).is_absolute():
        return False
    if PureWindowsPath(name).drive or ".." in PurePosixPath(name).parts:
        return False
    try:
        root = folder.resolve()
        return (root / name).resolve() != root and (root / name).resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def short_name(stem: str) -> str:
    """``stem``, or what stands for it where names made of it would be too long."""
    raw = stem.encode()
    if len(raw) <= _LONGEST_STEM:
        return stem
    return f"{raw[: _LONGEST_STEM - 17].decode(errors='ignore')}-{sha256(raw).hexdigest()[:16]}"


def check_name(name: str) -> None:
    """Refuse what no file can be called.

    Raises:
        OptionError: it holds a NUL character, or is too long for the disk.
    """
    if "\0" in name:
        raise OptionError(f"{name!r} holds a NUL character, which no file's name can have")
    try:
        os.lstat(name)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise OptionError(
                f"the name is too long: {reprlib.repr(name)}",
                hint="Most disks take 255 bytes for a name and 4095 with its folders.",
            ) from error


def named_path(base: Path, name: str) -> Path:
    """The whole path of what a request names, from the folder ``base``.

    Raises:
        OptionError: no file can have such a name.
    """
    check_name(str(base / name))
    return (base / name).resolve()


def real_place(output: Path) -> Path:
    """Where a film or an image goes: a link that the user made, to another disk say, stays one.

    Raises:
        OptionError: no file can have such a name.
    """
    check_name(str(output))
    return Path(os.path.realpath(output)) if output.is_symlink() else output


def is_text(name: str) -> bool:
    """Whether ``name`` can be written down: names that are not UTF-8 cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
