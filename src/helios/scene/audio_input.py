"""What a scene hears: one row of features per frame of the film."""

from __future__ import annotations

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
    return FeatureColumns(
        total_frames=total_frames, fps=fps, is_beat=_beats(table, rows), **columns
    )


def placed_rows(
    table: AudioColumns, total_frames: int, fps: Fraction, placement: Placement
) -> NDArray[np.int64]:
    """The table's row for every frame, -1 for silence."""
    seek = placement.seek_s * table.fps
    end = table.total_frames if placement.length_s is None else placement.length_s * table.fps
    length = end - seek
    step = placement.rate * table.fps / fps
    at = -placement.offset_s * placement.rate * table.fps
    rows = np.full(total_frames, -1, np.int64)
    for n in range(total_frames):
        place = at + n * step
        if placement.loop and length > 0 and place >= 0:
            place %= length
        if 0 <= place < length:
            rows[n] = min(int(seek + place), max(table.total_frames - 1, 0))
    return rows


def _beats(table: AudioColumns, rows: NDArray[np.int64]) -> Column:
    """1 where a beat lies between this frame's row and the one before it, across a loop's end."""
    counted = np.concatenate([[0], np.cumsum(np.asarray(table["is_beat"]) != 0)])
    beats = np.zeros(len(rows), np.float32)
    start = min((row for row in rows if row >= 0), default=0)
    for n, row in enumerate(rows):
        if row >= 0:
            before = rows[n - 1] if n else -1
            if -1 < before <= row:
                beats[n] = counted[row + 1] > counted[before + 1]
            elif before > row:  # the loop began again
                beats[n] = counted[-1] > counted[before + 1] or counted[row + 1] > counted[start]
            else:
                beats[n] = counted[row + 1] > counted[row]
    return beats
