"""Any feature of a sound to any parameter of a picture, as data.

A mapping reads one feature (or a weighted mean of several), gates and amplifies it, follows it
with attack and release, adds what rises fast, bends it and lays it onto a range:

    x = gain · max(0, (feature - gate) / (1 - gate))
    e = follow(x);  r = max(0, x - previous e)
    a = follow(min(e · dynamics + r · transients, 3) ^ curve)
    f = min(a · drive, 1)            response "linear"
    f = sqrt(1 - exp(-a · drive))    response "glow"
    value = low + (high - low) · f,  delay_s later

``follow`` is a one-pole filter with one time constant up and another down, in seconds, so a
mapping looks the same at every frame rate.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios.audio.columns import BAND_NAMES, COLUMNS
from helios.audio.table import PreAnalysisResult
from helios.errors import OptionError

BEAT_HOLD_S = 0.08
_MOST = 3.0
Doubles = NDArray[np.float64]


class Mapping(BaseModel):
    """One feature drives one parameter."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    source: str | dict[str, float] = Field(
        description="a column (bass, onset, bands.air, ...), beat, or weights of several"
    )
    target: str = Field(description="the parameter's name, as the scene knows it")
    gain: float = Field(1.0, ge=0, le=1000)
    gate: float = Field(0.0, ge=0, lt=1, description="what lies below is silence")
    curve: float = Field(1.0, gt=0, le=10, description="exponent; below 1 lifts quiet sound")
    dynamics: float = Field(1.0, ge=0, le=100)
    transients: float = Field(0.0, ge=0, le=100, description="how much a sudden rise adds")
    attack_s: float = Field(0.0, ge=0, le=60)
    release_s: float = Field(0.0, ge=0, le=60)
    delay_s: float = Field(0.0, ge=0, le=60)
    drive: float = Field(1.0, ge=0, le=1000)
    response: Literal["linear", "glow"] = "linear"
    low: float = Field(0.0, allow_inf_nan=False, description="value at silence")
    high: float = Field(1.0, allow_inf_nan=False, description="value at full level")

    def evaluate(self, table: PreAnalysisResult) -> NDArray[np.float32]:
        """The parameter at every frame: (total_frames,).

        Raises:
            OptionError: the table has no such feature.
        """
        fps = float(table.fps)
        level = self._feature(table)
        x = self.gain * ((level - self.gate) / (1 - self.gate)).clip(0)
        followed = follow(x, fps, self.attack_s, self.release_s)
        rise = (x - np.concatenate([[0.0], followed[:-1]])).clip(0)
        shaped = (followed * self.dynamics + rise * self.transients).clip(0, _MOST) ** self.curve
        driven = follow(shaped, fps, self.attack_s, self.release_s) * self.drive
        share = driven.clip(0, 1) if self.response == "linear" else np.sqrt(1 - np.exp(-driven))
        share = _delayed(share, self.delay_s * fps)
        return (self.low + (self.high - self.low) * share).astype(np.float32)

    def _feature(self, table: PreAnalysisResult) -> Doubles:
        if isinstance(self.source, str):
            return feature(table, self.source)
        total = sum(self.source.values())
        if not self.source or total <= 0:
            raise OptionError(f"the weights of {self.target!r} must add up to more than 0")
        parts = [weight * feature(table, name) for name, weight in self.source.items()]
        mean: Doubles = np.sum(parts, axis=0) / total
        return mean


class ReactivityPreset(BaseModel):
    """A named set of mappings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    mappings: tuple[Mapping, ...]

    def evaluate(self, table: PreAnalysisResult) -> dict[str, NDArray[np.float32]]:
        """Every parameter at every frame. Mappings with one target are added up."""
        values: dict[str, NDArray[np.float32]] = {}
        for mapping in self.mappings:
            value = mapping.evaluate(table)
            known = values.get(mapping.target)
            values[mapping.target] = value if known is None else known + value
        return values


def feature(table: PreAnalysisResult, name: str) -> Doubles:
    """A feature along the frames: a column, one band, or ``beat`` (1 for 80 ms from each beat).

    Raises:
        OptionError: there is no such feature.
    """
    if name == "beat":
        return _held_beats(table)
    column, dot, band = name.partition(".")
    wide = COLUMNS.get(column, ("", 0))[1] == len(BAND_NAMES)
    if column not in COLUMNS or bool(dot) != wide or (dot and band not in BAND_NAMES):
        known = ", ".join(["beat", *COLUMNS])
        hint = f"There are: {known}; bands and envelopes with a band: bands.{BAND_NAMES[0]}."
        raise OptionError(f"no such feature: {name!r}", hint=hint)
    return table[name].astype(np.float64)


def follow(values: Doubles, fps: float, attack_s: float, release_s: float) -> Doubles:
    """One-pole filter with its own time constant for rising and for falling values."""
    up, down = (1 - np.exp(-1 / (s * fps)) if s > 0 else 1.0 for s in (attack_s, release_s))
    if up == down == 1:
        return values
    out, level = [], 0.0
    for value in values.tolist():
        level += (value - level) * (up if value > level else down)
        out.append(level)
    return np.array(out)


def _held_beats(table: PreAnalysisResult) -> Doubles:
    held = np.zeros(table.total_frames)
    frames = np.floor(table.beat_times * float(table.fps) + 1e-6).astype(np.intp)
    for step in range(max(round(BEAT_HOLD_S * float(table.fps)), 1)):
        inside = frames + step
        held[inside[inside < len(held)]] = 1
    return held


def _delayed(values: Doubles, frames: float) -> Doubles:
    if frames <= 0:
        return values
    at = np.arange(len(values))
    moved: Doubles = np.interp(at - frames, at, values)
    return moved
