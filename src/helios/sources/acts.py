"""The acts of a film: what a picture that follows a song may change with, besides its sections."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.scene.form import LONGEST_PHRASE_S

_PHRASES = (16, 8, 4, 2, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Columns, one value for each frame."""

    number: NDArray[np.int32]
    """From 0 on."""
    in_section: NDArray[np.int32]
    """The same, from 0 on in each section."""
    progress: NDArray[np.float32]
    """0 where an act begins, towards 1 where it ends."""


def acts(section: NDArray[Any], bar_position: NDArray[Any], fps: float) -> Acts:
    """The acts of a film.

    An act begins with each section, and in one that lasts with each phrase: as many bars (16, 8, 4,
    2 or 1) as take up to 24.5 seconds. What is left over at the end, if less than a quarter of one,
    belongs to the last, which begins half a phrase later where it would be too long. Where nothing
    sounds is one act, without progress.

    Args:
        section: The section of each frame; -1 where none is.
        bar_position: Bars since the song's first, as each frame ends.
        fps: Frames a second.
    """
    number, in_section = np.zeros((2, len(section)), np.int32)
    progress = np.zeros(len(section), np.float32)
    edges = [0, *(np.flatnonzero(np.diff(section)) + 1).tolist(), len(section)]
    begun = np.flatnonzero(np.diff(np.floor(bar_position))) + 1
    act = 0
    for first, last in pairwise(edges):
        sounds = first < last and section[first] >= 0
        cuts = _cuts(begun, first, last, fps) if sounds else [first]
        for own, (start, end) in enumerate(pairwise([*cuts, last])):
            number[start:end], in_section[start:end] = act, own
            if sounds:
                progress[start:end] = np.arange(end - start) / (end - start)
            act += 1
    return Acts(number=number, in_section=in_section, progress=progress)


def _cuts(begun: NDArray[np.intp], start: int, end: int, fps: float) -> list[int]:
    """Frames of a section at which acts begin; the first is its own."""
    # A section is cut to the next frame: its own bar may begin one later.
    bars = begun[(begun > start + 1) & (begun < end)]
    if len(bars) < 2:
        return [start]
    # The mean, so that a film of few frames a second is cut as one of many.
    bar_frames = float(bars[-1] - bars[0]) / (len(bars) - 1)
    count = next((n for n in _PHRASES if n * bar_frames <= LONGEST_PHRASE_S * fps), 1)
    starts = [start, *bars.tolist()]
    least = count * bar_frames / 4
    cuts = [start, *(cut for cut in starts[count::count] if end - cut >= least)]
    if count > 1 and end - cuts[-1] > LONGEST_PHRASE_S * fps:
        cuts.append(starts[(len(cuts) - 1) * count + count // 2])
    return cuts
