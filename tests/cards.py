"""A card to draw with where there is none: the drivers' own software, which tests name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from helios.errors import HeliosError
from helios.model.backends import Backend
from helios.model.picture import PixelFormat
from helios.scene.kernels.backend import Kernels, open_kernels
from helios.scene.kernels.frames import SceneFrame
from helios.scene.kernels.gpu.card import adapters


def software_adapter() -> str:
    """Its number; the test is skipped where there is none."""
    found = _found()
    if not found:
        pytest.skip("no software adapter: apt install mesa-vulkan-drivers")
    return found


@cache
def _found() -> str:
    try:
        return next((str(a.number) for a in adapters() if a.is_software), "")
    except HeliosError:
        return ""


def kernels_of(backend: Backend, format_: PixelFormat = PixelFormat.YUV420P) -> Kernels:
    """Kernels of any back end, of a card's by software."""
    adapter = software_adapter() if backend is Backend.GPU else ""
    return open_kernels(backend, format=format_, threads=1, adapter=adapter)


def few(frame: SceneFrame, count: int = 150) -> SceneFrame:
    """The frame with a few particles of each layer: software is slow where they crowd."""
    layers = tuple(replace(layer, count=max(1, min(count, layer.count))) for layer in frame.layers)
    return replace(frame, layers=layers)


def planes_of(kernels: Kernels, frame: SceneFrame) -> list[np.ndarray[Any, Any]]:
    """A picture's planes, our own."""
    return [np.array(plane) for plane in kernels.submit(frame).result().planes]


def decibels(
    one: list[np.ndarray[Any, Any]], other: list[np.ndarray[Any, Any]], top: int = 255
) -> float:
    """How near two pictures are, in the worst of their planes."""
    errors = [
        float(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))
        for a, b in zip(one, other, strict=True)
    ]
    return float(10 * np.log10(top**2 / max(*errors, 1e-9)))
