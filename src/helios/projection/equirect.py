"""Equirectangular pictures from cubemaps, and flat views out of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.projection.cubemap import FACES, OVERSCAN_PX, Face, face_axes, face_rays
from helios.projection.rays import (
    FULL_CIRCLE,
    Floats,
    directions,
    equirect_angles,
    equirect_pixels,
    perspective_rays,
    rotation,
)

_PHASES = 256
_STRIP_PIXELS = 1 << 18
Pixels = NDArray[Any]
Lookup = Callable[[Pixels, NDArray[np.int32], NDArray[np.uint8], int, Pixels], None]
"""Fills an RGB picture: (flat faces, first taps, phases, taps from row to row, out)."""


def cubic_weights(phase: Floats) -> Floats:
    """The four weights of Keys' cubic (a = -0.5, Catmull-Rom) between samples 1 and 2.

    Source: R. Keys, *Cubic convolution interpolation for digital image processing*, 1981.
    Shape (..., 4).
    """
    t = phase
    return np.stack(
        (
            ((-0.5 * t + 1) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1,
            ((-1.5 * t + 2) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ),
        axis=-1,
    )


WEIGHTS = cubic_weights((np.arange(_PHASES) + 0.5) / _PHASES).astype(np.float32)


def locate_on_faces(vectors: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """(face number, x, y) of directions; x to the right and y down, -1 to 1 on the face."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    wide, high, deep = np.abs(x), np.abs(y), np.abs(z)
    number = np.where(z < 0, FACES.index(Face.FRONT), FACES.index(Face.BACK))
    sides = np.where(x > 0, FACES.index(Face.RIGHT), FACES.index(Face.LEFT))
    poles = np.where(y > 0, FACES.index(Face.UP), FACES.index(Face.DOWN))
    number = np.where((wide > deep) & (wide >= high), sides, number)
    number = np.where((high > deep) & (high > wide), poles, number)
    axes = np.stack([face_axes(face) for face in FACES])[number]
    along = np.einsum("...k,...k->...", axes[..., 2, :], vectors)
    across = np.einsum("...k,...k->...", axes[..., 0, :], vectors)
    up = np.einsum("...k,...k->...", axes[..., 1, :], vectors)
    return number, across / along, -up / along


class EquirectangularConverter:
    """Turns cubemaps of one size into equirectangular pictures of one size, without seams.

    The lookup tables are made once: 6 bytes a pixel. ``lookup`` does the filtering for RGB bytes
    where something faster than NumPy is at hand. Faces carry ``overscan`` pixels of their
    neighbours on every side; faces without get them made from their neighbours.
    """

    def __init__(
        self,
        face_size: int,
        width: int,
        height: int,
        *,
        overscan: int = OVERSCAN_PX,
        lookup: Lookup | None = None,
    ) -> None:
        if overscan not in (0, *range(2, face_size)):
            raise ValueError("a bicubic filter needs at least 2 pixels of overscan, or none")
        self.face_size = face_size
        self.width, self.height = width, height
        self.overscan = overscan
        self._quick = lookup
        self._margin = overscan or OVERSCAN_PX
        self._stride = face_size + 2 * self._margin
        self._first = np.empty((height, width), np.int32)
        self._phase = np.empty((height, width, 2), np.uint8)
        longitude, latitude = equirect_angles(width, height)
        for rows in self._strips():
            rays = directions(longitude[None, :], latitude[rows, None])
            self._first[rows], self._phase[rows] = self._lookup(rays)

    def _strips(self) -> list[slice]:
        """Rows to work on at once: memory stays small."""
        step = max(1, _STRIP_PIXELS // self.width)
        return [slice(row, min(row + step, self.height)) for row in range(0, self.height, step)]

    def _lookup(self, rays: Floats) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        number, x, y = locate_on_faces(rays)
        limit = self._stride - 3
        column = (x + 1) / 2 * self.face_size - 0.5 + self._margin
        row = (y + 1) / 2 * self.face_size - 0.5 + self._margin
        left = np.clip(np.floor(column), 1, limit)
        top = np.clip(np.floor(row), 1, limit)
        phase = np.stack((column - left, row - top), axis=-1) * _PHASES
        first = (number * self._stride + top - 1) * self._stride + left - 1
        return first.astype(np.int32), np.clip(phase, 0, _PHASES - 1).astype(np.uint8)

    def convert(self, faces: Pixels, out: Pixels | None = None) -> Pixels:
        """The equirectangular picture. Shape (H, W, channels), the faces' type.

        Args:
            faces: (6, S, S, channels), uint8 or float, S = face_size + 2 overscan.
            out: where to put it.

        Raises:
            ValueError: the faces have another shape.
        """
        side = self.face_size + 2 * self.overscan
        if faces.ndim != 4 or faces.shape[:3] != (6, side, side):
            raise ValueError(f"faces must be (6, {side}, {side}, channels), not {faces.shape}")
        if not self.overscan:
            faces = pad_faces(faces, self._margin)
        flat = np.ascontiguousarray(faces).reshape(-1, faces.shape[3])
        if out is None:
            out = np.empty((self.height, self.width, faces.shape[3]), faces.dtype)
        if self._quick is not None and flat.dtype == np.uint8 and flat.shape[1] == 3:
            self._quick(flat, self._first, self._phase, self._stride, out)
            return out
        for rows in self._strips():
            picture = self._filter(flat, self._first[rows], self._phase[rows])
            if faces.dtype == np.uint8:
                np.clip(np.rint(picture, out=picture), 0, 255, out=picture)
            out[rows] = picture
        return out

    def _filter(
        self, flat: Pixels, first: NDArray[np.int32], phase: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        across, down = WEIGHTS[phase[..., 0]], WEIGHTS[phase[..., 1]]
        picture = np.zeros((*first.shape, flat.shape[1]), np.float32)
        for row in range(4):
            line = np.zeros_like(picture)
            for column in range(4):
                taken = flat.take(first + (row * self._stride + column), axis=0)
                line += taken * across[..., column, None]
            line *= down[..., row, None]
            picture += line
        return picture


def pad_faces(faces: Pixels, margin: int) -> Pixels:
    """Faces with ``margin`` pixels of their neighbours around each (bilinear)."""
    size = faces.shape[1]
    padded = np.empty((6, size + 2 * margin, size + 2 * margin, faces.shape[3]), faces.dtype)
    padded[:, margin:-margin, margin:-margin] = faces
    outside = np.ones(padded.shape[1:3], bool)
    outside[margin:-margin, margin:-margin] = False
    for index, face in enumerate(FACES):
        rays = face_rays(face, size, overscan=margin)[outside]
        number, x, y = locate_on_faces(rays)
        column = np.clip((x + 1) / 2 * size - 0.5, 0, size - 1)
        row = np.clip((y + 1) / 2 * size - 0.5, 0, size - 1)
        values = _bilinear(faces.reshape(6 * size, size, -1), column, row, number * size, size)
        padded[index][outside] = np.rint(values) if faces.dtype == np.uint8 else values
    return padded


def _bilinear(
    picture: Pixels, column: Floats, row: Floats, offset: NDArray[np.int64], height: int
) -> Floats:
    """Samples inside a stack of pictures; ``offset`` is each sample's first row."""
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    right = np.minimum(left + 1, picture.shape[1] - 1)
    below = np.minimum(top + 1, height - 1)
    x, y = (column - left)[..., None], (row - top)[..., None]
    upper = picture[offset + top, left] * (1 - x) + picture[offset + top, right] * x
    lower = picture[offset + below, left] * (1 - x) + picture[offset + below, right] * x
    mixed: Floats = upper * (1 - y) + lower * y
    return mixed


def cut_perspective(
    equirect: Pixels,
    width: int,
    height: int,
    *,
    fov_deg: float = 90.0,
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    coverage: float = FULL_CIRCLE,
) -> Pixels:
    """What a viewer sees who looks there: a flat view cut out of an equirectangular picture.

    Bilinear; columns wrap around at full coverage. Shape (height, width, channels).
    """
    turned = rotation(math.radians(yaw_deg), math.radians(pitch_deg))
    rays = perspective_rays(width, height, fov=math.radians(fov_deg), turned=turned)
    column, row = equirect_pixels(rays, equirect.shape[1], equirect.shape[0], coverage=coverage)
    wide = equirect.shape[1]
    left = np.floor(column).astype(np.int64)
    top = np.clip(np.floor(row), 0, equirect.shape[0] - 2).astype(np.int64)
    x, y = (column - left)[..., None], np.clip(row - top, 0, 1)[..., None]
    at, beside = left % wide, (left + 1) % wide
    upper = equirect[top, at] * (1 - x) + equirect[top, beside] * x
    lower = equirect[top + 1, at] * (1 - x) + equirect[top + 1, beside] * x
    view: Pixels = upper * (1 - y) + lower * y
    return np.rint(view).astype(np.uint8) if equirect.dtype == np.uint8 else view


def ws_psnr(picture: Floats, reference: Floats, *, peak: float = 1.0) -> float:
    """Signal-to-noise ratio in dB, weighted by the area each row has on the sphere.

    Rows weigh ``cos(lat)`` (Sun, Lu and Yu, *Weighted-to-spherically-uniform quality evaluation
    for omnidirectional video*, 2017).
    """
    _, latitude = equirect_angles(2, picture.shape[0])
    weight = np.cos(latitude)
    error = np.square(picture - reference).reshape(picture.shape[0], -1).mean(axis=1)
    mean = float((error * weight).sum() / weight.sum())
    return math.inf if mean == 0 else 10 * math.log10(peak * peak / mean)
