"""What goes to the process that renders, and what comes back: JSON, one object per line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from helios import errors
from helios.commit.record import CommitRecord
from helios.errors import HeliosError
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InspectCall(_Message):
    """Look at a composition, once."""

    op: Literal["inspect"] = "inspect"
    composition: Composition
    options: RenderOptions
    sounds_folder: Path
    """Where sounds that exist only inside the page are written."""


class ChunkCall(_Message):
    """Render one chunk; done already if its commit record says so."""

    op: Literal["chunk"] = "chunk"
    composition: Composition
    options: RenderOptions
    """Everything explicit, the range included."""
    facts: CompositionFacts | None
    encode: dict[str, Any]
    """``EncodeSettings.to_json``."""
    folder: Path
    output_name: str
    settings_digest: str
    chunk_id: int
    any_browser: bool = False
    """Draw even if the browser is not the version the job was planned with."""


class Reply(_Message):
    """One line from the renderer. ``progress`` may come often; the others end the call."""

    event: Literal["progress", "facts", "committed", "error"]
    frames: int = 0
    facts: CompositionFacts | None = None
    record: CommitRecord | None = None
    cached: bool = False
    error: str = ""
    message: str = ""
    hint: str = ""
    retry: bool = False


def reply_from_error(error: HeliosError) -> Reply:
    """An error as a line."""
    return Reply(
        event="error",
        error=type(error).__name__,
        message=error.message,
        hint=error.hint,
        retry=error.retry,
    )


def error_from_reply(reply: Reply) -> HeliosError:
    """The same error, on this side."""
    kind = getattr(errors, reply.error, None)
    if not (isinstance(kind, type) and issubclass(kind, HeliosError)):
        kind = errors.RenderError
    error = kind(reply.message, hint=reply.hint)
    error.retry = reply.retry
    return error
