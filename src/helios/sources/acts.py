"""The acts of a film: what a picture that follows a song may change with, besides its sections."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.scene.form import phrase_starts

_MOST_BARS = 16
"""Of one act."""


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

    An act begins with each section, and in one that lasts with each phrase (``phrase_starts``) of
    16, 8, 4, 2 bars or one. Where nothing sounds is one act, without progress.

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
        cuts = [first]
        if sounds:
            bars = [first, *begun[(begun > first) & (begun < last)].tolist()]
            cuts = phrase_starts(bars, last, _MOST_BARS, fps)
        for own, (start, end) in enumerate(pairwise([*cuts, last])):
            number[start:end], in_section[start:end] = act, own
            if sounds:
                progress[start:end] = np.arange(end - start) / (end - start)
            act += 1
    return Acts(number=number, in_section=in_section, progress=progress)
