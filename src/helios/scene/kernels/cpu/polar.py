"""Towards the poles of an equirectangular picture, columns crowd: fewer rays are as sharp there."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu.jit import kernel

_STEPS = (16, 8, 4, 2)
_SMALLEST = 1024
"""Narrower pictures get a ray for each pixel: there is little to save."""


def zones(width: int, height: int) -> list[tuple[int, int, int]]:
    """(first row, one past the last, columns between rays), from top to bottom.

    Rays are as far apart as they are at the equator at most.
    """
    if width < _SMALLEST:
        return [(0, height, 1)]
    allowed = [step for step in _STEPS if width % step == 0]
    # A row's edge nearest the equator decides.
    ends = [
        (step, math.floor(height * (0.5 - math.acos(1.0 / step) / math.pi))) for step in allowed
    ]
    top, first = [], 0
    for step, last in ends:
        top.append((first, last, step))
        first = last
    bottom = [(height - last, height - first, step) for first, last, step in reversed(top)]
    return [zone for zone in (*top, (first, height - first, 1), *bottom) if zone[0] < zone[1]]


@kernel
def widen(out, step, y0, y1):
    """Spread the first ``W / step`` columns of rows ``y0`` to ``y1`` over the whole width.

    Cubic (Catmull-Rom), around the edge.
    """
    width = out.shape[2]
    count = width // step
    row = np.empty(count + 4, np.float32)
    for c in range(3):
        for y in range(y0, y1):
            row[2 : count + 2] = out[c, y, :count]
            row[0], row[1] = row[count], row[count + 1]
            row[count + 2], row[count + 3] = row[2], row[3]
            for j in range(step):
                at = (j + 0.5) / step - 0.5
                first = 0 if at < 0.0 else 1
                t = at + 1.0 if at < 0.0 else at
                w0 = np.float32(0.5 * t * (t * (2.0 - t) - 1.0))
                w1 = np.float32(0.5 * (t * t * (3.0 * t - 5.0) + 2.0))
                w2 = np.float32(0.5 * t * (t * (4.0 - 3.0 * t) + 1.0))
                w3 = np.float32(0.5 * t * t * (t - 1.0))
                for m in range(count):
                    i = m + first
                    p = w0 * row[i] + w1 * row[i + 1] + w2 * row[i + 2] + w3 * row[i + 3]
                    out[c, y, m * step + j] = max(np.float32(0.0), p)
