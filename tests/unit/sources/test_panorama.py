"""What a scene's frames show all around, measured in the drawn pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.particles import steady_layer

from helios.errors import OptionError
from helios.model.composition import Composition, CompositionKind
from helios.model.formats import Projection, StereoLayout
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.model.resolved import DrawSettings
from helios.planning.resolve import resolve_frames
from helios.projection.equirect import EquirectangularConverter, ws_psnr
from helios.projection.ods import LEFT, RIGHT, disparity, place_points
from helios.projection.rays import angles, directions, equirect_rays
from helios.scene.kernels.backend import Kernels, open_kernels
from helios.scene.kernels.frames import LayerFrame, SceneFrame, SkyFrame
from helios.scene.kernels.loops import CompiledLookup
from helios.scene.kernels.view import View
from helios.scene.library import load_template
from helios.sources.scene import SceneSource, SceneSourceSettings, open_scene
from helios.sources.scene_cubemap import CubemapSceneSource, CubemapSettings

R = 0.032
AHEAD, BEHIND = (0.0, 0.0, -1.0), (0.0, 0.0, 1.0)


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    drawn = open_kernels(format=PixelFormat.RGB24, threads=2)
    yield drawn
    drawn.close()


def view(width: int, *, eye: float = 0.0, forward: tuple[float, float, float] = AHEAD) -> View:
    right = (-forward[2], 0.0, forward[0])
    return View(
        projection=Projection.EQUIRECT,
        width=width,
        height=width // 2,
        focal_px=1.0,
        position=(0.0, 0.0, 0.0),
        right=right,
        up=(0.0, 1.0, 0.0),
        forward=forward,
        eye_m=eye,
    )


def dot(point: NDArray[np.float64], diameter: float) -> LayerFrame:
    """One steady grey particle."""
    x, y, z = map(float, point)
    return steady_layer((x, y, z), diameter, (0.4, 0.4, 0.4), seed=7)


def draw(
    kernels: Kernels, seen: View, layers: tuple[LayerFrame, ...], **more: object
) -> NDArray[np.uint8]:
    frame = SceneFrame(
        number=0, time_s=0.0, views=(seen,), layers=layers, sky=None, sky_gain=1.0, exposure=1.0
    )
    picture = kernels.submit(replace(frame, **more)).result()  # type: ignore[arg-type]
    return picture.planes[0].copy()


def column_of(picture: NDArray[np.uint8], column: float, row: float, reach: int) -> float:
    """The middle of the light near a place, in columns, going on across the edge."""
    columns = np.arange(math.floor(column) - reach, math.floor(column) + reach + 1)
    rows = slice(max(0, round(row) - 12), round(row) + 13)
    light = picture[rows, columns % picture.shape[1], 0].astype(np.float64).sum(axis=0)
    assert light.max() > 0
    return float((columns * light).sum() / light.sum())


@pytest.mark.parametrize("level", [1.0, 2.0, 5.0])
def test_known_points_have_the_right_disparity_all_around(kernels: Kernels, level: float) -> None:
    width = 4096
    azimuth, elevation = np.meshgrid(
        np.radians(np.arange(0, 360, 30.0)), np.radians([-60.0, -30, 0, 30, 60])
    )
    points = level * np.stack(
        (np.sin(azimuth), np.tan(elevation), -np.cos(azimuth)), axis=-1
    ).reshape(-1, 3)
    layers = tuple(dot(point, 0.006 * float(np.linalg.norm(point))) for point in points)
    pictures = [draw(kernels, view(width, eye=eye * R), layers) for eye in (LEFT, RIGHT)]
    wanted = disparity(level, R) * width / (2 * math.pi)
    for point in points:
        found = []
        for picture, eye in zip(pictures, (LEFT, RIGHT), strict=True):
            longitude, latitude, _, _ = place_points(point, eye, R)
            column = (float(longitude) / (2 * math.pi) + 0.5) * width - 0.5
            row = (0.5 - float(latitude) / math.pi) * width / 2 - 0.5
            found.append(column_of(picture, column, row, 24))
        apart = (found[0] - found[1] + width / 2) % width - width / 2
        assert apart == pytest.approx(wanted, abs=0.5), np.degrees(angles(point))


def test_the_poles_are_the_same_for_both_eyes(kernels: Kernels) -> None:
    rng = np.random.default_rng(1)
    points = directions(rng.uniform(-3, 3, 60), rng.uniform(1.35, 1.55, 60)) * 1.5
    layers = tuple(dot(point, 0.02) for point in points)
    left, right = (draw(kernels, view(1024, eye=eye * R), layers) for eye in (LEFT, RIGHT))
    assert left.max() > 100
    rows = int(512 * 15 / 180) - 1
    assert np.array_equal(left[:rows], right[:rows])


def test_nothing_shows_where_the_picture_closes(kernels: Kernels) -> None:
    """Turned around by half a circle, the picture is the same, moved by half its width."""
    rng = np.random.default_rng(2)
    points = directions(rng.uniform(-3.2, 3.2, 200), rng.uniform(-1.5, 1.5, 200)) * 2
    layers = tuple(dot(point, 0.3) for point in points)
    glow = {"bloom_strength": 1.5, "bloom_radius": 0.2}
    ahead = draw(kernels, view(512), layers, **glow).astype(int)
    behind = draw(kernels, view(512, forward=BEHIND), layers, **glow).astype(int)
    assert ahead.std() > 10
    assert np.abs(np.roll(behind, 256, axis=1) - ahead).max() <= 2


def smooth(rays: NDArray[np.float64]) -> NDArray[np.uint8]:
    x, y, z = rays[..., 0], rays[..., 1], rays[..., 2]
    channels = (np.sin(3 * x + 1), np.sin(2 * y + 4 * z) + 0.5 * x, np.cos(3 * z - 2 * x + y))
    return np.clip(100 + 40 * np.stack(channels, axis=-1), 0, 255).astype(np.uint8)


def test_a_panorama_comes_out_as_it_went_in(kernels: Kernels) -> None:
    sky = smooth(equirect_rays(512, 256))
    drawn = draw(kernels, view(512), (), sky=SkyFrame(panorama=sky))
    # Tones above the knee are bent; below it the picture must be the same.
    dark = np.where(sky < 120, sky, 0).astype(np.float64)
    seen = np.where(sky < 120, drawn, 0).astype(np.float64)
    assert ws_psnr(seen, dark, peak=255) > 45


@pytest.mark.parametrize(
    ("point", "column", "row"),
    [
        ((0, 0, -2), 0.5, 0.5),
        ((2, 0, 0), 0.75, 0.5),
        ((-2, 0, 0), 0.25, 0.5),
        ((0, 2, -0.01), 0.5, 0.0),
        ((0, -2, -0.01), 0.5, 1.0),
        ((1e-3, 0, 2), 1.0, 0.5),
    ],
)
def test_six_directions_are_where_the_standard_says(
    kernels: Kernels, point: tuple[float, float, float], column: float, row: float
) -> None:
    picture = draw(kernels, view(256), (dot(np.array(point), 0.3),))
    at = min(int(column * 256), 255), min(int(row * 128), 127)
    assert picture[at[1], at[0], 0] > 100
    lit = np.argwhere(picture[..., 0] > 100)
    assert len(lit) < 0.1 * picture[..., 0].size


def _settings(stereo: StereoLayout, width: int, height: int) -> SceneSourceSettings:
    return SceneSourceSettings(
        template="etherealFlame",
        width=width,
        height=height,
        fps=Fraction(30),
        total_frames=90,
        projection=Projection.EQUIRECT,
        stereo=stereo,
        format=PixelFormat.RGB24,
        threads=2,
    )


def test_the_left_eye_is_on_top() -> None:
    """The orb ahead is further right for the left eye, and the halves are those of each eye."""
    source = SceneSource(_settings(StereoLayout.TOP_BOTTOM, 512, 512))
    mono = SceneSource(_settings(StereoLayout.MONO, 512, 256))
    try:
        both = source.picture(80).planes[0].astype(np.float64)
        middle = mono.picture(80).planes[0].astype(np.float64)
    finally:
        source.close()
        mono.close()
    top, bottom = both[:256], both[256:]
    assert not np.array_equal(top, bottom)
    for half, side in ((top, 1), (bottom, -1)):
        assert np.abs(half - middle).mean() < 6
        assert _shift(middle, half) * side > 0


def _shift(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Columns the picture ahead moved by (least squares on its gradient)."""
    area = np.s_[64:192, 192:320]
    slope = np.gradient(before.sum(axis=2), axis=1)[area]
    change = (after - before).sum(axis=2)[area]
    return float(-(slope * change).sum() / (slope * slope).sum())


def _plain(stereo: StereoLayout, width: int, height: int) -> SceneSourceSettings:
    """Without glow, which cubemaps leave out, and without the sky's fine noise."""
    template = load_template("etherealFlame")
    bloom = template.bloom.model_copy(update={"strength": 0.0})
    sky = template.sky.model_copy(update={"kind": "none"})
    settings = _settings(stereo, width, height)
    return replace(settings, template=template.model_copy(update={"bloom": bloom, "sky": sky}))


@pytest.mark.parametrize("stereo", [StereoLayout.MONO, StereoLayout.TOP_BOTTOM])
def test_cubemaps_show_what_the_direct_way_shows(stereo: StereoLayout) -> None:
    height = 256 if stereo is StereoLayout.MONO else 512
    settings = replace(_plain(stereo, 512, height), is_offset=True)
    direct = SceneSource(settings)
    cubemap = CubemapSceneSource(CubemapSettings(scene=settings.scene(), threads=2))
    try:
        expected = direct.picture(80).planes[0].astype(np.float64)
        found = cubemap.picture(80).planes[0].astype(np.float64)
    finally:
        direct.close()
        cubemap.close()
    assert found.shape == (height, 512, 3)
    light = np.square(expected).sum()
    assert np.square(found - expected).sum() < 0.02 * light
    assert np.square(found[:, ::-1] - expected).sum() > 0.3 * light, "not mirrored"
    if stereo is not StereoLayout.MONO:
        assert _shift(found[256:], found[:256]) > 0, "the left eye is on top"


def test_eyes_side_by_side_have_no_depth_at_the_sides(kernels: Kernels) -> None:
    """What is wrong with a fixed offset, and why it is not the default."""
    apart = {}
    for name, point in {"ahead": (0, 0, -2), "right": (2, 0, 0), "behind": (0.5, 0, 2)}.items():
        columns = []
        for side in (-R, R):
            picture = draw(kernels, view(2048).moved(side), (dot(np.array(point), 0.02),))
            weights = picture[..., 0].astype(np.float64).sum(axis=0)
            columns.append(float((weights * np.arange(2048)).sum() / weights.sum()))
        apart[name] = columns[0] - columns[1]
    full = disparity(2, R) * 2048 / (2 * math.pi)
    assert apart["ahead"] == pytest.approx(full, abs=0.5)
    assert apart["right"] == pytest.approx(0, abs=0.5)
    assert apart["behind"] < -0.8 * full


def _draw(options: RenderOptions) -> DrawSettings:
    return resolve_frames(CompositionKind.SCENE, options, None).draw


def test_stereo_by_cubemaps_is_never_right_all_around() -> None:
    options = RenderOptions.read(
        {
            "type": "360-stereo-4k",
            "width": 256,
            "height": 256,
            "fps": 30,
            "duration": 1,
            "panorama": "cubemap",
            "stereo": "ods",
        }
    )
    composition = Composition(kind=CompositionKind.SCENE, location="etherealFlame")
    with pytest.raises(OptionError, match="right in every direction"):
        open_scene(composition, _draw(options))
    source = open_scene(composition, _draw(options.changed(stereo=None, face_size=64)))
    assert isinstance(source, CubemapSceneSource)
    source.close()


def test_cubemaps_of_the_options_are_as_far_apart_as_they_say() -> None:
    """Each eye is half the distance from the middle, once."""
    values = {"width": 256, "height": 256, "fps": "30", "duration": "3", "panorama": "cubemap"}
    options = RenderOptions.read({**values, "type": "360-stereo-8k", "faceSize": 64, "ipd": 0.4})
    composition = Composition(kind=CompositionKind.SCENE, location="etherealFlame")
    opened = open_scene(composition, _draw(options), PixelFormat.RGB24)
    scene = replace(_settings(StereoLayout.MONO, 256, 128), seed=options.seed).scene()
    unit = scene.template.unit_scale
    try:
        both = np.array(opened.picture(80).planes[0])
    finally:
        opened.close()
    scene = replace(scene, stereo=StereoLayout.TOP_BOTTOM, ipd=0.4 * unit)
    source = CubemapSceneSource(CubemapSettings(scene=scene, face_size=64, threads=2))
    try:
        assert np.array_equal(source.picture(80).planes[0], both)
    finally:
        source.close()
    assert not np.array_equal(both[:128], both[128:])


def test_cubemaps_are_for_films_that_go_all_around() -> None:
    scene = replace(_settings(StereoLayout.MONO, 64, 64), projection=Projection.PERSPECTIVE)
    with pytest.raises(OptionError, match="all around"):
        CubemapSceneSource(CubemapSettings(scene=scene.scene()))


def test_the_compiled_lookup_is_the_plain_one() -> None:
    rng = np.random.default_rng(4)
    faces = rng.integers(0, 256, (6, 38, 38, 3), np.uint8)
    lookup = CompiledLookup(2)
    try:
        quick = EquirectangularConverter(32, 128, 64, lookup=lookup).convert(faces)
    finally:
        lookup.close()
    plain = EquirectangularConverter(32, 128, 64).convert(faces)
    assert np.abs(quick.astype(int) - plain).max() <= 1
