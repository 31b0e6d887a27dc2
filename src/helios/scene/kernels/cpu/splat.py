"""Adding particles to pixels, band by band, always in the order of their numbers."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import bodies
from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.vectors import GAUSSIAN, dab_4, dab_8, dab_16

_ONE, _HALF = np.float32(1.0), np.float32(0.5)
C0, C1, C2, C3, C4, C5 = (np.float32(c) for c in GAUSSIAN)


@inline
def rows_of(y, radius, height):
    """First and one past the last row a sprite touches."""
    top = max(0, math.floor(y - radius - _HALF) + 1)
    bottom = min(height, math.floor(y + radius - _HALF) + 1)
    return top, max(top, bottom)


@kernel
def count_bands(sprites, first, last, view, counts):
    """How many of these sprites touch each band of rows."""
    width, height = int(view[v.WIDTH]), int(view[v.HEIGHT])
    counts[:] = 0
    for i in range(first, last):
        s = sprites[i]
        if s[k.R] <= 0.0:
            continue
        if view[v.CODE] == v.PERSPECTIVE and (s[k.X] + s[k.R] < 0 or s[k.X] - s[k.R] > width):
            s[k.R] = np.float32(0.0)
            continue
        top, bottom = rows_of(s[k.Y], s[k.R], height)
        if bottom > top:
            for band in range(top // k.BAND_ROWS, (bottom - 1) // k.BAND_ROWS + 1):
                counts[band] += 1


@kernel
def fill_bands(sprites, first, last, view, places, crowd):
    """Copy the sprites into the lists of their bands, from ``places`` on."""
    height = int(view[v.HEIGHT])
    for i in range(first, last):
        s = sprites[i]
        if s[k.R] <= 0.0:
            continue
        top, bottom = rows_of(s[k.Y], s[k.R], height)
        if bottom > top:
            for band in range(top // k.BAND_ROWS, (bottom - 1) // k.BAND_ROWS + 1):
                place = places[band]
                for n in range(k.SPRITE):
                    crowd[place, n] = s[n]
                places[band] = place + 1


@inline
def _span(red, green, blue, first, last, centre, scale, base, r, g, b):
    """Add one row of a sprite whose squared distance is base + scale (x - centre)²."""
    for x in range(first, last):
        d = np.float32(x) - centre
        u = base + scale * d * d
        w = C0 + u * (C1 + u * (C2 + u * (C3 + u * (C4 + u * C5))))
        w *= max(_ONE - u, np.float32(0.0))
        red[x] += r * w
        green[x] += g * w
        blue[x] += b * w


@inline
def _flat(sprite, buffer, y0, top, bottom, width):
    radius = sprite[k.R]
    inverse = _ONE / (radius * radius)
    start = math.floor(sprite[k.X] - radius - _HALF) + 1
    dx, dy = np.float32(start) + _HALF - sprite[k.X], np.float32(top) + _HALF - sprite[k.Y]
    r, g, b = sprite[k.RED], sprite[k.GREEN], sprite[k.BLUE]
    dab = dx, dy, inverse, r, g, b
    if radius < 1.9 and start >= 0 and start + 4 <= width:
        dab_4(buffer, (top - y0, bottom - top, start), dab)
        return
    if radius < 3.9 and start >= 0 and start + 8 <= width:
        dab_8(buffer, (top - y0, bottom - top, start), dab)
        return
    nearest = max(np.float32(0.0), dy, np.float32(top - bottom + 1) - dy)
    half = radius * np.sqrt(max(_ONE - nearest * nearest * inverse, np.float32(0.0)))
    first = max(0, math.floor(sprite[k.X] - half - _HALF) + 1)
    last = min(width, math.floor(sprite[k.X] + half - _HALF) + 1)
    while first < last and first + 16 <= width:
        dx = np.float32(first) + _HALF - sprite[k.X]
        dab_16(buffer, (top - y0, bottom - top, first), (dx, dy, inverse, r, g, b))
        first += 16
    for y in range(top, bottom if first < last else top):
        off = np.float32(y) + _HALF - sprite[k.Y]
        rows = buffer[0, y - y0], buffer[1, y - y0], buffer[2, y - y0]
        base, centre = off * off * inverse, sprite[k.X] - _HALF
        _span(rows[0], rows[1], rows[2], first, last, centre, inverse, base, r, g, b)


@inline
def _arc(red, green, blue, first, last, centre, step, base, factor, r, g, b):
    """Add one row of a sprite on the sphere: the squared chord is base + factor sin²(dLon/2)."""
    for x in range(first, last):
        h = (np.float32(x) - centre) * step
        q = h * h
        s = h * (_ONE - q * np.float32(1 / 6) * (_ONE - q * np.float32(0.05) * (_ONE - q / 42)))
        u = base + factor * s * s
        w = C0 + u * (C1 + u * (C2 + u * (C3 + u * (C4 + u * C5))))
        w *= max(_ONE - u, np.float32(0.0))
        red[x] += np.float32(r * w)
        green[x] += np.float32(g * w)
        blue[x] += np.float32(b * w)


@inline
def _round(sprite, buffer, y0, top, bottom, view):
    """A sprite on the sphere, exact at any latitude, going on across the picture's edge."""
    width, height = int(view[v.WIDTH]), np.float32(view[v.HEIGHT])
    full = view[v.CODE] == v.EQUIRECT
    turn = np.float32(2.0 * math.pi if full else math.pi)
    rho = sprite[k.R] * np.float32(math.pi) / height
    chord = np.float32(4.0) * np.float32(math.sin(0.5 * rho) ** 2)
    lat0 = np.float32(math.pi) * (_HALF - sprite[k.Y] / height)
    centre = sprite[k.X] - _HALF
    step = _HALF * turn / np.float32(width)
    for y in range(top, bottom):
        lat = np.float32(math.pi) * (_HALF - (np.float32(y) + _HALF) / height)
        base = np.float32(4.0) * np.float32(math.sin(0.5 * (lat - lat0)) ** 2) / chord
        if base >= _ONE:
            continue
        factor = np.float32(4.0 * math.cos(lat) * math.cos(lat0)) / chord
        reach = np.sqrt((_ONE - base) / max(factor, np.float32(1e-12)))
        half = np.float32(2.0 * math.asin(min(1.0, reach))) / turn * np.float32(width)
        rows = buffer[0, y - y0], buffer[1, y - y0], buffer[2, y - y0]
        r, g, b = sprite[k.RED], sprite[k.GREEN], sprite[k.BLUE]
        for lap in range(-1 if full else 0, 2 if full else 1):
            middle = centre + np.float32(lap * width)
            first = max(0, math.floor(middle - half) + 1)
            last = min(width, math.floor(middle + half) + 1)
            if last > first:
                _arc(rows[0], rows[1], rows[2], first, last, middle, step, base, factor, r, g, b)


@inline
def add_sprites(crowd, buffer, y0, y1, view):
    """Add ``crowd`` to rows ``y0`` to ``y1``; ``buffer`` is (3, rows, W), linear light."""
    width, height = int(view[v.WIDTH]), int(view[v.HEIGHT])
    flat = view[v.CODE] == v.PERSPECTIVE or view[v.CODE] == v.FULLDOME
    for n in range(crowd.shape[0]):
        sprite = crowd[n]
        top, bottom = rows_of(sprite[k.Y], sprite[k.R], height)
        top, bottom = max(top, y0), min(bottom, y1)
        if sprite[k.RED] < 0.0:
            bodies.hide(sprite, buffer, y0, top, bottom, view)
        elif flat:
            _flat(sprite, buffer, y0, top, bottom, width)
        else:
            _round(sprite, buffer, y0, top, bottom, view)


@kernel
def splat(base, gain, crowd, starts, view, out, first_band, last_band):
    """``out`` = gain · base + particles, for a range of bands; (3, H, W) linear light."""
    height = out.shape[1]
    for band in range(first_band, last_band):
        y0, y1 = band * k.BAND_ROWS, min((band + 1) * k.BAND_ROWS, height)
        for c in range(3):
            for y in range(y0, y1):
                for x in range(out.shape[2]):
                    out[c, y, x] = gain * base[c, y, x]
        add_sprites(crowd[starts[band] : starts[band + 1]], out[:, y0:y1, :], y0, y1, view)
