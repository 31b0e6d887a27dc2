"""From linear light to the picture's bytes: bloom, tone, sRGB, dither, BT.709."""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.splat import add_sprites

KNEE = np.float32(0.55)
"""Light below this is shown as it is; above, it nears 1 without reaching it."""
# 255 times a fit of 1.055 q^(5/3) - 0.055 over the fourth root q.
_E = (-0.061629706, 0.164974, 1.244214, -0.55755565, 0.27275224, -0.062758992)
E0, E1, E2, E3, E4, E5 = (np.float32(255 * c) for c in _E)
COVERING = np.float32(0.25)
"""Light of particles through which half of what is behind them is seen."""
_ONE, _HALF, _ZERO = np.float32(1.0), np.float32(0.5), np.float32(0.0)
_OWN = np.float32(0.65)


@inline
def _cover(base, gain, buffer, y0, y1):
    """Let bright particles hide what is behind them: stars do not shine through a flame.

    ``buffer`` is their light and that behind, and in its fourth plane the share of what is behind
    that no body has hidden already.
    """
    sharpness = _ONE / (COVERING * COVERING)
    for y in range(y0, y1):
        r, g, b = buffer[0, y - y0], buffer[1, y - y0], buffer[2, y - y0]
        for x in range(r.shape[0]):
            left = gain * buffer[3, y - y0, x]
            red, green, blue = left * base[0, y, x], left * base[1, y, x], left * base[2, y, x]
            own = max(r[x] - red, g[x] - green, b[x] - blue, _ZERO)
            hidden = own * own * sharpness
            hidden = hidden / (_ONE + hidden)
            r[x] -= min(red, r[x]) * hidden
            g[x] -= min(green, g[x]) * hidden
            b[x] -= min(blue, b[x]) * hidden


@inline
def _columns(small, scale, wraps, left, right, share):
    """Between which columns of ``small`` each pixel of a row lies, and how far."""
    width = small.shape[2]
    for x in range(left.shape[0]):
        fx = (x + 0.5) / scale - 0.5
        if not wraps:
            fx = min(max(fx, 0.0), width - 1.0)
        column = math.floor(fx)
        left[x], right[x] = column % width, (column + 1) % width
        share[x] = fx - column


@inline
def _bloom(buffer, y0, y1, small, scale, strength, columns, share, line):
    """Add ``small`` (3, h, w), ``scale`` times coarser, bilinearly."""
    height = small.shape[1]
    left, right = columns[0], columns[1]
    for y in range(y0, y1):
        fy = min(max((y + 0.5) / scale - 0.5, 0.0), height - 1.0)
        top = min(int(fy), max(0, height - 2))
        below, ty = min(top + 1, height - 1), np.float32(fy - top)
        for c in range(3):
            upper, lower, row = small[c, top], small[c, below], buffer[c, y - y0]
            for x in range(line.shape[0]):
                line[x] = strength * (upper[x] + ty * (lower[x] - upper[x]))
            for x in range(row.shape[0]):
                a, b = line[left[x]], line[right[x]]
                row[x] += a + share[x] * (b - a)


@inline
def _encode(v):
    """Linear light to sRGB times 255 (IEC 61966-2-1), good to 0.003."""
    s = np.sqrt(v)
    q = np.sqrt(s)
    curve = E0 + q * (E1 + q * (E2 + q * (E3 + q * (E4 + q * E5))))
    return v * np.float32(12.92 * 255) if v < np.float32(0.0031308) else curve


@inline
def _bounded(v):
    over = max(v - KNEE, _ZERO) / (_ONE - KNEE)
    return min(v, KNEE) + (_ONE - KNEE) * over / (_ONE + over)


@inline
def _tone(red, green, blue, exposure):
    """Bound the light and encode it.

    Between keeping the hue (which looks flat) and bounding each channel (which goes white): as
    fire gets brighter it turns from red through orange to yellow.
    """
    for x in range(red.shape[0]):
        r, g, b = exposure * red[x], exposure * green[x], exposure * blue[x]
        peak = max(r, g, b)
        keep = (_ONE - _OWN) * _bounded(peak) / max(peak, np.float32(1e-9))
        red[x] = _encode(r * keep + _OWN * _bounded(r))
        green[x] = _encode(g * keep + _OWN * _bounded(g))
        blue[x] = _encode(b * keep + _OWN * _bounded(b))


@inline
def _luma(red, green, blue, noise, levels, row):
    for x in range(row.shape[0]):
        value = np.float32(0.2126) * red[x] + np.float32(0.7152) * green[x]
        value += np.float32(0.0722) * blue[x]
        row[x] = levels * (value * np.float32(219 / 255) + np.float32(16)) + noise[x]


@inline
def _chroma(left, middle, right, levels, cb, cr):
    """From sums of two rows at the pixels left of, at and right of each chroma sample."""
    kb = np.float32(224 / 255 / 1.8556 / 8)
    kr = np.float32(224 / 255 / 1.5748 / 8)
    for x in range(cb.shape[0]):
        r = left[0, x] + np.float32(2) * middle[0, x] + right[0, x]
        g = left[1, x] + np.float32(2) * middle[1, x] + right[1, x]
        b = left[2, x] + np.float32(2) * middle[2, x] + right[2, x]
        light = np.float32(0.2126) * r + np.float32(0.7152) * g + np.float32(0.0722) * b
        cb[x] = levels * ((b - light) * kb + np.float32(128)) + _HALF
        cr[x] = levels * ((r - light) * kr + np.float32(128)) + _HALF


@inline
def _sums(upper, lower, left, middle, right):
    """Two rows added, and dealt to the three taps of the chroma filter."""
    left[0] = upper[0] + lower[0]
    for x in range(middle.shape[0]):
        middle[x] = upper[2 * x] + lower[2 * x]
    for x in range(middle.shape[0]):
        right[x] = upper[2 * x + 1] + lower[2 * x + 1]
    for x in range(1, middle.shape[0]):
        left[x] = right[x - 1]


@inline
def _write_yuv(buffer, taps, y0, y1, dither, luma, cb, cr):
    """BT.709, limited range; chroma is taken where H.264 and HEVC expect it, at the left.

    Planes of two bytes a sample hold 10 bits.
    """
    levels = np.float32(4.0) if luma.itemsize == 2 else _ONE
    for y in range(y0, y1):
        i = y - y0
        _luma(
            buffer[0, i], buffer[1, i], buffer[2, i], dither[y % dither.shape[0]], levels, luma[y]
        )
    for y in range(y0, y1, 2):
        i = y - y0
        for c in range(3):
            _sums(buffer[c, i], buffer[c, i + 1], taps[0, c], taps[1, c], taps[2, c])
        _chroma(taps[0], taps[1], taps[2], levels, cb[y // 2], cr[y // 2])


@inline
def _write_rgb(buffer, y0, y1, dither, out):
    for y in range(y0, y1):
        noise = dither[y % dither.shape[0]]
        for x in range(buffer.shape[2]):
            for c in range(3):
                out[y, x, c] = np.uint8(buffer[c, y - y0, x] + noise[x])


@inline
def _cut_disc(buffer, y0, y1, width, height):
    """Black outside the circle of a dome."""
    for y in range(y0, y1):
        down = (2.0 * y + 1.0) / height - 1.0
        half = 0.5 * width * math.sqrt(max(0.0, 1.0 - down * down))
        first = max(0, math.ceil(0.5 * width - half - 0.5))
        last = min(width, math.floor(0.5 * width + half - 0.5) + 1)
        for c in range(3):
            buffer[c, y - y0, :first] = np.float32(0.0)
            buffer[c, y - y0, last:] = np.float32(0.0)


@kernel
def paint(
    base,
    gain,
    exposure,
    crowd,
    starts,
    view,
    small,
    scale,
    strength,
    dither,
    rgb,
    luma,
    cb,
    cr,
    first_band,
    last_band,
):
    """Draw bands of the finished picture: base, particles, bloom, tone, bytes.

    ``rgb`` (H, W, 3) is written when it has rows, the three planes when ``luma`` has.
    """
    height, width = base.shape[1], base.shape[2]
    buffer = np.empty((4, k.BAND_ROWS, width), np.float32)
    taps = np.empty((3, 3, width // 2), np.float32)
    columns, share = np.empty((2, width), np.uint32), np.empty(width, np.float32)
    line = np.empty(small.shape[2], np.float32)
    _columns(small, scale, view[v.CODE] == v.EQUIRECT, columns[0], columns[1], share)
    for band in range(first_band, last_band):
        y0, y1 = band * k.BAND_ROWS, min((band + 1) * k.BAND_ROWS, height)
        for c in range(3):
            for y in range(y0, y1):
                for x in range(width):
                    buffer[c, y - y0, x] = gain * base[c, y, x]
        buffer[3] = _ONE
        add_sprites(crowd[starts[band] : starts[band + 1]], buffer, y0, y1, view)
        if gain > 0.0:
            _cover(base, gain, buffer, y0, y1)
        if strength > 0.0:
            _bloom(buffer, y0, y1, small, scale, strength, columns, share, line)
        if view[v.CODE] == v.FULLDOME:
            _cut_disc(buffer, y0, y1, width, height)
        for y in range(y1 - y0):
            _tone(buffer[0, y], buffer[1, y], buffer[2, y], exposure)
        if rgb.shape[0] > 0:
            _write_rgb(buffer, y0, y1, dither, rgb)
        if luma.shape[0] > 0:
            _write_yuv(buffer, taps, y0, y1, dither, luma, cb, cr)
