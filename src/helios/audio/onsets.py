"""How strongly something begins at each hop, and exactly when.

Onset strength is the SuperFlux of Böck and Widmer (DAFx 2013): the mean rise, in bels, of 24 log
bands over two hops against the loudest neighbouring band, which ignores vibrato. The scale adapts
to the song: what lies more than 60 dB below its loud parts counts as silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helios.audio.hops import HOPS_PER_S, Hops

Doubles = NDArray[np.float64]

_RANGE_BELS = 3.0
_QUIETEST_BELS = -4.0
_LAG = 2
_BASELINE_HOPS = HOPS_PER_S
_THRESHOLD = 0.06
_SHARP = 0.4


def onset_strength(hops: Hops) -> Doubles:
    """Onset strength per hop (n,), 0 where nothing begins; 1 is a rise of 20 dB in every band."""
    spectrum = hops.spectrum.astype(np.float32)
    if not len(spectrum):
        return np.zeros(0)
    loud = float(np.percentile(spectrum.max(axis=1), 95))
    floor = max(loud - _RANGE_BELS, _QUIETEST_BELS)
    spectrum = np.maximum(spectrum, floor)
    padded = np.pad(spectrum, ((_LAG, 0), (1, 1)), constant_values=floor)[: len(spectrum)]
    before = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    flux = np.maximum(spectrum - before, 0).mean(axis=1).astype(np.float64)
    above: Doubles = (flux - moving_mean(flux, _BASELINE_HOPS) - _THRESHOLD).clip(0)
    # Where the sound is cut off, its windows hold an edge that nobody played.
    above[-_LAG - 1 :] = 0
    return above


def pick_onsets(strength: Doubles, minimum: float) -> NDArray[np.intp]:
    """Hops that are the highest within 30 ms on both sides and reach ``minimum``."""
    padded = np.pad(strength, 3)
    around = np.max(np.lib.stride_tricks.sliding_window_view(padded, 7), axis=1)
    return np.flatnonzero((strength >= minimum) & (strength > 0) & (strength == around))


def exact_time(hop: int, hops: Hops) -> float:
    """Seconds at which the event seen at ``hop`` really begins, to a fraction of a millisecond."""
    low = max(hop - 1, 0)
    rises = hops.rise[low : hop + 3]
    # The first sharp rise, not the sharpest: every swing of a soft attack rises more than the last.
    near = low + int(np.argmax(rises >= _SHARP * rises.max()))
    return near / HOPS_PER_S + float(hops.attack_s[near])


def moving_mean(values: Doubles, width: int) -> Doubles:
    """Mean over ``width`` values around each, the edges taken over what is there."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    high = np.minimum(at + width // 2 + 1, len(values))
    low = np.maximum(at - width // 2, 0)
    means: Doubles = (sums[high] - sums[low]) / (high - low)
    return means
