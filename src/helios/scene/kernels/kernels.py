"""The seam between what a scene is at one moment and what draws it.

A :class:`SceneFrame` says everything about one frame in numbers; a ``Kernels`` turns it into
bytes. Implementations agree to at least 50 dB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import PixelFormat
from helios.scene.kernels.view import View

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Plane = NDArray[Any]
"""uint8, or uint16 with 10 bits used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFrame:
    """One layer at one moment."""

    count: int
    seed: np.uint64
    row: Doubles
    """The numbers named in :mod:`helios.scene.kernels.packing`."""
    births: Floats
    """(frames, 2): the share of particles born and their speed, at every frame of the film."""
    gains: Floats
    """(8, 2): size and light of the particles that follow each band."""
    ramp: Floats
    """(8, 64, 3): colours over a life, for eight kinds of particles, linear light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyFrame:
    """What is infinitely far away: Star Nest parameters or a panorama."""

    parameters: Doubles | None = None
    """Places are named in :mod:`helios.scene.kernels.cpu.sky`."""
    panorama: Bytes | None = None
    """(h, w, 3) equirectangular, sRGB, its centre straight ahead (-z)."""
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    contrast: float = 1.0
    """Power applied to the light."""
    samples: int = 1
    """Rays per pixel and axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterFrame:
    """A plane of water at one moment."""

    height: float
    time_s: float
    waves: float
    reflectivity: float
    colour: tuple[float, float, float]
    """Linear light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFrame:
    """Everything about one frame."""

    number: int
    time_s: float
    view: View
    layers: tuple[LayerFrame, ...]
    sky: SkyFrame | None
    sky_gain: float
    exposure: float
    bloom_strength: float = 0.0
    bloom_radius: float = 0.0
    water: WaterFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Where a frame is drawn: (H, W, 3) RGB, or three planes of BT.709 limited yuv420p, 8 or
    10 bits."""

    format: PixelFormat
    planes: tuple[Plane, ...]

    @classmethod
    def of(cls, format: PixelFormat, width: int, height: int) -> Canvas:  # noqa: A002 - as in Picture
        """An empty canvas; yuv420p needs even sides."""
        if format is PixelFormat.RGB24:
            return cls(format=format, planes=(np.zeros((height, width, 3), np.uint8),))
        shapes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
        kind = np.uint16 if format is PixelFormat.YUV420P10 else np.uint8
        return cls(format=format, planes=tuple(np.zeros(s, kind) for s in shapes))


class Kernels(Protocol):
    """Draws scene frames of one size, one at a time."""

    def draw(self, frame: SceneFrame, canvas: Canvas) -> None:
        """Draw ``frame``; the bytes depend on the frame alone."""
        ...

    def close(self) -> None:
        """Let go of threads and buffers."""
        ...
