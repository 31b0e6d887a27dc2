"""Tables kept between runs.

An entry's name is a digest of the sound's content, the analyser's version and every parameter;
never of a name or date. Entries expire after seven days, the oldest go when the cache is full,
appear by atomic rename, and a damaged one counts as absent.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helios.audio.settings import AnalysisSettings
from helios.audio.table import PreAnalysisResult
from helios.audio.tablefile import read_table, write_table
from helios.errors import DecodeError, HeliosError
from helios.files.cache import cache_home
from helios.files.hold import sweep
from helios.files.whole import input_sha256

MAX_AGE_S = 7 * 24 * 3600
MAX_BYTES = 1 << 30
_STALE_S = 3600
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """One kept table."""

    path: Path
    size: int
    age_s: float


def cache_folder() -> Path:
    """``$HELIOS_CACHE_DIR/audio``, or the user's cache folder."""
    return cache_home() / "audio"


class AnalysisCache:
    """A folder of tables."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        max_age_s: float = MAX_AGE_S,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.folder = folder or cache_folder()
        self._max_age_s, self._max_bytes = max_age_s, max_bytes

    def key(self, content_sha256: str, settings: AnalysisSettings) -> str:
        """Name of the entry for this sound and these settings."""
        return hashlib.sha256(f"{content_sha256}\n{settings.cache_text()}".encode()).hexdigest()

    def load(self, key: str) -> PreAnalysisResult | None:
        """The table, or None when it is absent, expired or damaged."""
        path = self._path(key)
        try:
            if time.time() - path.stat().st_mtime > self._max_age_s:
                path.unlink(missing_ok=True)
                return None
            return read_table(path)
        except OSError:
            return None
        except DecodeError:
            _log.warning("a damaged cache entry is made anew: %s", path)
            return None

    def store(self, key: str, table: PreAnalysisResult) -> None:
        """Keep a table. A cache that cannot be written is said once and does no harm."""
        try:
            write_table(table, self._path(key))
            self.prune(keep=self._path(key))
        except (OSError, HeliosError) as error:
            _log.warning("the analysis is not cached: %s", error)

    def entries(self) -> list[CacheEntry]:
        """What is kept, newest first."""
        now = time.time()
        found = [
            CacheEntry(path=path, size=stat.st_size, age_s=now - stat.st_mtime)
            for path, stat in self._files("*.npz")
        ]
        return sorted(found, key=lambda entry: entry.age_s)

    def prune(self, keep: Path | None = None) -> None:
        """Remove what expired, what killed runs left behind, and the oldest beyond the limit."""
        sweep(self.folder)
        for path, stat in self._files(".tmp-*"):  # of older versions
            if time.time() - stat.st_mtime > _STALE_S:
                path.unlink(missing_ok=True)
        total = 0
        for entry in self.entries():
            total += entry.size
            expired = entry.age_s > self._max_age_s
            if expired or (total > self._max_bytes and entry.path != keep):
                entry.path.unlink(missing_ok=True)

    def clear(self) -> int:
        """Remove everything; returns how many tables there were."""
        count = len(self.entries())
        sweep(self.folder)
        for pattern in ("*.npz", ".tmp-*"):
            for path, _ in self._files(pattern):
                path.unlink(missing_ok=True)
        return count

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _files(self, pattern: str) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self.folder.glob(pattern):
            try:
                yield path, path.stat()
            except FileNotFoundError:
                continue


def content_digest(source: str | Path | bytes) -> str:
    """SHA-256 of the bytes of a sound."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    return input_sha256(Path(str(source).removeprefix("file://")))
