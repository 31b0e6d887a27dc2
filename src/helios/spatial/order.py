"""In which order pictures are coded and shown, from the tables of a track."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, repeat

import numpy as np
from numpy.typing import NDArray

from helios.spatial.movie import Track

_LOOKED_AT = 3600
"""Samples from the start; what is decided for them is decided for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOrder:
    """How a track's pictures lean on each other."""

    consecutive_b: int = 0
    """The most pictures in a row that are shown before one that was coded earlier."""
    is_open: bool = False
    """Pictures coded after a keyframe are shown before it, so that cutting there loses them."""


def picture_order(track: Track) -> PictureOrder:
    """What the time tables of the first minutes say.

    Raises:
        MetadataError: a table is damaged.
    """
    offsets = _column(track, b"ctts", ">u4,>i4")
    durations = _column(track, b"stts", ">u4,>u4")
    count = min(offsets.size, durations.size)
    if count < 2:
        return PictureOrder()
    decoded = np.cumsum(durations[:count]) - durations[:count]
    shown = decoded + offsets[:count]
    latest = np.maximum.accumulate(shown)
    is_b = np.zeros(count + 2, np.int8)
    is_b[1:-1] = (shown < latest)[np.argsort(shown, kind="stable")]
    edges = np.flatnonzero(np.diff(is_b))
    runs = edges[1::2] - edges[::2]
    return PictureOrder(
        consecutive_b=int(runs.max(initial=0)), is_open=_is_open(shown, _keyframes(track, count))
    )


def _is_open(shown: NDArray[np.int64], keyframes: NDArray[np.int64]) -> bool:
    ends = [*keyframes[1:].tolist(), shown.size]
    return any(
        bool((shown[first:end] < shown[first]).any())
        for first, end in zip(keyframes.tolist(), ends, strict=False)
    )


def _keyframes(track: Track, count: int) -> NDArray[np.int64]:
    """Numbers from 0 of those among the first ``count`` samples, in order."""
    numbers = next(track.table(b"stss", 8, ">u4"), np.zeros(0, np.uint32)).astype(np.int64) - 1
    return np.unique(numbers[(numbers >= 0) & (numbers < count)])


def _column(track: Track, kind: bytes, dtype: str) -> NDArray[np.int64]:
    """One value for each sample, of a table of (how many, value)."""
    values = islice(_expanded(track, kind, dtype), _LOOKED_AT)
    return np.fromiter(values, np.int64)


def _expanded(track: Track, kind: bytes, dtype: str) -> Iterator[int]:
    for block in track.table(kind, 8, dtype):
        for count, value in block.tolist():
            yield from repeat(value, min(count, _LOOKED_AT))
