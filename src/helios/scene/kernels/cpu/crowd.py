"""All particles of one view of one frame, placed and listed by the bands they touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu import particles, splat
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import BANDS, Floats, LayerFrame
from helios.scene.kernels.view import View

_NOTHING_HEARD: Floats = np.zeros((1, BANDS, 3), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """``listed[starts[b]:starts[b + 1]]`` are the sprites that touch band ``b``."""

    sprites: Floats
    listed: Floats
    starts: NDArray[np.int64]
    view: NDArray[np.float64]

    @property
    def bands(self) -> int:
        """How many bands of rows the picture has."""
        return len(self.starts) - 1


def gather(
    workers: Workers,
    layers: tuple[LayerFrame, ...],
    view: View,
    time_s: float,
    store: Floats,
    mirror: float | None = None,
) -> Crowd:
    """Place every particle; ``mirror`` is the height of the water that shows them."""
    total = sum(layer.count for layer in layers)
    sprites, packed, start = store[:total], v.packed(view), 0
    for layer in layers:
        row = k.packed(layer).astype(np.float32)
        if mirror is not None:
            row[k.MIRROR], row[k.MIRROR_HEIGHT] = 1.0, mirror
        _place(workers, layer, row, time_s, sprites, start, packed)
        start += layer.count
    return listed(workers, sprites, view)


def _place(
    workers: Workers,
    layer: LayerFrame,
    row: Floats,
    time_s: float,
    sprites: Floats,
    start: int,
    view: NDArray[np.float64],
) -> None:
    def work(a: int, b: int) -> None:
        first, last = a * k.BLOCK, min(layer.count, b * k.BLOCK)
        particles.place(
            sprites,
            start,
            first,
            last,
            row,
            layer.seed,
            time_s,
            layer.births,
            layer.gains,
            _NOTHING_HEARD if layer.heard is None else layer.heard,
            layer.ramp,
            view,
        )

    workers.share(work, -(-layer.count // k.BLOCK))


def listed(workers: Workers, sprites: Floats, view: View) -> Crowd:
    """List the sprites by band, in the order of their numbers."""
    bands = -(-view.height // k.BAND_ROWS)
    blocks = max(1, -(-len(sprites) // k.BLOCK))
    counts = np.zeros((blocks, bands), np.int64)
    packed = v.packed(view)

    def count(a: int, b: int) -> None:
        for i in range(a, b):
            last = min(len(sprites), (i + 1) * k.BLOCK)
            splat.count_bands(sprites, i * k.BLOCK, last, packed, counts[i])

    workers.share(count, blocks)
    by_band = counts.T.ravel()
    ends = np.cumsum(by_band)
    places = (ends - by_band).reshape(bands, blocks).T.copy()
    starts = np.append(places[0], ends[-1])
    sorted_sprites = np.empty((max(1, int(ends[-1])), k.SPRITE), np.float32)

    def fill(a: int, b: int) -> None:
        for i in range(a, b):
            last = min(len(sprites), (i + 1) * k.BLOCK)
            splat.fill_bands(sprites, i * k.BLOCK, last, packed, places[i], sorted_sprites)

    workers.share(fill, blocks)
    return Crowd(sprites=sprites, listed=sorted_sprites, starts=starts, view=packed)
