"""Films of a queue in a store: they outlive its disk, and every server of its database has them."""

from __future__ import annotations

import logging
from pathlib import Path

from helios.commit.record import ChunkRecords, CommitRecord
from helios.commit.store import is_far, open_store, trimmed
from helios.errors import HeliosError, OptionError
from helios.files.whole import file_sha256

_log = logging.getLogger(__name__)


class KeptFilms:
    """The films of all jobs, each under its job's id: a payload, and its commit record."""

    def __init__(self, url: str) -> None:
        """``url`` is a store's address.

        Raises:
            OptionError: it is none.
            StoreUnavailable, StoreRefused: the store cannot be used.
        """
        if not is_far(url):
            raise OptionError(
                f"--store {url!r} is no store", hint="Give s3://, gs:// or az://BUCKET/NAME."
            )
        self._url = trimmed(url)
        open_store(self._url).names()

    def keep(self, job_id: str, film: Path, frame_count: int) -> None:
        """Put a job's film there, in place of what an earlier attempt has put.

        Raises:
            OSError, StoreUnavailable, StoreRefused, DiskFull: it cannot be.
        """
        records = self._of(job_id)
        record = CommitRecord(
            payload=film.name,
            size=film.stat().st_size,
            sha256=file_sha256(film),
            start_frame=0,
            frame_count=frame_count,
            settings_digest="",
        )
        records.discard(film.name)
        records.store.put(film.name, film, record.sha256)
        records.commit(film.name, record)

    def fetch(self, job_id: str, film: Path) -> bool:
        """Put a job's film at ``film``, a place on this machine; whether it was there.

        Raises:
            OSError, StoreUnavailable, StoreRefused: it cannot be.
        """
        records = self._of(job_id)
        record = records.read(film.name)
        if record is None:
            return False
        film.parent.mkdir(parents=True, exist_ok=True)
        records.store.fetched(film.name, record.size, record.sha256, film)
        return True

    def forget(self, job_id: str, name: str) -> None:
        """Remove a job's film; a store that fails keeps it, and that is logged."""
        try:
            self._of(job_id).discard(name)
        except HeliosError as error:
            _log.warning("the film of job %s stays in %s: %s", job_id, self._url, error.message)

    def _of(self, job_id: str) -> ChunkRecords:
        return ChunkRecords(open_store(f"{self._url}/{job_id}"))
