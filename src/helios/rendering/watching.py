"""Files that a film is made of, looked at again and again: has one changed?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

_EVERY_S = 0.25
_STILL_S = 0.1
"""An editor writes a file in several steps; for so long none may follow."""

Stamp = tuple[int, int] | None
"""Time and size of a file; None if it is not there."""


class WatchedFiles:
    """What the files were like when they were first looked at."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._seen = {path: stamp(path) for path in paths}

    def add(self, paths: Iterable[Path]) -> None:
        """Watch more; those that are known keep what they were like."""
        for path in paths:
            self._seen.setdefault(path, stamp(path))

    def __len__(self) -> int:
        return len(self._seen)

    def changed(self) -> list[Path]:
        """Those that are other now than they were when this was last asked."""
        now = {path: stamp(path) for path in self._seen}
        found = sorted(path for path, was in self._seen.items() if now[path] != was)
        self._seen = now
        return found

    def wait(self, sleep: Callable[[float], None] = time.sleep) -> list[Path]:
        """Wait until some have changed, and are no longer being written."""
        while not (found := self.changed()):
            sleep(_EVERY_S)
        sleep(_STILL_S)
        while more := self.changed():
            found = sorted({*found, *more})
            sleep(_STILL_S)
        return found


def stamp(path: Path) -> Stamp:
    """What changes with a file's content."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
