"""Compiled loops that are not drawing: on the processor, whichever back end draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.crowd import gather
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
    workers, total = Workers(1), sum(layer.count for layer in frame.layers)
    found = []
    for view in frame.views:
        sprites = np.zeros((total, k.SPRITE), np.float32)
        gather(workers, frame.layers, view, frame.time_s, sprites)
        found.append(
            Placed(
                x=sprites[:, k.X],
                y=sprites[:, k.Y],
                radius=sprites[:, k.R],
                colour=sprites[:, k.RED :],
            )
        )
    return tuple(found)
