"""The one options schema: CLI flags, job file, REST body and web form are all this model."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from helios.errors import OptionError
from helios.files.documents import as_object, only_hint, parse_json, problems, validated
from helios.files.near import nearest
from helios.model.audio import AudioTrack
from helios.model.backends import Backend
from helios.model.choices import (
    GpuMode,
    HardwareMode,
    ImageFormat,
    PageMode,
    PanoramaWay,
    QualityWord,
    StereoWay,
)
from helios.model.facts import CaptureMethod
from helios.model.formats import COPY, EncodingPreset, audio_codec, export_type, video_codec
from helios.model.hosts import HostRule
from helios.model.overlay import FROM_FILE, OverlayPage, props_of, read_props
from helios.model.stem import Stem
from helios.model.timebase import frame_total, parse_fps, parse_number, parse_seconds
from helios.model.usage import usage

DEFAULT_WIDTH, DEFAULT_HEIGHT, DEFAULT_FPS = 1920, 1080, Fraction(30)
MAX_SIDE = 16_384
MAX_FRAMES = 100_000_000
MAX_STEMS = 16
MAX_CHUNKS = 20_000
"""Each is a file, a record and a command: more than these only cost."""
_MAX_ADVICE = 3
FILM_TAGS = ("title", "artist", "album", "album_artist", "track", "date", "genre", "comment")
"""What a film can say of itself."""
_LONGEST_TAG = 1000


def parse_bitrate(value: object) -> int:
    """Bits per second from ``8000000``, ``"8M"``, ``"800k"``.

    Raises:
        OptionError: not a number of bits.
    """
    text = str(value).strip().lower().removesuffix("bps").removesuffix("bit/s").strip()
    factor = {"k": 1e3, "m": 1e6, "g": 1e9}.get(text[-1:], 1.0)
    try:
        bits = float(text.rstrip("kmg")) * factor
    except ValueError:
        bits = math.nan
    if not 0 < bits < 1e12:  # also false for NaN
        raise OptionError(f"a bitrate is a number such as 8M or 800k, not {value!r}")
    return round(bits)


Bitrate = Annotated[int, BeforeValidator(parse_bitrate)]
Fps = Annotated[
    Fraction,
    BeforeValidator(parse_fps),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]
Duration = Annotated[
    Fraction,
    BeforeValidator(lambda value: parse_seconds(value, "a time")),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]
Scale = Annotated[
    Fraction,
    BeforeValidator(lambda value: parse_number(value, "scale")),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]
PixelRatio = Annotated[
    Fraction,
    BeforeValidator(lambda value: parse_number(value, "pixel ratio")),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]
Quality = Annotated[int | QualityWord, Field(union_mode="left_to_right")]


def _option(default: Any, group: str, description: str, **more: Any) -> Any:
    extra = {"group": group, **more.pop("extra", {})}
    return Field(default, description=description, json_schema_extra=extra, **more)


class RenderOptions(BaseModel):
    """Everything about a render but its input and output. ``None`` means: decide for me."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        allow_inf_nan=False,
    )

    width: int | None = _option(
        None,
        "Picture",
        "pixels, even (default 1920; of the height alone it follows)",
        ge=2,
        le=MAX_SIDE,
    )
    height: int | None = _option(
        None,
        "Picture",
        "pixels, even (default 1080; of the width alone it follows)",
        ge=2,
        le=MAX_SIDE,
    )
    fps: Fps | None = _option(
        None, "Picture", "frames per second: 30, 29.97, 30000/1001 (default: as declared, else 30)"
    )
    duration: Duration | None = _option(
        None, "Picture", "seconds, or 1:30 (default: as declared, else 1)", gt=0
    )
    start_frame: int = _option(0, "Picture", "first frame to render", ge=0, le=MAX_FRAMES)
    frame_count: int | None = _option(
        None, "Picture", "how many frames (default: to the end)", ge=1, le=MAX_FRAMES
    )
    props: dict[str, Any] = _option({}, "Picture", "JSON object for the composition, or @file.json")
    transparent: bool = _option(
        default=False,
        group="Picture",
        description="keep transparency: .webm, ProRes 4444 in .mov, .apng, .webp, .gif, PNG frames",
    )
    loop_seamless: Duration | None = _option(
        None,
        "Picture",
        "seconds in which the beginning comes out of what follows the end: the last frame joins"
        " the first",
        gt=0,
    )
    overlay: tuple[OverlayPage, ...] = _option(
        (),
        "Picture",
        "PAGE[,picture=FILE][,lines=FILE][,capture=METHOD][,props=JSON or @FILE] to draw over the"
        " picture; may be repeated",
    )
    subtitles: str | None = _option(
        None, "Picture", "SRT, WebVTT, ASS or LRC file to draw over the picture"
    )
    subtitles_style: str | None = _option(
        None, "Picture", "CSS file that says how subtitles look (docs/subtitles.md)"
    )
    seed: int = _option(
        0x12345678, "Picture", "what chance in the composition starts from", ge=0, lt=2**53
    )

    type: str | None = _option(
        None, "Scene", "named size and projection, such as flat-1080p-portrait or 360-stereo-8k"
    )
    react_to: AudioTrack | None = _option(
        None, "Scene", "the sound that scene, page or Python follows (default: the first --audio)"
    )
    stem: tuple[Stem, ...] = _option(
        (),
        "Scene",
        "NAME=FILE, a part of that sound that templates, pages and Python hear apart; may be"
        " repeated",
    )
    backend: Backend = _option(
        Backend.AUTO,
        "Scene",
        "what draws scenes: the processor (cpu), a graphics card (gpu), or (auto) a card whose"
        " pictures were seen to be right, else the processor",
    )
    adapter: str = _option(
        "",
        "Scene",
        "the graphics card that draws scenes, by a part of its name or its number (`helios doctor`"
        " lists them)",
    )
    scale: Scale = _option(
        Fraction(1), "Scene", "draft size, of the same layout: 1/4 of width and height", gt=0, le=1
    )

    panorama: PanoramaWay = _option(
        "direct", "360°", "how to draw all around: pixel by pixel, or by six faces"
    )
    stereo: StereoWay | None = _option(
        None, "360°", "eyes right in every direction (ods), or a fixed offset apart (offset)"
    )
    face_size: int | None = _option(
        None, "360°", "pixels of a cube's face (default: width / pi)", ge=16, le=MAX_SIDE
    )
    ipd: float = _option(0.064, "360°", "metres between the eyes of stereo films", ge=0, le=1)
    unit_scale: float | None = _option(
        None,
        "360°",
        "scene units in a metre (default: the template's; 1 for pages)",
        gt=0,
        le=1_000_000,
    )
    initial_view: str | None = _option(
        None, "360°", "degrees at which viewers begin: YAW, YAW,PITCH or YAW,PITCH,ROLL"
    )
    supersample: int = _option(1, "360°", "rays a pixel and axis for moving skies", ge=1, le=4)

    pixel_ratio: PixelRatio = _option(
        Fraction(1),
        "Page",
        "pixels of the film for a CSS pixel of the page: 2 shows half as wide a page, finer",
        gt=0,
        le=8,
    )
    mode: PageMode = _option(
        "auto", "Page", "what to capture: one canvas, the whole page, or whichever fits"
    )
    selector: str | None = _option(
        None, "Page", "CSS selector of the canvas (canvas) or element (dom) to capture"
    )
    root: str | None = _option(
        None, "Page", "folder that a page on disk may load from (default: the page's own)"
    )
    capture: CaptureMethod | None = _option(None, "Page", "force a capture method")
    headless: bool = _option(
        default=True, group="Page", description="run the browser without a window"
    )
    sandbox: bool = _option(
        default=True,
        group="Page",
        description="keep Chromium's sandbox; switch off at your own risk",
    )
    allow_host: tuple[str, ...] = _option(
        (), "Page", "HOST[:PORT] that the page may reach wherever it is; may be repeated"
    )
    public_hosts: bool = _option(
        default=True, group="Page", description="let the page load from the public internet"
    )
    browser_gpu: GpuMode = _option(
        "auto", "Page", "draw WebGL with a GPU: if there surely is one, always, never"
    )
    page_audio: bool = _option(
        default=True, group="Page", description="mix in the sounds found in the page"
    )
    stability_timeout: Duration = _option(
        Fraction(30), "Page", "seconds a page may take to become ready"
    )

    video_codec: str | None = _option(None, "Encoding", "h264, hevc, av1, vp9, prores, ... or copy")
    hwaccel: HardwareMode = _option(
        "none",
        "Encoding",
        "let a graphics card encode: never, if a test film comes out right, or not without one",
    )
    preset: str | None = _option(None, "Encoding", "the encoder's own preset, such as veryfast")
    encoding_preset: EncodingPreset | None = _option(
        None, "Encoding", "codec, quality and effort in one word"
    )
    quality: Quality | None = _option(
        None, "Encoding", "CRF (lower is better), or draft, standard, high"
    )
    pixel_format: str | None = _option(None, "Encoding", "such as yuv420p or yuv420p10le")
    video_bitrate: Bitrate | None = _option(
        None, "Encoding", "bits per second instead of constant quality: 8M, 800k", gt=0
    )

    tags: dict[str, str] = _option(
        {},
        "Encoding",
        f"JSON object of what the film says of itself ({', '.join(FILM_TAGS)}); pages over it are"
        " told title, artist and album",
    )

    audio: tuple[AudioTrack, ...] = _option(
        (),
        "Sound",
        "FILE[,volume=,offset=,seek=,fade_in=,fade_out=,loop,rate=,duck=]; may be repeated",
    )
    loudness: float | None = _option(
        None, "Sound", "bring the mix to this loudness, LUFS (EBU R128): -14", ge=-70, le=0
    )
    audio_codec: str | None = _option(None, "Sound", "aac, opus, flac, pcm_s16le, ... or copy")
    audio_bitrate: Bitrate | None = _option(None, "Sound", "bits per second: 384k", gt=0)

    concurrency: int | None = _option(
        None,
        "Work",
        "split into this many chunks, drawn at once unless --workers says else",
        ge=1,
        le=4096,
    )
    workers: int | None = _option(
        None,
        "Work",
        "chunks drawn at once, or auto: from cores and memory (default)",
        ge=1,
        le=1024,
    )
    chunk_frames: int | None = _option(
        None, "Work", "frames per chunk, whatever the number of workers", ge=1, le=MAX_FRAMES
    )
    threads: int | None = _option(
        None, "Work", "encoder threads per chunk; part of what the bytes depend on", ge=1, le=64
    )
    frames: ImageFormat | None = _option(
        None, "Work", "write numbered images into the output folder instead of a film"
    )

    mix_input_audio: bool = _option(
        default=False,
        group="Work",
        description="keep the sound of the parts (set by the planner)",
        extra={"hidden": True},
    )

    @field_validator("width", "height")
    @classmethod
    def _even(cls, value: int | None) -> int | None:
        if value is not None and value % 2:
            raise OptionError(
                f"must be even, not {value}", hint=f"The nearest even size is {value + 1}."
            )
        return value

    @field_validator("workers", mode="before")
    @classmethod
    def _workers(cls, value: object) -> object:
        return None if value == "auto" else value

    @field_validator("type")
    @classmethod
    def _type(cls, value: str | None) -> str | None:
        return None if value is None else export_type(value).name

    @field_validator("initial_view")
    @classmethod
    def _initial_view(cls, value: str | None) -> str | None:
        if value is None:
            return None
        angles = [parse_number(part, "an angle") for part in value.split(",")]
        limits = (180, 90, 180)
        if len(angles) > 3 or any(abs(a) > b for a, b in zip(angles, limits, strict=False)):
            raise OptionError(
                f"{value!r} is no view", hint="Give yaw (±180), pitch (±90) and roll (±180)."
            )
        return ",".join(f"{float(angle):g}" for angle in angles)

    @field_validator("allow_host", mode="before")
    @classmethod
    def _allow_host(cls, value: object) -> object:
        texts = (value,) if isinstance(value, str) else value
        if isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts):
            return tuple(str(HostRule.parse(text)) for text in texts)
        return value

    @field_validator("react_to", mode="before")
    @classmethod
    def _react_to(cls, value: object) -> object:
        return AudioTrack.parse(value) if isinstance(value, str) else value

    @field_validator("props", mode="before")
    @classmethod
    def _props(cls, value: object) -> object:
        return read_props(value) if isinstance(value, str) else value

    @field_validator("tags", mode="before")
    @classmethod
    def _tags(cls, value: object) -> object:
        return as_object(parse_json(value, "tags"), "tags") if isinstance(value, str) else value

    @field_validator("tags")
    @classmethod
    def _known_tags(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if name not in FILM_TAGS:
                raise OptionError(f"no tag {name!r}", hint=f"There are: {', '.join(FILM_TAGS)}.")
            if not text.strip() or len(text) > _LONGEST_TAG or "\0" in text:
                raise OptionError(f"{name} is a text of 1 to {_LONGEST_TAG} characters")
        return value

    @field_validator("audio", mode="before")
    @classmethod
    def _audio(cls, value: object) -> object:
        return _repeated(value, AudioTrack)

    @field_validator("stem", mode="before")
    @classmethod
    def _stem(cls, value: object) -> object:
        return _repeated(value, Stem)

    @field_validator("stem")
    @classmethod
    def _named_apart(cls, value: tuple[Stem, ...]) -> tuple[Stem, ...]:
        names = [stem.name for stem in value]
        if len(set(names)) < len(names):
            raise OptionError("two stems have the same name", hint=f"Given: {', '.join(names)}.")
        if len(value) > MAX_STEMS:
            raise OptionError(f"{len(value)} stems, at most {MAX_STEMS} are heard")
        return value

    @field_validator("overlay", mode="before")
    @classmethod
    def _overlay(cls, value: object) -> object:
        return _repeated(value, OverlayPage)

    @field_validator("video_codec")
    @classmethod
    def _video_codec(cls, value: str | None) -> str | None:
        if value is not None and value != COPY:
            video_codec(value)
        return value

    @field_validator("audio_codec")
    @classmethod
    def _audio_codec(cls, value: str | None) -> str | None:
        if value is not None and value != COPY:
            audio_codec(value)
        return value

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        frames = self.frame_count
        if frames is None and self.duration is not None and self.fps is not None:
            frames = max(1, frame_total(self.duration, self.fps) - self.start_frame)
        if frames is not None:
            check_amount(frames, self.chunk_frames or frames)
        return self

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Validate ``values`` (snake_case or camelCase), in our own words.

        Raises:
            OptionError: a value cannot be used; every bad option is named.
        """
        return validated(cls, values, explain=_explain, advise=advice)

    def changed(self, **values: Any) -> Self:
        """A copy with some options set, validated again."""
        return self.read({**dict(self), **values})


def check_amount(frame_count: int, chunk_frames: int) -> None:
    """Refuse more frames or chunks than can be meant, before memory is spent on them.

    Raises:
        OptionError: there are too many.
    """
    if frame_count > MAX_FRAMES:
        raise OptionError(
            f"the film has {frame_count} frames, at most {MAX_FRAMES} are rendered",
            hint="Give a shorter duration or a lower fps.",
        )
    chunks = -(-frame_count // chunk_frames)
    if chunks > MAX_CHUNKS:
        raise OptionError(
            f"{frame_count} frames would be {chunks} chunks, at most {MAX_CHUNKS} are made",
            hint=f"Give --chunk-frames {-(-frame_count // MAX_CHUNKS)} or more.",
        )


def flag_of(place: tuple[int | str, ...]) -> str:
    """How an option is called on the command line, by its place in a model's errors."""
    return "--" + str(place[0]).replace("_", "-") if place else "options"


def unknown_option(name: str) -> str:
    """What is said of an option that there is not."""
    meant = nearest(name, RenderOptions.model_fields)
    return f"no such option; did you mean {flag_of((meant,))}?" if meant else "no such option"


def advice(error: ValidationError) -> str:
    """What to give instead, a line for each option that is wrong; empty where none is known."""
    if hint := only_hint(error):
        return hint
    places = [item["loc"] for item in error.errors(include_url=False)]
    names = {str(place["options" in place[:1]]) for place in places if place}
    known = RenderOptions.model_fields.items()
    lines = (
        usage(key, info)
        for key, info in known
        if not names.isdisjoint((key, info.alias)) and info.annotation is not bool
    )
    return "\n  ".join(itertools.islice(lines, _MAX_ADVICE))


def _explain(error: ValidationError) -> str:
    return problems(error, named=flag_of, unknown=unknown_option)


def _repeated(value: object, kind: type[AudioTrack | OverlayPage | Stem]) -> object:
    """An option that may be given several times, as texts or read already."""
    if isinstance(value, str | kind):
        value = (value,)
    if isinstance(value, list | tuple):
        return tuple(kind.parse(each) if isinstance(each, str) else each for each in value)
    return value


def props_files(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that ``values``, options as they were given, name for props: their own and those
    of pages over the film."""
    overlays = values.get("overlay")
    if not isinstance(overlays, list | tuple):
        overlays = (overlays,)
    props = (values.get("props"), *(props_of(overlay) for overlay in overlays))
    named = (text for text in props if isinstance(text, str) and text.startswith(FROM_FILE))
    return tuple(text.removeprefix(FROM_FILE) for text in named)
