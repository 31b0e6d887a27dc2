"""Remote files kept between runs, named by their content; used again only if they still are so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from helios.files.cache import cache_home
from helios.files.hold import sweep
from helios.files.whole import write_whole
from helios.remote.fetch import Fetched

MAX_BYTES = 1 << 30
MAX_FILE_BYTES = 64 << 20


def cache_folder() -> Path:
    """``$HELIOS_CACHE_DIR/remote``, or the user's cache folder."""
    return cache_home() / "remote"


@dataclass(frozen=True, slots=True)
class RemoteCache:
    """A folder of bodies (``SHA-256.body``) and of notes on where they came from (``.json``)."""

    folder: Path
    max_bytes: int = MAX_BYTES

    def find(self, key: str) -> Fetched | None:
        """What was fetched under this key; a damaged body counts as absent."""
        try:
            note = json.loads(self._note(key).read_bytes())
            body = (self.folder / f"{note['sha256']}.body").read_bytes()
            if hashlib.sha256(body).hexdigest() != note["sha256"]:
                return None
            headers = tuple((str(name), str(value)) for name, value in note["headers"])
            return Fetched(status=200, headers=headers, body=body)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, key: str, fetched: Fetched) -> None:
        """Keep an answer that the host can later confirm; a full disk does no harm."""
        if not (fetched.header("etag") or fetched.header("last-modified")):
            return
        if len(fetched.body) > MAX_FILE_BYTES or "no-store" in fetched.header("cache-control"):
            return
        digest = hashlib.sha256(fetched.body).hexdigest()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self.folder / f"{digest}.body", fetched.body, durable=False)
            note = {"sha256": digest, "headers": fetched.headers}
            write_whole(self._note(key), json.dumps(note), durable=False)
            self._prune()
        except OSError:
            return

    def clear(self) -> int:
        """Remove everything; returns how many files were kept."""
        sweep(self.folder)
        bodies = list(self.folder.glob("*.body"))
        for path in (*bodies, *self.folder.glob("*.json"), *self.folder.glob(".tmp-*")):
            path.unlink(missing_ok=True)
        return len(bodies)

    def _note(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def _prune(self) -> None:
        sweep(self.folder)
        files = [(path.stat(), path) for path in self.folder.glob("[!.]*")]
        total = sum(stat.st_size for stat, _ in files)
        for stat, path in sorted(files, key=lambda item: item[0].st_mtime):
            if total <= self.max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size
