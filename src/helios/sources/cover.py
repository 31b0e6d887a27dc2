"""Lay a transparent picture over another one, of whatever format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Alpha, Picture, PixelFormat

_KR, _KB = 0.2126, 0.0722
_YUV = (PixelFormat.YUV420P, PixelFormat.YUV420P10)
Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """One plane's share of what lies over: what is added to what shines through."""

    plane: int
    rows: slice
    columns: slice
    light: NDArray[Any]
    through: NDArray[Any]


def layers(light: Floats, alpha: Floats, x: int, y: int, below: Picture) -> list[Layer]:
    """What covers pictures like ``below``.

    Args:
        light: (h, w, 3) red, green, blue, 0..255, multiplied by alpha.
        alpha: (h, w), 0..1.
        x: where its left column lies, even.
        y: where its upper row lies, even.
        below: a picture of the kind that it lies over.
    """
    height, width = alpha.shape
    rows, columns = slice(y, y + height), slice(x, x + width)
    if below.format in _YUV:
        return _yuv_layers(light, alpha, rows, columns, below.format)
    if below.format is PixelFormat.BGRA:
        light = light[..., ::-1]
    if below.planes[0].shape[2] == 4:
        light = np.concatenate([light, alpha[..., None] * 255], axis=2)
    scale = np.float32(np.iinfo(below.planes[0].dtype).max / 255)
    return [Layer(0, rows, columns, light * scale, 1 - alpha[..., None])]


def covered(picture: Picture, over: list[Layer]) -> Picture:
    """The picture, with planes of its own, under the layers."""
    planes: list[NDArray[Any]] = [np.array(plane) for plane in picture.planes]
    for layer in over:
        plane = planes[layer.plane]
        if picture.alpha is Alpha.STRAIGHT:
            _cover_straight(plane, layer)
            continue
        part = plane[layer.rows, layer.columns]
        part[...] = np.rint(layer.light + layer.through * part)
    return replace(picture, planes=tuple(planes))


def _cover_straight(plane: NDArray[Any], layer: Layer) -> None:
    """Over straight alpha: as over premultiplied, and divided again."""
    most = float(np.iinfo(plane.dtype).max)
    part = plane[layer.rows, layer.columns]
    alpha = part[..., 3:].astype(np.float32) / most
    laid = layer.light + layer.through * np.concatenate(
        [part[..., :3] * alpha, part[..., 3:]], axis=2
    )
    coverage = np.maximum(laid[..., 3:] / most, 1e-6)
    part[..., :3] = np.rint(np.minimum(laid[..., :3] / coverage, most))
    part[..., 3] = np.rint(laid[..., 3])


def _yuv_layers(
    light: Floats, alpha: Floats, rows: slice, columns: slice, name: PixelFormat
) -> list[Layer]:
    """BT.709, limited range; colour has half the resolution (ITU-R BT.709-6, section 3)."""
    levels = 4.0 if name is PixelFormat.YUV420P10 else 1.0
    red, green, blue = (light[..., i] / 255 for i in range(3))
    luma = _KR * red + (1 - _KR - _KB) * green + _KB * blue
    first = Layer(0, rows, columns, (16 * alpha + 219 * luma) * levels, 1 - alpha)
    down, across = (slice(each.start // 2, each.stop // 2) for each in (rows, columns))
    through = 1 - _halved(alpha)
    both = []
    for plane, (value, weight) in enumerate(((blue, 1 - _KB), (red, 1 - _KR)), 1):
        level = 128 * alpha + 224 * (value - luma) / (2 * weight)
        both.append(Layer(plane, down, across, _halved(level) * levels, through))
    return [first, *both]


def _halved(values: NDArray[Any]) -> NDArray[Any]:
    height, width = values.shape
    mean: NDArray[Any] = values.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return mean
