"""Fewer rays near the poles, and no less to see."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from helios.model.formats import Projection
from helios.scene.kernels.cpu import polar
from helios.scene.kernels.cpu.backdrop import Backdrop
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import SkyFrame
from helios.scene.kernels.view import look
from helios.scene.skies import star_nest_at
from helios.scene.template import Sky


@pytest.mark.parametrize("width", [1024, 1028, 4096, 5760, 8192])
def test_zones_hold_every_row_once_and_never_fall_behind_the_equator(width: int) -> None:
    height = width // 2
    zones = polar.zones(width, height)
    assert [first for first, _, _ in zones] == [0, *(last for _, last, _ in zones[:-1])]
    assert zones[-1][1] == height
    for first, last, step in zones:
        assert width % step == 0
        for row in (first, last - 1):
            latitude = math.pi * (0.5 - (row + 0.5) / height)
            assert step * math.cos(latitude) <= 1
    assert sum((last - first) / step for first, last, step in zones) < 0.82 * height


def test_small_pictures_have_a_ray_for_each_pixel() -> None:
    assert polar.zones(512, 256) == [(0, 256, 1)]


@pytest.mark.parametrize("step", [2, 4, 16])
def test_waves_survive_and_close_at_the_edge(step: int) -> None:
    width = 1024
    count = width // step
    wide, narrow = ((np.arange(n) + 0.5) / n * 2 * np.pi for n in (width, count))
    out = np.full((3, 4, width), np.nan, np.float32)
    out[:, :, :count] = 1 + np.cos(5 * narrow + 0.3)
    out[:, 0] = 7
    polar.widen(out, step, 1, 3)
    assert np.abs(out[:, 1:3] - (1 + np.cos(5 * wide + 0.3))).max() < 0.02
    assert (out[:, 0] == 7).all()


def seen(sky: Sky, samples: int) -> NDArray[np.float32]:
    """A sky of 1024x512 with the brightness of a screen."""
    view = look((0, 0, 0), (0, 0, -1), 1024, 512, 50, Projection.EQUIRECT)
    frame = SkyFrame(star_nest=star_nest_at(sky, 3.0), samples=samples)
    light = Backdrop(Workers(1)).draw(frame, view)
    return np.clip(light, 0, 1) ** np.float32(1 / 2.2)


def test_the_caps_are_as_sharp_as_the_middle() -> None:
    sky = Sky(preset="darkWorld1")
    error = ((seen(sky, 1) - seen(sky, 4)) ** 2).mean((0, 2))
    weight = np.cos(np.pi * (0.5 - (np.arange(512) + 0.5) / 512))

    def psnr(rows: slice) -> float:
        return float(-10 * np.log10(np.average(error[rows], weights=weight[rows])))

    middle = psnr(slice(128, 384))
    assert min(psnr(slice(0, 85)), psnr(slice(427, 512))) > middle - 2
