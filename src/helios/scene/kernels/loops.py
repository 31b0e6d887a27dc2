"""Compiled loops that are not drawing: on the processor, whichever back end draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.crowd import gather, roomy
from helios.scene.kernels.cpu.curves import follow
from helios.scene.kernels.cpu.remap import CompiledLookup
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import Floats, SceneFrame

__all__ = ["CompiledLookup", "Placed", "follow", "placed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where one eye sees the particles of a frame; places and radii in pixels."""

    x: Floats
    y: Floats
    radius: Floats
    colour: Floats
    """(particles, 3), linear light."""


def placed(frame: SceneFrame) -> tuple[Placed, ...]:
    """Every particle of the frame as each of its views shows it, in the order of the layers."""
    workers, found = Workers(1), []
    for view in frame.views:
        store = roomy(np.zeros((0, k.SPRITE), np.float32), frame)
        sprites = gather(workers, frame.layers, view, frame.time_s, store, body=frame.body).sprites
        sprites = sprites[sprites[:, k.RED] >= 0]
        found.append(
            Placed(
                x=sprites[:, k.X],
                y=sprites[:, k.Y],
                radius=sprites[:, k.R],
                colour=sprites[:, k.RED :],
            )
        )
    return tuple(found)
