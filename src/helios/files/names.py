"""Names in data files are names in their folder."""

from __future__ import annotations

import errno
import os
import reprlib
import unicodedata
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath

from helios.errors import OptionError

_LONGEST_NAME = 255
"""Bytes, on most disks."""
_LONGEST_STEM = 160
"""Bytes: records and parts add to the name."""
_LONGEST_PLAIN = 120
"""Bytes, so that a day, a type and a number beside it make no name too long."""
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    + "".join(chr(code) for code in (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))
    + "".join(chr(code) for code in range(0xE0100, 0xE01F0))
)
"""Letters and marks that show nothing, and variation selectors: names that look alike are alike."""


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
        if is_file_name(name) and not (folder / name).is_symlink():
            return True  # a job names ten thousand: following all would take seconds
        root = folder.resolve()
        found = (root / name).resolve()
        return found != root and found.is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def short_name(stem: str) -> str:
    """``stem``, or what stands for it where names made of it would be too long."""
    raw = stem.encode()
    if len(raw) <= _LONGEST_STEM:
        return stem
    return f"{raw[: _LONGEST_STEM - 17].decode(errors='ignore')}-{sha256(raw).hexdigest()[:16]}"


def plain_name(name: str) -> str:
    """``name`` as part of a file name, in any script: lower case, and all that is neither a letter,
    a digit nor a mark on one becomes _.

    Example:
        >>> plain_name("My Söng!"), plain_name("Кино & Группа крови")
        ('my_söng', 'кино_группа_крови')
    """
    seen = "".join(
        letter
        for letter in unicodedata.normalize("NFC", name)
        if letter not in _UNSEEN and unicodedata.category(letter) != "Cf"
    )
    letters = [""]
    for letter in unicodedata.normalize("NFC", seen.lower()):
        if letter.isalnum():
            letters.append(letter)
        elif unicodedata.category(letter) in {"Mn", "Mc"} and letters[-1] not in {"", "_"}:
            letters[-1] += letter
        elif letters[-1] not in {"", "_"}:
            letters.append("_")
    text = ""
    for letter in letters:
        if len(f"{text}{letter}".encode()) > _LONGEST_PLAIN:
            break
        text += letter
    return text.rstrip("_") or "untitled"


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


def check_length(name: str) -> None:
    """Refuse a file's name that is longer than disks take, before there is such a file.

    Raises:
        OptionError: it is.
    """
    if len(os.fsencode(name)) > _LONGEST_NAME:
        raise OptionError(
            f"the name is too long: {reprlib.repr(name)}",
            hint=f"Most disks take {_LONGEST_NAME} bytes for a name; letters of many scripts have "
            "two to four.",
        )


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
