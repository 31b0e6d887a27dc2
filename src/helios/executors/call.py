"""What goes to the process that renders, and what comes back: JSON, one object per line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from helios import errors
from helios.commit.record import CommitRecord
from helios.errors import HeliosError
from helios.model.composition import Composition
from helios.model.encoding import EncodeSettings
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.model.resolved import DrawSettings


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InspectCall(_Message):
    """Look at a composition, once."""

    op: Literal["inspect"] = "inspect"
    composition: Composition
    options: RenderOptions
    sounds_folder: Path
    """Where sounds that exist only inside the page are written."""


class ChunkRange(_Message):
    """One chunk of a call: its half-open range of frames and its file."""

    id: int
    start_frame: int
    frame_count: int
    output_name: str
    settings_digest: str

    @property
    def end_frame(self) -> int:
        """The first frame after the chunk."""
        return self.start_frame + self.frame_count


class ChunkCall(_Message):
    """Render chunks of one film, in its order; what a commit record says is done stays."""

    op: Literal["chunk"] = "chunk"
    composition: Composition
    draw: DrawSettings
    encode: EncodeSettings
    facts: CompositionFacts | None
    folder: Path
    any_browser: bool = False
    """Draw even if the browser is not the version the job was planned with."""
    chunks: tuple[ChunkRange, ...] = Field(min_length=1)
    """Each is committed by itself; adjacent ones are drawn in the same go."""

    @property
    def first(self) -> ChunkRange:
        """The chunk that is drawn first."""
        return self.chunks[0]

    @property
    def film(self) -> ChunkCall:
        """What the calls for chunks of one film, drawn on one machine, have in common."""
        return self.model_copy(update={"chunks": ()})


class Reply(_Message):
    """One line from the renderer.

    ``progress`` may come often, ``committed`` once for every chunk; ``facts``, ``done`` and
    ``error`` end the call.
    """

    event: Literal["progress", "facts", "committed", "done", "error"]
    chunk_id: int = 0
    frames: int = 0
    facts: CompositionFacts | None = None
    record: CommitRecord | None = None
    cached: bool = False
    error: str = ""
    message: str = ""
    hint: str = ""
    retry: bool = False
    warnings: tuple[str, ...] = ()


def reply_from_error(error: HeliosError) -> Reply:
    """An error as a line."""
    return Reply(
        event="error",
        error=type(error).__name__,
        message=error.message,
        hint=error.hint,
        retry=error.retry,
        warnings=error.warnings,
    )


def error_from_reply(reply: Reply) -> HeliosError:
    """The same error, on this side."""
    kind = getattr(errors, reply.error, None)
    if not (isinstance(kind, type) and issubclass(kind, HeliosError)):
        kind = errors.RenderError
    error = kind(reply.message, hint=reply.hint)
    error.retry = reply.retry
    error.warnings = reply.warnings
    return error


def joined(calls: Sequence[ChunkCall]) -> ChunkCall:
    """One call for chunks of one film, in order."""
    chunks = tuple(chunk for call in calls for chunk in call.chunks)
    return calls[0].model_copy(update={"chunks": chunks})


class RunListener(Protocol):
    """Told how a call for chunks goes on."""

    def on_frames(self, chunk_id: int, frames: int, /) -> None:
        """So many frames of a chunk are drawn."""

    def on_committed(self, chunk_id: int, record: CommitRecord, /) -> None:
        """A chunk is finished."""


class SilentListener:
    """Does nothing with what it hears."""

    def on_frames(self, chunk_id: int, frames: int, /) -> None:
        """See ``RunListener``."""

    def on_committed(self, chunk_id: int, record: CommitRecord, /) -> None:
        """See ``RunListener``."""
