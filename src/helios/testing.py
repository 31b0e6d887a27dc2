"""Stand-ins for tests: they keep the contracts of the real things, in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from helios.errors import JobNotFound, QueueError
from helios.queue.job import (
    JobStatus,
    RenderJob,
    advanced,
    check_job_id,
    claimed,
    is_due,
    lease_is_over,
    lost,
    utc_now,
)

_LEASE_S = 60.0


class MemoryJobStore:
    """A job store that forgets everything with its process; passes the suite of ``JobStore``."""

    is_shared = False

    def __init__(self, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._jobs: dict[str, RenderJob] = {}
        self._settings: dict[str, str] = {}
        self._forgotten: set[str] = set()
        self._lock = threading.RLock()

    def close(self) -> None:
        """Nothing to let go of."""

    def create(self, job: RenderJob) -> RenderJob:
        """Keep a new job.

        Raises:
            QueueError: its id is taken or cannot be one.
        """
        with self._lock:
            if check_job_id(job.id) in self._jobs:
                raise QueueError(f"there is already a job {job.id}")
            self._jobs[job.id] = job
            self._forgotten.discard(job.id)
        return job

    def now(self) -> datetime:
        """The present."""
        return self._clock()

    def restore(self, job: RenderJob) -> bool:
        """Keep a job again, unless it is kept or was forgotten; whether it is kept now."""
        with self._lock:
            if job.id in self._forgotten:
                return False
            self._jobs.setdefault(check_job_id(job.id), job)
        return True

    def change(self, job_id: str, change: Callable[[RenderJob], RenderJob]) -> RenderJob:
        """Replace a job by ``change(job)``.

        Raises:
            JobNotFound: there is none.
        """
        with self._lock:
            job = self._demand(job_id)
            newer = change(job)
            return job if newer is job else self._write(newer)

    def update(self, job_id: str, **changes: Any) -> RenderJob:
        """Set fields of a job; a new ``status`` must be one it can go to.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it cannot have that status now.
        """
        status = changes.pop("status", None)

        def change(job: RenderJob) -> RenderJob:
            if status is None or status == job.status:
                return job.model_copy(update=changes)
            return advanced(job, JobStatus(status), self._clock(), **changes)

        return self.change(job_id, change)

    def get(self, job_id: str) -> RenderJob | None:
        """The job, or None."""
        return self._jobs.get(job_id)

    def list(
        self,
        status: JobStatus | None = None,
        *,
        pack: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[RenderJob]:
        """Jobs, the newest first."""
        with self._lock:
            jobs = [
                job
                for job in reversed(self._jobs.values())
                if (status is None or job.status is status) and (pack is None or job.pack == pack)
            ]
        return jobs[offset : offset + limit]

    def count(self, status: JobStatus | None = None, *, pack: str | None = None) -> int:
        """How many jobs ``list`` would list without a limit."""
        return len(self.list(status, pack=pack, limit=len(self._jobs)))

    def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are of each status."""
        with self._lock:
            statuses = [job.status for job in self._jobs.values()]
        return {status: statuses.count(status) for status in JobStatus}

    def delete(self, job_id: str) -> None:
        """Forget a job.

        Raises:
            JobNotFound: there is none.
        """
        with self._lock:
            del self._jobs[self._demand(job_id).id]
            self._forgotten.add(job_id)

    def claim(
        self,
        owner: str,
        fits: Callable[[RenderJob], bool] = lambda _: True,
        now: datetime | None = None,
    ) -> RenderJob | None:
        """Take the job whose turn it is, if there is one that ``fits``."""
        now = now or self._clock()
        with self._lock:
            for job in self._in_turn():
                if self._dependencies(job, now) or not is_due(job, now) or not fits(job):
                    continue
                return self._write(claimed(job, owner, now + timedelta(seconds=_LEASE_S), now))
        return None

    def renew(self, owner: str) -> set[str]:
        """Say that ``owner`` lives; returns the ids of the jobs that are still its own."""
        until = self._clock() + timedelta(seconds=_LEASE_S)
        with self._lock:
            mine = [job for job in self._running() if job.owner == owner]
            for job in mine:
                self._write(job.model_copy(update={"lease_until": until}))
        return {job.id for job in mine}

    def reap(self, *, everyone: bool = False) -> tuple[RenderJob, ...]:
        """Take back the jobs of workers that vanished; ``everyone``: no worker can be alive."""
        now = self._clock()
        with self._lock:
            gone = [j for j in self._running() if everyone or lease_is_over(j, now, _LEASE_S)]
            return tuple(self._write(lost(job, now)) for job in gone)

    def ahead_of(self, job: RenderJob) -> int:
        """How many jobs have their turn before this one."""
        ids = [other.id for other in self._in_turn()]
        if job.id in ids:
            return ids.index(job.id)
        return sum(other.priority >= job.priority for other in self._in_turn())

    def setting(self, name: str) -> str | None:
        """A value kept beside the jobs."""
        return self._settings.get(name)

    def set_setting(self, name: str, value: str | None) -> None:
        """Keep a value, or with None forget it."""
        if value is None:
            self._settings.pop(name, None)
        else:
            self._settings[name] = value

    def _demand(self, job_id: str) -> RenderJob:
        if job_id not in self._jobs:
            raise JobNotFound(f"no job {job_id!r}")
        return self._jobs[job_id]

    def _write(self, job: RenderJob) -> RenderJob:
        newer = job.model_copy(update={"revision": job.revision + 1})
        self._jobs[job.id] = newer
        return newer

    def _in_turn(self) -> tuple[RenderJob, ...]:
        with self._lock:
            pending = [j for j in self._jobs.values() if j.status is JobStatus.PENDING]
        return tuple(sorted(pending, key=lambda job: -job.priority))

    def _running(self) -> tuple[RenderJob, ...]:
        return tuple(j for j in self._jobs.values() if j.status is JobStatus.PROCESSING)

    def _dependencies(self, job: RenderJob, now: datetime) -> bool:
        for name in job.depends_on:
            other = self._jobs.get(name)
            if other is None or other.status in (JobStatus.FAILED, JobStatus.CANCELLED):
                text = f"it depends on job {name}, which is {other.status if other else 'gone'}"
                self._write(advanced(job, JobStatus.FAILED, now, error=text))
                return True
        others = [self._jobs[name] for name in job.depends_on]
        return any(other.status is not JobStatus.COMPLETED for other in others)
