"""A plane of water: the scene seen upside down in it, bent by waves."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import packed_view as v
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
def _inside(at, shift, last):
    """``at + shift``, held between 0 and ``last``: shifts end softly towards a picture's edge.

    Folding what lies beyond back in would show everything near an edge twice.
    """
    room = 0.5 * (last - at if shift > 0.0 else at)
    far = abs(shift)
    if far > room:
        over = far - room
        far = room + (over * room / (over + room) if room > 0.0 else 0.0)
    return min(max(at + (far if shift > 0.0 else -far), 0.0), last)


@inline
def _around(fx, fy, width, height):
    """The same place of the sphere within the picture: on past the meridian, and past a pole."""
    if fy < -0.5:
        fx, fy = fx + 0.5 * width, -1.0 - fy
    elif fy > height - 0.5:
        fx, fy = fx + 0.5 * width, 2.0 * height - 1.0 - fy
    return fx - width * math.floor(fx / width), min(max(fy, 0.0), height - 1.0)


@inline
def _sampled(mirror, fx, fy, c, full):
    height, width = mirror.shape[1], mirror.shape[2]
    x, y = min(int(fx), width - 1), int(fy)
    right = x + 1
    if right == width:
        right = 0 if full else x
    below = min(y + 1, height - 1)
    tx, ty = np.float32(fx - x), np.float32(fy - y)
    upper = mirror[c, y, x] + tx * (mirror[c, y, right] - mirror[c, y, x])
    lower = mirror[c, below, x] + tx * (mirror[c, below, right] - mirror[c, below, x])
    return upper + ty * (lower - upper)


@kernel
def flood(base, gain, mirror, view, water, out, y0, y1):
    """``out`` = gain · base, with water where a ray meets it; ``mirror`` is what it reflects."""
    lane = np.empty((3, LANES), np.float32)
    depth = water[HEIGHT] - view[v.POSITION + 1]
    height, width, full = mirror.shape[1], mirror.shape[2], view[v.CODE] == v.EQUIRECT
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
                across, along = 0.4 * sx * effective, 0.9 * sz * effective
                if full:
                    fx, fy = _around(x + across, y + along, width, height)
                else:
                    fx, fy = _inside(x, across, width - 1.0), _inside(y, along, height - 1.0)
                shine = np.float32(share * min(1.0, fresnel * (0.35 + 1.6 * water[REFLECTIVITY])))
                deep = np.float32(share * (1.0 - fresnel) * 0.35)
                keep = np.float32(1.0 - share)
                for c in range(3):
                    light = shine * _sampled(mirror, fx, fy, c, full) + deep * water[COLOUR + c]
                    out[c, y, x] = keep * out[c, y, x] + light
