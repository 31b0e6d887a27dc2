"""What an export is: one configuration for command line, REST, watch folder and web page."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from helios.errors import OptionError, UnknownFormatError
from helios.files.documents import problems, validated
from helios.files.names import check_length, plain_name
from helios.model.choices import Naming
from helios.model.formats import CONTAINERS, export_type, film_suffix
from helios.model.options import RenderOptions, advice, flag_of, unknown_option
from helios.model.progress import Progress, Stage

STAGE_WEIGHTS = {
    Stage.ANALYZING: 0.10,
    Stage.RENDERING: 0.70,
    Stage.ENCODING: 0.15,
    Stage.METADATA: 0.05,
}
"""Shares of an export's progress, in the order of the stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Where a film is shown, and what that asks for."""

    type: str
    """The export type."""
    max_duration_s: Fraction


PLATFORMS = {
    "shorts": Platform(type="flat-1080p-portrait", max_duration_s=Fraction(60)),
    "reels": Platform(type="flat-1080p-portrait", max_duration_s=Fraction(90)),
    "tiktok": Platform(type="flat-1080p-portrait", max_duration_s=Fraction(600)),
    "square": Platform(type="flat-1080p-square", max_duration_s=Fraction(60)),
}
"""Types that also have a longest duration."""

PACKS = {
    "social": ("shorts", "reels", "tiktok", "square"),
    "youtube": ("flat-1080p-landscape", "flat-4k-landscape", "shorts"),
    "vr": ("360-mono-8k", "360-stereo-8k", "vr180-8k"),
}
"""Films that are made together of one song."""

MAX_TYPES = 32
_TYPES = f"types is a list of at most {MAX_TYPES} names"
_ALIASES = {
    "template": "composition",
    "templateId": "composition",
    "template_id": "composition",
    "input": "composition",
    "exportType": "type",
    "export_type": "type",
    "audioPath": "audio",
    "audio_path": "audio",
    "audioFile": "audio",
    "audio_file": "audio",
    "outputPath": "output",
    "output_path": "output",
    "outputName": "output",
    "output_name": "output",
}
_WIRE_ALIASES = ("templateId", "exportType", "audioPath", "audioFile", "outputPath", "outputName")


def known_type(name: str) -> str:
    """An export type's own name, or a platform's.

    Raises:
        UnknownFormatError: it is neither; the hint names all of both.
    """
    return name.lower() if name.lower() in PLATFORMS else export_type(name, PLATFORMS).name


def type_of_flag(name: str) -> str:
    """The same of ``--type``, which the error names.

    Raises:
        UnknownFormatError: it is neither.
    """
    try:
        return known_type(name)
    except UnknownFormatError as error:
        raise UnknownFormatError(f"--type: {error.message}", hint=error.hint) from None


def with_own_names(values: dict[Any, Any]) -> dict[str, Any]:
    """A configuration with ``audio`` for ``audioPath``, and so on: each field under one name.

    Raises:
        OptionError: two names of a field say different things.

    Example:
        >>> with_own_names({"templateId": "aurora", "fps": 30})
        {'composition': 'aurora', 'fps': 30}
    """
    named: dict[str, Any] = {}
    for key, value in values.items():
        name = _ALIASES.get(str(key), str(key))
        if name in named and named[name] != value:
            raise OptionError(f"{key} says something else than another name of {name}")
        named[name] = value
    return named


def declare_aliases(schema: dict[str, Any]) -> None:
    """Say in a JSON schema which other names the fields of a configuration have."""
    for name in _WIRE_ALIASES:
        schema["properties"][name] = {
            "type": "string",
            "description": f"the same as {_ALIASES[name]}",
        }


class FilmFields(BaseModel):
    """What is said of one film beside how it is rendered."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        allow_inf_nan=False,
    )

    composition: str = Field(
        min_length=1, max_length=4096, description="a template's name; a page or MODULE:OBJECT"
    )
    type: str | None = Field(
        None,
        max_length=64,
        description="an export type, or a platform such as shorts",
        json_schema_extra={"group": "Scene"},
    )
    output: str | None = Field(
        None, min_length=1, max_length=1024, description="the film's file name or path"
    )
    naming: Naming = Field("plain", description="dated: [YYYYMMDD]_[name]_[type]_vN.mp4")
    max_duration_s: float | None = Field(
        None, gt=0, le=7 * 24 * 3600, description="cut a longer film, where the sound is quiet"
    )

    @field_validator("type")
    @classmethod
    def _type(cls, value: str | None) -> str | None:
        return None if value is None else known_type(value)

    @field_validator("output")
    @classmethod
    def _file_name(cls, value: str | None) -> str | None:
        if value is not None and any(ord(character) < 32 for character in value):
            raise OptionError("must not hold control characters")
        if value is not None and value.replace("\\", "/").rpartition("/")[2] in {"", ".", ".."}:
            raise OptionError("must end in a file's name")
        return value


class ExportConfig(FilmFields):
    """One film: what draws, which type, which sound, where to, and every render option.

    As JSON it is one flat object, with the options beside the fields. The keys of other programs'
    configurations are read as well: ``audioPath``, ``audioFile``, ``templateId``, ``exportType``,
    ``outputPath``, ``outputName``.
    """

    options: RenderOptions
    """How it is rendered; a platform's name is replaced by its export type."""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, values: object) -> object:
        if not isinstance(values, dict) or isinstance(values.get("options"), RenderOptions):
            return values
        named = with_own_names(values)
        own = {name: named.pop(name) for name in _OWN_NAMES if name in named}
        if (type_name := _export_type_name(own.get("type"))) is not None:
            named["type"] = type_name
        return {**own, "options": named}

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Validate ``values`` (snake_case or camelCase), in our own words.

        Raises:
            OptionError: a value cannot be used; every bad one is named.
        """
        return validated(cls, values, explain=_explain, advise=advice)

    def with_options(self, **values: Any) -> Self:
        """A copy with some options set; they are not validated again."""
        return self.model_copy(update={"options": self.options.model_copy(update=values)})

    @property
    def longest_s(self) -> Fraction | None:
        """The most seconds the film may have."""
        platform = PLATFORMS.get(self.type or "")
        caps = [platform.max_duration_s] if platform else []
        if self.max_duration_s is not None:
            caps.append(Fraction(self.max_duration_s).limit_denominator(1000))
        return min(caps, default=None)

    def to_json(self) -> dict[str, Any]:
        """What was set, as JSON; ``read`` gives the same configuration back."""
        said: dict[str, Any] = {"mode": "json", "by_alias": True, "exclude_defaults": True}
        own = self.model_dump(exclude={"options"}, **said)
        return {**self.options.model_dump(exclude={"type"}, **said), **own}


_OWN_NAMES = tuple(
    name for field in FilmFields.model_fields for name in dict.fromkeys((field, to_camel(field)))
)


def _export_type_name(name: object) -> str | None:
    """The export type that a type or platform means; None if it is neither, which is said of it
    elsewhere."""
    if not isinstance(name, str):
        return None
    platform = PLATFORMS.get(name.lower())
    if platform is not None:
        return platform.type
    with suppress(UnknownFormatError):
        return export_type(name).name
    return None


def _explain(error: ValidationError) -> str:
    def flag(place: tuple[int | str, ...]) -> str:
        return flag_of(place[1:] if place[:1] == ("options",) else place)

    return problems(error, named=flag, unknown=unknown_option)


class ExportRequest(BaseModel):
    """How many films of one song are asked for: a type, several, or a pack."""

    model_config = ConfigDict(frozen=True)

    configs: tuple[ExportConfig, ...]
    pack: str | None = None

    @classmethod
    def read(cls, values: dict[str, Any]) -> ExportRequest:
        """One configuration for each type of ``type`` or ``types`` (lists) or ``pack`` (a name).

        An empty type is none: the film has the size that its page declares.

        Raises:
            OptionError: a value cannot be used.
        """
        rest = with_own_names(values)
        pack = rest.pop("pack", None)
        if pack is not None and (not isinstance(pack, str) or pack not in PACKS):
            raise OptionError(f"no pack {pack!r}", hint=f"There are: {', '.join(PACKS)}.")
        wanted: list[Any] = [*PACKS[pack]] if pack else []
        for key in ("types", "type"):
            if key == "types" or isinstance(rest.get(key), list | tuple):
                names = rest.pop(key, None)
                if names is not None and not isinstance(names, list | tuple):
                    raise OptionError(_TYPES)
                wanted += names or ()
        if len(wanted) > MAX_TYPES or not all(isinstance(name, str) for name in wanted):
            raise OptionError(_TYPES)
        if not wanted:
            return cls(configs=(ExportConfig.read(rest),))
        unique = tuple(dict.fromkeys(str(name) for name in wanted))
        rest.pop("type", None)
        configs = tuple(ExportConfig.read({**rest, "type": name or None}) for name in unique)
        return cls(configs=configs if len(configs) == 1 else _told_apart(configs), pack=pack)


def _told_apart(configs: Iterable[ExportConfig]) -> tuple[ExportConfig, ...]:
    """Several films of one name would replace each other: their types become part of it."""

    def own(config: ExportConfig) -> str | None:
        if config.output is None or config.naming == "dated":
            return config.output
        path = PurePath(config.output)
        suffix = path.suffix if path.suffix.lower().lstrip(".") in CONTAINERS else ""
        told = f"_{_kind(config.type)}" if config.type else ""
        return str(path.with_name(f"{path.name.removesuffix(suffix)}{told}{suffix}"))

    return tuple(config.model_copy(update={"output": own(config)}) for config in configs)


def overall(stage: Stage, fraction: float, progress: Progress | None = None) -> Progress:
    """Progress over all stages, from how far one of them is."""
    before = 0.0
    for other, weight in STAGE_WEIGHTS.items():
        if other is stage:
            break
        before += weight
    whole = before + STAGE_WEIGHTS[stage] * min(max(fraction, 0.0), 1.0)
    return Progress(
        stage=stage,
        fraction=1.0 if stage is Stage.METADATA and fraction >= 1 else min(whole, 0.9999),
        frames_done=progress.frames_done if progress else 0,
        frames_total=progress.frames_total if progress else 0,
        fps=progress.fps if progress else None,
        eta_s=progress.eta_s if progress else None,
    )


def dated_name(day: str, name: str, kind: str, suffix: str, taken: Iterable[str] = ()) -> str:
    """``[YYYYMMDD]_[name]_[type]_vN.mp4``, with the first N that is not ``taken``."""
    used, version = set(taken), 1
    while True:
        text = f"{day}_{plain_name(name)}_{kind}_v{version}{suffix}"
        if text not in used:
            return text
        version += 1


def subject(config: ExportConfig) -> str:
    """What a film is called that was given no name: as its song, or what draws it."""
    tracks = config.options.audio
    song = PurePath(tracks[0].file).stem if tracks else ""
    return song or PurePath(config.composition).stem


def _kind(type_name: str) -> str:
    """An export type as names tell it: headset players go by how a name ends."""
    platform = PLATFORMS.get(type_name)
    entry = export_type(platform.type if platform else type_name)
    return type_name + film_suffix(entry.projection, entry.stereo)


def _untaken(stem: str, suffix: str, taken: set[str]) -> str:
    """``stem`` with the suffix, numbered from 2 if that name is taken."""
    name, number = f"{stem}{suffix}", 2
    while name in taken:
        name, number = f"{stem}_{number}{suffix}", number + 1
    return name


def film_name(config: ExportConfig, day: str, taken: Iterable[str] = ()) -> str:
    """The file name of an export's film, without folders.

    One that was not given is none of those that are ``taken``.

    Raises:
        OptionError: the one that was given is too long.
    """
    given = PurePath(config.output).name if config.output else ""
    suffix = PurePath(given).suffix.lower()
    if suffix.lstrip(".") not in CONTAINERS:
        given, suffix = (f"{given}.mp4" if given else ""), ".mp4"
    stem = PurePath(given).stem or subject(config)
    size = f"{config.options.width or 1920}x{config.options.height or 1080}"
    if config.naming == "dated":
        return dated_name(day, stem, config.type or size, suffix, taken)
    check_length(given)
    kind = _kind(config.type) if config.type else size
    return given or _untaken(f"{plain_name(stem)}_{kind}", suffix, set(taken))
