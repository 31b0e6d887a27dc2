"""Lay a transparent picture over others, of whatever format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Alpha, Part, Picture, PixelFormat, joined

_KR, _KB = 0.2126, 0.0722
_YUV = (PixelFormat.YUV420P, PixelFormat.YUV420P10)
_BLOCK = 2**16
"""Samples that are blended at a time: what is between stays near the processor."""
Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """One plane's share of what lies over: what is added to what shines through."""

    light: NDArray[Any]
    through: NDArray[Any]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Over:
    """What lies over pictures of one kind: where, and a layer for each of their planes."""

    part: Part
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(layer.light.nbytes + layer.through.nbytes for layer in self.layers)


def prepared(light: Floats, alpha: Floats, x: int, y: int, below: Picture) -> Over:
    """What covers pictures like ``below``.

    Args:
        light: (h, w, 3) red, green, blue, 0..255, multiplied by alpha.
        alpha: (h, w), 0..1.
        x: where its left column lies, even.
        y: where its upper row lies, even.
        below: a picture of the kind that it lies over.
    """
    height, width = alpha.shape
    part = Part(x, y, x + width, y + height)
    if below.format in _YUV:
        return Over(part, _yuv_layers(light, alpha, below.format))
    if below.format is PixelFormat.BGRA:
        light = light[..., ::-1]
    if below.planes[0].shape[2] == 4:
        light = np.concatenate([light, alpha[..., None] * 255], axis=2)
    scale = np.float32(np.iinfo(below.planes[0].dtype).max / 255)
    return Over(part, (Layer(light * scale, 1 - alpha[..., None]),))


class Compositor:
    """Lays what lies over each picture of one source on it, anew only where something changed."""

    def __init__(self) -> None:
        self._kind: object = None
        """Of the picture before."""
        self._over: Over | None = None
        """What lay over it."""
        self._planes: tuple[NDArray[Any], ...] = ()
        """What was shown then; empty if nothing lay over it."""
        self._done: WeakKeyDictionary[Over, list[NDArray[Any]]] = WeakKeyDictionary()
        """What was blended over the picture below since it stands still."""

    def laid(self, below: Picture, over: Over | None) -> Picture:
        """The picture with ``over`` over it, valid until the next; None leaves it as it is.

        Args:
            below: the picture that its source gives after the one before.
            over: prepared for its kind; the same object as before if it shows the same.
        """
        kind = below.format, below.alpha, [plane.shape for plane in below.planes]
        is_other = kind != self._kind
        changed = None if is_other else self._changed(below, over)
        self._kind, self._over = kind, over
        if is_other or not below.is_repeat:
            self._done.clear()
        if over is None:
            self._planes = ()
            return replace(below, changed=changed)
        stale = changed if self._planes else None
        if is_other or not self._planes:
            self._planes = tuple(np.empty_like(plane) for plane in below.planes)
        for part in (Part(0, 0, below.width, below.height),) if stale is None else stale:
            self._draw(below, over, part)
        return replace(below, planes=self._planes, changed=changed)

    def _changed(self, below: Picture, over: Over | None) -> tuple[Part, ...] | None:
        if below.changed is None or over is self._over:
            return below.changed
        both = (each.part for each in (self._over, over) if each is not None)
        return joined((*below.changed, *both))

    def _draw(self, below: Picture, over: Over, part: Part) -> None:
        for n, (plane, bare) in enumerate(zip(self._planes, below.planes, strict=True)):
            part.within(plane, _shrink(n))[...] = part.within(bare, _shrink(n))
        covered = part.shared(over.part)
        if covered is None:
            return
        places = [covered.within(plane, _shrink(n)) for n, plane in enumerate(self._planes)]
        is_whole = covered == over.part
        if is_whole and over in self._done:
            for place, done in zip(places, self._done[over], strict=True):
                place[...] = done
            return
        blend = _cover_straight if below.alpha is Alpha.STRAIGHT else _cover
        for n, place in enumerate(places):
            blend(place, _cut(over.layers[n], over.part, covered, _shrink(n)))
        if is_whole and below.is_repeat:
            self._done[over] = [np.array(place) for place in places]


def _shrink(plane: int) -> int:
    """Pixels of the picture along the side of one of a plane."""
    return 2 if plane else 1


def _cut(layer: Layer, whole: Part, part: Part, shrink: int) -> Layer:
    """The layer of ``whole`` in a part of it."""
    x, y = whole.left, whole.top
    inside = Part(part.left - x, part.top - y, part.right - x, part.bottom - y)
    return Layer(inside.within(layer.light, shrink), inside.within(layer.through, shrink))


def _cover(pixels: NDArray[Any], layer: Layer) -> None:
    rows = max(1, _BLOCK // pixels[0].size)
    mixed, through = np.empty((2, rows, *pixels.shape[1:]), np.float32)
    for top in range(0, len(pixels), rows):
        block = pixels[top : top + rows]
        here, seen = mixed[: len(block)], layer.through[top : top + rows]
        if block.ndim == 3:
            # One value for all channels of a pixel: NumPy's own way to repeat it is slow.
            for channel in range(block.shape[2]):
                through[: len(block), :, channel] = seen[..., 0]
            seen = through[: len(block)]
        here[...] = block
        here *= seen
        here += layer.light[top : top + rows]
        np.rint(here, out=here)
        block[...] = here


def _cover_straight(pixels: NDArray[Any], layer: Layer) -> None:
    """Over straight alpha: as over premultiplied, and divided again."""
    most = float(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., 3:].astype(np.float32) / most
    laid = layer.light + layer.through * np.concatenate(
        [pixels[..., :3] * alpha, pixels[..., 3:]], axis=2
    )
    coverage = np.maximum(laid[..., 3:] / most, 1e-6)
    pixels[..., :3] = np.rint(np.minimum(laid[..., :3] / coverage, most))
    pixels[..., 3] = np.rint(laid[..., 3])


def _yuv_layers(light: Floats, alpha: Floats, name: PixelFormat) -> tuple[Layer, ...]:
    """BT.709, limited range; colour has half the resolution (ITU-R BT.709-6, section 3)."""
    levels = 4.0 if name is PixelFormat.YUV420P10 else 1.0
    red, green, blue = (light[..., i] / 255 for i in range(3))
    luma = _KR * red + (1 - _KR - _KB) * green + _KB * blue
    first = Layer((16 * alpha + 219 * luma) * levels, 1 - alpha)
    through = 1 - _halved(alpha)
    both = []
    for value, weight in ((blue, 1 - _KB), (red, 1 - _KR)):
        level = 128 * alpha + 224 * (value - luma) / (2 * weight)
        both.append(Layer(_halved(level) * levels, through))
    return (first, *both)


def _halved(values: NDArray[Any]) -> NDArray[Any]:
    height, width = values.shape
    mean: NDArray[Any] = values.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return mean
