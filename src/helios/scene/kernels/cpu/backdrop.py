"""The sky behind everything, kept as long as it does not change."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from helios.model.formats import Projection
from helios.scene.colour import to_linear
from helios.scene.kernels.cpu import panorama, sky, starnest
from helios.scene.kernels.cpu.baked import BakedSky, draw_by_zones
from helios.scene.kernels.cpu.packed_view import packed as packed_view
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import Doubles, Floats, SkyFrame
from helios.scene.kernels.view import View


class Backdrop:
    """Draws a sky into (3, H, W) linear light; a sky that stays the same is drawn once."""

    def __init__(
        self, workers: Workers, baked: BakedSky | None = None, *, flip: bool = False
    ) -> None:
        self._workers, self._flip = workers, flip
        self._baked = baked or BakedSky(workers)
        self._decode = decoding(1.0)
        self._key: object = None
        self._light: Floats = np.zeros((3, 0, 0), np.float32)
        self._panorama: object = None

    def draw(self, what: SkyFrame | None, view: View) -> Floats:
        """The sky; the array is used again for the next one."""
        view = replace(view, eye_m=0.0, position=(0.0, 0.0, 0.0))
        key = sky_key(what, view)
        if key == self._key:
            return self._light
        shape = (3, view.height, view.width)
        if self._light.shape != shape:
            self._light = np.zeros(shape, np.float32)
        elif what is None or not what.is_baked:
            self._light[:] = 0
        self._decode = decoding(what.contrast if what else 1.0)
        if what is not None and what.is_baked and what.star_nest is not None:
            self._baked.draw(what, view, self._decode, self._light, flip=self._flip)
        elif what is not None and what.star_nest is not None:
            self._star_nest(what, starnest.packed(what.star_nest), view)
        elif what is not None and what.panorama is not None:
            self._wrap(what, view)
            self._panorama = what.panorama  # keeps its id from being used again
        self._key = key
        return self._light

    def _star_nest(self, what: SkyFrame, row: Doubles, view: View) -> None:
        if what.samples == 1 and view.projection is Projection.EQUIRECT:
            draw_by_zones(self._workers, self._light, row, view, self._decode, flip=self._flip)
            return
        n, out = what.samples, self._light
        gain = np.float32(1 / n**2)
        for i in range(n * n):
            across, down = (i % n + 0.5) / n - 0.5, (i // n + 0.5) / n - 0.5
            packed = packed_view(view, across, down, flip=self._flip)

            def work(a: int, b: int, packed: object = packed) -> None:
                sky.star_nest(out, packed, row, gain, self._decode, a, b)

            self._workers.share(work, view.height)

    def _wrap(self, what: SkyFrame, view: View) -> None:
        angles = np.array([what.yaw_rad, what.pitch_rad])
        packed, out = packed_view(view, flip=self._flip), self._light

        def work(a: int, b: int) -> None:
            panorama.sample(out, packed, what.panorama, angles, self._decode, a, b)

        self._workers.share(work, view.height)


@cache
def decoding(contrast: float) -> Floats:
    light = to_linear(np.linspace(0, 1, 4097)) ** np.float32(contrast)
    table: Floats = np.append(light, light[-1])
    return table


def sky_key(what: SkyFrame | None, view: View) -> object:
    place = packed_view(view).tobytes()
    if what is None:
        return (None, place)
    nest = what.star_nest
    content = starnest.packed(nest).tobytes() if nest is not None else id(what.panorama)
    baked = (what.is_baked, what.turn_rad, what.tint)
    looks = what.yaw_rad, what.pitch_rad, what.samples, what.contrast
    return (content, *looks, baked, place)
