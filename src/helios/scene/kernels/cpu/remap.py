"""Bicubic lookup into cubemaps, compiled: what ``projection.equirect`` does in NumPy, faster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helios.projection.equirect import WEIGHTS
from helios.scene.kernels.cpu.jit import kernel
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import Bytes


@kernel
def cubic(flat, first, phase, weights, stride, out, y0, y1):
    """Rows ``y0`` to ``y1`` of ``out`` (H, W, 3) from ``flat`` (N, 3): 4 by 4 taps from ``first``
    on, in rows ``stride`` apart."""
    for y in range(y0, y1):
        for x in range(out.shape[1]):
            base = first[y, x]
            across, down = weights[phase[y, x, 0]], weights[phase[y, x, 1]]
            red, green, blue = np.float32(0.5), np.float32(0.5), np.float32(0.5)
            for row in range(4):
                for column in range(4):
                    weight = down[row] * across[column]
                    at = base + row * stride + column
                    red += weight * np.float32(flat[at, 0])
                    green += weight * np.float32(flat[at, 1])
                    blue += weight * np.float32(flat[at, 2])
            top = np.float32(255.0)
            out[y, x, 0] = np.uint8(min(max(red, np.float32(0.0)), top))
            out[y, x, 1] = np.uint8(min(max(green, np.float32(0.0)), top))
            out[y, x, 2] = np.uint8(min(max(blue, np.float32(0.0)), top))


class CompiledLookup:
    """The lookup on several cores (``threads``; None: all), for ``EquirectangularConverter``."""

    def __init__(self, threads: int | None = None) -> None:
        self._workers = Workers(threads)

    def __call__(
        self, flat: Bytes, first: NDArray[np.int32], phase: Bytes, stride: int, out: Bytes
    ) -> None:
        """Fill ``out``."""

        def work(a: int, b: int) -> None:
            cubic(flat, first, phase, WEIGHTS, stride, out, a, b)

        self._workers.share(work, out.shape[0])

    def close(self) -> None:
        """End the threads."""
        self._workers.close()
