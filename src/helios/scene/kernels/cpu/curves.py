"""Filters over the whole film."""

from __future__ import annotations

import numpy as np

from helios.scene.kernels.cpu.jit import kernel


@kernel
def follow(signal, up, down, start):
    """One-pole smoothing with its own share per step for rising and for falling."""
    out = np.empty(signal.shape[0], np.float32)
    value = start
    for i in range(signal.shape[0]):
        target = float(signal[i])
        value += (target - value) * (up if target > value else down)
        out[i] = value
    return out
