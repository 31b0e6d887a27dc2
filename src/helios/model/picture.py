"""One drawn frame: pixels that say what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a picture, in pixels; right and bottom are outside of it.

    Where colour has half the resolution, all four are even.
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """Pixels in it."""
        return (self.right - self.left) * (self.bottom - self.top)

    def around(self, other: Part) -> Part:
        """The smallest that has both in it."""
        return Part(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def shared(self, other: Part) -> Part | None:
        """What is in both; None where they do not meet."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Part(left, top, right, bottom) if left < right and top < bottom else None

    def within(self, plane: NDArray[Any], shrink: int = 1) -> NDArray[Any]:
        """Its view of a plane whose pixels are each ``shrink`` of the picture's wide and high."""
        rows = slice(self.top // shrink, -(-self.bottom // shrink))
        return plane[rows, self.left // shrink : -(-self.right // shrink)]


def joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same parts, as one where that is no larger than the two.

    Example:
        >>> joined([Part(0, 0, 4, 4), Part(2, 0, 6, 4), Part(20, 0, 24, 4)])
        (Part(left=0, top=0, right=6, bottom=4), Part(left=20, top=0, right=24, bottom=4))
    """
    kept: list[Part] = []
    for part in parts:
        while near := [each for each in kept if each.around(part).area <= each.area + part.area]:
            part = near[0].around(part)  # noqa: PLW2901 - it grows
            kept.remove(near[0])
        kept.append(part)
    return tuple(kept)


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
    changed: tuple[Part, ...] | None = None
    """Outside of these it shows the same as the picture that its source gave before it; None where
    that is not known, as of the first."""

    @property
    def is_repeat(self) -> bool:
        """It shows the same as the picture that its source gave before it."""
        return self.changed == ()
