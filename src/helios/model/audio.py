"""Sound as the plan knows it: tracks to mix, and the table a scene reacts to."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from helios.errors import OptionError
from helios.files.documents import validated
from helios.model.timebase import parse_number, parse_seconds

SAMPLE_RATE = 48_000
"""Hz of every mix. 48 kHz is what video platforms expect."""

Seconds = Annotated[
    Fraction,
    BeforeValidator(lambda value: parse_seconds(value, "a time")),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]

SignedSeconds = Annotated[
    Fraction,
    BeforeValidator(lambda value: parse_number(value, "offset")),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]


class AudioTrack(BaseModel):
    """One sound of the film.

    Written on the command line as ``FILE[,volume=1][,offset=0][,seek=0][,fade_in=0][,fade_out=0]
    [,loop][,rate=1][,duck=0]``; ``str(track)`` gives that form and ``AudioTrack.parse`` reads it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        defer_build=True,
    )

    file: str = Field(description="path or URL of the sound, or of a video with sound")
    volume: float = Field(1.0, ge=0, le=100, allow_inf_nan=False, description="1 is unchanged")
    offset: SignedSeconds = Field(
        Fraction(0),
        description="seconds into the film at which it starts; negative: it was already playing",
    )
    seek: Seconds = Field(Fraction(0), description="seconds of the sound to skip")
    fade_in: Seconds = Field(Fraction(0), description="seconds")
    fade_out: Seconds = Field(Fraction(0), description="seconds, ending where the track ends")
    loop: bool = Field(default=False, description="start again until the film ends")
    rate: float = Field(1.0, gt=0, le=16, allow_inf_nan=False, description="speed, pitch kept")
    duck: float = Field(
        0.0, ge=0, le=60, allow_inf_nan=False, description="dB lower while other tracks sound"
    )

    @classmethod
    def parse(cls, text: object) -> AudioTrack:
        """Read the command-line form.

        Parameters are taken from the right while they are known and not yet given, so file names
        may contain commas and equals signs.

        Raises:
            OptionError: a parameter's value cannot be read.
        """
        if isinstance(text, AudioTrack):
            return text
        rest, values = str(text), dict[str, Any]()
        while True:
            head, comma, tail = rest.rpartition(",")
            key, equals, value = tail.partition("=")
            key = key.strip().lower().replace("-", "_")
            if not comma or key in values or key not in TRACK_SETTINGS:
                break
            if not equals and key != "loop":
                break
            values[key] = _read_parameter(key, value if equals else "true")
            rest = head
        if not rest:
            raise OptionError(f"audio track {str(text)!r} names no file")
        return validated(cls, {"file": rest, **values}, f"audio track {rest}")

    def followed(self) -> AudioTrack:
        """What a scene knows of the sound it follows: its place in time, not how it is mixed."""
        return AudioTrack(
            file=self.file, offset=self.offset, seek=self.seek, loop=self.loop, rate=self.rate
        )

    def __str__(self) -> str:
        parts = {
            "volume": repr(self.volume),
            "offset": str(self.offset),
            "seek": str(self.seek),
            "fade_in": str(self.fade_in),
            "fade_out": str(self.fade_out),
            "loop": str(self.loop).lower(),
            "rate": repr(self.rate),
            "duck": repr(self.duck),
        }
        plain = AudioTrack(file=self.file)
        if "," not in self.file:
            parts = {
                key: v for key, v in parts.items() if getattr(self, key) != getattr(plain, key)
            }
        return ",".join([self.file, *(f"{key}={value}" for key, value in parts.items())])


TRACK_SETTINGS = ("volume", "offset", "seek", "fade_in", "fade_out", "loop", "rate", "duck")
"""What may stand after a sound's file, each with ``=``."""


def parse_float(text: str, name: str) -> float:
    """A finite number, for what is never compared with a frame.

    Raises:
        OptionError: not a number.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise OptionError(f"{name} must be a finite number, not {text!r}")
    return number


def _read_parameter(key: str, value: str) -> object:
    if key == "loop":
        if value.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise OptionError(f"loop must be true or false, not {value!r}")
        return value.lower() in ("true", "1", "yes")
    if key in ("volume", "rate", "duck"):
        return parse_float(value, key)
    return parse_number(value, key) if key == "offset" else parse_seconds(value, key)
