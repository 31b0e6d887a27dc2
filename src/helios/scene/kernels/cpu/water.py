"""A plane of water: the scene seen upside down in it, bent by waves."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.particles import cosine
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
_ZERO, _ONE, _TINY = np.float32(0), np.float32(1), np.float32(1e-9)
_END = np.float32(70)
"""How far away no water is seen any more."""


def table(time_s: float) -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...]]:
    """Frequency times direction (x, z) and steepness (x, z) of each wave, and their phases at
    ``time_s``, in rows of four."""
    rows = tuple((f * dx, f * dz, h * f * dx, h * f * dz) for f, h, _, dx, dz in _WAVES)
    phases = [float(row[2] * time_s % (2.0 * math.pi)) for row in _TABLE]
    return rows, (tuple(phases[:4]), tuple(phases[4:]))


@inline
def _slopes(phases, across, along, sx, sz):
    """How steep the surface is along x and z, at LANES places."""
    sx[:], sz[:] = np.float32(0), np.float32(0)
    for i in range(_COUNT):
        f, dx, dz = _TABLE[i, 0], _TABLE[i, 3], _TABLE[i, 4]
        px, pz, phase = np.float32(f * dx), np.float32(f * dz), np.float32(phases[i])
        steep_x, steep_z = np.float32(_TABLE[i, 1] * f * dx), np.float32(_TABLE[i, 1] * f * dz)
        for j in range(LANES):
            c = cosine(px * across[j] + pz * along[j] + phase)
            sx[j] += c * steep_x
            sz[j] += c * steep_z


@inline
def _reached(view, depth, lane, share, across, along):
    """Where LANES rays meet the surface, how much of it is seen there, and whether any of it is.

    The surface ends softly, far away.
    """
    down_to, most = np.float32(depth), np.float32(0)
    x, z = np.float32(view[v.POSITION]), np.float32(view[v.POSITION + 2])
    for j in range(LANES):
        down = lane[1, j]
        far = down_to / (down if down != _ZERO else _TINY)
        seen = min(_ONE, max(_ZERO, (_END - far) * np.float32(1 / 45)))
        seen = seen * seen * (np.float32(3) - np.float32(2) * seen) if far > _ZERO else _ZERO
        far = min(max(far, _ZERO), _END)
        share[j], lane[3, j] = seen, far
        across[j], along[j] = x + lane[0, j] * far, z + lane[2, j] * far
        most = max(most, seen)
    return most > _ZERO


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


@kernel
def flood(base, gain, mirror, view, water, out, y0, y1):
    """``out`` = gain · base, with water where a ray meets it; ``mirror`` is what it reflects."""
    lane = np.empty((4, LANES), np.float32)
    share, across, along, sx, sz = np.empty((5, LANES), np.float32)
    depth = water[HEIGHT] - view[v.POSITION + 1]
    height, width, full = mirror.shape[1], mirror.shape[2], view[v.CODE] == v.EQUIRECT
    effective = 0.75 * math.sqrt(view[v.WIDTH] * view[v.HEIGHT])
    shiny = np.float32(0.35 + 1.6 * water[REFLECTIVITY])
    phases = np.empty(_COUNT, np.float64)
    for i in range(_COUNT):
        phases[i] = _TABLE[i, 2] * water[TIME] % (2.0 * math.pi)
    for y in range(y0, y1):
        for c in range(3):
            for x in range(out.shape[2]):
                out[c, y, x] = gain * base[c, y, x]
        for x0 in range(0, out.shape[2], LANES):
            rays(view, y, x0, lane[0], lane[1], lane[2])
            if not _reached(view, depth, lane, share, across, along):
                continue
            _slopes(phases, across, along, sx, sz)
            for j in range(min(LANES, out.shape[2] - x0)):
                if share[j] <= _ZERO:
                    continue
                x, down, far = x0 + j, lane[1, j], lane[3, j]
                calm = np.float32(water[WAVES]) / (_ONE + np.float32(0.12) * far)
                slope_x, slope_z = sx[j] * calm, sz[j] * calm
                facing = max(_ZERO, -(down - lane[0, j] * slope_x - lane[2, j] * slope_z))
                away = _ONE - min(_ONE, facing)
                fresnel = np.float32(0.04) + np.float32(0.96) * away * away * away
                right, lower = 0.4 * slope_x * effective, 0.9 * slope_z * effective
                if full:
                    # Right below, where every way leads up, shifts would draw a ring.
                    calm = min(1.0, 2.0 * math.sqrt(max(0.0, 1.0 - down * down)))
                    fx, fy = _around(x + calm * right, y + calm * lower, width, height)
                else:
                    fx, fy = _inside(x, right, width - 1.0), _inside(y, lower, height - 1.0)
                shine = share[j] * min(_ONE, fresnel * shiny)
                deep = share[j] * (_ONE - fresnel) * np.float32(0.35)
                left, top = min(int(fx), width - 1), int(fy)
                next_x, next_y = left + 1, min(top + 1, height - 1)
                if next_x == width:
                    next_x = 0 if full else left
                tx, ty = np.float32(fx - left), np.float32(fy - top)
                for c in range(3):
                    p, q = mirror[c, top, left], mirror[c, next_y, left]
                    p += tx * (mirror[c, top, next_x] - p)
                    q += tx * (mirror[c, next_y, next_x] - q)
                    light = shine * (p + ty * (q - p)) + deep * np.float32(water[COLOUR + c])
                    out[c, y, x] = (_ONE - share[j]) * out[c, y, x] + light
