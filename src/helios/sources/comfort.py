"""How near a scene comes to the viewer's eyes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from helios.model.formats import Projection
from helios.scene.kernels import packing as k
from helios.scene.kernels.cpu.crowd import gather
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.scene import Scene, SceneSettings

LOOKS = 24
"""Frames that are looked at, over the whole film."""
SEEN = 1 / 1024
"""Linear light under which a particle is not counted."""
_WIDTH, _CIRCLE = 4096, 0.01


def nearest_content(settings: SceneSettings) -> float:
    """Level distance from the viewer to the nearest particle, in world units; inf without any.

    Measured as eyes do it: the same particles from two eyes, and how far apart they appear. What
    is high above or deep below is not counted; there both eyes see the same.
    """
    scene = Scene(
        replace(settings, projection=Projection.EQUIRECT, width=_WIDTH, height=_WIDTH // 2)
    )
    workers, nearest = Workers(1), math.inf
    last = settings.total_frames - 1
    try:
        for number in sorted({round(last * n / (LOOKS - 1)) for n in range(LOOKS)}):
            frame = scene.frame(number)
            store = np.zeros((2, sum(layer.count for layer in frame.layers), k.SPRITE), np.float32)
            for eye, sprites in zip((-_CIRCLE, _CIRCLE), store, strict=True):
                view = replace(frame.view, eye_m=eye)
                gather(workers, frame.layers, view, frame.time_s, sprites)
            nearest = min(nearest, _nearest(*store))
    finally:
        scene.close()
        workers.close()
    return nearest


def _nearest(left: np.ndarray, right: np.ndarray) -> float:
    seen = (left[:, k.R] > 0) & (left[:, k.RED :].max(axis=1, initial=0) > SEEN)
    level = np.abs(left[:, k.Y] / (_WIDTH // 2) - 0.5) < 1 / 3
    apart = (left[:, k.X] - right[:, k.X])[seen & level] * (2 * math.pi / _WIDTH)
    if not apart.size:
        return math.inf
    angle = float(np.max((apart + math.pi) % (2 * math.pi) - math.pi))
    return _CIRCLE / math.sin(angle / 2) if angle > 0 else math.inf
