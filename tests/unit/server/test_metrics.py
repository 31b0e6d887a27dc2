"""What is counted of jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from helios.queue.job import JobStatus
from helios.server.metrics import JobMetrics


def test_only_ends_are_counted_and_only_of_films_the_frames() -> None:
    metrics, begun = JobMetrics(), datetime(2026, 1, 1, tzinfo=UTC)
    for status in (JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.COMPLETED, JobStatus.FAILED):
        job: Any = SimpleNamespace(
            status=status,
            is_final=status in (JobStatus.COMPLETED, JobStatus.FAILED),
            started_at=begun,
            completed_at=begun + timedelta(seconds=30),
            frames_total=90,
        )
        metrics.see(job)
    numbers = {
        (sample.name, *sample.labels.values()): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name.endswith(("_total", "_sum"))
    }
    assert numbers == {
        ("helios_jobs_ended_total", "completed"): 1,
        ("helios_jobs_ended_total", "failed"): 1,
        ("helios_frames_total",): 90,
        ("helios_job_seconds_sum",): 30,
    }
