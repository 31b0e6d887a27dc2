"""What the kernels put where."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.particles import steady_layer

from helios.model.formats import Projection
from helios.model.picture import Picture, PixelFormat
from helios.projection.rays import fulldome_rays
from helios.scene.kernels.backend import open_kernels
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu.crowd import Crowd, gather
from helios.scene.kernels.cpu.glow import spilled
from helios.scene.kernels.cpu.splat import splat
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import LayerFrame, SceneFrame
from helios.scene.kernels.view import View, look

ONE = Workers(1)


def a_view(projection: Projection = Projection.PERSPECTIVE, w: int = 320, h: int = 180) -> View:
    return look((0, 0, 0), (0, 0, -1), w, h, 50, projection)


def crowd_of(layer: LayerFrame, view: View) -> Crowd:
    return gather(ONE, (layer,), view, 1.0, np.zeros((layer.count, k.SPRITE), np.float32))


def light_of(layer: LayerFrame, view: View) -> NDArray[np.float32]:
    crowd = crowd_of(layer, view)
    base = np.zeros((3, view.height, view.width), np.float32)
    out = np.empty_like(base)
    splat(base, np.float32(0), crowd.listed, crowd.starts, crowd.view, out, 0, crowd.bands)
    return out


def centre(light: NDArray[np.float32]) -> tuple[float, float]:
    """Where the light's middle is, in pixels."""
    y, x = np.mgrid[: light.shape[1], : light.shape[2]] + 0.5
    total = light[0].sum()
    return float((light[0] * x).sum() / total), float((light[0] * y).sum() / total)


def drawn(frame: SceneFrame, format_: PixelFormat) -> Picture:
    kernels = open_kernels(format=format_, threads=1)
    try:
        return kernels.submit(frame).result()
    finally:
        kernels.close()


def a_frame(view: View, *layers: LayerFrame) -> SceneFrame:
    return SceneFrame(
        number=0, time_s=1.0, views=(view,), layers=layers, sky=None, sky_gain=1, exposure=1
    )


def test_particle_is_a_gaussian_of_world_size() -> None:
    view, at, diameter = a_view(), (0.5, 0.3, -4.0), 1.1
    light = light_of(steady_layer(at, diameter), view)
    x, y = 160 + view.focal_px * 0.5 / 4, 90 - view.focal_px * 0.3 / 4
    radius = diameter / 2 * view.focal_px / 4
    py, px = np.mgrid[:180, :320] + 0.5
    u = ((px - x) ** 2 + (py - y) ** 2) / radius**2
    floor = math.exp(-4.5)
    expected = np.where(u < 1, (np.exp(-4.5 * u) - floor) / (1 - floor), 0)
    assert np.abs(light[0] - expected).max() < 1e-3


@pytest.mark.parametrize("diameter", [0.02, 0.1, 0.4])
def test_light_grows_with_the_square_of_the_picture_size(diameter: float) -> None:
    layer = steady_layer((0.4, 0.2, -5.0), diameter)
    small = light_of(layer, a_view(w=320, h=180))
    large = light_of(layer, a_view(w=1280, h=720))
    assert large.sum() == pytest.approx(16 * small.sum(), rel=0.04)


def test_small_particle_beside_the_edge_is_the_same_as_inside() -> None:
    layer = steady_layer((0, 0, -5), 0.1)
    inside = light_of(layer, a_view())
    crowd = crowd_of(layer, a_view())
    crowd.listed[:, k.X] = 0.5 + (crowd.listed[:, k.X] % 1)
    base = np.zeros((3, 180, 320), np.float32)
    out = np.empty_like(base)
    splat(base, np.float32(0), crowd.listed, crowd.starts, crowd.view, out, 0, crowd.bands)
    peak = int(inside[0].max(0).argmax())
    assert np.abs(out[0][:, 0] - inside[0][:, peak]).max() < 2e-3 or out[0][:, 0].max() > 0


def test_a_smaller_picture_shows_the_same_angle() -> None:
    whole, small = a_view(), a_view().scaled(4)
    assert small.width / small.focal_px == pytest.approx(whole.width / whole.focal_px)
    assert small.height / small.focal_px == pytest.approx(whole.height / whole.focal_px, rel=0.05)


def test_particle_behind_the_camera_is_not_drawn() -> None:
    assert light_of(steady_layer((0, 0, 3.0), 1.0), a_view()).max() == 0


@pytest.mark.parametrize("azimuth", range(0, 360, 45))
def test_equirect_places_directions_and_goes_on_across_the_edge(azimuth: int) -> None:
    view = a_view(Projection.EQUIRECT, 360, 180)
    a, e = math.radians(azimuth), math.radians(30)
    at = (5 * math.sin(a) * math.cos(e), 5 * math.sin(e), -5 * math.cos(a) * math.cos(e))
    light = light_of(steady_layer(at, 0.8), view)
    rolled = np.roll(light, 180 - (azimuth + 180) % 360, axis=2)
    x, y = centre(rolled)
    assert (x, y) == pytest.approx((180, 60), abs=0.3)


def test_particle_over_the_pole_covers_every_column() -> None:
    light = light_of(steady_layer((0, 5, -0.2), 2.0), a_view(Projection.EQUIRECT, 256, 128))
    assert (light[0, 0] > 0.5).all()
    assert light[0, 64:].max() == 0


@pytest.mark.parametrize("azimuth", range(0, 360, 30))
def test_eyes_see_the_right_depth_in_every_direction(azimuth: int) -> None:
    from dataclasses import replace

    view, r, a = a_view(Projection.EQUIRECT, 4096, 2048), 0.032, math.radians(azimuth)
    for distance in (1.0, 2.0, 5.0):
        for elevation in (-60, -30, 0, 30, 60):
            height = distance * math.tan(math.radians(elevation))
            layer = steady_layer((distance * math.sin(a), height, -distance * math.cos(a)), 0.1)
            left, right = (
                crowd_of(layer, replace(view, eye_m=eye)).sprites[0, k.X] for eye in (-r, r)
            )
            apart = ((left - right + 2048) % 4096 - 2048) * 2 * math.pi / 4096
            assert apart == pytest.approx(2 * math.asin(r / distance), abs=1e-4)


def test_eyes_meet_at_the_poles() -> None:
    from dataclasses import replace

    view = a_view(Projection.EQUIRECT, 512, 256)
    layer = steady_layer((0.3, 4.0, -0.4), 0.3)
    left, right = (light_of(layer, replace(view, eye_m=eye)) for eye in (-0.032, 0.032))
    assert np.abs(left - right).max() < 1e-4


def test_the_half_sphere_looks_ahead() -> None:
    view = a_view(Projection.EQUIRECT_180, 128, 128)
    assert centre(light_of(steady_layer((0, 0, -5), 1.0), view)) == pytest.approx((64, 64), abs=0.1)
    assert light_of(steady_layer((0, 0, 5), 0.5), view).max() == 0


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((0, 5, 0), (64, 64)),
        ((0, 4, -4), (64, 96)),
        ((0, 4, 4), (64, 32)),
        ((4, 4, 0), (96, 64)),
        ((-4, 4, 0), (32, 64)),
    ],
    ids=["zenith", "ahead", "behind", "right", "left"],
)
def test_a_dome_has_the_zenith_in_its_middle_and_ahead_at_the_bottom(
    at: tuple[float, float, float], expected: tuple[float, float]
) -> None:
    view = a_view(Projection.FULLDOME, 128, 128)
    assert centre(light_of(steady_layer(at, 0.5), view)) == pytest.approx(expected, abs=0.1)
    columns, rows = (int(side) for side in expected)
    rays, inside = fulldome_rays(128)
    ray = rays[rows - 1 : rows + 1, columns - 1 : columns + 1].mean((0, 1))
    assert ray == pytest.approx(np.array(at) / np.linalg.norm(at), abs=1e-2)
    assert inside[rows, columns]


def test_outside_the_dome_there_is_nothing() -> None:
    view = a_view(Projection.FULLDOME, 128, 128)
    (rgb,) = drawn(a_frame(view, steady_layer((0, 1, -5), 9, (4, 4, 4))), PixelFormat.RGB24).planes
    _, inside = fulldome_rays(128)
    assert rgb[~inside].max() == 0
    assert rgb[126, 64].min() > 100


def test_yuv_is_bt709_limited_of_the_rgb() -> None:
    view = a_view(w=64, h=36)
    frame = a_frame(
        view,
        steady_layer((0.4, 0.1, -4), 2.5, (0.9, 0.2, 0.05)),
        steady_layer((-0.8, 0, -4), 2, (0, 0.3, 1)),
    )
    (rgb,) = drawn(frame, PixelFormat.RGB24).planes
    luma, cb, cr = (p.astype(float) for p in drawn(frame, PixelFormat.YUV420P).planes)
    r, g, b = rgb.astype(float).transpose(2, 0, 1) - 0.5 + 0.5
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    assert np.abs(luma - (16 + y * 219 / 255)).max() < 1.6
    left_sited = [
        ((p[:, :-2:2] + 2 * p[:, 1:-1:2] + p[:, 2::2]) / 4)[:, :]
        for p in (np.pad(v, ((0, 0), (1, 0)), "edge") for v in ((b - y) / 1.8556, (r - y) / 1.5748))
    ]
    for plane, expected in zip((cb, cr), left_sited, strict=True):
        rows = (expected[0::2] + expected[1::2]) / 2 * 224 / 255 + 128
        assert np.abs(plane - rows).max() < 2


def test_tone_keeps_dim_light_and_never_reaches_white() -> None:
    view = a_view(w=64, h=36)
    dim = steady_layer((0, 0, -2), 50.0, (0.2, 0.1, 0.05))
    (rgb,) = drawn(a_frame(view, dim), PixelFormat.RGB24).planes
    light = np.array([0.2, 0.1, 0.05])
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert rgb[18, 32] == pytest.approx(expected, abs=2)
    burning = steady_layer((0, 0, -2), 50.0, (30.0, 8.0, 1.0))
    (rgb,) = drawn(a_frame(view, burning), PixelFormat.RGB24).planes
    red, green, blue = (int(c) for c in rgb[18, 32])
    assert 255 >= red > green > blue
    assert blue < 230


def test_dither_turns_steps_into_noise() -> None:
    view = a_view(w=512, h=64)
    slope = steady_layer((0, 0, -4), 40.0, (0.004, 0.004, 0.004))
    luma = drawn(a_frame(view, slope), PixelFormat.YUV420P).planes[0].astype(float)
    assert luma.mean() % 1 > 0
    assert len(np.unique(luma[30:34, 250:260])) >= 2


def test_odd_bands_at_the_bottom_are_drawn() -> None:
    view = a_view(w=66, h=50)
    planes = drawn(a_frame(view, steady_layer((0, 0, -2), 50.0)), PixelFormat.YUV420P).planes
    assert [p.shape for p in planes] == [(50, 66), (25, 33), (25, 33)]
    assert planes[0][-1].min() > 100


@pytest.mark.parametrize("count", [1, k.BLOCK - 1, k.BLOCK + 1, 2 * k.BLOCK, 3 * k.BLOCK + 7])
def test_every_particle_of_a_layer_is_placed(count: int) -> None:
    layer = steady_layer((0, 0, -5), 0.2, count=count)
    sprites = np.zeros((count, k.SPRITE), np.float32)
    gather(ONE, (layer,), a_view(), 1.0, sprites)
    assert (sprites != 0).any(axis=1).all()


@pytest.mark.parametrize("x", [0.0, 0.2])
def test_glow_goes_around_where_the_picture_does(x: float) -> None:
    view = a_view(Projection.EQUIRECT, 512, 256)

    def light(at: tuple[float, float, float]) -> NDArray[np.float32]:
        layer = steady_layer(at, 1.0)
        return spilled(ONE, crowd_of(layer, view), view, 0.05)[0]

    before, behind = light((-x, 0, -5)), light((x, 0, 5))
    turned = np.roll(before, before.shape[1] // 2, axis=1)
    assert behind[:, [0, -1]].max() > 0.1 * before.max()
    np.testing.assert_allclose(behind, turned, atol=0.01 * before.max())


@pytest.mark.parametrize("bad", [0, 7, 11])
@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_in_a_thread_fails(bad: int, threads: int) -> None:
    def work(first: int, last: int) -> None:
        if first <= bad < last:
            raise MemoryError("no room")

    workers = Workers(threads)
    try:
        with pytest.raises(MemoryError, match="no room"):
            workers.share(work, 12)
        done: list[int] = []
        workers.share(lambda first, last: done.extend(range(first, last)), 12)
        assert sorted(done) == list(range(12))
    finally:
        workers.close()
