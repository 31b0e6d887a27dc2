"""Why a job is not running, in words."""

from __future__ import annotations

import math

from helios.errors import in_sentences
from helios.queue.budget import MachineBudget, bytes_of_worker
from helios.queue.job import MAX_ATTEMPTS, JobStatus, RenderJob, is_due
from helios.queue.store import JobKeeper


def why_waiting(
    job: RenderJob,
    store: JobKeeper,
    budget: MachineBudget,
    *,
    paused: bool = False,
    inputs_are_here: bool = True,
) -> str:
    """A sentence; empty for a job that runs or is completed."""
    match job.status:
        case JobStatus.PROCESSING | JobStatus.COMPLETED:
            return ""
        case JobStatus.PAUSED:
            return "It is paused; resume it."
        case JobStatus.CANCELLED:
            return "It was cancelled; retry it if you want it after all."
        case JobStatus.FAILED:
            return in_sentences(f"It failed: {job.error}", job.hint)
        case JobStatus.PENDING if paused:
            return "The queue is paused; resume it."
    away = "" if inputs_are_here else " This server lacks its inputs and leaves it."
    return _why_pending(job, store, budget) + away


def _why_pending(job: RenderJob, store: JobKeeper, budget: MachineBudget) -> str:
    open_ids = [
        name
        for name in job.depends_on
        if (other := store.get(name)) is not None and other.status is not JobStatus.COMPLETED
    ]
    if open_ids:
        return f"It waits for {', '.join(open_ids)}."
    if job.not_before is not None and not is_due(job, store.now()):
        wait_s = math.ceil((job.not_before - store.now()).total_seconds())
        return (
            f"Attempt {job.attempts} of {MAX_ATTEMPTS} failed ({job.error}); "
            f"the next one begins in {wait_s} s."
        )
    ahead = store.ahead_of(job)
    if ahead:
        return f"{ahead} job{'s' if ahead > 1 else ''} will be begun before it."
    if store.counts()[JobStatus.PROCESSING] == 0:
        return "It is next; no worker has taken it yet. Is helios serve running?"
    if not budget.fits(job):
        need, limit = bytes_of_worker(job.config) >> 20, budget.limit_bytes >> 20
        return f"It needs about {need} MiB; others use too much of the {limit} MiB there are."
    return "It is next, as soon as a film under way is finished."
