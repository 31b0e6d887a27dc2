"""One drawn frame: pixels that say what they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PixelFormat(StrEnum):
    """How a picture's planes are laid out. All RGB is sRGB-encoded, full range."""

    RGB24 = "rgb24"
    """One plane (H, W, 3) uint8."""
    RGBA = "rgba"
    """One plane (H, W, 4) uint8."""
    BGRA = "bgra"
    """One plane (H, W, 4) uint8."""
    RGB48 = "rgb48"
    """One plane (H, W, 3) uint16."""
    RGBA64 = "rgba64"
    """One plane (H, W, 4) uint16."""
    YUV420P = "yuv420p"
    """Three planes (H, W), (H/2, W/2), (H/2, W/2) uint8, BT.709 limited range."""
    YUV420P10 = "yuv420p10"
    """The same in uint16, 10 bits used."""


class Alpha(StrEnum):
    """What a fourth channel means."""

    OPAQUE = "opaque"
    """Ignore it."""
    STRAIGHT = "straight"
    PREMULTIPLIED = "premultiplied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Frame number ``frame`` of a composition.

    The planes may be views of a buffer that the source uses again: they are valid until the
    source is asked for the next picture, so whoever keeps one longer copies it.
    """

    frame: int
    width: int
    height: int
    format: PixelFormat
    planes: tuple[NDArray[np.uint8] | NDArray[np.uint16], ...]
    alpha: Alpha = Alpha.OPAQUE
    is_repeat: bool = False
    """It shows the same as the picture that its source gave before it."""
