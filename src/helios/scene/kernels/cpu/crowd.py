"""All particles of one view of one frame, placed and listed by the bands they touch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from helios.scene.kernels.cpu import bodies, particles, splat
from helios.scene.kernels.cpu import packed_view as v
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import BANDS, BodyFrame, Floats, LayerFrame, SceneFrame
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


def roomy(store: Floats, frame: SceneFrame) -> Floats:
    """``store``, or a larger one where the frame's sprites have no room in it."""
    total = _total(frame.layers, frame.body)
    return store if len(store) >= total else np.zeros((total, k.SPRITE), np.float32)


def gather(
    workers: Workers,
    layers: tuple[LayerFrame, ...],
    view: View,
    time_s: float,
    store: Floats,
    mirror: float | None = None,
    body: BodyFrame | None = None,
) -> Crowd:
    """Place every particle; ``mirror`` is the height of the water that is to show them.

    ``body`` is a sprite after those of the layers behind it: it takes the light that is there.
    """
    shown = [mirror is None or layer.is_mirrored for layer in layers]
    total = _total(tuple(compress(layers, shown)), body)
    sprites, packed, start = store[:total], v.packed(view), 0
    if body is not None and mirror is not None:
        x, y, z = body.centre
        body = replace(body, centre=(x, 2 * mirror - y, z))
    for number, layer in enumerate(layers):
        if body is not None and number == body.after:
            start = _stand(body, sprites, start, packed)
        if not shown[number]:
            continue
        row = k.packed(layer).astype(np.float32)
        if mirror is not None:
            row[k.MIRROR], row[k.MIRROR_HEIGHT] = 1.0, mirror
        if body is not None and number >= body.after:
            row[k.BODY : k.BODY + 3] = body.centre
            row[k.BODY_RADIUS], row[k.BODY_OPACITY] = body.radius, body.opacity
            row[k.BODY_LENS] = body.lens
        _place(workers, layer, row, time_s, sprites, start, packed)
        start += layer.count
    if body is not None and body.after >= len(layers):
        _stand(body, sprites, start, packed)
    return listed(workers, sprites, view)


def _total(layers: tuple[LayerFrame, ...], body: BodyFrame | None) -> int:
    return sum(layer.count for layer in layers) + (body is not None)


def _stand(body: BodyFrame, sprites: Floats, at: int, view: NDArray[np.float64]) -> int:
    """The body as sprite ``at``; the number of the next."""
    centre = np.array(body.centre, np.float32)
    bodies.stand(sprites[at], view, centre, np.float32(body.radius))
    sprites[at, k.HIDDEN] = -body.opacity
    sprites[at, k.SOFTNESS] = body.softness
    return at + 1


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
