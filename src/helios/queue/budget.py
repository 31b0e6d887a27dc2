"""Cores and memory of this machine, handed out to films."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from helios.errors import OptionError
from helios.model.composition import CompositionKind, name_composition
from helios.model.export import PLATFORMS
from helios.model.formats import export_type
from helios.planning.encoding import expected_codec
from helios.planning.shares import film_workers, films_at_once
from helios.planning.workers import worker_bytes
from helios.process.cores import available_cores
from helios.process.memory import memory_limit_bytes
from helios.queue.job import RenderJob
from helios.shader.gallery import find_shipped

SHARE = 0.8
"""Of the machine's memory, when nothing else is said."""
MAX_AT_ONCE = 256
_ANYWHERE = Path("/")


def default_limit_bytes() -> int:
    """What films may use together when nothing else is said."""
    return int(memory_limit_bytes() * SHARE)


class MachineBudget:
    """What the films under way may use together. Thread-safe.

    A film gets its workers when it begins and keeps them: an equal part of the cores for each of
    the films that are under way or could begin, of as many as are made at once. So a film that is
    alone gets all. One that comes later gets its own part at once; until the first has ended,
    there are more workers than cores, and the operating system divides these. Memory is never
    promised twice.

    Args:
        limit_bytes: memory for all films; a share of the machine's by default.
        cores: processors for all films; those that this process may use by default.
        at_once: films made at once; from the cores by default.
        workers: chunks drawn at once, of all films together; from the cores by default.

    Raises:
        OptionError: so many films cannot be made at once, or not by so many workers.
    """

    def __init__(
        self,
        limit_bytes: int | None = None,
        *,
        cores: int | None = None,
        at_once: int | None = None,
        workers: int | None = None,
    ) -> None:
        if workers is not None and not 1 <= workers <= MAX_AT_ONCE:
            raise OptionError(f"--workers is between 1 and {MAX_AT_ONCE}, not {workers}")
        if at_once is not None and not 1 <= at_once <= MAX_AT_ONCE:
            raise OptionError(f"--at-once is between 1 and {MAX_AT_ONCE}, not {at_once}")
        self.limit_bytes = limit_bytes or default_limit_bytes()
        self.cores = cores or available_cores()
        self.at_once = at_once or films_at_once(self.cores)
        self.workers = workers
        self._held_bytes: dict[str, int] = {}
        self._lock = threading.Lock()

    def fits(self, job: RenderJob) -> bool:
        """Whether it can run beside those that run now; alone, anything may try."""
        with self._lock:
            if not self._held_bytes:
                return True
            return sum(self._held_bytes.values()) + bytes_of_worker(job.config) <= self.limit_bytes

    def hold(self, job: RenderJob, *, due: int = 1) -> int:
        """Count a job in; returns its workers.

        Args:
            job: begins now.
            due: jobs that could begin now, this one among them.
        """
        config = job.config
        bytes_each = bytes_of_worker(config)
        with self._lock:
            workers = film_workers(
                kind_of(config),
                cores=self.cores,
                films=max(1, min(self.at_once, len(self._held_bytes) + max(1, due))),
                memory_bytes=self.limit_bytes - sum(self._held_bytes.values()),
                bytes_each=bytes_each,
                asked=config.get("workers") or config.get("concurrency"),
                workers=self.workers,
            )
            self._held_bytes[job.id] = workers * bytes_each
        return workers

    def release(self, job: RenderJob) -> None:
        """Count it out."""
        with self._lock:
            self._held_bytes.pop(job.id, None)


def kind_of(config: dict[str, Any]) -> CompositionKind:
    """What draws the film of a configuration, by its name alone."""
    name = str(config.get("composition", ""))
    return CompositionKind.PAGE if find_shipped(name) else name_composition(name, _ANYWHERE).kind


def bytes_of_worker(config: dict[str, Any]) -> int:
    """Memory that one worker of an export may need, roughly and rather too much."""
    width, height = config.get("width"), config.get("height")
    name = config.get("type")
    if name:
        platform = PLATFORMS.get(name)
        name = platform.type if platform else name
        if not (width and height):
            kind = export_type(name)
            width, height = width or kind.width, height or kind.height
    codec = expected_codec(
        config.get("videoCodec"),
        config.get("encodingPreset"),
        Path(str(config.get("output") or "")).suffix,
        type_name=name or None,
        is_transparent=bool(config.get("transparent")),
    )
    return worker_bytes(kind_of(config), width or 1920, height or 1080, codec)
