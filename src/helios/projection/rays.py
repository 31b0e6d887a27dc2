"""Where each pixel looks: the geometry of every projection.

One frame of reference throughout: x to the right, y up, -z straight ahead. Longitude (yaw) grows
to the right from 0 ahead, latitude (elevation) grows upwards, both in radians. Pixel centres are
at half-integers: the pixel in column ``i`` and row ``j`` is sampled at ``(i + 0.5, j + 0.5)``, and
positions handed out as pixel coordinates count pixel centres as whole numbers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FULL_CIRCLE = 2 * math.pi


def directions(longitude: Floats, latitude: Floats) -> Floats:
    """Unit vectors: ``(sin lon cos lat, sin lat, -cos lon cos lat)``. Shape (..., 3)."""
    longitude, latitude = np.broadcast_arrays(longitude, latitude)
    level = np.cos(latitude)
    return np.stack(
        (np.sin(longitude) * level, np.sin(latitude), -np.cos(longitude) * level), axis=-1
    )


def angles(vectors: Floats) -> tuple[Floats, Floats]:
    """(longitude, latitude) of vectors of any length; longitude in (-pi, pi]."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))


def rotation(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> Floats:
    """The matrix that turns straight ahead to ``yaw``, ``pitch`` after rolling clockwise.

    ``R = Ry(-yaw) Rx(pitch) Rz(-roll)`` with right-handed rotations, angles in radians.
    """
    (cy, sy), (cp, sp), (cr, sr) = ((math.cos(a), math.sin(a)) for a in (yaw, pitch, roll))
    turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    lift = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    matrix: Floats = turn @ lift @ tilt
    return matrix


def equirect_angles(
    width: int, height: int, *, coverage: float = FULL_CIRCLE
) -> tuple[Floats, Floats]:
    """(longitudes of the columns, latitudes of the rows) at pixel centres.

    ``lon = coverage ((i + 0.5) / W - 0.5)``, ``lat = pi (0.5 - (j + 0.5) / H)``. ``coverage`` is
    2 pi for the full sphere and pi for its front half (VR180).
    """
    longitude = coverage * ((np.arange(width) + 0.5) / width - 0.5)
    latitude = math.pi * (0.5 - (np.arange(height) + 0.5) / height)
    return longitude, latitude


def equirect_rays(width: int, height: int, *, coverage: float = FULL_CIRCLE) -> Floats:
    """Unit directions of an equirectangular picture. Shape (H, W, 3)."""
    longitude, latitude = equirect_angles(width, height, coverage=coverage)
    return directions(longitude[None, :], latitude[:, None])


def equirect_pixels(
    vectors: Floats, width: int, height: int, *, coverage: float = FULL_CIRCLE
) -> tuple[Floats, Floats]:
    """(columns, rows) at which vectors appear: the inverse of ``equirect_rays``.

    Columns run from -0.5 to ``width`` - 0.5; with less than full coverage they may lie outside.
    """
    longitude, latitude = angles(vectors)
    columns = (longitude / coverage + 0.5) * width - 0.5
    rows = (0.5 - latitude / math.pi) * height - 0.5
    return columns, rows


def perspective_rays(
    width: int, height: int, *, fov: float, turned: Floats | None = None
) -> Floats:
    """Unit directions of a flat picture ``fov`` radians wide. Shape (H, W, 3).

    ``d = ((2i + 1 - W) / W tan(fov / 2), -(2j + 1 - H) / W tan(fov / 2), -1)``, normalised and
    turned by the matrix ``turned``.
    """
    scale = math.tan(fov / 2) / width
    x = (2 * np.arange(width) + 1 - width) * scale
    y = -(2 * np.arange(height) + 1 - height) * scale
    rays = np.stack(
        (*np.broadcast_arrays(x[None, :], y[:, None]), np.full((height, width), -1.0)), axis=-1
    )
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    turned_rays: Floats = rays if turned is None else rays @ turned.T
    return turned_rays


def fulldome_rays(size: int, *, aperture: float = math.pi) -> tuple[Floats, NDArray[np.bool_]]:
    """(unit directions, whether the pixel is on the dome) of a dome master.

    Angular fisheye: the angle from the zenith is proportional to the radius and reaches
    ``aperture / 2`` at the rim. The zenith is in the middle, straight ahead at the bottom, right
    on the right: what one sees lying down, feet forward. Shapes (S, S, 3) and (S, S).
    """
    axis = (2 * np.arange(size) + 1 - size) / size
    x, down = np.broadcast_arrays(axis[None, :], axis[:, None])
    radius = np.hypot(x, down)
    away = np.minimum(radius, 1) * aperture / 2
    side = np.sin(away) / np.maximum(radius, 1e-12)
    rays = np.stack((x * side, np.cos(away), -down * side), axis=-1)
    return rays, radius <= 1
