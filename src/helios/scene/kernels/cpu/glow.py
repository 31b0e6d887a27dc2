"""Light that spills: the particles drawn small, blurred, and laid over the picture."""

from __future__ import annotations

import math

import numpy as np

from helios.model.formats import Projection
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.crowd import Crowd, listed
from helios.scene.kernels.cpu.jit import kernel
from helios.scene.kernels.cpu.splat import splat
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import Floats
from helios.scene.kernels.view import View

_SPHERE = 50 / 180
"""Share of a full turn upright that an ordinary picture sees: glow is meant for that."""
_ROWS = 135
"""About how many rows the small picture has, whatever the size of the film."""

_REACH = 3.5
"""Of the blur, in standard deviations."""


@kernel
def shrink(sprites, scale, out):
    """The sprites in a picture ``scale`` times smaller; tiny ones keep their light."""
    smallest = np.float32(1.6)
    for i in range(sprites.shape[0]):
        radius = sprites[i, k.R] / scale
        light = min(np.float32(1.0), (radius / smallest) ** 2)
        out[i, k.X], out[i, k.Y] = sprites[i, k.X] / scale, sprites[i, k.Y] / scale
        out[i, k.R] = max(radius, smallest) if radius > 0.0 else radius
        if sprites[i, k.RED] < 0.0:
            # A body: what it has in place of light does not depend on the size.
            light = np.float32(1.0)
        for c in range(k.RED, k.BLUE + 1):
            out[i, c] = sprites[i, c] * light


@kernel
def blur(light, taps, wraps, out, y0, y1):
    """Rows ``y0`` to ``y1`` of ``light`` (3, h, w) smoothed, as columns of ``out`` (3, w, h).

    Rows that go all around (``wraps``) go on at their other end.
    """
    reach, width = taps.shape[0] - 1, light.shape[2]
    for c in range(3):
        for y in range(y0, y1):
            for x in range(width):
                total = light[c, y, x] * taps[0]
                for n in range(1, reach + 1):
                    left, right = x - n, x + n
                    if wraps:
                        left, right = left % width, right % width
                    left, right = max(left, 0), min(right, width - 1)
                    total += taps[n] * (light[c, y, left] + light[c, y, right])
                out[c, x, y] = total


def scale_of(view: View) -> int:
    """How many times smaller the glow is drawn; a picture all around must divide evenly."""
    scale = max(1, int(0.75 * math.sqrt(view.width * view.height)) // _ROWS)
    if view.projection is not Projection.EQUIRECT:
        return scale
    return max(n for n in range(1, scale + 1) if view.width % n == 0)


def shrunk(workers: Workers, crowd: Crowd, view: View) -> Crowd:
    """The particles of a view as its small picture has them."""
    scale = scale_of(view)
    sprites = np.empty_like(crowd.sprites)
    shrink(crowd.sprites, np.float32(scale), sprites)
    return listed(workers, sprites, view.scaled(scale))


def taps_of(view: View, small: View, radius: float) -> Floats:
    """Weights of a small picture's blur, from the middle outwards."""
    if view.projection is not Projection.PERSPECTIVE:
        radius *= _SPHERE
    sigma = max(0.5, radius * 0.75 * math.sqrt(small.width * small.height))
    reach = math.ceil(_REACH * sigma)
    taps = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    # It ends without a step, which along rows and columns would be seen as straight edges.
    taps -= math.exp(-0.5 * ((reach + 1) / sigma) ** 2)
    weights: Floats = (taps / (2 * taps.sum() - taps[0])).astype(np.float32)
    return weights


def spilled(workers: Workers, crowd: Crowd, view: View, radius: float) -> Floats:
    """(3, h, w) linear light, :func:`scale_of` times smaller than the picture."""
    small, few = view.scaled(scale_of(view)), shrunk(workers, crowd, view)
    base = np.zeros((3, small.height, small.width), np.float32)
    light = np.empty_like(base)
    lists = few.listed, few.starts, few.view
    workers.share(lambda a, b: splat(base, np.float32(0), *lists, light, a, b), few.bands)
    taps = taps_of(view, small, radius)
    turned = np.empty((3, small.width, small.height), np.float32)
    wraps = view.projection is Projection.EQUIRECT
    workers.share(lambda a, b: blur(light, taps, wraps, turned, a, b), small.height)
    workers.share(lambda a, b: blur(turned, taps, False, light, a, b), small.width)
    return light
