"""What is known of jobs, kept in agreement: their store, their folders, and who listens."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from helios.errors import EnvironmentProblem, InvalidTransition
from helios.queue.job import JobStatus, RenderJob, lost
from helios.queue.job_folders import JobFolders
from helios.queue.store import Change, JobKeeper

_log = logging.getLogger(__name__)
Listener = Callable[[RenderJob], None]
ForgottenListener = Callable[[str], None]


class JobLedger:
    """Every change of a job goes through here: into the store, its log, its folder, and to others.

    The store is what counts. A job's folder holds a copy of what the store said last; a job that
    was forgotten is remembered as that, so that nobody who is late brings it back.
    """

    def __init__(self, store: JobKeeper, folder: Path) -> None:
        self.store = store
        self.folders = JobFolders(folder / "jobs")
        self.changed = threading.Event()
        """Set when there may be something to do."""
        self._copying = threading.Lock()
        self._listeners: list[Listener] = []
        self._forgotten: list[ForgottenListener] = []

    def enter(self, job: RenderJob) -> None:
        """Keep a new job.

        Raises:
            QueueError: its id is taken.
            DiskFull, OutputNotWritable, StoreUnavailable: it could not be kept.
        """
        self.folders.make(job)
        try:
            self.store.create(job)
        except BaseException:
            self.folders.forget(job.id)
            raise
        self.folders.log(job.id, "submitted")
        self.tell(job)

    def change(self, job_id: str, change: Change, text: str) -> tuple[RenderJob, bool]:
        """Replace a job by ``change(job)``; returns it, and whether that is another.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it cannot go there from where it is.
            StoreUnavailable: the database cannot be used just now.
        """
        is_news = False

        def noted(job: RenderJob) -> RenderJob:
            nonlocal is_news
            newer = change(job)
            is_news = newer is not job
            return newer

        job = self.store.change(job_id, noted)
        if is_news:
            self.settled(job, text)
        return job, is_news

    def settled(self, job: RenderJob, text: str) -> None:
        """The store has a change of a job: log it, copy it, tell it."""
        self.folders.log(job.id, text)
        self.copy(job.id)
        self.tell(job)

    def copy(self, job_id: str) -> None:
        """Bring the copy in a job's folder up to date, if it has one here."""
        try:
            with self._copying:
                job = self.store.get(job_id)
                if job is not None:
                    self.folders.write(job)
        except EnvironmentProblem as error:
            _log.warning("job %s: %s", job_id, error.message)

    def forget(self, job_id: str) -> None:
        """Forget a job for good, with its folder.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is not over.
        """
        with self._copying:
            job = self.store.get(job_id)
            if job is not None and not job.is_final:
                raise InvalidTransition(f"job {job_id} is {job.status}", hint="Cancel it first.")
            self.store.delete(job_id)
            self.folders.forget(job_id)
        for listener in tuple(self._forgotten):
            with _survived():
                listener(job_id)

    def take_back(self) -> None:
        """Let jobs wait again whose workers vanished."""
        for job in self.store.reap():
            self.settled(job, "its worker vanished; it waits again")

    def lose(self, job_id: str) -> None:
        """Let a job wait again whose end could not be noted, because the disk was full, say."""
        now = self.store.now()
        self.change(job_id, lambda job: lost(job, now), "it waits again")

    def recover(self, *, alone: bool = False) -> None:
        """Make the store and the folders agree again after a crash.

        Args:
            alone: no other process works on these jobs, so whatever is said to run does not.
        """
        known = {job.id for job in self.store.list(limit=1_000_000)}
        for job in sorted(self.folders.written(), key=lambda job: job.created_at):
            if job.id not in known and not self.store.restore(job):
                self.folders.forget(job.id)
        if alone:
            self.folders.sweep()
            for job in self.store.reap(everyone=True):
                self.settled(job, "the queue was restarted; it goes on where it was")

    def subscribe(
        self, listener: Listener, on_forgotten: ForgottenListener | None = None
    ) -> Callable[[], None]:
        """Call ``listener`` with every job that changes; returns what ends that.

        Args:
            listener: hears of changes.
            on_forgotten: hears the ids of jobs that were forgotten.
        """
        self._listeners.append(listener)
        if on_forgotten is not None:
            self._forgotten.append(on_forgotten)

        def end() -> None:
            self._listeners.remove(listener)
            if on_forgotten is not None:
                self._forgotten.remove(on_forgotten)

        return end

    def tell(self, job: RenderJob) -> None:
        """Pass a changed job on to whoever wants to know."""
        if job.status is not JobStatus.PROCESSING:
            self.changed.set()
        for listener in tuple(self._listeners):
            with _survived():
                listener(job)


@contextlib.contextmanager
def _survived() -> Iterator[None]:
    try:
        yield
    except Exception:  # noqa: BLE001 - a listener must not stop a render
        _log.exception("a listener failed")
