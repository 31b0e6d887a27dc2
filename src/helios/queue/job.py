"""A job of the queue and the states it can be in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios.errors import InvalidTransition, QueueError

MAX_ATTEMPTS = 3
"""A job that fails so often is poisoned: it fails for good."""
MAX_LOSSES = 50
"""How often a job may be lost with the process that ran it, which is not its fault."""
HIGHEST_PRIORITY = 100
BACKOFF_BASE_S = 10.0
BACKOFF_MAX_S = 600.0
LONGEST_ID = 64
_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST_ID - 1}}}")


class JobStatus(StrEnum):
    """Where a job is. What a running job is doing is its *stage*."""

    PENDING = "pending"
    """Waits for its turn."""
    PROCESSING = "processing"
    """A worker has it."""
    PAUSED = "paused"
    """Waits until it is resumed; finished chunks are kept."""
    COMPLETED = "completed"
    """Its film is there."""
    FAILED = "failed"
    """It will not be tried again by itself."""
    CANCELLED = "cancelled"
    """Stopped on request; nothing of it is kept."""


_HIDDEN = ("notify", "notified", "folder", "target", "digests", "owner", "lease_until")
_S = JobStatus
TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    _S.PENDING: frozenset({_S.PROCESSING, _S.PAUSED, _S.CANCELLED, _S.FAILED}),
    _S.PROCESSING: frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED, _S.PAUSED, _S.PENDING}),
    _S.PAUSED: frozenset({_S.PENDING, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset({_S.PENDING}),
    _S.CANCELLED: frozenset({_S.PENDING}),
}
"""From where to where a job may go; there is no other way to change a status."""
FINAL = frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED})


class RenderJob(BaseModel):
    """One film to be made. Frozen: a store returns a new one for every change."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )

    id: str
    status: JobStatus = JobStatus.PENDING
    config: dict[str, Any] = Field(description="the export's configuration")
    progress: float = Field(0.0, ge=0, le=100, description="percent")
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    output_path: str | None = None
    error: str | None = None
    hint: str | None = Field(None, description="what to do about the error")

    priority: int = Field(
        0, ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY, description="higher ones go first"
    )
    stage: str | None = None
    attempts: int = Field(0, description="how often it was tried")
    losses: int = Field(0, description="how often it was lost with the process that ran it")
    not_before: datetime | None = Field(None, description="back-off: do not try again earlier")
    pack: str | None = Field(None, description="the group of jobs it was submitted with")
    depends_on: tuple[str, ...] = ()
    frames_done: int = 0
    frames_total: int = 0
    fps: float | None = Field(None, description="frames rendered per second")
    eta_s: float | None = Field(None, description="seconds to the end, from measured frames")
    duration_s: float | None = Field(None, description="length of the film")
    notify: dict[str, Any] | None = Field(None, exclude=True)
    """Whom to tell of the end; may hold addresses and so is never shown."""

    folder: str | None = Field(None, exclude=True)
    """Where relative paths of its configuration lead."""
    target: str | None = Field(None, exclude=True)
    """Where its film goes, decided when it was submitted; a name leads into the job's folder."""
    digests: dict[str, str] | None = Field(None, exclude=True)
    """SHA-256 of inputs that are named by path, by their key in the configuration."""
    notified: bool = Field(default=False, exclude=True)
    owner: str | None = Field(None, exclude=True)
    lease_until: datetime | None = Field(None, exclude=True)
    revision: int = Field(0, description="grows with every change in the store")

    @classmethod
    def read(cls, text: str) -> RenderJob:
        """A job from ``whole_json``."""
        return cls.model_validate_json(text)

    def whole_json(self) -> str:
        """All of the job, also what is never shown, as JSON."""
        hidden = {name: getattr(self, name) for name in _HIDDEN if getattr(self, name)}
        if self.lease_until is not None:
            hidden["lease_until"] = self.lease_until.isoformat()
        return json.dumps({**self.model_dump(mode="json", exclude_defaults=True), **hidden})

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in FINAL


def check_job_id(job_id: str) -> str:
    """``job_id`` if it can be a file's name and an address.

    Raises:
        QueueError: it cannot.
    """
    if not _ID.fullmatch(job_id):
        raise QueueError(
            f"{job_id[:80]!r} cannot be a job's id",
            hint="Use up to 64 letters, digits, - and _, beginning with a letter or digit.",
        )
    return job_id


def advanced(job: RenderJob, status: JobStatus, now: datetime, **changes: Any) -> RenderJob:
    """The job in another status, with its times set.

    Raises:
        InvalidTransition: it cannot go there from where it is.
    """
    if status not in TRANSITIONS[job.status]:
        raise InvalidTransition(f"job {job.id} is {job.status} and cannot become {status}")
    values: dict[str, Any] = {"status": status, "not_before": None}
    if status is JobStatus.PROCESSING:
        values |= {"started_at": now, "completed_at": None, "error": None, "hint": None}
    else:
        values |= {"owner": None, "lease_until": None, "eta_s": None, "fps": None}
    if status in FINAL:
        values |= {"completed_at": now, "stage": None}
    if status is JobStatus.COMPLETED:
        values |= {"progress": 100.0}
    return job.model_copy(update=values | changes)


def claimed(job: RenderJob, owner: str, lease_until: datetime, now: datetime) -> RenderJob:
    """The job in the hands of ``owner``."""
    return advanced(
        job,
        JobStatus.PROCESSING,
        now,
        owner=owner,
        lease_until=lease_until,
        attempts=job.attempts + 1,
    )


def paused(job: RenderJob, now: datetime) -> RenderJob:
    """The job, waiting until it is resumed; an attempt that was stopped by that does not count.

    Raises:
        InvalidTransition: it is over already.
    """
    if job.status is JobStatus.PAUSED:
        return job
    return advanced(job, JobStatus.PAUSED, now, attempts=_uncounted(job))


def resumed(job: RenderJob, now: datetime) -> RenderJob:
    """The job, no longer paused; one that waits or runs stays as it is.

    Raises:
        InvalidTransition: it is over already.
    """
    if job.status in (JobStatus.PENDING, JobStatus.PROCESSING):
        return job
    if job.status is not JobStatus.PAUSED:
        raise InvalidTransition(f"job {job.id} is {job.status} and cannot be resumed")
    return advanced(job, JobStatus.PENDING, now)


def put_first(job: RenderJob, priority: int) -> RenderJob:
    """The waiting job, at a priority at which it is the next.

    Raises:
        InvalidTransition: it does not wait.
    """
    if job.status is not JobStatus.PENDING:
        raise InvalidTransition(f"job {job.id} is {job.status} and does not wait")
    return job.model_copy(update={"priority": priority})


def released(job: RenderJob, now: datetime) -> RenderJob:
    """A running job, waiting again; having been stopped is no failure."""
    return advanced(job, JobStatus.PENDING, now, attempts=_uncounted(job), stage=None)


def _uncounted(job: RenderJob) -> int:
    return max(0, job.attempts - 1) if job.status is JobStatus.PROCESSING else job.attempts


def retried(job: RenderJob, now: datetime) -> RenderJob:
    """A failed or cancelled job, as new.

    Raises:
        InvalidTransition: it is neither.
    """
    return advanced(
        job,
        JobStatus.PENDING,
        now,
        attempts=0,
        losses=0,
        progress=0.0,
        error=None,
        hint=None,
        completed_at=None,
        stage=None,
    )


def lost(job: RenderJob, now: datetime) -> RenderJob:
    """A job whose process vanished: it waits again, and the attempt does not count."""
    losses = job.losses + 1
    if losses > MAX_LOSSES:
        return advanced(
            job,
            JobStatus.FAILED,
            now,
            losses=losses,
            error=f"the process that ran it vanished {losses} times",
            hint="Look into the log, and at the machine's memory.",
        )
    return advanced(
        job, JobStatus.PENDING, now, losses=losses, attempts=max(0, job.attempts - 1), stage=None
    )


def backoff_s(attempts: int, base_s: float = BACKOFF_BASE_S) -> float:
    """Seconds to wait after the ``attempts``-th failure."""
    return min(base_s * 2.0 ** max(0, attempts - 1), BACKOFF_MAX_S)


def is_due(job: RenderJob, now: datetime) -> bool:
    """Whether its back-off is over. One that is too far off was set by a clock since put back."""
    if job.not_before is None:
        return True
    wait_s = (job.not_before - now).total_seconds()
    return wait_s <= 0 or wait_s > 2 * BACKOFF_MAX_S


def lease_is_over(job: RenderJob, now: datetime, lease_s: float) -> bool:
    """Whether its worker has been silent too long; also after the clock was put back."""
    if job.lease_until is None:
        return True
    left_s = (job.lease_until - now).total_seconds()
    return left_s <= 0 or left_s > 2 * lease_s


def utc_now() -> datetime:
    """The present, as jobs are stamped."""
    return datetime.now(UTC)
