"""What goes to the process that exports, and what comes back: JSON, one object per line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from helios.errors import HeliosError
from helios.executors.call import Reply, error_from_reply, reply_from_error
from helios.model.progress import Progress

EXPORT_MODULE = "helios.queue.export_child"
DEFAULT_RENDER_FUNCTION = "helios.rendering.orchestrator:RenderOrchestrator.render"


class ExportCall(BaseModel):
    """Make one film."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: dict[str, Any]
    folder: Path
    """Where relative paths of the configuration lead."""
    render_function: str = DEFAULT_RENDER_FUNCTION
    """What makes the film: ``module:name``. Chosen by whoever runs the queue, never by a job."""


class ExportDone(BaseModel):
    """The film is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    output_path: str
    duration_s: float
    frame_count: int
    seconds: float
    rendered_chunks: tuple[int, ...] = ()


class ExportReply(BaseModel):
    """One line from the process that exports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: Literal["progress", "done", "error", "stopped"]
    progress: Progress | None = None
    done: ExportDone | None = None
    error: Reply | None = None

    @classmethod
    def of_error(cls, error: HeliosError) -> ExportReply:
        """An error as a line."""
        return cls(event="error", error=reply_from_error(error))

    def as_error(self) -> HeliosError:
        """The same error, on this side."""
        assert self.error is not None
        return error_from_reply(self.error)
