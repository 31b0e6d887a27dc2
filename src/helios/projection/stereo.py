"""Two eyes: where they are, and how their pictures share one frame."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError
from helios.model.formats import StereoLayout
from helios.projection.cubemap import OVERSCAN_PX, CubemapCapture
from helios.projection.ods import DEFAULT_IPD_M

MAX_STACKED_SIDE = 8192
"""Pixels a side above which no common decoder and no platform takes a film."""
_log = logging.getLogger(__name__)
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class StereoCapture:
    """Two cubemaps with the eyes a fixed offset apart.

    Depth is right only straight ahead: it shrinks with the cosine of the azimuth, is gone at the
    sides and inverted behind. Use ODS where the composition can.

    ``unit_scale`` is how many scene units a metre has.
    """

    face_size: int
    ipd_m: float = DEFAULT_IPD_M
    unit_scale: float = 1.0
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    near: float = 0.1
    far: float = 1000.0
    overscan: int = OVERSCAN_PX

    def __post_init__(self) -> None:
        if not (0 <= self.ipd_m <= 1 and self.unit_scale > 0):
            raise OptionError(
                f"an eye distance of {self.ipd_m:g} m at {self.unit_scale:g} units a metre cannot "
                "be captured",
                hint="--ipd is in metres (0.064), --unit-scale in scene units a metre.",
            )

    def eyes(self) -> tuple[CubemapCapture, CubemapCapture]:
        """The left and the right eye's cubemap."""
        half = self.ipd_m * self.unit_scale / 2
        x, y, z = self.position
        left, right = (
            CubemapCapture(
                self.face_size,
                position=(x + side, y, z),
                near=self.near,
                far=self.far,
                overscan=self.overscan,
            )
            for side in (-half, half)
        )
        return left, right


class StereoStacker:
    """One frame that holds both eyes. Draw into ``left`` and ``right``: they are views of it."""

    def __init__(
        self,
        eye_width: int,
        eye_height: int,
        *,
        layout: StereoLayout = StereoLayout.TOP_BOTTOM,
        channels: int = 3,
    ) -> None:
        below, beside = layout is StereoLayout.TOP_BOTTOM, layout is StereoLayout.LEFT_RIGHT
        width, height = eye_width * (1 + beside), eye_height * (1 + below)
        if max(width, height) > MAX_STACKED_SIDE:
            _log.warning(
                "the stacked picture is %dx%d; above %d pixels a side hardly anything plays it",
                width,
                height,
                MAX_STACKED_SIDE,
            )
        self.frame: Pixels = np.zeros((height, width, channels), np.uint8)
        self.left = self.frame[:eye_height, :eye_width]
        self.right = self.frame[height - eye_height :, width - eye_width :]

    def stack(self, left: Pixels, right: Pixels) -> Pixels:
        """Copy both eyes into the frame (left on top, or on the left) and return it.

        A picture that already is ``self.left`` or ``self.right`` is not copied.

        Raises:
            ValueError: the eyes are not equally large, or not as large as was said.
        """
        if left.shape != right.shape:
            raise ValueError(f"the eyes differ in size: {left.shape} and {right.shape}")
        if left.shape != self.left.shape:
            raise ValueError(f"the eyes are {left.shape}, not {self.left.shape}")
        for picture, place in ((left, self.left), (right, self.right)):
            if picture is not place:
                place[...] = picture
        return self.frame


def anaglyph(left: Pixels, right: Pixels) -> Pixels:
    """Both eyes in one picture for red-cyan glasses: red from the left, the rest from the right."""
    mixed = right[..., :3].copy()
    mixed[..., 0] = left[..., 0]
    return mixed
