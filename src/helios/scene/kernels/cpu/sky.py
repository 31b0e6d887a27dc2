"""The Star Nest sky, along any ray.

Star Nest is by Pablo Román Andrioli (Kali), MIT License, https://www.shadertoy.com/view/XlfGRj.
Pixels are worked on 64 at a time so that the inner loops become vector instructions.
"""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import starnest as sn
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.vectors import LANES, iterate

_ONE, _ZERO = np.float32(1.0), np.float32(0.0)
KNEE = np.float32(0.6)
"""Display values below this are shown as they are."""
BRIGHTEST = np.float32(24.0)
"""What is shown as 1."""
_PER_KNEE = _ONE / (_ONE - KNEE)
_PER_BRIGHTEST = _ONE / np.log(_ONE + (BRIGHTEST - KNEE) * _PER_KNEE)


@inline
def rays(view, y, x0, dx, dy, dz):
    """World directions of LANES pixels of row ``y`` from column ``x0``."""
    code = view[v.CODE]
    fx, fy = x0 + 0.5 + view[v.JITTER], y + 0.5 + view[v.JITTER + 1]
    if code == v.PERSPECTIVE:
        _ahead(view, fx, fy, dx, dy, dz)
    elif code == v.FULLDOME:
        _dome(view, fx, fy, dx, dy, dz)
    else:
        _around(view, fx, fy, dx, dy, dz)
    _face(view, dx, dy, dz)


@inline
def _ahead(view, fx, fy, dx, dy, dz):
    scale = 1.0 / view[v.FOCAL]
    first, step = np.float32((fx - 0.5 * view[v.WIDTH]) * scale), np.float32(scale)
    b = np.float32((0.5 * view[v.HEIGHT] - fy) * scale)
    level = _ONE + b * b
    for j in range(LANES):
        a = first + np.float32(j) * step
        n = _ONE / np.sqrt(a * a + level)
        dx[j], dy[j], dz[j] = a * n, b * n, n


@inline
def _dome(view, fx, fy, dx, dy, dz):
    down = 2.0 * fy / view[v.HEIGHT] - 1.0
    for j in range(LANES):
        gx = 2.0 * (fx + j) / view[v.WIDTH] - 1.0
        radius = math.sqrt(gx * gx + down * down) + 1e-12
        s = math.sin(radius * 0.5 * math.pi) / radius
        dx[j], dy[j], dz[j] = s * gx, math.cos(radius * 0.5 * math.pi), s * down


@inline
def _around(view, fx, fy, dx, dy, dz):
    turn = (2.0 * math.pi if view[v.CODE] == v.EQUIRECT else math.pi) / view[v.WIDTH]
    lat = math.pi * (0.5 - fy / view[v.HEIGHT])
    b, level = math.sin(lat), math.cos(lat)
    for j in range(LANES):
        lon = turn * (fx + j - 0.5 * view[v.WIDTH])
        dx[j], dy[j], dz[j] = math.sin(lon) * level, b, math.cos(lon) * level


@inline
def _face(view, dx, dy, dz):
    """Turn rays of the camera into rays of the world."""
    upright = 1.0 - 2.0 * view[v.FLIP]
    a0, a1, a2 = _axis(view, v.RIGHT, upright)
    b0, b1, b2 = _axis(view, v.UP, upright)
    c0, c1, c2 = _axis(view, v.FORWARD, upright)
    for j in range(LANES):
        a, b, c = dx[j], dy[j], dz[j]
        dx[j], dy[j], dz[j] = (
            a * a0 + b * b0 + c * c0,
            a * a1 + b * b1 + c * c1,
            a * a2 + b * b2 + c * c2,
        )


@inline
def _axis(view, i, upright):
    return np.float32(view[i]), np.float32(upright * view[i + 1]), np.float32(view[i + 2])


@inline
def _turn(par, lane):
    """Rotate the rays as the sky has turned; half of each ray is what the march walks."""
    for j in range(LANES):
        x, y, z = lane[0, j], lane[1, j], lane[2, j]
        for k in range(3):
            row = _row(par, k)
            lane[k, j] = np.float32(0.5) * (row[0] * x + row[1] * y + row[2] * z)


@inline
def _row(par, k):
    i = sn.TURN + 3 * k
    return np.float32(par[i]), np.float32(par[i + 1]), np.float32(par[i + 2])


@inline
def _fold(lane, par, s):
    """The point of each ray at distance ``s``, mirrored into one tile."""
    tile = np.float32(par[sn.TILE])
    period = np.float32(2.0) * tile
    inverse = np.float32(1.0) / period
    for k in range(3):
        start = np.float32(par[sn.ORIGIN + k])
        for j in range(LANES):
            p = start + s * lane[k, j]
            p -= period * np.floor(p * inverse)
            lane[3 + k, j] = abs(tile - p)


@inline
def _gather(lane, par, r, s):
    """Add what step ``r`` of the march shines: lanes 8 to 10 are the sum, 11 the fade."""
    one, limit = np.float32(1.0), np.float32(1e12)
    shine, dark = np.float32(par[sn.BRIGHTNESS]), np.float32(par[sn.DARKMATTER])
    fading = np.float32(par[sn.FADING])
    for j in range(LANES):
        a = min(lane[7, j], limit)
        fade = lane[11, j]
        if r > 6:
            fade *= one - max(np.float32(0.0), dark - a * a * np.float32(0.001))
        light = a * a * a * shine * fade
        lane[8, j] += fade + s * light
        lane[9, j] += fade + s * s * light
        lane[10, j] += fade + s * s * s * s * light
        lane[11, j] = fade * fading


@inline
def _shift_hue(r, g, b, hue, more):
    """The colour turned by ``hue`` (turns) with ``more`` saturation added, by HSV."""
    top, low = max(r, g, b), min(r, g, b)
    span = top - low
    if span <= 0.0:
        h = 0.0
    elif top == r:
        h = (g - b) / span
    elif top == g:
        h = 2.0 + (b - r) / span
    else:
        h = 4.0 + (r - g) / span
    h = h / 6.0 + hue
    h = 6.0 * (h - math.floor(h))
    s = min(1.0, max(0.0, (span / top if top > 0.0 else 0.0) + more))
    red = top * (1.0 - s * (1.0 - min(1.0, max(0.0, abs(h - 3.0) - 1.0))))
    green = top * (1.0 - s * (1.0 - min(1.0, max(0.0, 2.0 - abs(h - 2.0)))))
    blue = top * (1.0 - s * (1.0 - min(1.0, max(0.0, 2.0 - abs(h - 4.0)))))
    return red, green, blue


@inline
def _colour(lane, par):
    """Display values, 0 to 1, into lanes 8 to 10."""
    keep = np.float32(par[sn.SATURATION])
    scale = np.float32(0.01)
    for j in range(LANES):
        x, y, z = lane[8, j], lane[9, j], lane[10, j]
        grey = np.sqrt(x * x + y * y + z * z) * (np.float32(1.0) - keep)
        lane[8, j] = (grey + x * keep) * np.float32(par[sn.COLOUR]) * scale
        lane[9, j] = (grey + y * keep) * np.float32(par[sn.COLOUR + 1]) * scale
        lane[10, j] = (grey + z * keep) * np.float32(par[sn.COLOUR + 2]) * scale
    if par[sn.USES_HSV] != 0.0:
        for j in range(LANES):
            lane[8, j], lane[9, j], lane[10, j] = _shift_hue(
                lane[8, j], lane[9, j], lane[10, j], par[sn.HUE], par[sn.HUE_SATURATION]
            )


@inline
def _bounded(value):
    """A display value within 0 to 1: above the knee, stars get brighter by ever less.

    They shine up to hundreds of times as much as can be shown: cut off, the nearest are flat discs.
    """
    if value <= KNEE:
        return max(value, _ZERO)
    over = np.log(_ONE + (value - KNEE) * _PER_KNEE) * _PER_BRIGHTEST
    return min(KNEE + (_ONE - KNEE) * over, _ONE)


@inline
def _store(lane, out, y, x0, gain, decode):
    """Add the display values in linear light to the picture."""
    top = np.float32(decode.shape[0] - 2)
    for k in range(3):
        for j in range(min(LANES, out.shape[2] - x0)):
            p = _bounded(lane[8 + k, j]) * top
            i = np.int64(p)
            f = p - np.float32(i)
            out[k, y, x0 + j] += gain * (decode[i] + f * (decode[i + 1] - decode[i]))


@kernel
def star_nest(out, view, par, gain, decode, y0, y1):
    """Add ``gain`` times the sky to rows ``y0`` to ``y1`` of ``out`` (3, H, W), in linear light."""
    lane = np.empty((12, LANES), np.float32)
    volsteps, iterations = int(par[sn.VOLSTEPS]), int(par[sn.ITERATIONS])
    formu = np.float32(par[sn.FORMU])
    for y in range(y0, y1):
        for x0 in range(0, out.shape[2], LANES):
            rays(view, y, x0, lane[0], lane[1], lane[2])
            _turn(par, lane)
            for j in range(LANES):
                lane[8, j] = lane[9, j] = lane[10, j] = np.float32(0.0)
                lane[11, j] = np.float32(1.0)
            s = 0.1
            for r in range(volsteps):
                _fold(lane, par, np.float32(s))
                iterate(lane, iterations, formu)
                _gather(lane, par, r, np.float32(s))
                s += par[sn.STEP]
            _colour(lane, par)
            _store(lane, out, y, x0, gain, decode)
