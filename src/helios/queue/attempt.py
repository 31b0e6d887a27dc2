"""One job being carried out: its progress, its end, and what comes after a failure."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from helios.errors import (
    Cancelled,
    HeliosError,
    JobNotFound,
    StoreUnavailable,
    in_sentences,
)
from helios.executors.call import ExportDone
from helios.model.progress import Progress
from helios.queue.export_process import Exporter
from helios.queue.inputs import JobInputs, are_here
from helios.queue.job import (
    MAX_ATTEMPTS,
    JobStatus,
    RenderJob,
    advanced,
    backoff_s,
    released,
)
from helios.queue.job_folders import discard_chunks
from helios.queue.kept_films import KeptFilms
from helios.queue.ledger import JobLedger
from helios.rendering.note import forget_note

_log = logging.getLogger(__name__)
_STORE_EVERY_S = 0.5
_TELL_EVERY_S = 0.2
_AGAIN_S = 1.0
NOTING_S = 10.0
"""How long the end of a job is tried to be noted once its queue is finishing."""


class JobAttempt:
    """Carries out one claimed job. ``stop`` ends it; what it becomes then is in the store.

    Args:
        ledger: what is known of all jobs.
        job: the one to carry out.
        exporter: makes its film.
        inputs: finds what it is made of on this machine.
        workers: chunks drawn at once.
        backoff_base_s: seconds before it is tried again after a failure; doubled each time.
        finishing: set when nobody waits any more for a database that cannot be used.
        films: a store that films are kept in too.
    """

    def __init__(
        self,
        ledger: JobLedger,
        job: RenderJob,
        exporter: Exporter,
        inputs: JobInputs,
        workers: int,
        backoff_base_s: float,
        finishing: threading.Event,
        films: KeptFilms | None = None,
    ) -> None:
        self.stop = threading.Event()
        self.over = threading.Event()
        """Set when nothing of it runs or writes any more."""
        self._ledger = ledger
        self._job = job
        self._exporter = exporter
        self._inputs = inputs
        self._workers = workers
        self._backoff_base_s = backoff_base_s
        self._finishing = finishing
        self._films = films
        self._home = ledger.folders.path_of(job.id)
        self._stored = self._told = 0.0

    def carry_out(self) -> RenderJob:
        """Make the film, or note why there is none."""
        ledger, job = self._ledger, self._job
        try:
            ledger.folders.make(job)
            ledger.folders.log(job.id, f"attempt {job.attempts}, workers: {self._workers}")
            ledger.tell(job)
            config, folder = self._inputs.locate(job, self._home)
            done = self._exporter.export(
                {
                    **config,
                    "output": str(film_of(job, self._home)),
                    "naming": "plain",
                    "workers": self._workers,
                },
                folder,
                on_progress=self._progress,
                stop=self.stop,
                log=lambda line: ledger.folders.log(job.id, line),
            )
            if self._films is not None:
                self._films.keep(job.id, Path(done.output_path), done.frame_count)
        except Cancelled:
            return self._ended(released, "stopped")
        except HeliosError as error:
            if ledger.store.is_shared and not are_here(self._inputs, job, self._home):
                return self._ended(released, f"left to another server: {error.message}")
            return self._failed(error.message, error.hint, retry=error.retry)
        except Exception as error:  # noqa: BLE001 - becomes the reason of the failure
            _log.exception("job %s", job.id)
            return self._failed(f"{type(error).__name__}: {error}", "", retry=True)
        job = self._ended(
            lambda job, now: _completed(job, done, now), f"completed: {done.output_path}"
        )
        forget_note(Path(done.output_path))
        return job

    def _progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told < _TELL_EVERY_S:
            return
        self._told = now
        changes = {
            "progress": max(self._job.progress, min(99.9, round(progress.percent, 2))),
            "stage": str(progress.stage),
            "frames_done": progress.frames_done,
            "frames_total": progress.frames_total,
            "fps": round(progress.fps, 3) if progress.fps else None,
            "eta_s": round(progress.eta_s, 1) if progress.eta_s is not None else None,
        }
        self._job = self._job.model_copy(update=changes)
        if now - self._stored >= _STORE_EVERY_S:
            self._stored = now
            # Progress that cannot be noted is no reason to stop.
            with contextlib.suppress(StoreUnavailable, JobNotFound):
                self._ledger.store.change(self._job.id, lambda job: self._if_mine(job, changes))
        self._ledger.tell(self._job)

    def _if_mine(self, job: RenderJob, changes: dict[str, Any]) -> RenderJob:
        return job.model_copy(update=changes) if self._is_mine(job) else job

    def _is_mine(self, job: RenderJob) -> bool:
        """Whether it is still the same attempt of the same job, not a later one of that name."""
        mine = self._job
        return (
            job.status is JobStatus.PROCESSING
            and job.owner == mine.owner
            and job.created_at == mine.created_at
            and job.started_at == mine.started_at
        )

    def _failed(self, error: str, hint: str, *, retry: bool) -> RenderJob:
        def change(job: RenderJob, now: datetime) -> RenderJob:
            if not retry or job.attempts >= MAX_ATTEMPTS:
                return advanced(job, JobStatus.FAILED, now, error=error, hint=hint or None)
            again = now + timedelta(seconds=backoff_s(job.attempts, self._backoff_base_s))
            return advanced(
                job, JobStatus.PENDING, now, error=error, hint=hint or None, not_before=again
            )

        return self._ended(change, f"failed: {error}")

    def _ended(self, change: Callable[[RenderJob, datetime], RenderJob], text: str) -> RenderJob:
        job = self._change_patiently(change, text)
        if job.status is JobStatus.CANCELLED:
            discard_unfinished(job, self._home)
        return job

    def _changed(
        self, change: Callable[[RenderJob, datetime], RenderJob], text: str
    ) -> RenderJob | None:
        """The job changed, or as it was if it was forgotten; None: it is known again, try again."""
        ledger, job_id = self._ledger, self._job.id
        now = ledger.store.now()
        try:
            return ledger.change(
                job_id, lambda job: change(job, now) if self._is_mine(job) else job, text
            )[0]
        except JobNotFound:
            # It was forgotten, for good; or the database was replaced by an empty one, and the
            # folders know.
            ledger.recover()
            if ledger.store.get(job_id) is not None:
                return None
            ledger.folders.forget(job_id)
            return self._job

    def _change_patiently(
        self, change: Callable[[RenderJob, datetime], RenderJob], text: str
    ) -> RenderJob:
        """Losing a job's end because the database was locked or full would cost the whole job.

        Raises:
            StoreUnavailable: the database could not be used until the job was stopped, or for
                ``NOTING_S`` while the queue was finishing.
        """
        deadline, said = math.inf, ""
        while True:
            try:
                job = self._changed(change, text)
                if job is not None:
                    return job
            except StoreUnavailable as error:
                if error.message != said:
                    said = error.message
                    _log.warning(
                        "job %s waits to note %r: %s",
                        self._job.id,
                        text,
                        in_sentences(said, error.hint),
                    )
                if self._finishing.is_set():
                    deadline = min(deadline, time.monotonic() + NOTING_S)
                if self.stop.wait(_AGAIN_S) or time.monotonic() >= deadline:
                    raise StoreUnavailable(
                        f"job {self._job.id}: could not be noted: {text!r}: {said}",
                        hint="What is made stays where it is; the next start finds it.",
                    ) from error


def film_of(job: RenderJob, home: Path) -> Path:
    """Where a job's film goes on this machine; ``home`` is the job's folder here."""
    return home / str(job.target)


def discard_unfinished(job: RenderJob, home: Path) -> None:
    """Remove what a cancelled job has left behind, in a folder that is its own."""
    film = film_of(job, home)
    if job.target is not None and film.parent == home:
        discard_chunks(film)


def _completed(job: RenderJob, done: ExportDone, now: datetime) -> RenderJob:
    return advanced(
        job,
        JobStatus.COMPLETED,
        now,
        output_path=done.output_path,
        duration_s=done.duration_s,
        frames_done=done.frame_count,
        frames_total=done.frame_count,
        error=None,
        hint=None,
    )
