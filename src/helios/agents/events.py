"""What ``--json`` prints while work goes on: one object a line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from helios.model.progress import Stage
from helios.rendering.batch import RowState


def _name_is_required(schema: dict[str, Any]) -> None:
    schema["required"] = ["event", *schema.get("required", [])]


class _Event(BaseModel):
    """Fields that were not given are not printed; the event's name always is."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        json_schema_extra=_name_is_required,
    )


class PlanEvent(_Event):
    """What will be made."""

    event: Literal["plan"] = "plan"
    output: str
    total_frames: int
    fps: str
    """A fraction: 30, 30000/1001."""
    width: int
    height: int
    chunks: int
    encoder: str
    """FFmpeg's name of what encodes the pictures."""
    capture: str | None
    """How a page's frames are taken."""
    fonts: tuple[str, ...]
    """The machine's fonts that words of a page are drawn with, behind what they ask for."""
    digest: str
    """Of everything the pictures depend on."""


class ExpectedEvent(_Event):
    """What it takes, of ``--dry-run`` and ``helios plan``."""

    event: Literal["expected"] = "expected"
    seconds: float
    memory_bytes: int
    film_bytes: int


class ProgressEvent(_Event):
    """How far it is."""

    event: Literal["progress"] = "progress"
    stage: Stage
    percent: float
    frames_done: int
    frames_total: int
    fps: float | None
    eta_seconds: float | None


class WorkerEvent(_Event):
    """What one of those who draw does, or waits for; with ``--verbose``."""

    event: Literal["worker"] = "worker"
    worker: int
    """From 1; as many as draw at once."""
    message: str


class WarningEvent(_Event):
    """What the user should know."""

    event: Literal["warning"] = "warning"
    message: str


class DoneEvent(_Event):
    """It is made. Commands say of a film what they know of it."""

    event: Literal["done"] = "done"
    output: str | None
    """The film; null after a part of a job that makes none."""
    frames: int | None = None
    seconds: float | None = None
    """It took."""
    duration: float | None = None
    """Of the film, in seconds."""
    rendered_chunks: tuple[int, ...] = ()
    """The others were finished before."""
    cached_chunks: tuple[int, ...] = ()
    """Of a job: chunks that were finished before."""
    was_finished: bool = False
    """Of a job: nothing was left to do."""
    type: str | None = None
    """The export type, if one was asked for."""
    version: str = ""
    """Of Helios."""


class JobEvent(_Event):
    """A job file was written."""

    event: Literal["job"] = "job"
    file: str
    chunks: int


class StateEvent(_Event):
    """How far a job is."""

    event: Literal["state"] = "state"
    finished: tuple[int, ...]
    """Chunks."""
    missing: tuple[int, ...]
    output: str | None
    """The film, once it is there."""


class VerifiedEvent(_Event):
    """Frames of a job that were drawn anew."""

    event: Literal["verified"] = "verified"
    same: tuple[int, ...]
    different: tuple[int, ...]


class EstimateEvent(_Event):
    """What so many machines would take, of ``helios plan --simulate``."""

    event: Literal["estimate"] = "estimate"
    machines: int
    seconds: float
    machine_hours: float
    chunk_frames: int
    cost: float | None
    """At the price of ``--price``."""


class RowEvent(RowState):
    """What became of a row of a batch, as in its manifest."""

    model_config = ConfigDict(json_schema_extra=_name_is_required)

    event: Literal["row"] = "row"


class BatchEvent(_Event):
    """All rows are over."""

    event: Literal["batch"] = "batch"
    manifest: str
    done: int
    failed: int


class BundleEvent(_Event):
    """A composition was packed."""

    event: Literal["bundle"] = "bundle"
    file: str
    files: int
    size: int
    """Bytes."""


class BenchmarkEvent(_Event):
    """What a kind of film takes on this machine."""

    event: Literal["benchmark"] = "benchmark"
    kind: str
    fps: float
    look_seconds: float
    start_seconds: float
    frame_seconds: float
    join_seconds: float
    """For a frame."""
    workers: int
    limit: str
    """Of the workers."""
    memory_bytes: int
    renderer: str
    """What draws WebGL."""


class SubmittedEvent(_Event):
    """Films were asked for from a server."""

    event: Literal["submitted"] = "submitted"
    job_ids: tuple[str, ...]


class ErrorEvent(_Event):
    """It failed."""

    event: Literal["error"] = "error"
    error: str
    """The error's class in ``helios.errors``."""
    message: str
    hint: str
    """What to do."""
    code: int
    """The exit code: 2 usage, 3 environment, 4 render failed, 130 interrupted."""


Event = Annotated[
    PlanEvent
    | ExpectedEvent
    | ProgressEvent
    | WorkerEvent
    | WarningEvent
    | DoneEvent
    | ErrorEvent
    | JobEvent
    | StateEvent
    | VerifiedEvent
    | EstimateEvent
    | RowEvent
    | BatchEvent
    | BundleEvent
    | BenchmarkEvent
    | SubmittedEvent,
    Field(discriminator="event"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
