"""What goes over the wire: the answers, as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios.model.composition import CompositionKind
from helios.queue.job import JobStatus, RenderJob


class _Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ErrorBody(_Shape):
    """What went wrong, and what to do."""

    error: str
    hint: str | None = None


class Submitted(_Shape):
    """The job, and all of them where several films were asked for."""

    job_id: str
    job_ids: list[str]


class JobList(_Shape):
    """A page of jobs, the newest first."""

    jobs: list[RenderJob]
    total: int = Field(description="jobs of this status and pack, or all")


class Success(_Shape):
    """Done."""

    success: Literal[True] = True


class Shared(_Shape):
    """A link to a film."""

    url: str
    until: float = Field(description="seconds since 1970")
    code: str = Field(description="the link as a QR code: a data address of an SVG picture")


class SharedFilm(_Shape):
    """What the page of a link tells of its film."""

    name: str = Field(description="of its file, without the suffix")
    until: float = Field(description="seconds since 1970")
    projection: str = Field(description="how directions lie in its picture")
    stereo: str = Field(description="where the eyes are in it")


class QueueStatus(_Shape):
    """How many jobs there are of each status."""

    pending: int
    processing: int
    paused: int
    completed: int
    failed: int
    cancelled: int
    is_paused: bool = False
    running: list[str] = Field(default_factory=list, description="ids of the jobs that run here")

    @classmethod
    def of(
        cls, counts: dict[JobStatus, int], *, is_paused: bool, running: tuple[str, ...]
    ) -> QueueStatus:
        """From the queue's counts."""
        numbers: dict[str, Any] = {status.value: number for status, number in counts.items()}
        return cls(**numbers, is_paused=is_paused, running=list(running))


class Why(_Shape):
    """Why a job is not running."""

    why: str


class Sound(_Shape):
    """An uploaded sound. ``id`` is what a configuration's ``audio`` names."""

    id: str
    name: str
    size: int
    duration: float
    sample_rate: int
    channels: int
    levels: list[float] = Field(description="loudness along the sound, 0 to 1")


class UploadedSubtitles(_Shape):
    """Subtitles or lyrics. ``id`` is what a configuration's ``subtitles`` names."""

    id: str
    name: str
    cues: int = Field(description="texts that are shown")
    end: float = Field(description="seconds at which the last one goes")
    warnings: list[str] = Field(description="what of the file is not shown, and why")


class Mix(_Shape):
    """What is heard in a film, kept for as long as it is one of the last."""

    id: str
    duration: float = Field(description="seconds, of the film and of its sound")


class Upload(_Shape):
    """An upload whose connection may have been lost."""

    received: int = Field(description="bytes; the rest begins there")
    most: int = Field(description="bytes that the whole may have")


class Live(_Shape):
    """A film's page, to live in a frame of who looks at it."""

    address: str
    width: int
    height: int = Field(description="CSS pixels of what it is laid out in")
    fps: str
    total_frames: int


class Frames(_Shape):
    """Frames of a film: what ``GET /api/frames/{id}`` sends."""

    id: str
    count: int
    width: int
    height: int


class Template(_Shape):
    """A template by its name."""

    name: str
    title: str
    description: str = ""
    colours: list[str] = Field(default_factory=list)
    thumbnail: str = Field("", description="where its picture is")
    loop: str | None = Field(None, description="where some seconds of it are, without sound")
    kind: CompositionKind = Field(
        CompositionKind.SCENE, description="scene, or page for one that a shader draws"
    )


class TemplateContent(_Shape):
    """What a template says, and what it may say."""

    template: dict[str, Any]
    form: dict[str, Any] = Field(description="the JSON Schema of templates")


class Templates(_Shape):
    """All templates there are."""

    templates: list[Template]


class Named(_Shape):
    """The composition that the operator named, if one was."""

    composition: str | None
    title: str = ""
    kind: CompositionKind | None = None
    stamp: str = Field("", description="another one whenever a file in its folder was written")
    props: dict[str, Any] = Field(default_factory=dict, description="what its props file says")
    props_file: str = Field("", description="the name of that file; none without one")


class Format(_Shape):
    """An export type or platform."""

    name: str
    width: int
    height: int
    projection: str
    stereo: str
    codec: str
    max_duration: float | None = None


class Formats(_Shape):
    """Types, platforms and packs."""

    formats: list[Format]
    platforms: list[Format]
    packs: dict[str, list[str]]
    video_codecs: list[str]
    containers: list[str]


class BatchRow(_Shape):
    """What became of one row."""

    row: int = Field(description="counted from 1")
    job_ids: list[str] = Field(default_factory=list)
    error: str | None = None
    cells: dict[str, Any] = Field(default_factory=dict, description="of a table: what it says")


class BatchResult(_Shape):
    """What became of the rows; a bad one does not stop the others."""

    rows: list[BatchRow]
    accepted: int
    rejected: int


class Health(_Shape):
    """Whether the server can do its work."""

    status: Literal["ok", "failing"]
    version: str
    problem: str | None = None


class Pruned(_Shape):
    """The jobs that were forgotten."""

    pruned: list[str]
