"""Omni-directional stereo: two eyes that are right in every direction at once.

Each eye's rays are tangent to a *viewing circle* of radius ``r = IPD / 2`` (Google, *Rendering
Omni-directional Stereo Content*). Rays keep the direction of the mono picture (zero convergence),
so what is infinitely far is the same for both eyes, and may be drawn once. Towards the poles, where
no pair of eyes can be right, the circle shrinks to nothing between 60 and 75 degrees of elevation.
"""

from __future__ import annotations

import math

import numpy as np

from helios.projection.rays import Floats, angles, directions, equirect_angles

DEFAULT_IPD_M = 0.064
"""Distance between the eyes in metres; people have 0.054 to 0.074."""
FADE_START = math.radians(60)
FADE_END = math.radians(75)
COMFORT_DISTANCE_M = 0.5
LEFT, RIGHT = -1, 1


def eye_radius(latitude: Floats, radius: float) -> Floats:
    """The viewing circle's radius at an elevation.

    ``r cos(pi/2 clamp((|lat| - 60 deg) / 15 deg, 0, 1))``: as Blender merges its poles.
    """
    part = np.clip((np.abs(latitude) - FADE_START) / (FADE_END - FADE_START), 0, 1)
    faded: Floats = radius * np.where(part < 1, np.cos(math.pi / 2 * part), 0.0)
    return faded


def ods_rays(width: int, height: int, eye: int, radius: float) -> tuple[Floats, Floats]:
    """(origins, unit directions) of one eye's equirectangular picture. Shapes (H, W, 3).

    ``O = s r(lat) (cos lon, 0, sin lon)`` with ``s`` -1 for the left and 1 for the right eye; the
    direction is that of the mono picture.
    """
    longitude, latitude = equirect_angles(width, height)
    reach = eye * eye_radius(latitude, radius)[:, None]
    across = np.stack((np.cos(longitude), np.zeros(width), np.sin(longitude)), axis=-1)
    return reach[..., None] * across, directions(longitude[None, :], latitude[:, None])


def place_points(
    points: Floats, eye: int, radius: float
) -> tuple[Floats, Floats, Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """(longitude, latitude, distance along the ray, visible) of points for one eye.

    With ``h = hypot(x, z)``: ``lon = atan2(x, -z) - s asin(r / h)``, ``q = sqrt(h^2 - r^2)``,
    ``lat = atan2(y, q)``. This is the exact ray of ``ods_rays`` through the point. The pole fade is
    taken at the point's own mono elevation. Points inside the circle (``h <= r``) are not visible.
    """
    longitude, elevation = angles(points)
    level = np.hypot(points[..., 0], points[..., 2])
    reach = eye_radius(elevation, radius)
    visible = level > reach
    far = np.where(visible, level, np.inf)
    longitude = longitude - eye * np.arcsin(reach / far)
    along = np.sqrt(np.where(visible, level * level - reach * reach, 0.0))
    longitude = (longitude + math.pi) % (2 * math.pi) - math.pi
    return longitude, np.arctan2(points[..., 1], along), np.hypot(along, points[..., 1]), visible


def displaced_points(points: Floats, eye: int, radius: float) -> Floats:
    """Points moved so that an ordinary mono camera at the origin sees what the eye sees.

    ``P' = (q sin lon, y, -q cos lon)``: what a WebGL page's vertex shader would compute for stereo
    that is right all around.
    """
    longitude, latitude, distance, _ = place_points(points, eye, radius)
    moved: Floats = directions(longitude, latitude) * distance[..., None]
    return moved


def disparity(level_distance: float, radius: float) -> float:
    """Angle in radians between the eyes' pictures of a point: ``2 asin(r / h)``."""
    return 2 * math.asin(min(1.0, radius / level_distance))


def comfort_warning(nearest_m: float, ipd_m: float = DEFAULT_IPD_M) -> str:
    """What to tell the maker of a film whose nearest content is this far away; else empty.

    Eyes further apart than people's make everything look nearer, by as much.
    """
    seen_m = nearest_m * DEFAULT_IPD_M / ipd_m if ipd_m > 0 else math.inf
    if seen_m >= COMFORT_DISTANCE_M:
        return ""
    return (
        f"the nearest content looks {seen_m:.2f} m away; below {COMFORT_DISTANCE_M} m eyes cannot "
        "join the two pictures comfortably: lower --unit-scale or --ipd"
    )
