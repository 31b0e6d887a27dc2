"""What water shows at the edges of a picture."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.particles import steady_layer

from helios.model.formats import Projection
from helios.scene.kernels.cpu import packing
from helios.scene.kernels.cpu.crowd import gather
from helios.scene.kernels.cpu.packed_view import packed
from helios.scene.kernels.cpu.water import _WAVES, _inside, flood
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import BodyFrame
from helios.scene.kernels.view import View, look

BLACK = (0.0, 0.0, 0.0)


def reflected(
    mirror: NDArray[np.float32], view: View, time_s: float, waves: float = 1.0
) -> NDArray[np.float32]:
    """What ``mirror`` becomes in water half a unit below the camera; no light of its own."""
    out = np.zeros_like(mirror)
    numbers = np.array([-0.5, time_s, waves, 1.0, *BLACK])
    base, gain = np.zeros_like(mirror), np.float32(0)
    flood(base, gain, mirror, packed(view), numbers, out, 0, view.height)
    return out


def around(yaw: float, width: int = 256) -> View:
    ahead = (float(np.sin(yaw)), 0.0, -float(np.cos(yaw)))
    return look((0, 0, 0), ahead, width, width // 2, 50, Projection.EQUIRECT)


def sphere(view: View) -> NDArray[np.float32]:
    """A picture without a seam: it depends on the place on the sphere alone."""
    lon = 2 * np.pi * (np.arange(view.width) + 0.5) / view.width
    lat = np.pi * (0.5 - (np.arange(view.height) + 0.5) / view.height)
    x, z = np.cos(lat)[:, None] * np.sin(lon), np.cos(lat)[:, None] * np.cos(lon)
    light = 2 + np.sin(4 * x) + np.cos(5 * z) + np.sin(3 * lat)[:, None]
    return np.repeat(light[None], 3, axis=0).astype(np.float32)


@pytest.mark.parametrize("time_s", [0.0, 1.3, 7.4, 22.0])
@pytest.mark.parametrize("width", [256, 512])
def test_water_goes_on_across_the_meridian(time_s: float, width: int) -> None:
    view = around(0.0, width)
    water = reflected(sphere(view), view, time_s)[0, view.height // 2 :]
    steps = np.abs(np.diff(water, axis=1, append=water[:, :1]))
    assert water.max() > 0.1
    at_the_seam = steps[:, -1]
    beside = np.maximum(steps[:, -6:-1].max(axis=1), steps[:, :5].max(axis=1))
    assert (at_the_seam <= 1.5 * beside + 0.01).all()


def test_water_is_the_same_wherever_the_meridian_lies() -> None:
    """Half a turn moves the seam to the middle of the picture, and nothing else."""
    one, two = around(0.0), around(np.pi)
    picture = sphere(one)
    turned = np.roll(picture, one.width // 2, axis=2)
    here = reflected(picture, one, 3.0)
    there = np.roll(reflected(turned, two, 3.0), -one.width // 2, axis=2)
    sun = np.abs(here - there)
    assert here.max() > 0.1
    assert sun[:, : 7 * one.height // 8].max() < 0.02


@pytest.mark.parametrize("time_s", [0.0, 1.3, 7.4])
def test_what_is_right_above_is_no_ring_right_below(time_s: float) -> None:
    view = around(0.0, 512)
    star = np.zeros((3, view.height, view.width), np.float32)
    star[:, -6:] = 1.0  # as if seen upside down already
    water = reflected(star, view, time_s)[0]
    lit = water.mean(axis=1) / water.mean(axis=1).max()
    assert lit[-1] > 0.9, "it is where it would be without waves"
    assert lit[:-9].max() < 0.05


@pytest.mark.parametrize("shift", [-300.0, -9.0, -0.3, 0.0, 0.3, 9.0, 300.0])
def test_no_star_is_seen_twice_at_an_edge(shift: float) -> None:
    """What lies beyond an edge is not folded in: columns keep their order and their direction."""
    places = [_inside(float(x), shift, 319.0) for x in range(320)]
    assert min(places) >= 0.0
    assert max(places) <= 319.0
    assert (np.diff(places) >= 0).all()
    assert all((place - x) * shift >= 0 for x, place in enumerate(places))
    far = [x for x in range(320) if 2 * abs(shift) <= (319 - x if shift > 0 else x)]
    assert all(places[x] == x + shift for x in far)


@pytest.mark.parametrize("projection", [Projection.PERSPECTIVE, Projection.EQUIRECT_180])
def test_water_shows_the_side_that_a_place_is_on(projection: Projection) -> None:
    view = look((0, 0, 0), (0, -0.3, -1), 320, 200, 70, projection)
    ones = np.ones((3, view.height, view.width), np.float32)
    mirror = ones * np.arange(view.width, dtype=np.float32)
    flat, found = reflected(ones, view, 2.2), reflected(mirror, view, 2.2)
    where = found[0] / np.maximum(flat[0], 1e-6)
    assert (where[flat[0] > 1e-3] <= view.width - 1).all()
    assert where[-40:, 160:].mean() > where[-40:, :160].mean() + 100


def test_waves_are_exact_after_hours() -> None:
    """Where the waves bend the picture, as written down in their table, column for column."""
    time_s = 10_000.3
    view = look((0, 0, 0), (0, -0.3, -1), 320, 200, 70, Projection.PERSPECTIVE)
    ones = np.ones((3, view.height, view.width), np.float32)
    mirror = ones * np.arange(view.width, dtype=np.float32)
    flat, found = reflected(ones, view, time_s), reflected(mirror, view, time_s)
    x, y = np.meshgrid(np.arange(320.0), np.arange(200.0))
    a, b = (x + 0.5 - 160) / view.focal_px, (100 - y - 0.5) / view.focal_px
    axes = view.right, view.up, view.forward
    rays = [a * axes[0][i] + b * axes[1][i] + axes[2][i] for i in range(3)]
    far = -0.5 / np.minimum(rays[1] / np.sqrt(a * a + b * b + 1), -1e-9)
    across, along = (ray / np.sqrt(a * a + b * b + 1) * far for ray in (rays[0], rays[2]))
    steep = sum(
        np.cos(f * (dx * across + dz * along) + s * time_s) * h * f * dx
        for f, h, s, dx, dz in _WAVES
    )
    bent = 0.4 * steep / (1 + 0.12 * far) * 0.75 * np.sqrt(320 * 200)
    near = (far < 20) & (np.abs(x - 160) < 60) & (flat[0] > 0.01)
    assert np.abs(bent[near]).max() > 2
    assert np.allclose((found[0] / np.maximum(flat[0], 1e-6) - x)[near], bent[near], atol=0.03)


def test_a_place_behind_the_picture_is_inside_it() -> None:
    for size in (2, 4, 16):
        view = replace(around(0.0, 16), width=2 * size, height=size)
        assert np.isfinite(reflected(sphere(view), view, 1.0, waves=50.0)).all()


@pytest.mark.parametrize(("above", "share"), [(1.0, 1.0), (0.25, 1.0), (0.125, 0.5), (-0.5, 0.0)])
def test_water_shows_only_what_is_above_it(above: float, share: float) -> None:
    height, view = -1.0, look((0, 0, 0), (0, 0, -1), 64, 36, 60, Projection.PERSPECTIVE)
    layers = (steady_layer((0.0, height + above, -4.0), 0.4),)
    lights = []
    for mirror in (None, height):
        with closing(Workers(1)) as workers:
            store = np.zeros((1, packing.SPRITE), np.float32)
            gather(workers, layers, view, 5.0, store, mirror)
        lights.append(float(store[0, packing.RED]) if store[0, packing.R] > 0 else 0.0)
    assert lights[0] > 0
    assert lights[1] == pytest.approx(share * lights[0], abs=0.02 * lights[0])


def test_water_does_not_show_what_lies_on_it() -> None:
    """Of three particles the middle one; and a body is behind the last, as it was."""
    height, view = -1.0, look((0, 0, 0), (0, 0, -1), 64, 36, 60, Projection.PERSPECTIVE)
    layers = [steady_layer((x, 0.0, -4.0), 0.4) for x in (-1.0, 0.0, 1.0)]
    layers[1] = replace(layers[1], is_mirrored=False)
    body = BodyFrame(centre=(0.0, 0.5, -3.0), radius=0.2, opacity=1.0, softness=0.1, after=2)
    seen = {}
    for mirror in (None, height):
        with closing(Workers(1)) as workers:
            store = np.full((4, packing.SPRITE), -1, np.float32)
            gather(workers, tuple(layers), view, 5.0, store, mirror, body)
        seen[mirror] = store[:, packing.X]
    assert (seen[None] >= 0).all()
    assert seen[height].tolist() == [*seen[None][[0, 2, 3]], -1.0]
