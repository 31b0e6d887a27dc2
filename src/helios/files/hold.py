"""Files and folders that a process holds while it lives: a lock, not a process number, proves it.

``flock`` is let go by the kernel however a process ends, and reaches over pid namespaces: two
containers that share a folder see each other's locks, where neither sees the other's processes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

from helios.errors import DiskFull, EnvironmentProblem, OutputNotWritable

LOCK_NAME = ".lock"
"""The file in a held folder that is locked; folders themselves cannot be on NFS."""
TEMPORARY = ".helios-tmp-"
"""How everything begins that is nothing without its owner: ``sweep`` removes it with him."""
RESERVED = ".helios-lock-"
_OF_OLDER_VERSIONS = re.compile(
    r"\.helios-(\d+-\d+|[0-9a-f]{16})\.tmp"  # films, images
    r"|\.helios-[a-z0-9_]{8}(\.\w+)?"  # films with metadata; folders of merges
    r"|helios-browser-\d+-\d+-\w+"
    r"|\..*_part_\d+\.\w+\.(\d+|[0-9a-f]{16})\.\w+"  # tries at chunks
)
"""Unfinished files that nobody held while they were written."""
_OLD_S = 24 * 3600
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_PATIENCE_S = 0.3
"""Longer than a sweep holds what it looks at."""
_REMOVED_AT_ONCE = 8

logger = logging.getLogger("helios.files")


@dataclass
class Hold:
    """A locked file. ``is_proven`` is false on file systems without locks."""

    path: Path
    descriptor: int
    is_proven: bool

    def close(self) -> None:
        """Let go; doing so twice is harmless."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()


def hold(path: Path, *, patience_s: float = _PATIENCE_S) -> Hold | None:
    """Hold ``path``, made if there is none; ``None`` if somebody else does.

    Raises:
        OSError: it cannot be made or opened.
    """
    until = time.monotonic() + patience_s
    while True:
        descriptor = _open(path)
        state = _lock(descriptor, path)
        if state is not False and _is_at(descriptor, path):
            return Hold(path, descriptor, state is True)
        os.close(descriptor)
        if state is False and time.monotonic() >= until:
            return None
        time.sleep(0.01)


@contextmanager
def reserved(target: Path, problem: str = "") -> Iterator[None]:
    """The right to write ``target``, for one process at a time.

    Args:
        target: what is written; its folder is there.
        problem: what is said if another process has that right.

    Raises:
        EnvironmentProblem: another process has it.
        OutputNotWritable, DiskFull: the folder cannot be written.
    """
    target = target.absolute()
    name = sha256(os.fsencode(target.name.casefold())).hexdigest()[:24]
    try:
        held = hold(target.parent / f"{RESERVED}{name}")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"the disk is full: {target.parent}") from error
        raise OutputNotWritable(
            f"cannot write {target.parent}: {error.strerror or error}",
            hint="Choose another place, or make the folder writable.",
        ) from error
    if held is None:
        raise EnvironmentProblem(
            problem or f"another process is writing {target.name} right now",
            hint="Wait for it, or write to another file.",
        )
    with held:
        try:
            yield
        finally:
            held.path.unlink(missing_ok=True)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder in ``parent`` that goes at the end, or with the next ``sweep`` after a kill.

    Raises:
        OSError: it cannot be made.
    """
    folder, held = new_folder(parent)
    try:
        yield folder
    finally:
        retire(folder, held)


def retire(folder: Path, held: Hold) -> None:
    """Remove a held folder.

    It gets another name first, so that nobody can come to hold it in between; and the lock is let
    go before it is removed, because NFS and FUSE keep open files and with them their folder.
    """
    grave = _random(folder.parent)
    try:
        folder.rename(grave)
    except OSError:
        grave = folder
    held.close()
    # A program that is ending starts no more threads.
    with contextlib.suppress(OSError, RuntimeError):
        remove_files(path for path in grave.iterdir() if not path.is_dir())
    shutil.rmtree(grave, ignore_errors=True)


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files, or nothing where there is none; several at once, because a disk or a server may
    take milliseconds for each.

    Raises:
        OSError: one cannot be removed.
    """
    with ThreadPoolExecutor(_REMOVED_AT_ONCE, thread_name_prefix="helios-remove") as at_once:
        for _ in at_once.map(lambda path: path.unlink(missing_ok=True), paths):
            pass


def remove_folder(folder: Path) -> None:
    """Remove a folder that ``hold`` guards, unless somebody works in it."""
    with contextlib.suppress(OSError):
        held = hold(folder / LOCK_NAME)
        if held is not None:
            retire(folder, held)


def sweep(folder: Path) -> None:
    """Remove what killed processes left in ``folder``; what cannot be proven dead stays."""
    try:
        with os.scandir(folder) as entries:
            left = [Path(e.path) for e in entries if _is_unfinished(e)]
    except OSError:
        return
    for path in left:
        with contextlib.suppress(OSError):
            is_folder = path.is_dir() and not path.is_symlink()
            _sweep_one(path, path / LOCK_NAME if is_folder else path)


def _is_unfinished(entry: os.DirEntry[str]) -> bool:
    """Whether it is nothing without its owner. What was not held counts when it is old."""
    if entry.name.startswith((TEMPORARY, RESERVED)):
        return True
    if not _OF_OLDER_VERSIONS.fullmatch(entry.name):
        return False
    try:
        inside = [child.stat() for child in os.scandir(entry)] if entry.is_dir() else []
        newest = max(status.st_mtime for status in (entry.stat(), *inside))
    except OSError:
        return False
    return time.time() - newest > _OLD_S


def new_temporary(folder: Path, suffix: str = "") -> Hold:
    """A new empty file in ``folder``, held; its permissions follow the umask.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        path = _random(folder, suffix)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        state = _lock(descriptor, path)
        if state is not False and _is_at(descriptor, path):
            return Hold(path, descriptor, state is True)
        os.close(descriptor)  # a sweep was faster; it is gone


def _random(folder: Path, suffix: str = "") -> Path:
    return folder / f"{TEMPORARY}{token_hex(8)}{suffix}"


def new_folder(parent: Path, mode: int = 0o777) -> tuple[Path, Hold]:
    """A new folder in ``parent``, held; its permissions are ``mode`` less the umask.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        folder = _random(parent)
        folder.mkdir(mode)
        with contextlib.suppress(FileNotFoundError):  # a sweep was faster
            held = hold(folder / LOCK_NAME, patience_s=0)
            if held is not None:
                return folder, held


def _sweep_one(path: Path, lock: Path) -> None:
    held = hold(lock, patience_s=0)
    if held is None:
        return
    with held:
        if not held.is_proven:
            return
        if lock == path:
            path.unlink(missing_ok=True)
        else:
            retire(path, held)


def _open(path: Path) -> int:
    flags = os.O_CREAT | os.O_NOFOLLOW
    try:
        return os.open(path, flags | os.O_RDWR, 0o666)
    except PermissionError:  # another user's file; NFS alone needs write access to lock
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def _lock(descriptor: int, path: Path) -> bool | None:
    """True: locked; False: somebody else has; None: this file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        logger.warning(
            "%s cannot be locked (%s): make sure that no other process works on the same film",
            path.parent,
            error.strerror or error,
        )
        return None
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False
