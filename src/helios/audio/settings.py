"""What an analysis depends on besides the sound."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction

from helios.errors import OptionError

ANALYSIS_VERSION = 11
"""Raised whenever the same sound and settings would give another table."""


class Analyzer(StrEnum):
    """Who listens."""

    HELIOS = "helios"
    """Windows over every sample, levels by percentile."""
    WEBAUDIO = "webaudio"
    """What the browser's AnalyserNode would have shown at each frame."""


class BeatRule(StrEnum):
    """What counts as a beat."""

    ADAPTIVE = "adaptive"
    """Tempo and beat tracking."""
    THRESHOLD = "threshold"
    """Bass rises above 0.05, at most every 80 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisSettings:
    """Every parameter of an analysis; part of the cache key."""

    fps: Fraction = Fraction(30)
    analyzer: Analyzer = Analyzer.HELIOS
    beats: BeatRule = BeatRule.ADAPTIVE
    percentile: float = 98.0
    """The percentile of each level over the song that becomes 1."""
    attack_s: float = 0.01
    release_s: float = 0.15
    fft_size: int = 512
    """webaudio: a power of two, 32 to 32768."""
    smoothing: float = 0.6
    """webaudio: smoothingTimeConstant, 0 to below 1 as browsers take it (1 freezes)."""
    min_db: float = -100.0
    max_db: float = -30.0
    context_rate: int | None = None
    """webaudio: the AudioContext's sample rate; None takes the sound's own."""

    def __post_init__(self) -> None:
        for name, kind in (("analyzer", Analyzer), ("beats", BeatRule)):
            try:
                object.__setattr__(self, name, kind(getattr(self, name)))
            except ValueError as error:
                known = " or ".join(kind)
                raise OptionError(f"{name} must be {known}, not {getattr(self, name)!r}") from error
        size = self.fft_size
        if size & (size - 1) or not 32 <= size <= 32_768:
            raise OptionError(f"fft_size must be a power of two from 32 to 32768, not {size}")
        if not 0 <= self.smoothing <= 1:
            raise OptionError(f"smoothing must lie between 0 and 1, not {self.smoothing}")
        if not self.min_db < self.max_db:
            raise OptionError("min_db must be below max_db")
        if not 50 <= self.percentile <= 100:
            raise OptionError(f"percentile must lie between 50 and 100, not {self.percentile}")
        if not (0 <= self.attack_s <= 60 and 0 <= self.release_s <= 60):
            raise OptionError("attack and release must lie between 0 and 60 seconds")

    def cache_text(self) -> str:
        """The same text for the same settings and analyser version."""
        values = {**asdict(self), "fps": str(self.fps), "version": ANALYSIS_VERSION}
        return json.dumps(values, sort_keys=True)
