"""What went wrong with a file, in our own words."""

from __future__ import annotations

import errno
from pathlib import Path

from helios.errors import DiskFull, EncodeError, HeliosError, OutputNotWritable

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
            f"no space left for {path}", hint="Free some space or choose another disk with -o."
        )
    if code in _REFUSED:
        return OutputNotWritable(
            f"cannot write {path}: {_reason(error)}", hint="Choose another place with -o."
        )
    return EncodeError(f"cannot write {path.name}: {_reason(error)}")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
