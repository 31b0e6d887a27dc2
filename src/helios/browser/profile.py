"""The throw-away folder a browser lives in."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

_PREFIX = "helios-browser-"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, and the folder itself is private


def make_profile(needed_bytes: int, uid: int | None, gid: int | None) -> Path:
    """A new private folder, in memory if there is room for ``needed_bytes``, else on disk.

    Folders of processes that were killed before they could clean up are removed first.

    Raises:
        OSError: no folder can be made.
    """
    for base in {_SHARED_MEMORY, Path(tempfile.gettempdir())}:
        _sweep(base)
    base = Path(tempfile.gettempdir())
    if has_shared_memory(needed_bytes):
        base = _SHARED_MEMORY
    name = f"{_PREFIX}{os.getpid()}-{_start_time(os.getpid())}-"
    profile = Path(tempfile.mkdtemp(prefix=name, dir=base))
    if uid is not None and gid is not None:
        os.chown(profile, uid, gid)
    return profile


def has_shared_memory(needed_bytes: int) -> bool:
    """Whether there is memory for files, and enough of it; containers often have 64 MB."""
    with contextlib.suppress(OSError):
        is_ours = os.access(_SHARED_MEMORY, os.W_OK | os.X_OK)
        return is_ours and shutil.disk_usage(_SHARED_MEMORY).free >= needed_bytes
    return False


def remove_profile(profile: Path) -> None:
    """Remove the folder; the browser may still be writing its last files."""
    for _ in range(5):
        shutil.rmtree(profile, ignore_errors=True)
        if not profile.exists():
            return


def _sweep(base: Path) -> None:
    with contextlib.suppress(OSError):
        for folder in base.glob(f"{_PREFIX}*"):
            match = re.fullmatch(rf"{_PREFIX}(\d+)-(\d+)-\w+", folder.name)
            if match and _start_time(int(match[1])) != int(match[2]):
                shutil.rmtree(folder, ignore_errors=True)


def _start_time(pid: int) -> int:
    """Clock ticks after boot at which a process began, which tells it from a later namesake."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0 if _exists(pid) else -1


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
