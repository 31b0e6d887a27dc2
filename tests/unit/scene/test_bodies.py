"""A ball that hides what is behind it, in every projection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cards import kernels_of
from tests.particles import steady_layer

from helios.errors import OptionError
from helios.model.backends import Backend
from helios.model.formats import Projection
from helios.model.picture import PixelFormat
from helios.scene.kernels.cpu.crowd import gather
from helios.scene.kernels.cpu.glow import spilled
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import BodyFrame, LayerFrame, SceneFrame, SkyFrame
from helios.scene.kernels.loops import placed
from helios.scene.kernels.view import Vec, look
from helios.scene.library import load_template
from helios.scene.look import with_look
from helios.scene.scene import Scene

SIZES = {
    Projection.PERSPECTIVE: (96, 54),
    Projection.EQUIRECT: (128, 64),
    Projection.EQUIRECT_180: (64, 64),
    Projection.FULLDOME: (96, 96),
}
CENTRE, RADIUS = (1.2, 1.0, -3.0), 0.8
WHITE = SkyFrame(panorama=np.full((8, 16, 3), 255, np.uint8))


def picture(*given: Any, **more: Any) -> NDArray[np.float64]:
    """The red of it, which is all of what is white."""
    return coloured(*given, **more)[:, :, 0]


def coloured(
    projection: Projection,
    body: BodyFrame | None,
    layers: tuple[LayerFrame, ...] = (),
    sky: SkyFrame | None = None,
    eye_m: float = 0.0,
) -> NDArray[np.float64]:
    width, height = SIZES[projection]
    view = look((0, 0, 0), (0, 0, -1), width, height, 60, projection)
    frame = SceneFrame(
        number=0,
        time_s=5.0,
        views=(replace(view, eye_m=eye_m),),
        layers=layers,
        body=body,
        sky=sky,
        sky_gain=0.4,
        exposure=1.0,
    )
    kernels = kernels_of(Backend.CPU, PixelFormat.RGB24)
    try:
        return np.array(kernels.submit(frame).result().planes[0], np.float64)
    finally:
        kernels.close()


def ball(after: int = 0, **changed: Any) -> BodyFrame:
    values = {"centre": CENTRE, "radius": RADIUS, "opacity": 1.0, "softness": 0.0, **changed}
    return BodyFrame(after=after, **values)


def angles(projection: Projection) -> NDArray[np.float64]:
    """Radians between each pixel's direction and the ball's middle."""
    width, height = SIZES[projection]
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    if projection is Projection.PERSPECTIVE:
        focal = 0.375 * np.sqrt(width * height) / np.tan(np.radians(30))
        way = np.stack([(x - width / 2) / focal, (height / 2 - y) / focal, -np.ones_like(x)])
    elif projection is Projection.FULLDOME:
        across, down = 2 * x / width - 1, 2 * y / height - 1
        away = np.hypot(across, down)
        polar = away * np.pi / 2
        way = np.stack([np.sin(polar) * across / away, np.cos(polar), -np.sin(polar) * down / away])
    else:
        turn = 2 * np.pi if projection is Projection.EQUIRECT else np.pi
        lon, lat = turn * (x / width - 0.5), np.pi * (0.5 - y / height)
        way = np.stack([np.sin(lon) * np.cos(lat), np.sin(lat), -np.cos(lon) * np.cos(lat)])
    way /= np.linalg.norm(way, axis=0)
    middle = np.array(CENTRE) / np.linalg.norm(CENTRE)
    return np.arccos(np.einsum("c,chw->hw", middle, way).clip(-1, 1))


@pytest.mark.parametrize("projection", SIZES)
def test_a_ball_hides_the_sky_within_its_outline_and_no_further(projection: Projection) -> None:
    bare, seen = picture(projection, None, sky=WHITE), picture(projection, ball(), sky=WHITE)
    away = angles(projection) - np.arcsin(RADIUS / np.linalg.norm(CENTRE))
    inside, outside = away < -0.06, away > 0.06
    if projection is Projection.FULLDOME:
        outside &= bare > 0
        inside &= bare > 0
    assert inside.sum() > 20
    assert outside.sum() > 500
    assert seen[inside].max() <= 1
    assert np.abs(seen - bare)[outside].max() <= 1


@pytest.mark.parametrize("projection", SIZES)
def test_light_on_a_ball_is_the_same_before_a_bright_sky_and_a_dark_one(
    projection: Projection,
) -> None:
    lit = (steady_layer((0.9, 0.75, -2.2), 0.5),)
    bright, dark = (picture(projection, ball(), lit, sky) for sky in (WHITE, None))
    inside = angles(projection) < np.arcsin(RADIUS / np.linalg.norm(CENTRE)) - 0.06
    assert dark[inside].max() > 60
    assert np.abs(bright - dark)[inside].max() <= 1


@pytest.mark.parametrize("projection", SIZES)
@pytest.mark.parametrize(
    ("at", "after", "is_seen"),
    [
        ((2.0, 1.67, -5.0), 0, False),
        ((0.72, 0.6, -1.8), 0, True),
        ((0.72, 0.6, -1.8), 1, False),
        ((-2.0, 1.67, -5.0), 0, True),
    ],
    ids=["behind", "before", "of a layer that it hides", "beside"],
)
def test_what_is_behind_a_ball_is_hidden(
    projection: Projection, at: Vec, after: int, is_seen: bool
) -> None:
    layer = steady_layer(at, 0.5)
    bare, seen = picture(projection, None, (layer,)), picture(projection, ball(after), (layer,))
    assert bare.max() > 100
    assert bool(seen.max() > 100) is is_seen


def test_a_ball_hides_nothing_behind_the_viewer() -> None:
    opposite = steady_layer((-2.0, -1.67, 5.0), 0.5)
    bare, seen = (picture(Projection.EQUIRECT, body, (opposite,)) for body in (None, ball()))
    assert bare.max() > 100
    assert np.array_equal(seen, bare)


def test_a_veil_takes_its_share_and_has_a_soft_edge() -> None:
    flat = Projection.PERSPECTIVE
    bare = picture(flat, None, sky=WHITE)
    veiled = picture(flat, ball(opacity=0.5, softness=0.5), sky=WHITE)
    middle = np.unravel_index(angles(flat).argmin(), bare.shape)
    # Half of the light is 0.735 of what is shown of it.
    assert veiled[middle] / bare[middle] == pytest.approx(0.73, abs=0.03)
    row = veiled[middle[0], middle[1] :]
    assert np.diff(row).max() < 0.15 * (bare.max() - veiled.min())


def test_an_eye_at_the_side_sees_what_is_behind_on_its_side() -> None:
    around = Projection.EQUIRECT
    near = ball(centre=(0.0, 0.0, -1.0), radius=0.2)
    far = steady_layer((0.38, 0.0, -2.0), 0.1)
    left, right = (picture(around, near, (far,), eye_m=eye).max() for eye in (-0.1, 0.1))
    assert left < 40
    assert right > 40


@pytest.mark.parametrize("projection", [Projection.PERSPECTIVE, Projection.EQUIRECT])
def test_a_lens_shows_both_images_of_what_is_behind_it(projection: Projection) -> None:
    beside, behind, far = 0.3, 7.0, 3.0
    strength, radius = 1.5, 0.8
    view = look((0, 0, 0), (0, 0, -1), 480, 240, 60, projection)
    hole = ball(centre=(0.0, 0.0, -far), radius=radius, lens=strength)

    def places(at: Vec, body: BodyFrame = hole) -> NDArray[np.float64]:
        layer = steady_layer(at, 0.01, count=200)
        crowd = gather(Workers(1), (layer,), view, 5.0, np.zeros((201, 6), np.float32), body=body)
        seen = crowd.sprites[1:]
        x = seen[(seen[:, 3] > 0), 0].astype(np.float64) - view.width / 2
        tangent = x / view.focal_px
        if projection is Projection.EQUIRECT:
            tangent = np.tan(x / view.width * 2 * np.pi)
        return np.unique(np.round(tangent * -at[2], 2))

    late = (behind - far) ** 2 / (behind - far + radius / 2)
    ring = np.sqrt(beside**2 + 4 * strength * radius * late * behind / far)
    images = (beside - ring) / 2, (beside + ring) / 2
    assert places((beside, 0.0, -behind)) == pytest.approx(images, abs=0.02)
    # Before it nothing is bent, nor by a ball without a lens; far beside, little and once.
    assert places((1.1, 0.0, -2.5)) == pytest.approx([1.1], abs=0.02)
    assert places((2.5, 0.0, -behind), ball(centre=hole.centre)) == pytest.approx([2.5], abs=0.02)
    (aside,) = places((20.0, 0.0, -behind))
    assert aside == pytest.approx(20 + ring**2 / 80, abs=0.1)


def test_the_smaller_picture_of_the_glow_has_the_ball_too() -> None:
    width, height = 480, 270
    view = look((0, 0, 0), (0, 0, -1), width, height, 60, Projection.PERSPECTIVE)
    behind = steady_layer((0.0, 0.0, -5.0), 2.0)
    light = {}
    for name, body in (("bare", None), ("hidden", ball(1, centre=(0.0, 0.0, -3.0), radius=1.2))):
        store = np.zeros((2, 6), np.float32)
        crowd = gather(Workers(1), (behind,), view, 5.0, store, body=body)
        light[name] = float(spilled(Workers(1), crowd, view, 0.02).sum())
    assert light["hidden"] < 0.02 * light["bare"]


def test_glow_is_round() -> None:
    view = look((0, 0, 0), (0, 0, -1), 480, 270, 60, Projection.PERSPECTIVE)
    # In the middle of a pixel of the small picture.
    point = steady_layer((5 / view.focal_px, 0.0, -5.0), 0.05)
    crowd = gather(Workers(1), (point,), view, 5.0, np.zeros((1, 6), np.float32))
    light = spilled(Workers(1), crowd, view, 0.06)[0]
    y, x = np.unravel_index(light.argmax(), light.shape)
    for n in range(1, 8):
        along, aslant = light[y, x + 5 * n], light[y + 3 * n, x + 4 * n]
        assert float(abs(along - aslant)) < 0.004 * light.max(), 5 * n


def test_a_layer_that_faces_the_camera_is_as_wide_from_every_side(settings: Any) -> None:
    ring = {
        "id": "ring",
        "particleCount": 200,
        "baseSize": 0.3,
        "spawnShape": "loop",
        "spawnRadius": 1,
        "maxSpeed": 0,
        "fade": "none",
        "audioReactivity": 0,
    }
    shot = {"sections": ["steady"], "camera": {"move": "still", "turn": 70}}
    widths = {}
    for faces in (False, True):
        content = {
            "name": "t",
            "sky": {"kind": "none"},
            "layers": [{**ring, "faces": faces}],
            "score": {"shots": [shot], "step": 0},
        }
        frame = Scene(settings(content)).frame(30)
        widths[faces] = float(np.ptp(placed(frame)[0].x)) / float(np.ptp(placed(frame)[0].y))
    assert widths[False] < 0.6
    assert widths[True] == pytest.approx(1, abs=0.03)


def test_a_body_swells_with_its_layer_and_stands_with_the_orb(settings: Any) -> None:
    scene = Scene(settings("solarBreath"))
    quiet, loud = scene.frame(5), scene.frame(330)
    assert quiet.body is not None
    assert loud.body is not None
    assert loud.body.radius > 1.02 * quiet.body.radius
    assert loud.body.centre == pytest.approx(loud.layers[0].origin)


def test_a_layer_that_the_shot_leaves_out_is_not_placed(settings: Any) -> None:
    def frame_of(shot: dict[str, Any]) -> SceneFrame:
        content = {
            "name": "t",
            "sky": {"kind": "none"},
            "layers": [{"id": "core"}, {"id": "halo"}],
            "body": {"radius": 0.2, "hides": ["halo"]},
            "score": {"shots": [{"sections": ["steady"], **shot}]},
        }
        return Scene(settings(content)).frame(30)

    both, left = frame_of({}), frame_of({"layers": {"halo": 0}})
    assert both.body is not None
    assert left.body is not None
    assert (len(both.layers), both.body.after) == (2, 1)
    assert (len(left.layers), left.body.after) == (1, 0)
    assert left.layers[0].seed == both.layers[1].seed


def test_a_shot_moves_the_body_and_it_goes_over_unseen(settings: Any) -> None:
    bodies = {"radius": 0.5, "offset": [1, -2, 3]}, {"radius": 0}, {"offset": [0, 1, 0]}
    content = {
        "name": "t",
        "sky": {"kind": "none"},
        "layers": [{"id": "core"}],
        "body": {"radius": 2, "offset": [0, 0, -1]},
        "score": {
            "phraseBars": 4,
            "shots": [{"sections": ["steady"], "fadeBars": 1, "body": each} for each in bodies],
        },
    }
    scene = Scene(settings(content, total_frames=960))  # three phrases of 320 frames
    first, none, last = (scene.frame(number).body for number in (100, 500, 900))
    assert first is not None
    assert last is not None
    orb = np.array(scene.frame(0).layers[0].origin)
    assert first.radius == pytest.approx(1)
    assert np.subtract(first.centre, orb) == pytest.approx([1, -2, 2])
    assert none is None
    assert last.radius == pytest.approx(2)
    assert np.subtract(last.centre, orb) == pytest.approx([0, 1, -1])
    seen = [scene.frame(number).body for number in range(640, 720)]
    opacities = [0.0 if body is None else body.opacity for body in seen]
    assert min(opacities) < 0.1
    assert opacities[-1] == pytest.approx(1, abs=0.01)
    assert all(body is None or body.radius == pytest.approx(2) for body in seen)


@pytest.mark.parametrize(
    "body", [{"radius": 1, "hides": ["halo"]}, {"radius": 1, "growsWith": "halo"}]
)
def test_a_body_names_layers_that_are_there(body: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="the body names layer 'halo'") as caught:
        load_template({"name": "t", "layers": [{"id": "core"}], "body": body})
    assert "There are: core" in caught.value.hint


def test_a_shot_changes_no_body_that_is_not_there() -> None:
    template = {"name": "t", "layers": [{"id": "core"}]}
    score = {"shots": [{"sections": ["steady"], "body": {"radius": 0.5}}]}
    with pytest.raises(OptionError, match="changes the body, and the template has none"):
        load_template({**template, "score": score})
    assert with_look(load_template("solarBreath"), {"body": None}).body is None


def test_a_look_may_leave_out_what_a_body_hides() -> None:
    changed = with_look(load_template("solarBreath"), {"layers": {"breath": None, "limb": None}})
    assert changed.body is not None
    assert "breath" not in changed.body.hides
    assert changed.body.grows_with == ""


@pytest.mark.parametrize("projection", SIZES)
def test_what_shines_brightly_hides_the_stars_behind_it(projection: Projection) -> None:
    """Of a red sky nothing is seen through a bright green light, and all of it beside that."""
    red = np.zeros((8, 16, 3), np.uint8)
    red[..., 0] = 255
    green = steady_layer(CENTRE, 1.6, (0.0, 2.0, 0.0))
    through = coloured(projection, None, (green,), SkyFrame(panorama=red))
    light, behind = through[..., 1], through[..., 0]
    beside = light < 2
    assert beside.sum() > 300
    whole = np.median(behind[beside])
    assert whole > 120
    assert light.max() > 200
    assert behind[light > 200].max() < 0.5 * whole
