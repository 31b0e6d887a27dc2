"""What a scene hears: one row of features per frame of the film."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float32]


class AudioColumns(Protocol):
    """Features of the whole film, each from 0 to 1, by name.

    ``amplitude``, ``bass``, ``mid``, ``high``, ``onset``, ``beat_phase`` and ``energy`` have
    ``total_frames`` rows; ``is_beat`` is true at the frame of a beat; ``bands`` and ``envelopes``
    are (total_frames, 8), low to high.
    """

    @property
    def fps(self) -> Fraction:
        """Rows per second."""
        ...

    @property
    def total_frames(self) -> int:
        """How many rows there are."""
        ...

    @property
    def section_kinds(self) -> tuple[str, ...]:
        """What the sections are, by the numbers in the column ``section``; empty: nobody knows, and
        there are no columns ``section`` and ``bar_position``."""
        ...

    def __getitem__(self, name: str, /) -> NDArray[Any]:
        """A column."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureColumns:
    """The plainest :class:`AudioColumns`."""

    total_frames: int
    fps: Fraction
    amplitude: Column
    bass: Column
    mid: Column
    high: Column
    is_beat: Column
    bands: Column
    envelopes: Column
    onset: Column
    beat_phase: Column
    energy: Column
    section: NDArray[np.int32] | None = None
    """-1 where nothing sounds."""
    bar_position: NDArray[np.float64] | None = None
    """NaN where nothing sounds."""
    section_kinds: tuple[str, ...] = ()

    def __getitem__(self, name: str, /) -> NDArray[Any]:
        """A column."""
        column: NDArray[Any] = getattr(self, name)
        return column


def silent_table(total_frames: int, fps: Fraction) -> FeatureColumns:
    """A film without sound."""
    zero, eight = np.zeros(total_frames, np.float32), np.zeros((total_frames, 8), np.float32)
    return FeatureColumns(
        total_frames=total_frames,
        fps=fps,
        amplitude=zero,
        bass=zero,
        mid=zero,
        high=zero,
        is_beat=zero,
        bands=eight,
        envelopes=eight,
        onset=zero,
        beat_phase=zero,
        energy=zero,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a sound lies in the film, in seconds; the words of an audio track."""

    offset_s: Fraction = Fraction(0)
    seek_s: Fraction = Fraction(0)
    rate: Fraction = Fraction(1)
    loop: bool = False
    length_s: Fraction | None = None
    """Of the whole sound, to the sample; None: as long as the table. Loops start again there."""


def fitted(
    table: AudioColumns, total_frames: int, fps: Fraction, placement: Placement | None = None
) -> FeatureColumns:
    """The table as float32 with ``total_frames`` rows at ``fps``: silence where it does not reach.

    Each frame takes the row that its time falls in; of the beats none is lost.
    """
    rows = placed_rows(table, total_frames, fps, placement or Placement())
    inside = rows >= 0
    source = np.maximum(rows, 0)

    def column(name: str) -> Column:
        values = np.asarray(table[name], dtype=np.float32)
        if not len(values):
            values = np.zeros((1, *values.shape[1:]), np.float32)
        taken = np.nan_to_num(values[source])
        shown = inside if taken.ndim == 1 else inside[:, None]
        result: Column = np.clip(np.where(shown, taken, 0), 0, 1).astype(np.float32)
        return result

    names = ("amplitude", "bass", "mid", "high", "bands", "envelopes", "onset", "beat_phase")
    columns = {name: column(name) for name in (*names, "energy")}
    section = bars = None
    if table.section_kinds:
        section = np.where(inside, np.asarray(table["section"])[source], -1).astype(np.int32)
        bars = np.where(inside, np.asarray(table["bar_position"], np.float64)[source], np.nan)
    return FeatureColumns(
        total_frames=total_frames,
        fps=fps,
        is_beat=_beats(table, rows),
        section=section,
        bar_position=bars,
        section_kinds=table.section_kinds,
        **columns,
    )


def whole(table: AudioColumns, total_frames: int, fps: Fraction) -> FeatureColumns:
    """The table at ``fps`` from the film's first frame until it and the film have both ended.

    A film of the first seconds of a song is the song's all the same: its parts are known by what
    comes after.
    """
    heard = math.ceil(table.total_frames * fps / table.fps)
    return fitted(table, max(total_frames, heard), fps)


def heard_frames(placement: Placement, total_frames: int, fps: Fraction) -> int:
    """Frames until a film and the sound in it have both ended; the film's where a sound loops."""
    if placement.loop or placement.length_s is None:
        return total_frames
    sounds_s = (placement.length_s - placement.seek_s) / placement.rate + placement.offset_s
    return max(total_frames, math.ceil(sounds_s * fps))


def placed_rows(
    table: AudioColumns, total_frames: int, fps: Fraction, placement: Placement
) -> NDArray[np.int64]:
    """The table's row for every frame, -1 for silence."""
    seek = placement.seek_s * table.fps
    end = table.total_frames if placement.length_s is None else placement.length_s * table.fps
    length = end - seek
    step = placement.rate * table.fps / fps
    at = -placement.offset_s * placement.rate * table.fps
    # Whole multiples of one unit: exact, and for all frames at once.
    unit = math.lcm(*(Fraction(each).denominator for each in (seek, length, step, at)))
    start, long, stride, first = (int(each * unit) for each in (seek, length, step, at))
    largest = abs(first) + total_frames * abs(stride) + abs(start) + abs(long)
    number = np.arange(total_frames, dtype=np.int64 if largest < 1 << 62 else object)
    place = first + number * stride
    if placement.loop and long > 0:
        place = np.where(place >= 0, place % long, place)
    rows = np.minimum((start + place) // unit, max(table.total_frames - 1, 0))
    return np.where((place >= 0) & (place < long), rows, -1).astype(np.int64)


def _beats(table: AudioColumns, rows: NDArray[np.int64]) -> Column:
    """1 where a beat lies between this frame's row and the one before it, across a loop's end."""
    counted = np.concatenate([[0], np.cumsum(np.asarray(table["is_beat"]) != 0)])
    before = np.concatenate([[-1], rows[:-1]])
    start = min(rows[rows >= 0], default=0)
    since = np.where(before >= 0, np.minimum(before, rows) + 1, rows)
    heard = counted[rows + 1] > counted[since]
    again = before > rows  # a loop began again
    heard[again] = (counted[-1] > counted[before[again] + 1]) | (
        counted[rows[again] + 1] > counted[start]
    )
    return np.where(rows >= 0, heard, False).astype(np.float32)
