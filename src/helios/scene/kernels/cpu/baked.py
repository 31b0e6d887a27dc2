"""Star Nest drawn once, all around, and seen from every side for little.

An equirectangular picture holds the square root of its light in 10 bits a colour, so that a pixel
is one number. Rays are followed on a grid of pixels only; between, places in the picture are
interpolated. Films that go all around need neither: their sky is the picture, turned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from helios.model.formats import Projection
from helios.scene.kernels.cpu import polar, sky, starnest
from helios.scene.kernels.cpu.jit import inline, kernel
from helios.scene.kernels.cpu.packed_view import packed as packed_view
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import Doubles, Floats, SkyFrame
from helios.scene.kernels.view import View

_COARSE, _FINE = 16, 4
"""Pixels between rays that are followed: fine where directions change fast."""
_CALM_FOCAL_PX, _CALM_HEIGHT = 500, 0.9
"""From this focal length on, and up to this height on the unit sphere, they change slowly."""
_SHARPNESS = 0.6
"""Pixels of the picture for one of the film, straight ahead."""
_WIDEST, _NARROWEST = 8192, 256
_STRIP = 128
ALL_AROUND = View(
    projection=Projection.EQUIRECT,
    width=2,
    height=2,
    focal_px=1.0,
    position=(0.0, 0.0, 0.0),
    right=(1.0, 0.0, 0.0),
    up=(0.0, 1.0, 0.0),
    forward=(0.0, 0.0, -1.0),
)


@kernel
def pack(light, out, top, y0, y1):
    """Rows of ``light`` (3, h, w) into those of ``out`` from ``top`` on: 10 bits a colour."""
    for y in range(y0, y1):
        for x in range(light.shape[2]):
            r = np.uint32(np.sqrt(min(light[0, y, x], np.float32(1.0))) * np.float32(1023) + 0.5)
            g = np.uint32(np.sqrt(min(light[1, y, x], np.float32(1.0))) * np.float32(1023) + 0.5)
            b = np.uint32(np.sqrt(min(light[2, y, x], np.float32(1.0))) * np.float32(1023) + 0.5)
            out[top + y, x] = r | (g << np.uint32(10)) | (b << np.uint32(20))


@inline
def _trace(places, grid, y, width, height, places_in, across, along):
    """Where each pixel of a row looks: the number of a pixel of the picture, and how far beyond."""
    row, step = y // grid, np.float32(1) / np.float32(grid)
    ty = np.float32(y % grid) * step
    around, lowest = np.float32(width), np.float32(height) - np.float32(1.001)
    for cell in range(across.shape[0] // grid):
        fx, fy = places[0, row, cell], places[1, row, cell]
        ex, ey = places[0, row, cell + 1], places[1, row, cell + 1]
        fx, fy = (
            fx + ty * (places[0, row + 1, cell] - fx),
            fy + ty * (places[1, row + 1, cell] - fy),
        )
        ex += ty * (places[0, row + 1, cell + 1] - ex)
        ey += ty * (places[1, row + 1, cell + 1] - ey)
        dx, dy = (ex - fx) * step, (ey - fy) * step
        for j in range(grid):
            px, py = fx + np.float32(j) * dx, fy + np.float32(j) * dy
            px -= around * np.floor(px / around)
            py = min(max(py, np.float32(0.0)), lowest)
            left, top = min(np.int32(px), np.int32(width - 1)), np.int32(py)
            at = cell * grid + j
            across[at], along[at] = px - np.float32(left), py - np.float32(top)
            places_in[at] = top * np.int32(width + 1) + left


@kernel
def see(flat, width, height, places, grid, tint, out, y0, y1):
    """Rows ``y0`` to ``y1`` of ``out`` (3, H, W): the picture at ``places`` (2, rows, columns).

    ``flat`` is the picture in one line, each of its rows followed by its first pixel again.
    """
    count = out.shape[2]
    whole = (count + grid - 1) // grid * grid
    at = np.empty(whole, np.int32)
    across, along = np.empty(whole, np.float32), np.empty(whole, np.float32)
    near = np.empty((4, whole), np.uint32)
    stride, mask = width + 1, np.uint32(1023)
    for y in range(y0, y1):
        _trace(places, grid, y, width, height, at, across, along)
        for x in range(count):
            i = at[x]
            near[0, x], near[1, x] = flat[i], flat[i + 1]
            near[2, x], near[3, x] = flat[i + stride], flat[i + stride + 1]
        for c in range(3):
            line, factor, shift = out[c, y], tint[c], np.uint32(10 * c)
            for x in range(count):
                # By way of int32: numbers without a sign are slow to turn into fractions.
                p = np.float32(np.int32((near[0, x] >> shift) & mask))
                q = np.float32(np.int32((near[1, x] >> shift) & mask))
                r = np.float32(np.int32((near[2, x] >> shift) & mask))
                s = np.float32(np.int32((near[3, x] >> shift) & mask))
                upper, lower = p + across[x] * (q - p), r + across[x] * (s - r)
                root = upper + along[x] * (lower - upper)
                line[x] = factor * root * root


@kernel
def turned(light, shift, flip, tint, out, y0, y1):
    """Rows of ``light`` (3, H, W) moved to the right by ``shift`` columns, around the edge."""
    height, width = light.shape[1], light.shape[2]
    whole = math.floor(shift)
    part = np.float32(shift - whole)
    for c in range(3):
        near, far = tint[c] * (np.float32(1) - part), tint[c] * part
        for y in range(y0, y1):
            row = light[c, height - 1 - y if flip else y]
            start = int(whole) % width
            out[c, y, start] = near * row[0] + far * row[width - 1]
            for x in range(1, width - start):
                out[c, y, start + x] = near * row[x] + far * row[x - 1]
            for x in range(max(width - start, 1), width):
                out[c, y, start + x - width] = near * row[x] + far * row[x - 1]


_BAKED: WeakValueDictionary[object, NDArray[Any]] = WeakValueDictionary()
"""What is drawn all around in this process, for as long as somebody sees it: scenes that are open
side by side, such as the looks of one that is being shaped, share it."""


def _baked(key: object, bake: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    found = _BAKED.get(key)
    if found is None:
        _BAKED[key] = found = bake()
    return found


class BakedSky:
    """The last Star Nest that was drawn all around. Its pictures are never drawn over."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._packed: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._light: Floats = np.zeros((3, 0, 0), np.float32)

    def draw(self, what: SkyFrame, view: View, decode: Floats, out: Floats, *, flip: bool) -> None:
        """The sky of this view into ``out``."""
        tint = np.array(what.tint, np.float32)
        if view.projection is Projection.EQUIRECT:
            self._light = self._bake_light(what, view, decode)
            # Straight ahead of the film and of the picture are apart by the view's own direction.
            ahead = math.atan2(view.forward[0], -view.forward[2])
            shift = -(ahead + what.turn_rad) / (2 * math.pi) * view.width
            self._workers.share(
                lambda a, b: turned(self._light, shift, flip, tint, out, a, b), view.height
            )
            return
        self._packed = self._bake(what, view, decode)
        height, width = self._packed.shape[0], self._packed.shape[1] - 1
        grid = grid_of(view)
        places = places_of(view, grid, (height, width), what.turn_rad, flip=flip)
        flat, scaled = self._packed.ravel(), tint / np.float32(1023**2)
        self._workers.share(
            lambda a, b: see(flat, width, height, places, grid, scaled, out, a, b), view.height
        )

    def _bake(self, what: SkyFrame, view: View, decode: Floats) -> NDArray[np.uint32]:
        nest = what.star_nest
        assert nest is not None
        width = baked_width(view)
        row = starnest.packed(nest)

        def bake() -> NDArray[np.uint32]:
            height = width // 2
            around = replace(ALL_AROUND, width=width, height=height)
            baked = np.zeros((height, width + 1), np.uint32)
            strip = np.empty((3, _STRIP, width), np.float32)
            for top in range(0, height, _STRIP):
                rows = min(_STRIP, height - top)
                packed = packed_view(around, 0.0, float(top))
                strip[:] = 0

                def work(a: int, b: int, packed: Doubles = packed, top: int = top) -> None:
                    sky.star_nest(strip, packed, row, np.float32(1), decode, a, b)
                    pack(strip, baked, top, a, b)

                self._workers.share(work, rows)
            baked[:, width] = baked[:, 0]
            return baked

        return _baked(("packed", row.tobytes(), what.contrast, width), bake)

    def _bake_light(self, what: SkyFrame, view: View, decode: Floats) -> Floats:
        nest = what.star_nest
        assert nest is not None
        row = starnest.packed(nest)

        def bake() -> Floats:
            around = replace(ALL_AROUND, width=view.width, height=view.height)
            light = np.zeros((3, view.height, view.width), np.float32)
            draw_by_zones(self._workers, light, row, around, decode, flip=False)
            return light

        return _baked(("light", row.tobytes(), what.contrast, view.width, view.height), bake)


def draw_by_zones(
    workers: Workers, light: Floats, row: Doubles, view: View, decode: Floats, *, flip: bool
) -> None:
    """Add Star Nest to ``light``, with fewer rays towards the poles."""
    for first, last, step in polar.zones(view.width, view.height):
        narrow = replace(view, width=view.width // step)
        packed, out = packed_view(narrow, flip=flip), light[:, :, : narrow.width]

        def work(
            a: int,
            b: int,
            top: int = first,
            step: int = step,
            out: Floats = out,
            packed: Doubles = packed,
        ) -> None:
            rows = top + a, top + b
            sky.star_nest(out, packed, row, np.float32(1), decode, *rows)
            if step > 1:
                polar.widen(light, step, *rows)

        workers.share(work, last - first)


def baked_width(view: View) -> int:
    """Columns that a sky drawn all around has, for what this view sees of it."""
    across = 2 * math.pi * view.focal_px
    if view.projection is not Projection.PERSPECTIVE:
        across = 2.0 * view.width
    return min(max(round(across * _SHARPNESS / 4) * 4, _NARROWEST), _WIDEST)


def grid_of(view: View) -> int:
    """Pixels between rays that are followed, where a baked sky is seen."""
    if view.projection is not Projection.PERSPECTIVE or view.focal_px < _CALM_FOCAL_PX:
        return _FINE
    a, b = view.width / 2 / view.focal_px, view.height / 2 / view.focal_px
    corner = abs(view.forward[1]) + abs(view.right[1]) * a + abs(view.up[1]) * b
    return _COARSE if corner / math.hypot(1, b) < _CALM_HEIGHT else _FINE


def places_of(
    view: View, grid: int, shape: tuple[int, int], turn_rad: float, *, flip: bool
) -> Floats:
    """(2, rows, columns): where in the picture each corner of the grid looks."""
    x, y = np.meshgrid(
        np.arange(-(-view.width // grid) + 1) * float(grid) + 0.5,
        np.arange(-(-view.height // grid) + 1) * float(grid) + 0.5,
    )
    if view.projection is Projection.PERSPECTIVE:
        a, b = (x - view.width / 2) / view.focal_px, (view.height / 2 - y) / view.focal_px
        c = np.ones_like(a)
    elif view.projection is Projection.FULLDOME:
        gx, gy = 2 * x / view.width - 1, 2 * y / view.height - 1
        radius = np.hypot(gx, gy) + 1e-12
        s = np.sin(np.minimum(radius, 1.99) * math.pi / 2) / radius
        a, b, c = s * gx, np.cos(radius * math.pi / 2), s * gy
    else:
        lon, lat = math.pi * (x / view.width - 0.5), math.pi * (0.5 - y / view.height)
        a, b, c = np.sin(lon) * np.cos(lat), np.sin(lat), np.cos(lon) * np.cos(lat)
    axes = np.array([view.right, view.up, view.forward])
    if flip:
        axes[:, 1] *= -1
    dx, dy, dz = (a * axes[0, i] + b * axes[1, i] + c * axes[2, i] for i in range(3))
    ahead = math.atan2(view.forward[0], -view.forward[2])
    away = np.arctan2(dx, -dz) - ahead
    away = (away + math.pi) % (2 * math.pi) - math.pi + ahead + turn_rad
    up = np.arcsin(np.clip(dy / np.sqrt(dx * dx + dy * dy + dz * dz), -1, 1))
    height, width = shape
    places = np.stack([(away / (2 * math.pi) + 0.5) * width, (0.5 - up / math.pi) * height])
    return (places - 0.5).astype(np.float32)
