"""Helios: anything that can draw frame n becomes a video.

>>> import helios
>>> helios.render("page.html", "film.mp4", duration=5)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

from helios.version import __version__

if TYPE_CHECKING:
    from helios.checking.api import check
    from helios.errors import Cancelled, HeliosError
    from helios.executors.worker import run_chunk
    from helios.findings.finding import Finding
    from helios.model.audio import AudioTrack
    from helios.model.facts import CaptureMethod, CompositionFacts
    from helios.model.options import RenderOptions
    from helios.model.progress import Progress, Stage
    from helios.planning.jobspec import JobSpec, RenderJobChunk
    from helios.planning.planner import RenderChunk, RenderPlan
    from helios.rendering.api import frames, inspect, plan, render, sheet, still
    from helios.rendering.cancellation import Cancellation
    from helios.rendering.job import JobOptions, JobRunner
    from helios.rendering.orchestrator import RenderOrchestrator, RenderResult
    from helios.verifying.api import verify

_HOME = {
    "AudioTrack": "helios.model.audio",
    "Cancellation": "helios.rendering.cancellation",
    "Cancelled": "helios.errors",
    "CaptureMethod": "helios.model.facts",
    "CompositionFacts": "helios.model.facts",
    "Finding": "helios.findings.finding",
    "HeliosError": "helios.errors",
    "JobOptions": "helios.rendering.job",
    "JobRunner": "helios.rendering.job",
    "JobSpec": "helios.planning.jobspec",
    "Progress": "helios.model.progress",
    "RenderChunk": "helios.planning.planner",
    "RenderJobChunk": "helios.planning.jobspec",
    "RenderOptions": "helios.model.options",
    "RenderOrchestrator": "helios.rendering.orchestrator",
    "RenderPlan": "helios.planning.planner",
    "RenderResult": "helios.rendering.orchestrator",
    "Stage": "helios.model.progress",
    "check": "helios.checking.api",
    "frames": "helios.rendering.api",
    "inspect": "helios.rendering.api",
    "plan": "helios.rendering.api",
    "render": "helios.rendering.api",
    "run_chunk": "helios.executors.worker",
    "sheet": "helios.rendering.api",
    "still": "helios.rendering.api",
    "verify": "helios.verifying.api",
}

__all__ = [
    "AudioTrack",
    "Cancellation",
    "Cancelled",
    "CaptureMethod",
    "CompositionFacts",
    "Finding",
    "HeliosError",
    "JobOptions",
    "JobRunner",
    "JobSpec",
    "Progress",
    "RenderChunk",
    "RenderJobChunk",
    "RenderOptions",
    "RenderOrchestrator",
    "RenderPlan",
    "RenderResult",
    "Stage",
    "__version__",
    "check",
    "frames",
    "inspect",
    "plan",
    "render",
    "run_chunk",
    "sheet",
    "still",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``import helios`` stays light."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        if isinstance(value, FunctionType):
            from helios.model.by_keyword import by_keyword

            value = by_keyword(value)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'helios' has no attribute {name!r}")
