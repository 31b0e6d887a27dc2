"""The sky against a slow, plain evaluation of the published formula in float64."""

from __future__ import annotations

import colorsys
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helios.errors import DecodeError, OptionError
from helios.model.formats import Projection
from helios.scene.colour import to_display, to_linear, turn_hue
from helios.scene.kernels.cpu.backdrop import Backdrop
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import SkyFrame
from helios.scene.kernels.view import View, look
from helios.scene.living import around_measures
from helios.scene.presets import sky_names
from helios.scene.skies import ImagePanorama, is_static, star_nest_around, star_nest_at
from helios.scene.template import Sky, StarNest

Array = NDArray[np.float64]
EYE, TARGET = (0.0, 2.0, 10.0), (0.0, 0.0, 0.0)


def a_view(
    width: int = 96, height: int = 54, projection: Projection = Projection.PERSPECTIVE
) -> View:
    return look(EYE, TARGET, width, height, 50, projection)


def directions(view: View) -> Array:
    """(H, W, 3) rays of the pixel centres."""
    x, y = np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5)
    match view.projection:
        case Projection.PERSPECTIVE:
            a, b = (x - view.width / 2) / view.focal_px, (view.height / 2 - y) / view.focal_px
            c = np.ones_like(a)
        case Projection.FULLDOME:
            gx, down = 2 * x / view.width - 1, 2 * y / view.height - 1
            r = np.hypot(gx, down)
            a, b = np.sin(r * np.pi / 2) * gx / r, np.cos(r * np.pi / 2)
            c = np.sin(r * np.pi / 2) * down / r
        case _:
            turn = 2 * np.pi if view.projection is Projection.EQUIRECT else np.pi
            lon, lat = turn * (x / view.width - 0.5), np.pi * (0.5 - y / view.height)
            a, b, c = np.sin(lon) * np.cos(lat), np.sin(lat), np.cos(lon) * np.cos(lat)
    basis = np.array([view.right, view.up, view.forward])
    d = np.stack([a, b, c], axis=-1) @ basis
    return d / np.linalg.norm(d, axis=-1, keepdims=True)


def shown(values: Array) -> Array:
    """Display values within 0 to 1: the nearest stars, forty times as bright, are no flat discs."""
    over = np.log1p(np.maximum(values - 0.6, 0) / 0.4) / np.log1p((24 - 0.6) / 0.4)
    return np.clip(np.minimum(values, 0.6) + 0.4 * over, 0, 1)


def star_nest(d: Array, p: StarNest, time: float, rotation_speed: float = 0.0) -> Array:
    """Display values before clipping: the loop of the shader, one array at a time."""
    t = p.center[3] + time * 0.05
    origin = np.array(p.center[:3]) + np.array(p.scroll[:3]) * p.scroll[3] * t
    x, y, z = (r * rotation_speed * t * 0.1 for r in p.rotation[:3])
    for angle, i, j in ((z, 0, 1), (y, 2, 0), (x, 1, 2)):
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = math.cos(angle)
        turn[i, j], turn[j, i] = -math.sin(angle), math.sin(angle)
        d, origin = d @ turn.T, turn @ origin
    tile, s, fade = p.tile / 1000, 0.1, np.ones(d.shape[:2])
    v = np.zeros_like(d)
    for r in range(p.volsteps):
        q = np.abs(tile - np.mod(np.abs(origin + s * d * 0.5), 2 * tile))
        a = before = np.zeros(d.shape[:2])
        for _ in range(p.iterations):
            q = np.abs(q) / (q * q).sum(-1, keepdims=True) - p.formuparam / 1000
            length = np.linalg.norm(q, axis=-1)
            a, before = a + np.abs(length - before), length
        dark = np.maximum(0, p.darkmatter / 100 - a * a * 0.001)
        if r > 6:
            fade = fade * (1 - dark)
        light = a**3 * p.brightness / 1000 * fade
        v = v + fade[..., None] + light[..., None] * np.array([s, s * s, s**4])
        fade, s = fade * (p.distfading / 100), s + p.step_size / 1000
    grey = np.linalg.norm(v, axis=-1, keepdims=True)
    mixed = grey + (v - grey) * (p.saturation / 100)
    return mixed * np.array(p.color) * 0.01


def drawn(sky: Sky, view: View, at_s: float = 0.0, threads: int = 1) -> NDArray[np.float32]:
    """Display values of the kernel, (H, W, 3)."""
    workers = Workers(threads)
    try:
        frame = SkyFrame(star_nest=star_nest_at(sky, at_s))
        return to_display(Backdrop(workers).draw(frame, view)).transpose(1, 2, 0)
    finally:
        workers.close()


def psnr(a: object, b: object) -> float:
    error = float(np.mean((np.asarray(a, np.float64) - np.asarray(b, np.float64)) ** 2))
    return 99.0 if error == 0 else -10 * math.log10(error)


PLAIN = [n for n in sky_names() if not n.startswith("hsv")]
SHIFTED = [n for n in sky_names() if n.startswith("hsv")]


def test_there_are_23_skies() -> None:
    assert len(sky_names()) == 23


@pytest.mark.parametrize("name", PLAIN)
def test_sky_equals_the_published_formula(name: str) -> None:
    view, sky = a_view(), Sky(preset=name)
    expected = shown(star_nest(directions(view), sky.parameters(), 0.0))
    assert expected.std() > 0.01
    assert psnr(drawn(sky, view), expected) > 65


def test_turning_drifting_sky_equals_the_formula_hours_into_the_film() -> None:
    view, sky = a_view(), Sky(preset="highQuality", rotation_speed=0.7)
    for at_s in (3.0, 7200.0):
        p = sky.parameters().model_copy(update={"rotation": (1.0, 10.0, 3.0, 0.5)})
        turned = Sky(star_nest=p, rotation_speed=0.7)
        expected = shown(star_nest(directions(view), p, at_s, 0.7))
        assert psnr(drawn(turned, view, at_s), expected) > 55


@pytest.mark.parametrize("name", SHIFTED)
def test_hue_turns_as_in_hsv(name: str) -> None:
    view, sky, at_s = a_view(48, 26), Sky(preset=name), 2.0
    p = sky.parameters()
    plain = star_nest(directions(view), p, at_s)
    expected = np.empty_like(plain)
    for index in np.ndindex(plain.shape[:2]):
        r, g, b = np.maximum(plain[index], 1e-9) / 4
        h, s, v = colorsys.rgb_to_hsv(r, g, b)
        turned = (h + p.hue_shift + p.hue_speed * at_s) % 1
        saturation = min(1.0, s + p.post_saturation)
        expected[index] = np.array(colorsys.hsv_to_rgb(turned, saturation, v)) * 4
    positive = (plain > 0).all(-1)
    assert positive.sum() > 20
    got = drawn(sky, view, at_s)
    assert psnr(got[positive], shown(expected)[positive]) > 50


@pytest.mark.parametrize(
    "projection", [Projection.EQUIRECT, Projection.EQUIRECT_180, Projection.FULLDOME]
)
def test_every_projection_sees_the_same_sky(projection: Projection) -> None:
    view, sky = a_view(64, 64, projection), Sky(preset="normal")
    expected = shown(star_nest(directions(view), sky.parameters(), 0.0))
    assert psnr(drawn(sky, view), expected) > 60


def test_sky_does_not_depend_on_threads() -> None:
    view, sky = a_view(130, 50), Sky()
    assert np.array_equal(drawn(sky, view, threads=1), drawn(sky, view, threads=3))


def test_skies_of_the_templates_stand_still_and_scrolling_ones_do_not() -> None:
    still = {name for name in sky_names() if is_static(Sky(preset=name))}
    assert {"darkWorld1", "darkWorld2", "normal", "rotating"} <= still
    moving = {"crazyFractal", "highQuality", "starNestFX", "hsvNormal", "hsvRainbow"}
    assert not moving & still
    assert not is_static(Sky(preset="darkWorld1", rotation_speed=1))


@pytest.mark.parametrize("at_s", [0.0, 37.0])
def test_no_preset_shows_a_mirror_all_around(at_s: float) -> None:
    view = a_view(216, 108, Projection.EQUIRECT)
    backdrop = Backdrop(Workers(1))
    for name in sky_names():
        frame = SkyFrame(star_nest=star_nest_around(Sky(preset=name), at_s))
        light = backdrop.draw(frame, view).transpose(1, 2, 0).astype(float)
        shown = np.clip(light / np.percentile(light, 99), 0, 1)
        mirror = around_measures(shown[None], ())[1]
        assert mirror.name == "mirror"
        assert mirror.passes, (name, mirror.value)


def drifting(name: str) -> Sky:
    """A preset, as far as its place moves."""
    preset = Sky(preset=name).parameters()
    return Sky(star_nest=preset.model_copy(update={"hue_speed": 0.0}))


def test_a_sky_that_drifts_all_around_never_jumps_and_stays_from_mirrors() -> None:
    moving = [sky for sky in map(drifting, sky_names()) if not is_static(sky)]
    assert len(moving) > 5
    for sky in moving:
        tile = star_nest_at(sky, 0).tile
        places = np.array([star_nest_around(sky, n / 2).origin for n in range(240)])
        free = [np.array(star_nest_at(sky, at).origin) for at in (0.0, 0.5)]
        assert np.ptp(places, axis=0).max() > 0.01 * tile, "it moves"
        steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
        assert steps.max() < 1.01 * np.linalg.norm(free[1] - free[0]), "no faster than elsewhere"
        folded = np.abs(tile - np.mod(places, 2 * tile)) / tile
        assert 0.15 < folded.min() < folded.max() < 0.85
        assert np.diff(np.sort(folded, axis=1), axis=1).min() > 0.03


def test_a_sky_that_stands_still_is_drawn_once() -> None:
    backdrop = Backdrop(Workers(1))
    frame = SkyFrame(star_nest=star_nest_at(Sky(), 0.0))
    first = backdrop.draw(frame, a_view())
    first[:] = 7
    again = SkyFrame(star_nest=star_nest_at(Sky(), 9.0))
    assert (backdrop.draw(again, a_view()) == 7).all()
    assert (backdrop.draw(frame, a_view(100, 54)) != 7).any()


def test_names_of_skies_are_read_in_any_spelling() -> None:
    assert Sky(preset="DarkWorld1").parameters() == Sky(preset="dark-world_1").parameters()
    with pytest.raises(ValueError, match="unknown sky"):
        Sky(preset="darkWrold1")


def test_unknown_sky_suggests_the_right_one() -> None:
    from helios.scene.presets import sky_values

    with pytest.raises(OptionError) as caught:
        sky_values("darkWrold1")
    assert "Did you mean darkWorld1?" in caught.value.hint


def test_image_sky_lies_where_it_should(tmp_path: Path) -> None:
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[:, 64:96] = (255, 0, 0)
    picture[:32, :, 2] = 255
    from PIL import Image

    Image.fromarray(picture).save(tmp_path / "sky.png")
    panorama = ImagePanorama(tmp_path / "sky.png")
    view = look((0, 0, 0), (0, 0, -1), 64, 36, 50, Projection.PERSPECTIVE)
    light = Backdrop(Workers(1)).draw(SkyFrame(panorama=panorama.picture(Fraction(0))), view)
    right, left = light[:, 27, 60], light[:, 27, 3]
    assert right == pytest.approx([1, 0, 0], abs=1e-3)
    assert left == pytest.approx([0, 0, 0], abs=1e-3)
    assert light[2, 3].min() == pytest.approx(1, abs=1e-3)
    assert panorama.inputs()[0][0].endswith("sky.png")


def test_an_image_sky_has_no_seam_behind(tmp_path: Path) -> None:
    from PIL import Image

    picture = np.zeros((4, 8, 3), np.uint8)
    picture[:, 0] = 255
    Image.fromarray(picture).save(tmp_path / "sky.png")
    panorama = ImagePanorama(tmp_path / "sky.png")
    view = look((0, 0, 0), (0, 0, 1), 128, 36, 50, Projection.PERSPECTIVE)
    light = Backdrop(Workers(1)).draw(SkyFrame(panorama=panorama.picture(Fraction(0))), view)
    across = light[0, 18]
    assert across.max() > 0.9
    assert across.min() < 0.1
    assert np.abs(np.diff(across)).max() < 0.1


def test_a_sky_of_another_contrast_is_another_sky(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 4), (128, 128, 128)).save(tmp_path / "sky.png")
    picture = ImagePanorama(tmp_path / "sky.png").picture(Fraction(0))
    view, backdrop = (
        look((0, 0, 0), (0, 0, -1), 64, 36, 50, Projection.PERSPECTIVE),
        Backdrop(Workers(1)),
    )
    plain, strong = (
        float(backdrop.draw(SkyFrame(panorama=picture, contrast=contrast), view).mean())
        for contrast in (1.0, 2.0)
    )
    assert plain != pytest.approx(strong, rel=0.05)


def test_missing_image_sky_is_named(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="nowhere"):
        ImagePanorama(tmp_path / "nowhere.png")


def test_colour_curves_are_each_others_inverse() -> None:
    values = np.linspace(0, 1, 1001)
    assert np.abs(to_display(to_linear(values)) - values).max() < 1e-6


def test_a_third_of_a_turn_makes_red_green() -> None:
    red = np.array([[0.8, 0.2, 0.2]], np.float32)
    assert turn_hue(red, 1 / 3)[0] == pytest.approx([0.2, 0.8, 0.2], abs=1e-6)


@pytest.mark.parametrize("projection", [Projection.PERSPECTIVE, Projection.EQUIRECT])
@pytest.mark.parametrize("samples", [1, 4])
def test_a_sky_is_that_of_its_moment_whatever_was_drawn_before(
    projection: Projection, samples: int
) -> None:
    moving, view = Backdrop(Workers(1)), a_view(projection=projection)
    skies = [
        (Sky(preset=name), at_s) for at_s in (0.0, 90.0) for name in ("highQuality", "hsvNormal")
    ]
    for sky, at_s in skies:
        frame = SkyFrame(star_nest=star_nest_at(sky, at_s), samples=samples)
        alone = Backdrop(Workers(1)).draw(frame, view)
        assert alone.max() > 0
        assert np.array_equal(moving.draw(frame, view), alone)
    assert (moving.draw(None, view) == 0).all()
