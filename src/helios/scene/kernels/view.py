"""How directions and points of the world become pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from helios.model.formats import Projection

Vec = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A camera and the picture it fills.

    ``focal_px`` is used by the perspective projection only. ``eye_m`` is the signed radius of
    the viewing circle of omnidirectional stereo: negative left, positive right, 0 mono.
    """

    projection: Projection = Projection.PERSPECTIVE
    width: int
    height: int
    focal_px: float
    position: Vec
    right: Vec
    up: Vec
    forward: Vec
    eye_m: float = 0.0

    def moved(self, distance: float) -> View:
        """The same view from further to the right."""
        if not distance:
            return self
        x, y, z = (p + distance * r for p, r in zip(self.position, self.right, strict=True))
        return replace(self, position=(x, y, z))

    def scaled(self, divisor: int) -> View:
        """The same view in a picture ``divisor`` times smaller."""
        width, height = -(-self.width // divisor), -(-self.height // divisor)
        return replace(self, width=width, height=height, focal_px=self.focal_px / divisor)


def look(
    position: Vec, target: Vec, width: int, height: int, fov: float, projection: Projection
) -> View:
    """A level camera at ``position`` looking at ``target``.

    ``fov`` is the upright angle in degrees of a 16:9 picture; other shapes keep the area an
    object covers, so that a portrait film shows the same scene.
    """
    forward = _unit(tuple(t - p for t, p in zip(target, position, strict=True)))
    right = _unit(_cross(forward, (0.0, 1.0, 0.0)))
    up = _cross(right, forward)
    effective = 0.75 * math.sqrt(width * height)
    focal = effective / 2 / math.tan(math.radians(fov) / 2)
    return View(
        projection=projection,
        width=width,
        height=height,
        focal_px=focal,
        position=position,
        right=right,
        up=up,
        forward=forward,
    )


def _unit(v: tuple[float, ...]) -> Vec:
    length = math.sqrt(sum(c * c for c in v))
    if length < 1e-9:
        return (0.0, 0.0, -1.0)
    return (v[0] / length, v[1] / length, v[2] / length)


def _cross(a: Vec, b: Vec) -> Vec:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
