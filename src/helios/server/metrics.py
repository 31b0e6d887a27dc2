"""Numbers for Prometheus."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from helios.process.memory import tree_memory_bytes
from helios.queue.job import JobStatus, RenderJob
from helios.queue.queue import RenderQueue
from helios.server.events import EventHub

_STARTED = time.time()


class JobMetrics:
    """Counts what became of jobs."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended = Counter(
            "helios_jobs_ended", "Jobs that ended, by how.", ["status"], registry=self.registry
        )
        self._frames = Counter(
            "helios_frames", "Frames of completed films.", registry=self.registry
        )
        self._seconds = Histogram(
            "helios_job_seconds",
            "From start to end of completed jobs.",
            registry=self.registry,
            buckets=(1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400),
        )
        self._jobs = Gauge("helios_jobs", "Jobs by status.", ["status"], registry=self.registry)
        self._clients = Gauge("helios_event_clients", "Event streams.", registry=self.registry)
        self._memory = Gauge(
            "helios_memory_bytes", "Resident memory with all children.", registry=self.registry
        )
        self._up = Gauge("helios_start_time_seconds", "When it started.", registry=self.registry)
        self._up.set(_STARTED)

    def see(self, job: RenderJob) -> None:
        """A job has changed."""
        if not job.is_final:
            return
        self._ended.labels(str(job.status)).inc()
        if job.status is JobStatus.COMPLETED and job.started_at and job.completed_at:
            self._frames.inc(job.frames_total)
            self._seconds.observe(max(0.0, (job.completed_at - job.started_at).total_seconds()))

    def text(self, queue: RenderQueue, hub: EventHub) -> str:
        """All numbers as of now."""
        import os

        for status, count in queue.counts().items():
            self._jobs.labels(status.value).set(count)
        self._clients.set(hub.client_count)
        self._memory.set(tree_memory_bytes(os.getpid()))
        return generate_latest(self.registry).decode()
