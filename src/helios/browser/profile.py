"""The throw-away folder a browser lives in."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from helios.files.hold import Hold, new_folder, sweep

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, and the folder itself is private


@dataclass(frozen=True, slots=True)
class Profile:
    """A private folder, held for as long as its browser lives."""

    folder: Path
    held: Hold

    def remove(self) -> None:
        """Remove it; the browser may still be writing its last files."""
        for _ in range(5):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                break
        self.held.close()


def make_profile(needed_bytes: int, uid: int | None, gid: int | None) -> Profile:
    """A new private folder, in memory if there is room for ``needed_bytes``, else on disk.

    Folders of processes that were killed before they could clean up are removed first.

    Raises:
        OSError: no folder can be made.
    """
    on_disk = Path(tempfile.gettempdir())
    for base in {_SHARED_MEMORY, on_disk}:
        sweep(base)
    folder, held = new_folder(_SHARED_MEMORY if has_shared_memory(needed_bytes) else on_disk, 0o700)
    if uid is not None and gid is not None:
        os.chown(folder, uid, gid)
    return Profile(folder, held)


def has_shared_memory(needed_bytes: int) -> bool:
    """Whether there is memory for files, and enough of it; containers often have 64 MB."""
    with contextlib.suppress(OSError):
        is_ours = os.access(_SHARED_MEMORY, os.W_OK | os.X_OK)
        return is_ours and shutil.disk_usage(_SHARED_MEMORY).free >= needed_bytes
    return False
