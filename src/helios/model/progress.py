"""What a running render reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """What a render is doing; not to be confused with a job's status."""

    ANALYZING = "analyzing"
    RENDERING = "rendering"
    ENCODING = "encoding"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One report. ``fraction`` runs from 0 to exactly 1 over the whole render."""

    stage: Stage
    fraction: float
    frames_done: int = 0
    frames_total: int = 0
    fps: float | None = None
    eta_s: float | None = None

    @property
    def percent(self) -> float:
        """0 to 100, as REST, job files and callbacks of that style count."""
        return self.fraction * 100


ProgressListener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerNews:
    """What one of those who draw a film's chunks does, or waits for."""

    worker: int
    """From 1; as many as draw at once."""
    message: str


WorkerListener = Callable[[WorkerNews], None]
