"""Layers that draw lines, and particles that keep what they heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.particles import steady_layer

from helios.model.formats import Projection
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.crowd import gather
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import BANDS, Floats, LayerFrame
from helios.scene.kernels.view import look

ONE = Workers(1)
FPS, FRAMES = 30, 300
VIEW = look((0, 0, 10), (0, 0, -1), 320, 180, 50, Projection.PERSPECTIVE)


def quiet() -> Floats:
    """Size and light 1, level 0 throughout."""
    heard = np.ones((FRAMES, BANDS, 3), np.float32)
    heard[..., 2] = 0
    return heard


def a_layer(shape: str, count: int, heard: Floats, **style: Any) -> LayerFrame:
    layer = steady_layer((0, 0, 0), 0.1, count=count)
    changed = replace(
        layer.style, **{"shape": shape, "radius": 3.0, "fade_in": 0.0, "fade_hold": 1.0, **style}
    )
    return replace(layer, style=changed, spread=1.0, heard=heard)


def placed(layer: LayerFrame, time_s: float) -> Floats:
    """(count, 6): where each particle is, how large, in which light."""
    store = np.zeros((layer.count, k.SPRITE), np.float32)
    return gather(ONE, (layer,), VIEW, time_s, store).sprites.copy()


def units(sprites: Floats) -> tuple[Floats, Floats]:
    """World x and y of sprites at z = 0."""
    scale = np.float32(VIEW.focal_px / 10)
    return (
        (sprites[:, k.X] - 160) / scale,
        (90 - sprites[:, k.Y]) / scale,
    )


def test_what_is_heard_spreads_from_the_middle() -> None:
    heard = quiet()
    heard[30, :, 2] = 1.0
    flat = placed(a_layer("pillars", 400, heard, rows=400, radius=2.0, echo=2.0), 2.0)
    wave = a_layer("pillars", 400, heard, rows=400, radius=2.0, echo=2.0, lift=1.0)
    for time_s, moved in ((1.5, False), (2.0, True), (2.5, False)):
        rises = np.abs(placed(wave, time_s)[:, k.Y] - flat[:, k.Y]).max() > 3
        assert rises == moved


def test_a_particle_keeps_what_it_heard_when_it_was_born() -> None:
    heard = quiet()
    heard[..., 1] = 0.01
    heard[90:93, :, 1] = 1.0
    lines = a_layer(
        "line", 3000, heard, rows=300, life_s=10.0, drift=(0.0, 0.4, 0.0), remembers=True
    )
    for time_s in (4.0, 5.0, 8.0):
        sprites = placed(lines, time_s)
        _, y = units(sprites)
        lit = sprites[:, k.RED] > 0.5 * sprites[:, k.RED].max()
        assert y[lit].mean() == pytest.approx(0.4 * (time_s - 91 / FPS), abs=0.05)
        assert np.ptp(y[lit]) < 0.1


def test_a_loop_hears_low_at_the_bottom_and_high_at_the_top() -> None:
    low, high = quiet(), quiet()
    low[:, 0, 2], high[:, BANDS - 1, 2] = 1.0, 1.0
    _, down = units(placed(a_layer("loop", 720, low, rows=1, lift=1.0), 2.0))
    _, up = units(placed(a_layer("loop", 720, high, rows=1, lift=1.0), 2.0))
    assert (down.min(), down.max()) == pytest.approx((-4, 3), abs=0.02)
    assert (up.min(), up.max()) == pytest.approx((-3, 4), abs=0.02)


def test_a_loop_swirls_about_its_own_axis() -> None:
    low = quiet()
    low[:, 0, 2] = 1.0
    still = a_layer("loop", 720, low, rows=1, lift=1.0, life_s=100.0)
    turned = replace(still, style=replace(still.style, swirl=np.pi / 4))
    x, y = units(placed(turned, 2.0))
    assert (x.max(), y.min()) == pytest.approx((4, -3), abs=0.02)


def test_pillars_do_not_mirror_what_they_hear() -> None:
    """Of what was heard between low and high, one side has more than the other."""
    heard = quiet()
    heard[:, 3, 2] = 1.0
    x, y = units(placed(a_layer("pillars", 4000, heard, rows=400, lift=1.0, radius=0.5), 2.0))
    raised = y > 0.2
    assert 1.3 < np.count_nonzero(x[raised] > 0) / np.count_nonzero(x[raised] < 0) < 2


def test_a_line_has_no_end_in_sight() -> None:
    x, _ = units(sprites := placed(a_layer("line", 720, quiet(), rows=1), 2.0))
    light = sprites[np.argsort(x), k.RED]
    assert light[[0, -1]].max() < 0.01 * light[360]
    assert np.all(light[100:-100] == light[360])


def test_towers_are_lit_as_high_as_their_band_is_loud() -> None:
    heard = quiet()
    before = units(placed(a_layer("towers", 900, heard, rows=3, lift=2.0), 2.0))[1]
    heard[:, :, 2] = 1.0
    after = units(placed(a_layer("towers", 900, heard, rows=3, lift=2.0), 2.0))[1]
    assert np.ptp(before) < 0.01
    assert after.min() == pytest.approx(0, abs=0.05)
    assert after.max() > 0.5


def test_what_does_not_fade_is_there_when_its_life_begins() -> None:
    layer = a_layer("lattice", 400, quiet(), rows=4, life_s=4.0)
    lights = [placed(layer, time_s)[:, k.RED].sum() for time_s in (0.0, 2.0, 4.0, 7.99)]
    assert lights[0] > 0
    assert lights == pytest.approx([lights[0]] * 4)


def test_arches_rise_from_their_ball_as_high_as_they_heard() -> None:
    quietly = a_layer("arch", 4000, quiet(), rows=8, radius=2.0, lift=3.0, remembers=True)
    heard = quiet()
    heard[..., 2] = 1.0
    loudly = replace(quietly, heard=heard)
    low, high = (np.hypot(*units(placed(layer, 5.0))) for layer in (quietly, loudly))
    assert high.max() > low.max() + 0.3
    assert low.max() > 2.0


@pytest.mark.parametrize("shape", ["line", "loop", "lattice", "pillars", "towers", "arch"])
def test_rows_that_are_not_full_stay_within_the_layer(shape: str) -> None:
    heard = quiet()
    heard[..., 2] = np.linspace(0, 1, BANDS)
    sprites = placed(a_layer(shape, 19, heard, rows=4, lift=1.0), 3.0)
    x, y = units(sprites)
    assert np.isfinite(sprites).all()
    assert np.abs(x).max() < 8
    assert np.abs(y).max() < 8


def test_the_same_is_drawn_in_any_order() -> None:
    heard = np.random.default_rng(5).random((FRAMES, BANDS, 3)).astype(np.float32)
    layer = a_layer("arch", 300, heard, rows=6, lift=1.0, remembers=True, life_s=1.5)
    times = (1.0, 6.5, 3.2)
    once = [placed(layer, time_s) for time_s in times]
    again = [placed(layer, time_s) for time_s in reversed(times)]
    for one, other in zip(once, reversed(again), strict=True):
        assert np.array_equal(one, other)
