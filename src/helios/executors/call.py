"""What goes to child processes, and what comes back: JSON, one object per line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios import errors
from helios.commit.record import CommitRecord
from helios.errors import HeliosError
from helios.model.composition import Composition, CompositionKind
from helios.model.encoding import EncodeSettings
from helios.model.facts import CompositionFacts
from helios.model.live_page import LivePage
from helios.model.options import RenderOptions
from helios.model.page_words import PageWords
from helios.model.progress import Progress
from helios.model.resolved import DrawSettings
from helios.planning.needs import ChunkNeeds

PictureEncoding = Literal["jpeg", "webp", "png"]
DEFAULT_RENDER_FUNCTION = "helios.rendering.orchestrator:RenderOrchestrator.render"


class _Message(BaseModel):
    # Each process uses a few of them: the others' rules need not be made.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class InspectCall(_Message):
    """Look at a composition, once."""

    op: Literal["inspect"] = "inspect"
    composition: Composition
    options: RenderOptions
    sounds_folder: Path
    """Where sounds that exist only inside the page are written."""
    others_follow: bool = False
    """Whether the same composition is looked at again, with other props."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return "inspection"


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
    store: str
    """Where the chunks go: an address for ``open_store``."""
    images: Path | None = None
    """Where numbered images go, instead of a film."""
    any_browser: bool = False
    """Draw even if browser or fonts are not those that the job was planned with."""
    is_planned_here: bool = False
    """Whether the machine that draws has looked at the composition just before: its fonts are those
    that were found."""
    needs_right: bool = True
    """Whether a chunk is made by one process at a time, which holds the right to it. Not where an
    engine hands them out: a machine that it has lost, or that works for a render that was killed,
    may hold it still. There the first record counts."""
    chunks: tuple[ChunkRange, ...] = Field(min_length=1)
    """Each is committed by itself; adjacent ones are drawn in the same go."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"chunk {self.first.id}"

    @property
    def first(self) -> ChunkRange:
        """The chunk that is drawn first."""
        return self.chunks[0]

    @property
    def film(self) -> ChunkCall:
        """What the calls for chunks of one film, drawn on one machine, have in common."""
        return self.model_copy(update={"chunks": ()})


class StillCall(_Message):
    """Draw frames of a composition into an image: of one frame, the last of several."""

    op: Literal["still"] = "still"
    composition: str
    folder: Path
    """Where a relative name of the composition leads."""
    options: RenderOptions
    image: Path
    """Its suffix says what kind of image it becomes."""
    name: Literal["the still"] = "the still"


class MeasureCall(_Message):
    """Find out what a film would take here: stretches of it are drawn, encoded and joined."""

    op: Literal["measure"] = "measure"
    config: dict[str, Any]
    """As ``ExportConfig.read`` takes it."""
    folder: Path
    """Where relative paths of the configuration lead."""
    name: Literal["the measurement"] = "the measurement"


class TrialCall(_Message):
    """Find out whether an encoder works: chunks of a test film are encoded, joined and decoded."""

    op: Literal["trial"] = "trial"
    encode: EncodeSettings
    name: Literal["the test film"] = "the test film"


class MixCall(_Message):
    """Mix what is heard in a film into a file."""

    op: Literal["mix"] = "mix"
    config: dict[str, Any]
    """As ``ExportConfig.read`` takes it."""
    folder: Path
    """Where relative paths of the configuration lead."""
    sound: Path
    """A WAV file, to be written if anything is heard."""
    name: Literal["the mix"] = "the mix"


class GlanceCall(_Message):
    """Make a small picture of a film, or of a part of one."""

    op: Literal["glance"] = "glance"
    film: Path
    image: Path
    share: float = Field(ge=0, le=1)
    """How much of it lies before the picture."""
    side: int = Field(ge=16)
    """The most pixels of width and height."""
    name: Literal["the picture"] = "the picture"


class HearCall(_Message):
    """Analyse a stranger's sound. The process is limited from then on."""

    op: Literal["hear"] = "hear"
    sound: Path
    fps: str
    """Of the film; what is heard for each of its frames is kept for the render."""
    cpu_s: int
    name: Literal["the sound"] = "the sound"


class PreviewCall(_Message):
    """Draw pictures of a film that is being shaped; what drew them stays open for the next ones."""

    op: Literal["preview"] = "preview"
    composition: str
    folder: Path
    """Where a relative name of the composition leads."""
    options: RenderOptions
    side: int = Field(ge=16)
    """The most pixels of width and height."""
    start_frame: int = Field(ge=0)
    """Beyond the film's end its last frame is meant."""
    frame_count: int = Field(1, ge=1)
    step: int = Field(1, ge=1)
    """From one picture to the next, in frames."""
    encoding: PictureEncoding = "jpeg"
    name: Literal["the preview"] = "the preview"

    @property
    def film(self) -> PreviewCall:
        """What the calls for pictures of one film, of one size, have in common."""
        return self.model_copy(
            update={"start_frame": 0, "frame_count": 1, "step": 1, "encoding": "jpeg"}
        )


class WordsCall(_Message):
    """Read what a page says of itself."""

    op: Literal["words"] = "words"
    composition: str
    folder: Path
    """Where a relative name of the composition leads."""
    options: RenderOptions
    name: Literal["the preview"] = "the preview"


class LiveCall(_Message):
    """Say what the page of a film needs to live in a browser of who looks at it."""

    op: Literal["live"] = "live"
    film: PreviewCall
    """The call whose pictures are shown of it: what has drawn them knows."""
    name: Literal["the preview"] = "the preview"


class ExportCall(_Message):
    """Make one film."""

    op: Literal["export"] = "export"
    config: dict[str, Any]
    """As a stranger may have written it: ``ExportConfig.read`` says what is wrong with it."""
    folder: Path
    """Where relative paths of the configuration lead."""
    render_function: str = DEFAULT_RENDER_FUNCTION
    """What makes the film: ``module:name``. Chosen by whoever runs the queue, never by a job."""
    executor: str = "threads"
    """What places the chunks, for ``open_engine``. Chosen in the same way."""
    needs: ChunkNeeds | None = None
    """What it should reserve for each chunk."""
    name: Literal["the render"] = "the render"


class ProbeCall(_Message):
    """Decode all of a stranger's sound. The process is limited from then on."""

    op: Literal["probe"] = "probe"
    sound: Path
    cpu_s: int
    name: Literal["the sound"] = "the sound"


Call = (
    InspectCall
    | ChunkCall
    | StillCall
    | PreviewCall
    | WordsCall
    | LiveCall
    | ExportCall
    | MeasureCall
    | TrialCall
    | MixCall
    | GlanceCall
    | ProbeCall
    | HearCall
)
_CALLS: dict[str, type[Call]] = {kind.model_fields["op"].default: kind for kind in get_args(Call)}


class _Head(_Message):
    model_config = ConfigDict(extra="ignore")

    op: str


def read_call(line: bytes | str) -> Call:
    """The call that a line holds.

    Raises:
        ValidationError: it is none.
    """
    head = _Head.model_validate_json(line)
    # Of a union of all of them everyone's rules would be made.
    return _CALLS.get(head.op, InspectCall).model_validate_json(line)


class ExportDone(_Message):
    """The film is there."""

    output_path: str
    duration_s: float
    frame_count: int
    seconds: float
    rendered_chunks: tuple[int, ...] = ()


class FilmCosts(_Message):
    """What a film would take on this machine, by what some of its frames took."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    frames: int
    duration: float
    """Seconds of film."""
    seconds: float
    """To make it."""
    film_bytes: int


class MixedSound(_Message):
    """What is heard in a film."""

    duration: float
    """Seconds, of the film and of its sound."""


class SoundFacts(_Message):
    """What a sound is, and how loud along its length."""

    duration: float
    sample_rate: int
    channels: int
    levels: tuple[float, ...]
    """0 to 1, the loudest is 1."""


class HeardSection(_Message):
    """A part of a song."""

    start: float
    end: float
    kind: str
    energy: float


class HeardSound(_Message):
    """What was heard in a sound, for a time line."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    duration: float
    bpm: float | None
    beats: tuple[float, ...]
    """Seconds."""
    sections: tuple[HeardSection, ...]
    band_names: tuple[str, ...]
    """From low to high."""
    bands: tuple[tuple[float, ...], ...]
    """For each band its level along the sound, 0 to 1."""


class PreviewPicture(_Message):
    """One picture of a film."""

    model_config = ConfigDict(
        ser_json_bytes="base64",
        val_json_bytes="base64",
        alias_generator=to_camel,
        populate_by_name=True,
    )

    frame: int
    width: int
    height: int
    total_frames: int
    """Of the film."""
    fps: str
    """Of the film, such as ``30`` or ``30000/1001``."""
    kind: CompositionKind = CompositionKind.SCENE
    """What drew it."""
    console: tuple[str, ...] = ()
    """The last lines that a page has told its console."""
    data: bytes
    """An image file."""


class Reply(_Message):
    """One line from a child process.

    ``drawn`` (frames of a chunk), ``progress`` (of a film) and ``picture`` may come often,
    ``committed`` once for every chunk, ``warning`` whenever one is logged there, ``printed`` for a
    line that a composition prints; ``done``, ``error`` and ``stopped`` end the call.
    """

    event: Literal[
        "drawn",
        "progress",
        "picture",
        "committed",
        "warning",
        "printed",
        "done",
        "error",
        "stopped",
    ]
    chunk_id: int = 0
    frames: int = 0
    record: CommitRecord | None = None
    cached: bool = False
    progress: Progress | None = None
    facts: CompositionFacts | None = None
    """Of an inspection that is done."""
    film: ExportDone | None = None
    """Of an export that is done."""
    costs: FilmCosts | None = None
    """Of a film that was measured."""
    fault: str = ""
    """What is wrong with an encoder that was tried; empty if it does what it is asked for."""
    mix: MixedSound | None = None
    """Of a film in which something is heard."""
    sound: SoundFacts | None = None
    """Of a sound that was decoded."""
    heard: HeardSound | None = None
    """Of a sound that was analysed."""
    picture: PreviewPicture | None = None
    """Of a preview."""
    words: PageWords | None = None
    """Of a page that was listened to."""
    live: LivePage | None = None
    """Of a page that can live elsewhere."""
    error: str = ""
    message: str = ""
    hint: str = ""
    retry: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether it ends the call."""
        return self.event in ("done", "error", "stopped")


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

    def on_committed(self, chunk_id: int, record: CommitRecord, /, *, cached: bool = False) -> None:
        """A chunk is finished; ``cached`` if others have finished it."""

    def on_print(self, chunk_id: int, line: str, /) -> None:
        """A composition has printed a line while chunks from this one on were drawn."""


def tell(listener: RunListener | None, reply: Reply) -> None:
    """Pass on what a call for chunks is answered with."""
    if listener is None:
        return
    if reply.event == "drawn":
        listener.on_frames(reply.chunk_id, reply.frames)
    elif reply.event == "committed" and reply.record is not None:
        listener.on_committed(reply.chunk_id, reply.record, cached=reply.cached)
