"""The form of a song as a scene sees it: bars over the whole film, and stretches between cuts."""

from __future__ import annotations

from collections.abc import Sequence
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
    bar_s: float
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
    """The sections, cut into phrases from bar ``phrase_from`` of each on. Phrases that would last
    too long are halved, and with them what is before."""
    total = table.total_frames
    ones = np.flatnonzero(np.diff(np.floor(bars), prepend=np.floor(bars[0])))
    numbers = table.section if table.section is not None else np.zeros(total, np.int32)
    edges = (np.flatnonzero(np.diff(numbers)) + 1).tolist()
    found = []
    for start, end in pairwise(sorted({0, *edges, total})):
        kind = _kind(table, (start + end) // 2)
        begun = [start, *(int(n) for n in ones if start < n < end)]
        cuts = phrase_starts(begun, end, phrase_bars, float(table.fps), phrase_from)
        for first, last in pairwise([*cuts, end]):
            energy = float(table.energy[first:last].mean())
            name = kind or next(name for most, name in _LEVELS if energy < most)
            passed = max(float(bars[last - 1] - bars[first]), 1e-9)
            found.append(
                Stretch(
                    start=first,
                    end=last,
                    kind=name,
                    energy=energy,
                    bar_s=(last - 1 - first) / float(table.fps) / passed,
                    begins=first == start,
                )
            )
    return tuple(found)


def phrase_starts(
    bars: Sequence[int], end: int, phrase_bars: int, fps: float, lead_bars: int = 0
) -> list[int]:
    """Frames at which the phrases of a section begin; the first is the section's own.

    A phrase has ``phrase_bars``, halved until it lasts up to ``LONGEST_PHRASE_S``. A rest of less
    than half of one belongs to the last where that does not make it too long. Else one of less than
    a quarter does, and the last is cut in its middle.

    Args:
        bars: Frames at which the section's bars begin; the first is where the section does.
        end: The frame after its last.
        phrase_bars: As many bars as a phrase may have.
        fps: Frames a second.
        lead_bars: Bars before the first phrase, halved with it; they are a phrase of their own.
    """
    if len(bars) < 3:
        return [bars[0]]
    # The first may be the rest of a bar. The mean, so that a film of few frames a second is cut as
    # one of many.
    bar_frames = (bars[-1] - bars[1]) / (len(bars) - 2)
    longest = LONGEST_PHRASE_S * fps
    while phrase_bars > 1 and phrase_bars * bar_frames > longest:
        phrase_bars, lead_bars = phrase_bars // 2, lead_bars // 2
    starts = [bars[0], *bars[lead_bars or phrase_bars :: phrase_bars]]
    rest, phrase = end - starts[-1], phrase_bars * bar_frames
    if len(starts) > 1 and rest < phrase / 2:
        if end - starts[-2] <= longest or (rest < phrase / 4 and phrase_bars == 1):
            del starts[-1]
        elif rest < phrase / 4:
            starts[-1] = bars[bars.index(starts[-1]) - phrase_bars // 2]
    return starts


def _kind(table: FeatureColumns, frame: int) -> str:
    if table.section is None or table.section[frame] < 0:
        return "" if table.section is None else "silence"
    return table.section_kinds[int(table.section[frame])]
