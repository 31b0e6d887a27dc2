"""Whether two pictures show the same thing, drawn by different means."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Alpha, Picture, PixelFormat

MIN_SSIM = 0.98
_BLOCK = 8
_TILE = 32
_MAX_TILE_DIFFERENCE = 20.0
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> str:
    """What tells two (H, W, 3) pictures apart; empty if they show the same.

    Edges may be sharper and gradients dithered otherwise; a missing box may not.
    """
    if np.array_equal(first, second):
        return ""
    apart = np.abs(first.astype(np.int16) - second).max(axis=2).astype(np.float32)
    tiles = _blocks(apart, _TILE).mean(axis=(1, 3))
    if tiles.size and tiles.max() > _MAX_TILE_DIFFERENCE:
        row, column = np.unravel_index(int(tiles.argmax()), tiles.shape)
        return f"it differs around ({column * _TILE}, {row * _TILE})"
    # Green carries most of the luminance.
    score = ssim(first[:, :, 1].astype(np.float32), second[:, :, 1].astype(np.float32))
    return "" if score >= MIN_SSIM else f"its similarity is {score:.3f}"


def inequality(first: NDArray[Any], second: NDArray[Any]) -> str:
    """Empty if two pictures are equal."""
    return "" if np.array_equal(first, second) else "it is not equal"


def roughness(first: NDArray[Any], second: NDArray[Any]) -> str:
    """Empty if two pictures are equal but for rounding."""
    apart = np.abs(first.astype(np.int16) - second.astype(np.int16)).max()
    return "" if apart <= 1 else f"it is {apart} levels off"


_MOST_TRACE = 2
"""Rounding and dithering change a level or two."""


def trace(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> str:
    """Empty if nothing but rounding tells by which means a picture was drawn."""
    apart = int(np.abs(first.astype(np.int16) - second).max())
    return "" if apart <= _MOST_TRACE else f"a pixel is {apart} levels off"


def looks(
    picture: Picture, painted: NDArray[np.uint8]
) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """What there is to compare of a picture and a screenshot: pairs of (H, W, 3).

    Where the picture has alpha, both are laid over black and over white.
    """
    pixels = np.asarray(picture.planes[0], np.uint8)
    is_bgra = picture.format is PixelFormat.BGRA
    if picture.alpha is Alpha.OPAQUE:
        return [(pixels[:, :, 2::-1] if is_bgra else pixels[:, :, :3], painted[:, :, :3])]
    if is_bgra:
        pixels = pixels[:, :, [2, 1, 0, 3]]
    if painted.shape[2] == 3:
        painted = np.dstack([painted, np.full(painted.shape[:2], 255, np.uint8)])
    pairs = zip(_laid(pixels, picture.alpha), _laid(painted, Alpha.STRAIGHT), strict=True)
    return list(pairs)


def _laid(pixels: NDArray[np.uint8], alpha: Alpha) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    coverage = pixels[:, :, 3:]
    black = pixels[:, :, :3]
    if alpha is Alpha.STRAIGHT:
        black = ((black.astype(np.uint16) * coverage + 127) // 255).astype(np.uint8)
    white = np.minimum(black.astype(np.uint16) + 255 - coverage, 255).astype(np.uint8)
    return black, white


def ssim(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Mean structural similarity of two (H, W) pictures of 0..255 over 8 x 8 blocks.

    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004,
    equation 13, with blocks in place of the sliding Gaussian window.
    """
    one, two = _blocks(first, _BLOCK), _blocks(second, _BLOCK)
    mean1, mean2 = one.mean(axis=(1, 3)), two.mean(axis=(1, 3))
    area = _BLOCK * _BLOCK
    var1 = np.einsum("ijkl,ijkl->ik", one, one) / area - mean1**2
    var2 = np.einsum("ijkl,ijkl->ik", two, two) / area - mean2**2
    covariance = np.einsum("ijkl,ijkl->ik", one, two) / area - mean1 * mean2
    above = (2 * mean1 * mean2 + _C1) * (2 * covariance + _C2)
    below = (mean1**2 + mean2**2 + _C1) * (var1 + var2 + _C2)
    return float((above / below).mean()) if above.size else 1.0


def _blocks(values: NDArray[Any], side: int) -> NDArray[Any]:
    height, width = values.shape[0] // side * side, values.shape[1] // side * side
    return values[:height, :width].reshape(height // side, side, width // side, side)
