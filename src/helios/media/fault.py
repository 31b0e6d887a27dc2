"""What went wrong with a file, in our own words."""

from __future__ import annotations

import errno
from pathlib import Path

from helios.errors import DecodeError, DiskFull, EncodeError, HeliosError, OutputNotWritable
from helios.files.unread import what_to_do

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
)


def write_fault(error: Exception, path: Path) -> HeliosError:
    """The Helios error for what happened while ``path`` was written."""
    if isinstance(error, HeliosError):
        return error
    code = error.errno if isinstance(error, OSError) else None
    if code in _FULL:
        return DiskFull(
            f"no space left for {path}", hint="Free some space there, or choose another disk."
        )
    if code in _REFUSED:
        return OutputNotWritable(
            f"cannot write {path}: {_reason(error)}", hint="Choose another place with -o."
        )
    return EncodeError(f"cannot write {path.name}: {_reason(error)}")


def read_fault(error: Exception, path: Path, what: str = "") -> DecodeError:
    """The Helios error for what happened while ``path`` was read as a film or a picture.

    ``what`` says which part of it, such as ``"frame 3 of film.mp4"``.
    """
    hint = what_to_do(path, error) or "Make, export or download it again."
    return DecodeError(f"cannot read {what or path}: {read_reason(error, path)}", hint=hint)


def read_reason(error: Exception, path: Path) -> str:
    """Why ``path`` cannot be read, by the error of FFmpeg, Pillow or the system."""
    if isinstance(error, DecodeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    number = getattr(error, "errno", None)
    if number in errno.errorcode and number != errno.EINVAL:
        return _reason(error)
    try:
        is_empty = not path.stat().st_size
    except (OSError, ValueError):
        is_empty = False
    return "it is empty" if is_empty else "it is damaged, or no film, sound or picture at all"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
