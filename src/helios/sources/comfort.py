"""How near a scene comes to the viewer's eyes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from helios.model.formats import Projection, StereoLayout
from helios.scene.kernels.loops import Placed, placed
from helios.scene.scene import Scene, SceneSettings

LOOKS = 24
"""Frames that are looked at, over the whole film."""
STRAY = 0.01
"""Share of the particles' light that may be nearer: a spark that flies by tires no eyes."""
_WIDTH, _CIRCLE = 4096, 0.01


def nearest_content(settings: SceneSettings) -> float:
    """Level distance from the viewer to the nearest particles, in world units; inf without any.

    Measured as eyes do it: the same particles from two eyes, and how far apart they appear. What
    is high above or deep below is not counted; there both eyes see the same. Neither are single
    strays, by the light they bring to the picture.
    """
    scene = Scene(
        replace(
            settings,
            projection=Projection.EQUIRECT,
            width=_WIDTH,
            height=_WIDTH // 2,
            stereo=StereoLayout.TOP_BOTTOM,
            ipd=2 * _CIRCLE,
            is_offset=False,
        )
    )
    last = settings.total_frames - 1
    try:
        numbers = sorted({round(last * n / (LOOKS - 1)) for n in range(LOOKS)})
        return min(_nearest(*placed(scene.frame(number))) for number in numbers)
    finally:
        scene.close()


def _nearest(left: Placed, right: Placed) -> float:
    light = left.radius.astype(np.float64) ** 2 * left.colour.sum(axis=1, dtype=np.float64)
    light[np.abs(left.y / (_WIDTH // 2) - 0.5) >= 1 / 3] = 0
    if light.sum() <= 0:
        return math.inf
    apart = (left.x - right.x) * (2 * math.pi / _WIDTH)
    angle = (apart + math.pi) % (2 * math.pi) - math.pi
    order = np.argsort(-angle, kind="stable")
    nearer = np.cumsum(light[order])
    nearest = float(angle[order[np.searchsorted(nearer, STRAY * nearer[-1])]])
    return _CIRCLE / math.sin(nearest / 2) if nearest > 0 else math.inf
