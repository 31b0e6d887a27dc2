"""A plane of water: the scene seen upside down in it, bent by waves."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels import view as v
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.sky import rays
from helios.scene.kernels.cpu.vectors import LANES

HEIGHT, TIME, WAVES, REFLECTIVITY, COLOUR, SIZE = 0, 1, 2, 3, 4, 7
# Frequency, height, speed and direction of the waves of Ethereal Flame Studio's water.
_WAVES = (
    (0.15, 0.18, 0.4, 1.0, 0.6),
    (0.3, 0.10, 0.6, -0.7, 1.0),
    (0.6, 0.05, 0.9, 0.8, -0.5),
    (1.2, 0.025, 1.3, -0.4, -0.8),
    (2.5, 0.012, 1.8, 0.6, 0.9),
)
_COUNT = len(_WAVES)
_TABLE = np.array(_WAVES)


@inline
def _slope(x, z, time_s):
    """How steep the surface is along x and z."""
    sx = sz = 0.0
    for i in range(_COUNT):
        f, a, s, dx, dz = _TABLE[i, 0], _TABLE[i, 1], _TABLE[i, 2], _TABLE[i, 3], _TABLE[i, 4]
        c = math.cos(f * (dx * x + dz * z) + s * time_s) * a * f
        sx += c * dx
        sz += c * dz
    return sx, sz


@inline
def _mirrored(mirror, fx, fy, c):
    height, width = mirror.shape[1], mirror.shape[2]
    fx = min(abs(fx), 2.0 * width - 2.0 - fx, width - 1.001)
    fy = min(abs(fy), 2.0 * height - 2.0 - fy, height - 1.001)
    fx, fy = max(fx, 0.0), max(fy, 0.0)
    x, y = int(fx), int(fy)
    tx, ty = np.float32(fx - x), np.float32(fy - y)
    upper = mirror[c, y, x] + tx * (mirror[c, y, x + 1] - mirror[c, y, x])
    lower = mirror[c, y + 1, x] + tx * (mirror[c, y + 1, x + 1] - mirror[c, y + 1, x])
    return upper + ty * (lower - upper)


@kernel
def flood(base, gain, mirror, view, water, out, y0, y1):
    """``out`` = gain · base, with water where a ray meets it; ``mirror`` is what it reflects."""
    lane = np.empty((3, LANES), np.float32)
    depth = water[HEIGHT] - view[v.POSITION + 1]
    effective = 0.75 * math.sqrt(view[v.WIDTH] * view[v.HEIGHT])
    for y in range(y0, y1):
        for x0 in range(0, out.shape[2], LANES):
            rays(view, y, x0, lane[0], lane[1], lane[2])
            for j in range(min(LANES, out.shape[2] - x0)):
                x, down = x0 + j, lane[1, j]
                far = depth / down if down != 0.0 else -1.0
                share = 0.0
                if far > 0.0:
                    share = min(1.0, max(0.0, (70.0 - far) / 45.0))
                    share *= share * (3.0 - 2.0 * share)
                for c in range(3):
                    out[c, y, x] = gain * base[c, y, x]
                if share <= 0.0:
                    continue
                px = view[v.POSITION] + lane[0, j] * far
                pz = view[v.POSITION + 2] + lane[2, j] * far
                sx, sz = _slope(px, pz, water[TIME])
                calm = water[WAVES] / (1.0 + 0.12 * far)
                sx, sz = sx * calm, sz * calm
                facing = max(0.0, -(down - lane[0, j] * sx - lane[2, j] * sz))
                fresnel = 0.04 + 0.96 * (1.0 - min(1.0, facing)) ** 3
                fx, fy = x + 0.4 * sx * effective, y + 0.9 * sz * effective
                shine = np.float32(share * min(1.0, fresnel * (0.35 + 1.6 * water[REFLECTIVITY])))
                deep = np.float32(share * (1.0 - fresnel) * 0.35)
                keep = np.float32(1.0 - share)
                for c in range(3):
                    light = shine * _mirrored(mirror, fx, fy, c) + deep * water[COLOUR + c]
                    out[c, y, x] = keep * out[c, y, x] + light
