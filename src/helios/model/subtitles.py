"""Subtitles: what is said, when, and where in the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Place = Literal["top", "middle", "bottom"]
Side = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One text and the half-open time in which it is shown."""

    start_s: Fraction
    end_s: Fraction
    html: str
    """Our own tags around escaped text; lines are parted by ``<br>``."""
    place: Place = "bottom"
    side: Side = "center"
    marks: tuple[tuple[int, Fraction], ...] = ()
    """Where a word with a time of its own begins: characters before it, seconds of the film."""

    def frames(self, fps: Fraction) -> tuple[int, int]:
        """The half-open range of frames n with ``start <= n / fps < end``."""
        return max(0, math.ceil(self.start_s * fps)), max(0, math.ceil(self.end_s * fps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtitles:
    """All cues of a file, by time."""

    cues: tuple[Cue, ...]
    warnings: tuple[str, ...] = ()
    """What was left out, and why."""


class CueFrames:
    """Which cues each frame of a film shows."""

    def __init__(self, subtitles: Subtitles, fps: Fraction) -> None:
        self._ranges = [(*cue.frames(fps), cue) for cue in subtitles.cues]

    def at(self, frame: int) -> tuple[Cue, ...]:
        """The cues of one frame, the earliest first."""
        return tuple(cue for first, stop, cue in self._ranges if first <= frame < stop)
