"""One job being carried out: its progress, its end, and what comes after a failure."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios.errors import Cancelled, HeliosError, JobNotFound, StoreUnavailable
from helios.model.progress import Progress
from helios.queue.call import ExportDone
from helios.queue.job import (
    MAX_ATTEMPTS,
    JobStatus,
    RenderJob,
    advanced,
    backoff_s,
    utc_now,
)
from helios.queue.runner import ExportRunner
from helios.rendering.note import forget_note

if TYPE_CHECKING:
    from helios.queue.queue import RenderQueue

_log = logging.getLogger(__name__)
_STORE_EVERY_S = 0.5
_TELL_EVERY_S = 0.2
_AGAIN_S = 1.0


class JobRun:
    """Carries out one claimed job. ``stop`` ends it; what it becomes then is in the store."""

    def __init__(self, queue: RenderQueue, job: RenderJob, runner: ExportRunner) -> None:
        self.stop = threading.Event()
        self._queue = queue
        self._job = job
        self._runner = runner
        self._stored = self._told = 0.0

    def carry_out(self) -> RenderJob:
        """Make the film, or note why there is none."""
        queue, job = self._queue, self._job
        queue.write_down(job)
        queue.tell(job)
        queue.folders.log(job.id, f"attempt {job.attempts}")
        try:
            done = self._runner.run(
                self._config(),
                Path(job.folder or queue.folders.of(job.id)),
                on_progress=self._progress,
                stop=self.stop,
                log=lambda line: queue.folders.log(job.id, line),
            )
        except Cancelled:
            return self._ended(self._released, "stopped")
        except HeliosError as error:
            return self._failed(error.message, error.hint, retry=error.retry)
        except Exception as error:  # noqa: BLE001 - becomes the reason of the failure
            _log.exception("job %s", job.id)
            return self._failed(f"{type(error).__name__}: {error}", "", retry=True)
        job = self._ended(lambda job: self._completed(job, done), f"completed: {done.output_path}")
        forget_note(Path(done.output_path))
        return job

    def _config(self) -> dict[str, Any]:
        return {**self._job.config, "output": self._job.target, "naming": "plain"}

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
                self._queue.store.change(self._job.id, lambda job: self._if_mine(job, changes))
        self._queue.tell(self._job)

    def _if_mine(self, job: RenderJob, changes: dict[str, Any]) -> RenderJob:
        return job.model_copy(update=changes) if self._is_mine(job) else job

    def _is_mine(self, job: RenderJob) -> bool:
        return job.status is JobStatus.PROCESSING and job.owner == self._queue.owner

    def _completed(self, job: RenderJob, done: ExportDone) -> RenderJob:
        return advanced(
            job,
            JobStatus.COMPLETED,
            utc_now(),
            output_path=done.output_path,
            duration_s=done.duration_s,
            frames_done=done.frame_count,
            frames_total=done.frame_count,
            error=None,
            hint=None,
        )

    def _released(self, job: RenderJob) -> RenderJob:
        """Back to where it waits; having been stopped is no failure."""
        return advanced(job, JobStatus.PENDING, utc_now(), attempts=max(0, job.attempts - 1))

    def _failed(self, error: str, hint: str, *, retry: bool) -> RenderJob:
        queue = self._queue

        def change(job: RenderJob) -> RenderJob:
            now = utc_now()
            if not retry or job.attempts >= MAX_ATTEMPTS:
                return advanced(job, JobStatus.FAILED, now, error=error, hint=hint or None)
            again = now + timedelta(seconds=backoff_s(job.attempts, queue.backoff_base_s))
            return advanced(
                job, JobStatus.PENDING, now, error=error, hint=hint or None, not_before=again
            )

        return self._ended(change, f"failed: {error}")

    def _ended(self, change: Callable[[RenderJob], RenderJob], text: str) -> RenderJob:
        queue, job_id = self._queue, self._job.id
        queue.folders.log(job_id, text)
        job = self._change_patiently(lambda job: change(job) if self._is_mine(job) else job)
        queue.write_down(job)
        if job.status is JobStatus.CANCELLED:
            queue.clean(job)
        queue.tell(job)
        return job

    def _change_patiently(self, change: Callable[[RenderJob], RenderJob]) -> RenderJob:
        """Losing a job's end because the database was locked or full would cost the whole job."""
        while True:
            try:
                return self._queue.store.change(self._job.id, change)
            except JobNotFound:
                # The database was replaced by an empty one; the folders know.
                self._queue.recover()
                if self._queue.store.get(self._job.id) is None:
                    return self._job
            except StoreUnavailable as error:
                _log.warning("job %s: %s", self._job.id, error)
                if self.stop.wait(_AGAIN_S):
                    raise
