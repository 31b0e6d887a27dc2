"""Any picture as plain RGB."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Alpha, Picture, PixelFormat

_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB


def to_pixels(picture: Picture, *, keep_alpha: bool) -> NDArray[np.uint8]:
    """An array of its own: (H, W, 4) with straight alpha if it is kept, else as ``to_rgb``."""
    if not keep_alpha or picture.alpha is Alpha.OPAQUE:
        return to_rgb(picture)
    if picture.format is PixelFormat.RGBA64:
        picture = _in_eight_bits(picture)
    pixels = np.asarray(picture.planes[0], np.uint8)
    if picture.format is PixelFormat.BGRA:
        pixels = pixels[:, :, [2, 1, 0, 3]]
    if picture.alpha is Alpha.STRAIGHT:
        return np.array(pixels)
    coverage = np.maximum(pixels[:, :, 3:], 1).astype(np.uint16)
    colour = (pixels[:, :, :3].astype(np.uint16) * 255 + coverage // 2) // coverage
    return np.dstack([np.minimum(colour, 255).astype(np.uint8), pixels[:, :, 3]])


def to_rgb(picture: Picture) -> NDArray[np.uint8]:
    """An array (H, W, 3) uint8 of its own; alpha is laid over black."""
    if picture.format is PixelFormat.RGB24:
        return np.array(picture.planes[0], np.uint8)
    if picture.format in (PixelFormat.RGB48, PixelFormat.RGBA64):
        return to_rgb(_in_eight_bits(picture))
    if picture.format in (PixelFormat.RGBA, PixelFormat.BGRA):
        order = [2, 1, 0] if picture.format is PixelFormat.BGRA else [0, 1, 2]
        plane = picture.planes[0]
        rgb = np.ascontiguousarray(plane[:, :, order], np.uint8)
        if picture.alpha is Alpha.STRAIGHT:
            alpha = plane[:, :, 3:].astype(np.uint16)
            rgb = ((rgb * alpha + 127) // 255).astype(np.uint8)
        return rgb
    return _from_yuv(picture)


def _in_eight_bits(picture: Picture) -> Picture:
    plane = ((picture.planes[0].astype(np.uint32) + 128) // 257).astype(np.uint8)
    name = PixelFormat.RGB24 if plane.shape[2] == 3 else PixelFormat.RGBA
    return replace(picture, format=name, planes=(plane,))


def _from_yuv(picture: Picture) -> NDArray[np.uint8]:
    """BT.709 limited range to RGB (ITU-R BT.709-6, section 3)."""
    scale = 4.0 if picture.format is PixelFormat.YUV420P10 else 1.0
    luma, cb, cr = (np.asarray(plane, np.float32) / scale for plane in picture.planes)
    height, width = luma.shape
    y = (luma - 16) / 219
    pb, pr = ((np.repeat(np.repeat(c, 2, 0), 2, 1)[:height, :width] - 128) / 224 for c in (cb, cr))
    red = y + 2 * (1 - _KR) * pr
    blue = y + 2 * (1 - _KB) * pb
    green = (y - _KR * red - _KB * blue) / _KG
    rgb = np.stack([red, green, blue], axis=-1)
    return np.clip(np.rint(rgb * 255), 0, 255).astype(np.uint8)
