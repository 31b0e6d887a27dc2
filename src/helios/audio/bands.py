"""Which frequencies belong to which band, and the weights that sum a power spectrum into them."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import BAND_NAMES, SPECTRUM_BANDS

Floats = NDArray[np.float32]

LEVEL_EDGES_HZ = {"bass": (20.0, 250.0), "mid": (250.0, 4000.0), "high": (4000.0, 12_000.0)}
BAND_EDGES_HZ = (20.0, 60.0, 250.0, 500.0, 2000.0, 4000.0, 6000.0, 12_000.0, 20_000.0)
BANDS_HZ = dict(zip(BAND_NAMES, itertools.pairwise(BAND_EDGES_HZ), strict=True))

ONSET_BANDS = 24
ONSET_EDGES_HZ = np.geomspace(40.0, 14_000.0, ONSET_BANDS + 1)
FLATNESS_EDGES_HZ = (100.0, 12_000.0)

SPECTRUM_EDGES_HZ = np.geomspace(40.0, 16_000.0, SPECTRUM_BANDS + 1)
SPECTRUM_RANGE_DB = 60.0
"""From a spectrum's 0 to its 1."""


def band_weights(edges_hz: tuple[float, float], bins: int, bin_hz: float) -> NDArray[np.float64]:
    """How much of each bin lies inside the band: (bins,), 0..1.

    Bin k stands for the frequencies within half a bin of k · bin_hz, so narrow bands and bands
    between bin centres keep their share.
    """
    centre = np.arange(bins) * bin_hz
    low = np.maximum(centre - bin_hz / 2, edges_hz[0])
    high = np.minimum(centre + bin_hz / 2, edges_hz[1])
    inside: NDArray[np.float64] = (high - low).clip(0) / bin_hz
    return inside


def hann(size: int) -> Floats:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def power_scale(size: int) -> float:
    """Factor after which a sine of amplitude A, through a Hann window, sums to A² over its bins."""
    return 32 / (3 * size**2)
