"""The form of a song as a scene sees it: bars over the whole film, and stretches between cuts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from helios.scene.audio_input import FeatureColumns

Doubles = NDArray[np.float64]
RESTING_BAR_S = 8 / 3
"""A bar where nobody knows any."""
LONGEST_PHRASE_S = 24.5
"""Who looks at one picture for longer waits for another: twelve bars at 120 beats a minute are
allowed, sixteen at 156 are not."""
_LEVELS = ((0.12, "quiet"), (0.35, "breakdown"), (0.8, "steady"), (2.0, "drop"))
"""What a stretch of an unknown kind is called, up to which energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Frames ``start`` to ``end`` of one kind."""

    start: int
    end: int
    kind: str
    energy: float
    begins: bool
    """Whether a section begins with it."""


def film_bars(table: FeatureColumns) -> Doubles:
    """Bars as each frame ends, rising over the whole film.

    Where the sound pauses or begins again the count goes on with a new bar.
    """
    total, fps = table.total_frames, float(table.fps)
    resting = 1 / (RESTING_BAR_S * fps)
    given = table.bar_position
    if given is None or not np.isfinite(given).any():
        return np.asarray((np.arange(total) + 1) * resting, np.float64)
    heard = np.isfinite(given)
    steps = np.diff(np.where(heard, given, 0.0))
    goes_on = heard[1:] & heard[:-1] & (steps >= 0) & (steps < 1)
    bars = np.empty(total)
    bars[0] = given[0] if heard[0] else 0.0
    for start, end in pairwise([0, *(np.flatnonzero(~goes_on) + 1).tolist(), total]):
        if start and heard[start]:
            bars[start] = np.floor(bars[start - 1]) + 1 + given[start] % 1
        elif start:
            bars[start] = bars[start - 1] + resting
        bars[start + 1 : end] = bars[start] + np.cumsum(steps[start : end - 1])
    return bars


def stretches(
    table: FeatureColumns, bars: Doubles, phrase_bars: int, phrase_from: int = 0
) -> tuple[Stretch, ...]:
    """The sections, cut into phrases from bar ``phrase_from`` of each on; all begin with a bar, if
    one begins near. Phrases that would last too long are halved, and with them what is before."""
    total = table.total_frames
    ones = np.flatnonzero(np.diff(np.floor(bars), prepend=np.floor(bars[0])))
    numbers = table.section if table.section is not None else np.zeros(total, np.int32)
    edges = [_at_bar(int(n), ones) for n in np.flatnonzero(np.diff(numbers)) + 1]
    found = []
    for start, end in pairwise(sorted({0, *edges, total})):
        kind = _kind(table, (start + end) // 2)
        bar_s = (end - 1 - start) / (float(table.fps) * max(bars[end - 1] - bars[start], 1e-9))
        parts = _halvings(phrase_bars * bar_s)
        phrase = phrase_bars // parts
        # A rest of less than this belongs to the last.
        least = phrase * (0.5 if 1.5 * phrase * bar_s <= LONGEST_PHRASE_S else 0.25)
        cuts = _phrases(bars, start, end, phrase, phrase_from // parts, least)
        for first, last in pairwise([start, *cuts, end]):
            energy = float(table.energy[first:last].mean())
            name = kind or next(name for most, name in _LEVELS if energy < most)
            found.append(
                Stretch(start=first, end=last, kind=name, energy=energy, begins=first == start)
            )
    return tuple(found)


def _halvings(phrase_s: float) -> int:
    """Into how many parts a phrase is cut, of 1, 2 and 4, until none is too long."""
    return next((parts for parts in (1, 2, 4) if phrase_s / parts <= LONGEST_PHRASE_S), 4)


def _phrases(
    bars: Doubles, start: int, end: int, phrase_bars: int, phrase_from: int, least_bars: float
) -> list[int]:
    """Frames within a section at which phrases begin; none is shorter than ``least_bars``, but for
    what is before the first."""
    number = np.floor(bars[start:end])
    since = number[1:] - number[0] - phrase_from
    begins = np.flatnonzero((np.diff(number) > 0) & (since >= 0) & (since % phrase_bars == 0)) + 1
    last = number[-1] + 1 - least_bars
    return [start + int(n) for n in begins if number[n] <= last]


def _at_bar(frame: int, ones: NDArray[np.intp]) -> int:
    """The frame of the bar that begins with a section: sections are cut to the next frame."""
    near = ones[np.abs(ones - frame) <= 1]
    return int(near[0]) if len(near) else frame


def _kind(table: FeatureColumns, frame: int) -> str:
    if table.section is None or table.section[frame] < 0:
        return "" if table.section is None else "silence"
    return table.section_kinds[int(table.section[frame])]
