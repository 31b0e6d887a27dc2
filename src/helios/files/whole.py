"""The one way out: a file appears whole or not at all, and only under its own name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from helios.files.hold import new_temporary
from helios.files.regular import refuse_special

_RESTED_S = 2.0
"""Clocks of file systems are coarse: what was written less than this ago may be written again with
the same time."""

Finish = Callable[[Path, Path], None]
"""Puts what was written (the first path) in its place (the second)."""


@contextmanager
def new_file(
    target: Path, *, suffix: str = "", finish: Finish | None = None, durable: bool = True
) -> Iterator[Path]:
    """An empty file beside ``target`` that takes its place when the block ends well.

    Otherwise it goes; after a kill the next ``sweep`` of that folder removes it.

    Args:
        target: what is to be written; its permissions follow the umask.
        suffix: of the unfinished file, for writers that look at names.
        finish: puts the file in its place in another way.
        durable: whether the file must outlive a power cut that comes right after.

    Raises:
        OSError: it cannot be written, or ``target`` is a device or a pipe.
    """
    refuse_special(target)  # a file would take its name
    with new_temporary(target.parent, suffix) as held:
        try:
            yield held.path
            if finish is not None:
                finish(held.path, target)
            else:
                if durable:
                    sync_file(held.path)
                held.path.replace(target)
            if durable:
                sync_folder(target.parent)
        finally:
            held.path.unlink(missing_ok=True)


def why_unwritable(path: Path) -> str | None:
    """Why this file, or folder, may not be written; None if it may.

    Raises:
        OSError: there is none.
    """
    if os.access(path, os.W_OK | os.X_OK if path.is_dir() else os.W_OK):
        return None
    is_read_only = os.statvfs(path).f_flag & os.ST_RDONLY
    return os.strerror(errno.EROFS if is_read_only else errno.EACCES).lower()


def write_whole(target: Path, content: bytes | str, *, durable: bool = True) -> None:
    """``content`` as the file ``target``, which is replaced if it is there.

    Raises:
        OSError: it cannot be written.
    """
    with new_file(target, durable=durable) as path:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def create_whole(target: Path, content: bytes) -> bool:
    """As ``write_whole``, but false, and nothing done, where there is a ``target`` already.

    Raises:
        OSError: it cannot be written.
    """
    try:
        with new_file(target, finish=_link) as path:
            path.write_bytes(content)
    except FileExistsError:
        return False
    return True


def _link(written: Path, place: Path) -> None:
    sync_file(written)
    try:
        os.link(written, place)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: exclusive creation is the next best.
        with place.open("xb") as stream:
            stream.write(written.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content.

    Raises:
        OSError: it cannot be read, or is none.
    """
    refuse_special(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def input_sha256(path: Path) -> str:
    """The SHA-256 of a file that compositions read; one that rests is read once in a process.

    What a payload was, when it must be proven, is never remembered: see ``file_sha256``.

    Raises:
        OSError: it cannot be read, or is none.
    """
    look = path.stat()
    if not 0 <= time.time() - look.st_mtime < _RESTED_S:
        return _resting_sha256(path, look.st_ino, look.st_size, look.st_mtime_ns)
    return file_sha256(path)


@lru_cache(maxsize=256)
def _resting_sha256(path: Path, *look: int) -> str:
    del look
    return file_sha256(path)


def sync_file(path: Path) -> None:
    """Make sure that a file's bytes are on the disk before anything says they are.

    Raises:
        OSError: they cannot be.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make sure that a folder's names are on the disk, where its file system can."""
    with contextlib.suppress(OSError):
        sync_file(folder)
