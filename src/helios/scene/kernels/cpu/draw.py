"""Draws scene frames with the processor's cores."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.formats import StereoLayout
from helios.model.picture import Picture, PixelFormat
from helios.scene.kernels.cpu import finish, glow, splat, water
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.backdrop import Backdrop
from helios.scene.kernels.cpu.baked import BakedSky
from helios.scene.kernels.cpu.crowd import gather, roomy
from helios.scene.kernels.cpu.jit import cache_folder
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.dither import dither
from helios.scene.kernels.frames import Floats, SceneFrame
from helios.scene.kernels.view import View

Planes = tuple[NDArray[Any], ...]
"""uint8, or uint16 with 10 bits used."""
_NO_PLANE: NDArray[Any] = np.zeros((0, 0), np.uint8)
_NO_RGB: NDArray[Any] = np.zeros((0, 0, 3), np.uint8)
_NO_BLOOM = np.zeros((3, 1, 1), np.float32)


class CpuKernels:
    """``threads`` workers draw; the bytes are the same for any number of them.

    A picture is finished when ``submit`` returns: all cores have drawn it, so there is nothing to
    gain from waiting elsewhere, and one set of planes is enough.
    """

    depth = 1

    @staticmethod
    def compiled_in() -> Path:
        """See ``helios.scene.kernels.backend.compiled_in``."""
        return cache_folder()

    def __init__(
        self,
        format: PixelFormat,  # noqa: A002 - as in Picture
        threads: int | None = None,
        adapter: str = "",
    ) -> None:
        del adapter
        self._format = format
        self._workers = Workers(threads)
        baked = BakedSky(self._workers)
        self._backdrop = Backdrop(self._workers, baked)
        self._dither: Floats = np.zeros((64, 0), np.float32)
        self._mirror = Backdrop(self._workers, baked, flip=True)
        self._seen: Floats = np.zeros((3, 0, 0), np.float32)
        self._flooded: Floats = self._seen
        self._store: Floats = np.zeros((0, k.SPRITE), np.float32)
        self._planes: Planes = ()
        self._eye: Planes = ()

    def submit(self, frame: SceneFrame) -> Future[Picture]:
        """Draw ``frame``."""
        future: Future[Picture] = Future()
        try:
            future.set_result(self._picture(frame))
        except Exception as error:  # noqa: BLE001 - raised by whoever wants the picture
            future.set_exception(error)
        return future

    def close(self) -> None:
        """End the workers."""
        self._workers.close()

    def _picture(self, frame: SceneFrame) -> Picture:
        self._planes = _fitting(self._planes, self._format, frame.width, frame.height)
        for eye, view in enumerate(frame.views):
            if frame.layout is StereoLayout.LEFT_RIGHT:
                # Kernels write whole rows: half rows are drawn elsewhere and copied.
                self._eye = _fitting(self._eye, self._format, view.width, view.height)
                self._draw(frame, view, self._eye)
                for whole, part in zip(self._planes, self._eye, strict=True):
                    half = part.shape[1]
                    whole[:, eye * half : (eye + 1) * half] = part
            else:
                count = len(frame.views)
                self._draw(frame, view, tuple(np.split(p, count)[eye] for p in self._planes))
        return Picture(
            frame=frame.number,
            width=frame.width,
            height=frame.height,
            format=self._format,
            planes=self._planes,
        )

    def _draw(self, frame: SceneFrame, view: View, planes: Planes) -> None:
        if self._dither.shape[1] != view.width:
            self._dither = dither(view.width)
        self._store = roomy(self._store, frame)
        base, gain = self._behind(frame, view)
        crowd = gather(
            self._workers, frame.layers, view, frame.time_s, self._store, body=frame.body
        )
        light, strength = _NO_BLOOM, 0.0
        if frame.bloom_strength > 0:
            strength = frame.bloom_strength
            light = glow.spilled(self._workers, crowd, view, frame.bloom_radius)
        is_rgb = self._format is PixelFormat.RGB24
        fixed = (
            base,
            np.float32(gain),
            np.float32(frame.exposure),
            crowd.listed,
            crowd.starts,
            crowd.view,
            light,
            glow.scale_of(view),
            np.float32(strength),
            self._dither,
            planes[0] if is_rgb else _NO_RGB,
            *((_NO_PLANE, _NO_PLANE, _NO_PLANE) if is_rgb else planes),
        )
        self._workers.share(lambda a, b: finish.paint(*fixed, a, b), crowd.bands)

    def _behind(self, frame: SceneFrame, view: View) -> tuple[Floats, float]:
        """What is behind the particles, and its gain: the sky, or the sky over water."""
        base = self._backdrop.draw(frame.sky, view)
        if frame.water is None:
            return base, frame.sky_gain
        w = frame.water
        below = self._mirror.draw(frame.sky, view)
        crowd = gather(
            self._workers, frame.layers, view, frame.time_s, self._store, w.height, frame.body
        )
        if self._seen.shape != base.shape:
            self._seen, self._flooded = np.empty_like(base), np.empty_like(base)
        seen, out, gain = self._seen, self._flooded, np.float32(frame.sky_gain)
        lists = crowd.listed, crowd.starts, crowd.view
        self._workers.share(lambda a, b: splat.splat(below, gain, *lists, seen, a, b), crowd.bands)
        numbers = np.array([w.height, w.time_s, w.waves, w.reflectivity, *w.colour])
        self._workers.share(
            lambda a, b: water.flood(base, gain, seen, crowd.view, numbers, out, a, b),
            view.height,
        )
        return out, 1.0


def _fitting(planes: Planes, format: PixelFormat, width: int, height: int) -> Planes:  # noqa: A002
    """``planes``, or new ones where they do not fit the picture."""
    if planes and planes[0].shape[:2] == (height, width):
        return planes
    if format is PixelFormat.RGB24:
        return (np.zeros((height, width, 3), np.uint8),)
    kind = np.uint16 if format is PixelFormat.YUV420P10 else np.uint8
    shapes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    return tuple(np.zeros(shape, kind) for shape in shapes)
