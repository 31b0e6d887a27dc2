"""Draws scene frames with the processor's cores."""

from __future__ import annotations

import numpy as np

from helios.model.picture import PixelFormat
from helios.scene.kernels import packing as k
from helios.scene.kernels.cpu import finish, glow, splat, water
from helios.scene.kernels.cpu.backdrop import Backdrop
from helios.scene.kernels.cpu.crowd import gather
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.kernels import Canvas, Floats, Plane, SceneFrame

_NO_PLANE: Plane = np.zeros((0, 0), np.uint8)
_NO_RGB: Plane = np.zeros((0, 0, 3), np.uint8)
_NO_BLOOM = np.zeros((3, 1, 1), np.float32)


class CpuKernels:
    """``threads`` workers draw; the bytes are the same for any number of them."""

    def __init__(self, threads: int | None = None) -> None:
        self._workers = Workers(threads)
        self._backdrop = Backdrop(self._workers)
        self._dither: Floats = np.zeros((64, 0), np.float32)
        self._mirror = Backdrop(self._workers, flip=True)
        self._seen: Floats = np.zeros((3, 0, 0), np.float32)
        self._flooded: Floats = self._seen
        self._store: Floats = np.zeros((0, k.SPRITE), np.float32)

    def draw(self, frame: SceneFrame, canvas: Canvas) -> None:
        """Draw ``frame`` into ``canvas``."""
        if self._dither.shape[1] != frame.view.width:
            self._dither = _dither(frame.view.width)
        total = sum(layer.count for layer in frame.layers)
        if len(self._store) < total:
            self._store = np.zeros((total, k.SPRITE), np.float32)
        base, gain = self._behind(frame)
        crowd = gather(self._workers, frame.layers, frame.view, frame.time_s, self._store)
        light, strength = _NO_BLOOM, 0.0
        if frame.bloom_strength > 0:
            strength = frame.bloom_strength
            light = glow.spilled(self._workers, crowd, frame.view, frame.bloom_radius)
        rgb, planes = _NO_RGB, (_NO_PLANE, _NO_PLANE, _NO_PLANE)
        if canvas.format is PixelFormat.RGB24:
            (rgb,) = canvas.planes
        else:
            planes = canvas.planes[0], canvas.planes[1], canvas.planes[2]
        fixed = (
            base,
            np.float32(gain),
            np.float32(frame.exposure),
            crowd.listed,
            crowd.starts,
            crowd.view,
            light,
            glow.scale_of(frame.view),
            np.float32(strength),
            self._dither,
            rgb,
            *planes,
        )
        self._workers.share(lambda a, b: finish.paint(*fixed, a, b), crowd.bands)

    def _behind(self, frame: SceneFrame) -> tuple[Floats, float]:
        """What is behind the particles, and its gain: the sky, or the sky over water."""
        base = self._backdrop.draw(frame.sky, frame.view)
        if frame.water is None:
            return base, frame.sky_gain
        w = frame.water
        below = self._mirror.draw(frame.sky, frame.view)
        crowd = gather(
            self._workers, frame.layers, frame.view, frame.time_s, self._store, mirror=w.height
        )
        if self._seen.shape != base.shape:
            self._seen, self._flooded = np.empty_like(base), np.empty_like(base)
        seen, out, gain = self._seen, self._flooded, np.float32(frame.sky_gain)
        lists = crowd.listed, crowd.starts, crowd.view
        self._workers.share(lambda a, b: splat.splat(below, gain, *lists, seen, a, b), crowd.bands)
        numbers = np.array([w.height, w.time_s, w.waves, w.reflectivity, *w.colour])
        self._workers.share(
            lambda a, b: water.flood(base, gain, seen, crowd.view, numbers, out, a, b),
            frame.view.height,
        )
        return out, 1.0

    def close(self) -> None:
        """End the workers."""
        self._workers.close()


def _dither(width: int) -> Floats:
    """Interleaved gradient noise (Jimenez 2014), 64 rows, from 0 to 1: rounding with it keeps
    slow gradients free of steps."""
    x, y = np.meshgrid(np.arange(float(width)), np.arange(64.0))
    inner = np.modf(0.06711056 * x + 0.00583715 * y)[0]
    noise: Floats = np.modf(52.9829189 * inner)[0].astype(np.float32)
    return np.minimum(noise, np.float32(0.996))
