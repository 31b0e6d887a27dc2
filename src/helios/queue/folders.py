"""What a queue keeps on disk beside its database: for each job a folder with its film and log.

Each folder also holds the job itself, written when it is submitted and whenever its status
changes. A database that is lost is made again from these.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from helios.errors import DiskFull, OutputNotWritable
from helios.queue.job import RenderJob, check_job_id, utc_now

_log = logging.getLogger(__name__)
_ENOSPC = 28
MAX_LOG_BYTES = 4 << 20


class JobFolders:
    """The folders of all jobs of a queue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, job_id: str) -> Path:
        """The folder of one job.

        Raises:
            QueueError: that is no job's id, and might lead elsewhere.
        """
        return self.folder / check_job_id(job_id)

    def keep(self, job: RenderJob) -> None:
        """Write the job down.

        Raises:
            DiskFull, OutputNotWritable: it could not be.
        """
        folder = self.of(job.id)
        temporary = folder / f".job.json.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            temporary.write_text(job.whole_json(), encoding="utf-8")
            temporary.replace(folder / "job.json")
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if error.errno == _ENOSPC:
                raise DiskFull(f"the disk is full: {folder}") from error
            raise OutputNotWritable(f"cannot write {folder}: {error.strerror}") from error

    def kept(self) -> Iterator[RenderJob]:
        """The jobs that were written down."""
        for path in self.folder.glob("*/job.json"):
            try:
                yield RenderJob.read(path.read_text(encoding="utf-8"))
            except (OSError, ValidationError, ValueError) as error:
                _log.warning("cannot read %s: %s", path, error)

    def forget(self, job_id: str) -> None:
        """Remove a job's folder with everything in it; the job in it first."""
        folder = self.of(job_id)
        (folder / "job.json").unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)

    def log(self, job_id: str, text: str) -> None:
        """Add a line to a job's log; a full disk must not stop a render."""
        path = self.of(job_id) / "log.txt"
        with contextlib.suppress(OSError):
            if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
                path.replace(path.with_name("log.1.txt"))
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", errors="replace") as stream:
                stream.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {text}\n")

    def read_log(self, job_id: str) -> str:
        """A job's log, empty where there is none."""
        folder = self.of(job_id)
        parts = [folder / "log.1.txt", folder / "log.txt"]
        with contextlib.suppress(OSError):
            return "".join(
                part.read_text(encoding="utf-8", errors="replace")
                for part in parts
                if part.exists()
            )
        return ""


def discard_chunks(film: Path) -> None:
    """Remove what an unfinished film has left beside it, in a folder that is its own."""
    for path in (*film.parent.glob(".helios-*"), *film.parent.glob(f".{film.name}.*")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
