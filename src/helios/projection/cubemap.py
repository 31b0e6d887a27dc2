"""Six square pictures around a point, and the cameras that take them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError
from helios.projection.rays import Floats

OVERSCAN_PX = 3
"""Pixels around each face that belong to its neighbours: what a bicubic filter may reach."""
_GRANULE = 16


class Face(StrEnum):
    """The cube's sides, in the order they are kept."""

    RIGHT = "right"
    LEFT = "left"
    UP = "up"
    DOWN = "down"
    FRONT = "front"
    BACK = "back"


FACES = tuple(Face)
# (right, up, forward) of the camera that takes each face.
_AXES: dict[Face, tuple[tuple[int, int, int], ...]] = {
    Face.RIGHT: ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    Face.LEFT: ((0, 0, -1), (0, 1, 0), (-1, 0, 0)),
    Face.UP: ((1, 0, 0), (0, 0, 1), (0, 1, 0)),
    Face.DOWN: ((1, 0, 0), (0, 0, -1), (0, -1, 0)),
    Face.FRONT: ((1, 0, 0), (0, 1, 0), (0, 0, -1)),
    Face.BACK: ((-1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def face_axes(face: Face) -> Floats:
    """Rows right, up, forward of a face's camera. Shape (3, 3)."""
    return np.array(_AXES[face], np.float64)


def face_size_for(width: int) -> int:
    """Pixels a side that keep an equirect of this width sharp straight ahead: ``W / pi``.

    A face of F pixels has ``2 / F`` radians a pixel in its middle, the equirect ``2 pi / W``.
    Rounded up to a multiple of 16. A quarter of the width loses 21 % of the detail there.
    """
    return math.ceil(width / math.pi / _GRANULE) * _GRANULE


def face_rays(face: Face, size: int, *, overscan: int = 0) -> Floats:
    """Unit directions of a face's pixels. Shape (S, S, 3) with S = size + 2 overscan."""
    axis = (2 * (np.arange(-overscan, size + overscan)) + 1 - size) / size
    right, up, forward = face_axes(face)
    rays = axis[None, :, None] * right - axis[:, None, None] * up + forward
    unit: Floats = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    return unit


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceCamera:
    """One side's camera. ``size`` counts the overscan."""

    face: Face
    size: int
    fov: float
    """Radians, a little more than 90 degrees with overscan."""
    position: tuple[float, float, float]
    near: float
    far: float

    def view_matrix(self) -> Floats:
        """World to camera (x right, y up, -z ahead). Shape (4, 4)."""
        right, up, forward = face_axes(self.face)
        matrix = np.eye(4)
        matrix[:3, :3] = np.stack((right, up, -forward))
        matrix[:3, 3] = -matrix[:3, :3] @ np.array(self.position)
        return matrix

    def projection_matrix(self) -> Floats:
        """OpenGL clip space, square. Shape (4, 4)."""
        scale, depth = 1 / math.tan(self.fov / 2), self.near - self.far
        matrix = np.zeros((4, 4))
        matrix[0, 0] = matrix[1, 1] = scale
        matrix[2, 2:] = (self.far + self.near) / depth, 2 * self.far * self.near / depth
        matrix[3, 2] = -1
        return matrix


class CubemapCapture:
    """Takes the six pictures around ``position``.

    ``face_size`` is without the overscan. Raises OptionError for sizes or planes that cannot be.
    """

    def __init__(
        self,
        face_size: int,
        *,
        position: tuple[float, float, float] = (0.0, 0.0, 0.0),
        near: float = 0.1,
        far: float = 1000.0,
        overscan: int = OVERSCAN_PX,
    ) -> None:
        if face_size < 1 or overscan < 0 or not 0 < near < far:
            raise OptionError(
                f"a cubemap of {face_size} pixels, near {near:g}, far {far:g} cannot be taken",
                hint="The size must be positive, and near above 0 and below far.",
            )
        self.face_size = face_size
        self.overscan = overscan
        fov = 2 * math.atan(1 + 2 * overscan / face_size)
        self.cameras = tuple(
            FaceCamera(
                face=face,
                size=face_size + 2 * overscan,
                fov=fov,
                position=position,
                near=near,
                far=far,
            )
            for face in FACES
        )

    def capture(self, draw: Callable[[FaceCamera], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Draw every face. Shape (6, S, S, channels), uint8.

        Raises:
            ValueError: a picture has not the camera's size.
        """
        faces: NDArray[np.uint8] | None = None
        for index, camera in enumerate(self.cameras):
            picture = draw(camera)
            if picture.shape[:2] != (camera.size, camera.size):
                raise ValueError(
                    f"face {camera.face} is {picture.shape[1]}x{picture.shape[0]}, "
                    f"not {camera.size}x{camera.size}"
                )
            if faces is None:
                faces = np.empty((6, *picture.shape), np.uint8)
            faces[index] = picture
        assert faces is not None
        return faces
