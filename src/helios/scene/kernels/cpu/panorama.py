"""An equirectangular picture as sky."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.sky import rays
from helios.scene.kernels.cpu.vectors import LANES


@inline
def _light(picture, row, column, c, decode):
    i = (np.int64(picture[row, column, c]) * (decode.shape[0] - 2)) // 255
    return decode[i]


@kernel
def sample(out, view, picture, angles, decode, y0, y1):
    """Add the picture to rows ``y0`` to ``y1`` of ``out`` (3, H, W), bilinearly, in linear light.

    Straight ahead (-z) is the picture's centre, right is right; ``angles`` are yaw and pitch.
    """
    height, width = picture.shape[0], picture.shape[1]
    lane = np.empty((3, LANES), np.float32)
    s, c = math.sin(angles[1]), math.cos(angles[1])
    for y in range(y0, y1):
        for x0 in range(0, out.shape[2], LANES):
            rays(view, y, x0, lane[0], lane[1], lane[2])
            for j in range(min(LANES, out.shape[2] - x0)):
                dy = lane[1, j] * c - lane[2, j] * s
                dz = lane[1, j] * s + lane[2, j] * c
                lon = math.atan2(lane[0, j], -dz) + angles[0]
                lat = math.asin(min(1.0, max(-1.0, dy)))
                fx = (lon / (2.0 * math.pi) + 0.5) * width - 0.5
                fy = min(max((0.5 - lat / math.pi) * height - 0.5, 0.0), height - 1.0)
                left, top = math.floor(fx), min(int(fy), max(0, height - 2))
                tx, ty = np.float32(fx - left), np.float32(fy - top)
                left, right = left % width, (left + 1) % width
                below = min(top + 1, height - 1)
                for k in range(3):
                    a = _light(picture, top, left, k, decode)
                    b = _light(picture, top, right, k, decode)
                    d = _light(picture, below, left, k, decode)
                    e = _light(picture, below, right, k, decode)
                    upper, lower = a + tx * (b - a), d + tx * (e - d)
                    out[k, y, x0 + j] += upper + ty * (lower - upper)
