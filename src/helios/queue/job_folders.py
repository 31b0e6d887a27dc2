"""What a queue keeps on disk beside its database: for each job a folder with its film and log.

Each folder also holds the job itself, written when it is submitted and whenever its status
changes. A database that is lost is made again from these.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from helios.errors import DiskFull, OutputNotWritable
from helios.files.whole import write_whole
from helios.queue.job import RenderJob, check_job_id, utc_now

_log = logging.getLogger(__name__)

MAX_LOG_BYTES = 4 << 20
_GONE = ".gone-"


class JobFolders:
    """The folders of all jobs of a queue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, job_id: str) -> Path:
        """The folder of one job.

        Raises:
            QueueError: that is no job's id, and might lead elsewhere.
        """
        return self.folder / check_job_id(job_id)

    def make(self, job: RenderJob) -> None:
        """Make a job's folder here, with the job in it.

        Raises:
            DiskFull, OutputNotWritable: it could not be.
        """
        folder = self.path_of(job.id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_written(folder, error) from error
        self.write(job)

    def write(self, job: RenderJob) -> None:
        """Write the job down; one that has no folder here, or none any more, gets none by that.

        Raises:
            DiskFull, OutputNotWritable: it could not be.
        """
        folder = self.path_of(job.id)
        try:
            # A copy: what counts is in the store, so nobody waits for the disk.
            write_whole(folder / "job.json", job.whole_json(), durable=False)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _not_written(folder, error) from error

    def written(self) -> Iterator[RenderJob]:
        """The jobs that were written down."""
        for path in self.folder.glob("[!.]*/job.json"):
            try:
                yield RenderJob.read(path.read_text(encoding="utf-8"))
            except (OSError, ValidationError, ValueError) as error:
                _log.warning("cannot read %s: %s", path, error)

    def forget(self, job_id: str) -> None:
        """Remove a job's folder with everything in it, under its name at once."""
        gone = self.folder / f"{_GONE}{secrets.token_hex(8)}"
        try:
            self.path_of(job_id).rename(gone)
        except FileNotFoundError:
            return
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what a process left that died while it removed a folder."""
        for path in self.folder.glob(f"{_GONE}*"):
            shutil.rmtree(path, ignore_errors=True)

    def log(self, job_id: str, text: str) -> None:
        """Add a line to a job's log; a full disk must not stop a render."""
        path = self.path_of(job_id) / "log.txt"
        with contextlib.suppress(OSError):
            if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
                path.replace(path.with_name("log.1.txt"))
            # A job that is forgotten has no folder, and gets none by a late word.
            with path.open("a", encoding="utf-8", errors="replace") as stream:
                stream.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {text}\n")

    def read_log(self, job_id: str) -> str:
        """A job's log, empty where there is none."""
        folder = self.path_of(job_id)
        parts = [folder / "log.1.txt", folder / "log.txt"]
        with contextlib.suppress(OSError):
            return "".join(
                part.read_text(encoding="utf-8", errors="replace")
                for part in parts
                if part.exists()
            )
        return ""


def _not_written(folder: Path, error: OSError) -> DiskFull | OutputNotWritable:
    if error.errno == errno.ENOSPC:
        return DiskFull(f"the disk is full: {folder}")
    return OutputNotWritable(f"cannot write {folder}: {error.strerror}")


def discard_chunks(film: Path) -> None:
    """Remove what an unfinished film has left beside it, in a folder that is its own."""
    for path in (*film.parent.glob(".helios-*"), *film.parent.glob(f".{film.name}.*")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
