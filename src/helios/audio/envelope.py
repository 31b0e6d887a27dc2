"""Attack and release, without a loop over the values.

Recurrences y[n] = x[n] + a·y[n-1] and y[n] = max(x[n], a·y[n-1]) are prefix scans: log2 passes over
the whole array give exactly what a loop would.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
_NEGLIGIBLE = 1e-7


def follow(values: Doubles, rate: float, *, attack_s: float, release_s: float) -> Doubles:
    """Envelope along axis 0 of values at ``rate`` per second.

    Rises are smoothed by a one-pole filter of time constant ``attack_s``; from every peak the
    envelope falls with the time constant ``release_s``. A time of 0 means at once.
    """
    return release(attack(values, rate, attack_s), rate, release_s)


def attack(values: Doubles, rate: float, seconds: float) -> Doubles:
    """One-pole low pass, at rest at its first value: who begins in the midst of sound hears it."""
    if seconds <= 0 or not len(values):
        return values
    keep = float(np.exp(-1 / (seconds * rate)))
    from_rest = values.astype(np.float64)
    from_rest[0] /= 1 - keep
    return (1 - keep) * _scan(from_rest, keep, np.add)


def release(values: Doubles, rate: float, seconds: float) -> Doubles:
    """The highest of all past values, each fallen exponentially since."""
    if seconds <= 0:
        return values
    return _scan(values, float(np.exp(-1 / (seconds * rate))), np.maximum)


def _scan(values: Doubles, keep: float, join: np.ufunc) -> Doubles:
    out = values.astype(np.float64)
    shift, factor = 1, keep
    while shift < len(out) and factor > _NEGLIGIBLE:
        out[shift:] = join(out[shift:], factor * out[:-shift])
        shift, factor = shift * 2, factor * factor
    return out
