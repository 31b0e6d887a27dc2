"""A ball that hides what is behind it: where it is in the picture, and what it leaves of light.

In every projection a pixel is judged by its direction: the squared chord between it and that of the
ball's middle, 1 at the edge.
"""

from __future__ import annotations

import math

import numpy as np

from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.jit import inline, kernel

_ONE, _HALF, _ZERO = np.float32(1.0), np.float32(0.5), np.float32(0.0)
_NEAR = 0.2
_STEEPEST = 1.5
"""Radians from straight ahead at which a picture of a perspective ends at the latest."""


@kernel
def stand(out, view, centre, radius):
    """Write where a ball appears, and from its middle to its edge; radius 0 where it does not."""
    x = centre[0] - view[v.POSITION]
    y = centre[1] - view[v.POSITION + 1]
    z = centre[2] - view[v.POSITION + 2]
    a = x * view[v.RIGHT] + y * view[v.RIGHT + 1] + z * view[v.RIGHT + 2]
    b = x * view[v.UP] + y * view[v.UP + 1] + z * view[v.UP + 2]
    c = x * view[v.FORWARD] + y * view[v.FORWARD + 1] + z * view[v.FORWARD + 2]
    far = math.sqrt(a * a + b * b + c * c)
    width, height = view[v.WIDTH], view[v.HEIGHT]
    out[k.R] = np.float32(0.0)
    if far <= 1.001 * radius:
        return
    rho = math.asin(radius / far)
    out[k.RHO] = np.float32(rho)
    if view[v.CODE] == v.PERSPECTIVE:
        if c <= _NEAR:
            return
        scale = view[v.FOCAL] / c
        aside = math.atan2(math.sqrt(a * a + b * b), c)
        edge = math.tan(min(aside + rho, _STEEPEST)) - math.tan(aside)
        out[k.X] = np.float32(0.5 * width + a * scale)
        out[k.Y] = np.float32(0.5 * height - b * scale)
        out[k.R] = np.float32(min(edge * view[v.FOCAL], 4.0 * (width + height)))
        return
    flat = math.sqrt(a * a + c * c)
    lat, eye = math.atan2(b, flat), view[v.EYE]
    steep = min(1.0, max(0.0, (abs(lat) - math.pi / 3) / (math.pi / 12)))
    eye *= math.cos(0.5 * math.pi * steep)
    if abs(eye) >= flat:
        return
    lon = math.atan2(a, c) - math.asin(eye / flat)
    lat = math.atan2(b, math.sqrt(flat * flat - eye * eye))
    if view[v.CODE] == v.FULLDOME:
        away = (0.5 - lat / math.pi) * width
        out[k.X] = np.float32(0.5 * width + away * math.sin(lon))
        out[k.Y] = np.float32(0.5 * height + away * math.cos(lon))
        # Towards its rim a dome is stretched along it, by up to half of pi at the rim.
        out[k.R] = np.float32(min(0.5 * rho * width, 2.0 * width))
        return
    turn = 2 * math.pi if view[v.CODE] == v.EQUIRECT else math.pi
    out[k.X] = np.float32((lon / turn + 0.5) * width)
    out[k.Y] = np.float32((0.5 - lat / math.pi) * height)
    out[k.R] = np.float32(rho / math.pi * height)


@inline
def hides(row, view, x, y, z, half):
    """What the layer's body hides of a particle of radius ``half``, 0 to 1."""
    px = np.float32(x - view[v.POSITION])
    py = np.float32(y - view[v.POSITION + 1])
    pz = np.float32(z - view[v.POSITION + 2])
    bx = np.float32(row[k.BODY] - view[v.POSITION])
    by = np.float32(row[k.BODY + 1] - view[v.POSITION + 1])
    bz = np.float32(row[k.BODY + 2] - view[v.POSITION + 2])
    if view[v.EYE] != 0.0:
        # Whoever looks there has that eye at the side.
        aside = np.float32(view[v.EYE]) / max(np.sqrt(px * px + pz * pz), np.float32(1e-6))
        ex, ez = -pz * aside, px * aside
        px, pz, bx, bz = px - ex, pz - ez, bx - ex, bz - ez
    far = np.sqrt(px * px + py * py + pz * pz) + np.float32(1e-6)
    along = (px * bx + py * by + pz * bz) / far
    if along <= _ZERO:
        # Opposite the ball the line of sight passes through it as well, the other way.
        return _ZERO
    near = np.sqrt(max(bx * bx + by * by + bz * bz - along * along, _ZERO))
    radius = row[k.BODY_RADIUS]
    edge = max(half, np.float32(0.01) * radius)
    covered = min(max((radius - near) / edge + _HALF, _ZERO), _ONE)
    # In the ball's first half it is before it: what stands on its face is seen.
    behind = min(max((far - along) / (np.float32(0.1) * radius), _ZERO), _ONE)
    return covered * behind * row[k.BODY_OPACITY]


@inline
def bent(row, view, x, y, z, second):
    """Where a particle behind the layer's body appears by a thin gravitational lens: the place,
    and factors of its size and light.

    Of the two images of a point, at ``(b + sqrt(b^2 + 4 e^2)) / 2`` and
    ``(b - sqrt(b^2 + 4 e^2)) / 2`` from the axis, it shows the outer, or the ``second`` where the
    body does not hide that: ``b`` is the point's distance from the axis, ``e`` the radius of
    Einstein's ring (Schneider, Ehlers and Falco, "Gravitational Lenses", section 2.1). The shadow
    of a black hole has sqrt(27) / 4 of the radius that its lens is measured by.
    """
    px, py, pz = x - view[v.POSITION], y - view[v.POSITION + 1], z - view[v.POSITION + 2]
    nx = row[k.BODY] - view[v.POSITION]
    ny = row[k.BODY + 1] - view[v.POSITION + 1]
    nz = row[k.BODY + 2] - view[v.POSITION + 2]
    far = math.sqrt(nx * nx + ny * ny + nz * nz)
    radius = row[k.BODY_RADIUS]
    if far <= radius:
        return x, y, z, _ONE, _ONE
    nx, ny, nz = nx / far, ny / far, nz / far
    along = px * nx + py * ny + pz * nz
    behind = along - far
    if behind <= 0.0:
        return x, y, z, _ONE, _ONE
    ax, ay, az = px - along * nx, py - along * ny, pz - along * nz
    beside = math.sqrt(ax * ax + ay * ay + az * az) + 1e-6
    # It begins softly: a disc about the body would have a corner where it goes behind it.
    behind *= behind / (behind + 0.5 * radius)
    ring = row[k.BODY_LENS] * radius * behind * along / far
    root = math.sqrt(beside * beside + 4.0 * ring)
    image, light = 0.5 * (beside + root), 1.0
    if second:
        # It goes over from one image to the other in the dark.
        inner = 0.5 * (root - beside)
        shown = min(max(5.0 * (inner * far / (along * radius) - 0.9), 0.0), 1.0)
        light = abs(2.0 * shown - 1.0)
        if shown > 0.5:
            image = -inner
    image2 = image * image
    larger = math.sqrt(image2 * image2 / max(abs(image2 * image2 - ring * ring), 1e-9))
    grow = image / beside - 1.0
    return (
        np.float32(x + ax * grow),
        np.float32(y + ay * grow),
        np.float32(z + az * grow),
        np.float32(min(larger, 2.0)),
        np.float32(light),
    )


@inline
def _way(view, x, y):
    """The direction of a place of a flat picture, of length 1: to the right, up, ahead."""
    width, height = np.float32(view[v.WIDTH]), np.float32(view[v.HEIGHT])
    if view[v.CODE] == v.FULLDOME:
        across, down = np.float32(2) * x / width - _ONE, np.float32(2) * y / height - _ONE
        radius = np.sqrt(across * across + down * down) + np.float32(1e-6)
        turn = radius * np.float32(0.5 * math.pi)
        away = np.float32(math.sin(turn)) / radius
        return away * across, np.float32(math.cos(turn)), away * down
    focal = np.float32(view[v.FOCAL])
    a, b = (x - _HALF * width) / focal, (_HALF * height - y) / focal
    length = _ONE / np.sqrt(a * a + b * b + _ONE)
    return a * length, b * length, length


@inline
def _left(u, opacity, softness):
    """What is left of the light at the squared chord ``u``."""
    t = min(max((_ONE - u) / (np.float32(2) * softness), _ZERO), _ONE)
    return _ONE - opacity * t * t * (np.float32(3) - np.float32(2) * t)


@inline
def _hide_flat(sprite, buffer, y0, top, bottom, view, softness):
    width = int(view[v.WIDTH])
    p, q, r = _way(view, sprite[k.X], sprite[k.Y])
    half_chord = np.float32(math.sin(0.5 * sprite[k.RHO]))
    inverse = np.float32(0.25) / (half_chord * half_chord)
    first = max(0, math.floor(sprite[k.X] - sprite[k.R]))
    last = min(width, math.floor(sprite[k.X] + sprite[k.R]) + 1)
    for y in range(top, bottom):
        for x in range(first, last):
            a, b, c = _way(view, np.float32(x) + _HALF, np.float32(y) + _HALF)
            a, b, c = a - p, b - q, c - r
            u = (a * a + b * b + c * c) * inverse
            if u < _ONE:
                left = _left(u, -sprite[k.HIDDEN], softness)
                for n in range(buffer.shape[0]):
                    buffer[n, y - y0, x] *= left


@inline
def _hide_round(sprite, buffer, y0, top, bottom, view, softness):
    width, height = int(view[v.WIDTH]), view[v.HEIGHT]
    full = view[v.CODE] == v.EQUIRECT
    turn = 2.0 * math.pi if full else math.pi
    chord = 4.0 * math.sin(0.5 * sprite[k.RHO]) ** 2
    lat0 = math.pi * (0.5 - sprite[k.Y] / height)
    step = 0.5 * turn / width
    for y in range(top, bottom):
        lat = math.pi * (0.5 - (y + 0.5) / height)
        base = 4.0 * math.sin(0.5 * (lat - lat0)) ** 2 / chord
        if base >= 1.0:
            continue
        factor = 4.0 * math.cos(lat) * math.cos(lat0) / chord
        reach = math.sqrt((1.0 - base) / max(factor, 1e-12))
        half = min(2.0 * math.asin(min(1.0, reach)) / turn * width, 0.5 * width)
        for lap in range(-1 if full else 0, 2 if full else 1):
            middle = sprite[k.X] - 0.5 + lap * width
            first = max(0, math.floor(middle - half) + 1)
            last = min(width, math.floor(middle + half) + 1)
            for x in range(first, last):
                s = math.sin((x - middle) * step)
                left = _left(np.float32(base + factor * s * s), -sprite[k.HIDDEN], softness)
                for n in range(buffer.shape[0]):
                    buffer[n, y - y0, x] *= left


@inline
def hide(sprite, buffer, y0, top, bottom, view):
    """Take from rows ``top`` to ``bottom`` the light that a body hides, in all that ``buffer`` has;
    it begins at row ``y0``."""
    softness = max(sprite[k.SOFTNESS], _ONE / sprite[k.R])
    if view[v.CODE] == v.PERSPECTIVE or view[v.CODE] == v.FULLDOME:
        _hide_flat(sprite, buffer, y0, top, bottom, view, softness)
    else:
        _hide_round(sprite, buffer, y0, top, bottom, view, softness)
