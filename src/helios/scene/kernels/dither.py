"""Noise that rounding is done with, in every back end."""

from __future__ import annotations

import numpy as np

from helios.scene.kernels.frames import Floats


def dither(width: int) -> Floats:
    """Interleaved gradient noise (Jimenez 2014), 64 rows, from 0 to 1: rounding with it keeps
    slow gradients free of steps."""
    x, y = np.meshgrid(np.arange(float(width)), np.arange(64.0))
    inner = np.modf(0.06711056 * x + 0.00583715 * y)[0]
    noise: Floats = np.modf(52.9829189 * inner)[0].astype(np.float32)
    return np.minimum(noise, np.float32(0.996))
