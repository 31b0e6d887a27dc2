"""Where to end a film that may not be as long as its song."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.model.audio import SAMPLE_RATE

WINDOW_S = Fraction(1, 10)
SEARCH_SHARE = 0.1
"""The end is looked for in this last part of what is allowed."""
FADE_OUT_S = Fraction(3, 2)


def quiet_end(levels: NDArray[np.floating], longest_s: Fraction) -> Fraction:
    """The best second to stop at, at most ``longest_s``: where the sound is quietest.

    Args:
        levels: (n,) RMS of windows of ``WINDOW_S`` seconds.
        longest_s: the most seconds allowed.

    Half a second around a moment counts, so that a phrase's end wins over the gap between two
    beats; of equally quiet moments the later one wins.
    """
    allowed = min(int(longest_s / WINDOW_S), len(levels))
    if allowed == 0:
        return longest_s
    first = int(allowed * (1 - SEARCH_SHARE))
    smooth = np.convolve(levels.astype(np.float64), np.ones(5) / 5, mode="same")
    part = smooth[first:allowed]
    quietest = len(part) - 1 - int(np.argmin(part[::-1]))
    return min((first + quietest + 1) * WINDOW_S, longest_s)


def levels_of(blocks: Iterable[NDArray[np.float32]], rate: int) -> NDArray[np.float64]:
    """RMS of windows of ``WINDOW_S`` seconds from blocks (n, channels) of samples."""
    size = int(rate * WINDOW_S)
    rest = np.zeros(0, np.float32)
    found: list[float] = []
    for block in blocks:
        mono = np.concatenate((rest, block.mean(axis=1)))
        whole = len(mono) // size
        windows = mono[: whole * size].reshape(whole, size).astype(np.float64)
        found.extend(np.sqrt((windows**2).mean(axis=1)).tolist())
        rest = mono[whole * size :]
    return np.array(found)


def song_levels(file: Path, longest_s: Fraction) -> NDArray[np.float64]:
    """RMS of every tenth of a second of the first ``longest_s`` seconds of a sound file.

    Raises:
        DecodeError: it cannot be read.
    """
    from helios.media.sound import decode_sound

    wanted = int(longest_s * SAMPLE_RATE)

    def beginning() -> Iterator[NDArray[np.float32]]:
        read = 0
        for block in decode_sound(file, sample_rate=SAMPLE_RATE, channels=1):
            yield block
            read += len(block)
            if read >= wanted:
                return

    return levels_of(beginning(), SAMPLE_RATE)
