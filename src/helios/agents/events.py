"""What ``--json`` prints while a film is made: one object a line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel


class _Event(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


class PlanEvent(_Event):
    """What will be made."""

    event: Literal["plan"]
    output: str
    total_frames: int
    fps: str
    """A fraction: 30, 30000/1001."""
    width: int
    height: int
    chunks: int
    capture: str | None
    """How a page's frames are taken."""
    digest: str
    """Of everything the pictures depend on."""


class ExpectedEvent(_Event):
    """What it takes, of ``--dry-run`` and ``helios plan``."""

    event: Literal["expected"]
    seconds: float
    memory_bytes: int
    film_bytes: int


class ProgressEvent(_Event):
    """How far it is."""

    event: Literal["progress"]
    stage: Literal["analyzing", "rendering", "encoding", "metadata"]
    percent: float
    frames_done: int
    frames_total: int
    fps: float | None
    eta_seconds: float | None


class WarningEvent(_Event):
    """What the user should know."""

    event: Literal["warning"]
    message: str


class DoneEvent(_Event):
    """The film is there."""

    event: Literal["done"]
    output: str
    frames: int
    seconds: float
    """It took."""
    duration: float
    """Of the film, in seconds."""
    rendered_chunks: tuple[int, ...]
    """The others were finished before."""
    version: str


class ErrorEvent(_Event):
    """It failed."""

    event: Literal["error"]
    error: str
    """The error's class in ``helios.errors``."""
    message: str
    hint: str
    """What to do."""
    code: int
    """The exit code: 2 usage, 3 environment, 4 render failed, 130 interrupted."""


Event = Annotated[
    PlanEvent | ExpectedEvent | ProgressEvent | WarningEvent | DoneEvent | ErrorEvent,
    Field(discriminator="event"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
