from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from helios.projection.rays import equirect_rays

Floats = NDArray[np.float64]
Scene = Callable[[Floats], Floats]


def fine_scene(width: int, seed: int = 1) -> Scene:
    """40 plane waves up to 0.85 of an equirect's Nyquist frequency, and stars, 600 at 1024."""
    count = 600 * width * width // 1024**2
    rng = np.random.default_rng(seed)
    axes = rng.normal(size=(40, 3))
    axes /= np.linalg.norm(axes, axis=1)[:, None]
    waves = axes * (rng.uniform(0.1, 1, 40) * 0.85 * width / 2)[:, None]
    phases = rng.uniform(0, 2 * math.pi, 40)
    stars = rng.normal(size=(count, 3))
    stars /= np.linalg.norm(stars, axis=1)[:, None]
    peaks = rng.uniform(0.1, 0.5, count)
    sigma = 2 * math.pi / width

    def draw(rays: Floats) -> Floats:
        flat = rays.reshape(-1, 3)
        value = np.full(len(flat), 0.4)
        for wave, phase in zip(waves, phases, strict=True):
            value += 0.02 * np.cos(flat @ wave + phase)
        order = np.argsort(flat[:, 1])
        heights = flat[order, 1]
        for star, peak in zip(stars, peaks, strict=True):
            reach = 4.5 * sigma
            low, high = np.searchsorted(heights, (star[1] - reach, star[1] + reach))
            near = order[low:high]
            away = 2 * (1 - flat[near] @ star)
            value[near] += peak * np.exp(-away / (2 * sigma * sigma))
        return value.reshape(rays.shape[:-1])

    return draw


def sampled(scene: Scene, width: int, times: int) -> Floats:
    """An equirect of the scene with ``times`` by ``times`` rays a pixel."""
    height = width // 2
    value = scene(equirect_rays(width * times, height * times))
    return value.reshape(height, times, width, times).mean(axis=(1, 3))


@pytest.fixture(scope="session")
def scene_width() -> int:
    return 512


@pytest.fixture(scope="session")
def scene(scene_width: int) -> Scene:
    return fine_scene(scene_width)


@pytest.fixture(scope="session")
def reference(scene: Scene, scene_width: int) -> Floats:
    return sampled(scene, scene_width, 4)


@pytest.fixture(scope="session")
def sample() -> Callable[[Scene, int, int], Floats]:
    return sampled
