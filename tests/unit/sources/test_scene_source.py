"""A scene as a source of pictures for the pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.sounds import wav

from helios.errors import OptionError
from helios.model.composition import Composition, CompositionKind
from helios.model.formats import Projection, StereoLayout
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.planning.resolve import resolve_frames
from helios.scene.scene import Scene
from helios.sources.scene import SceneSource, SceneSourceSettings, inspect_scene, open_scene

SKYLESS: dict[str, Any] = {
    "name": "plain",
    "sky": {"kind": "none"},
    "layers": [{"id": "a", "particleCount": 40, "baseSize": 4, "colors": ["#ff8040"]}],
}


def a_source(**values: Any) -> SceneSource:
    standard: dict[str, Any] = {
        "template": SKYLESS,
        "width": 96,
        "height": 54,
        "fps": Fraction(30),
        "total_frames": 60,
    }
    return SceneSource(SceneSourceSettings(**{**standard, **values}))


def planes(source: SceneSource, start: int, count: int) -> list[tuple[np.ndarray, ...]]:
    try:
        pictures = [
            (p.frame, p.format, tuple(plane.copy() for plane in p.planes))
            for p in source.frames(start, count)
        ]
    finally:
        source.close()
    assert [n for n, _, _ in pictures] == list(range(start, start + count))
    return [taken for _, _, taken in pictures]


@pytest.mark.parametrize("projection", [p for p in Projection if p is not Projection.PERSPECTIVE])
def test_the_horizon_is_level_all_around(projection: Projection) -> None:
    template = {**SKYLESS, "camera": {"position": [1, 7, 9], "lookAt": [0, -3, 0]}}
    settings = SceneSourceSettings(
        template=template,
        width=96,
        height=96,
        fps=Fraction(30),
        total_frames=9,
        projection=projection,
    )
    view = Scene(settings.scene()).frame(5).views[0]
    assert view.up == pytest.approx((0, 1, 0))
    assert (view.forward[1], view.right[1]) == pytest.approx((0, 0))
    flat = replace(settings, projection=Projection.PERSPECTIVE)
    assert Scene(flat.scene()).frame(5).views[0].up[1] < 0.9


def test_four_chunks_are_the_one_render() -> None:
    whole = planes(a_source(threads=1), 0, 12)
    parts = [taken for start in range(0, 12, 3) for taken in planes(a_source(threads=2), start, 3)]
    for one, other in zip(whole, parts, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(whole[0], whole[11], strict=True))


def test_pictures_are_yuv420p_of_the_asked_size() -> None:
    source = a_source()
    picture = next(source.frames(5, 1))
    source.close()
    assert (picture.frame, picture.width, picture.height) == (5, 96, 54)
    assert picture.format is PixelFormat.YUV420P
    assert [p.shape for p in picture.planes] == [(54, 96), (27, 48), (27, 48)]


@pytest.mark.parametrize(
    ("layout", "size"),
    [(StereoLayout.TOP_BOTTOM, (128, 128)), (StereoLayout.LEFT_RIGHT, (256, 64))],
)
def test_eyes_lie_where_the_layout_says(layout: StereoLayout, size: tuple[int, int]) -> None:
    common: dict[str, Any] = {"projection": Projection.EQUIRECT, "format": PixelFormat.RGB24}
    (both,) = planes(a_source(width=size[0], height=size[1], stereo=layout, **common), 3, 1)[0]
    axis = 0 if layout is StereoLayout.TOP_BOTTOM else 1
    left, right = np.split(both.astype(int), 2, axis=axis)
    (mono,) = planes(a_source(width=128, height=64, **common), 3, 1)[0]
    assert left.shape == mono.shape
    x = np.arange(128)

    def middle(picture: np.ndarray) -> float:
        light = picture.sum(axis=(0, 2)).astype(float)
        return float((light * x).sum() / light.sum())

    assert middle(right) < middle(mono) < middle(left)


def test_odd_size_is_refused() -> None:
    with pytest.raises(OptionError, match="even"):
        a_source(width=95)


def test_inspection_names_files_and_size(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(SKYLESS))
    composition = Composition(kind=CompositionKind.SCENE, location=str(file))
    facts = inspect_scene(composition, RenderOptions.read({"type": "flat-1080p-portrait"}))
    assert (facts.declared_width, facts.declared_height) == (1080, 1920)
    assert [path for path, _ in facts.inputs] == [str(file)]
    assert "silence" in facts.warnings[0]


def test_inspection_names_stems_that_nobody_hears_or_gave(tmp_path: Path) -> None:
    song, drums = tmp_path / "song.wav", tmp_path / "drums.wav"
    for each in (song, drums):
        each.write_bytes(wav(np.zeros(4800, np.float32)))
    template = tmp_path / "mine.json"
    template.write_text(json.dumps(SKYLESS | {"layers": [{"id": "a", "stem": "voice"}]}))
    composition = Composition(kind=CompositionKind.SCENE, location=str(template))
    options = RenderOptions.read({"audio": str(song), "stem": f"drums={drums}"})
    facts = inspect_scene(composition, options)
    assert {path for path, _ in facts.inputs} == {str(template), str(song), str(drums)}
    assert "'voice', which is not given" in facts.warnings[0]
    assert "hears the stem 'drums' (it names voice)" in facts.warnings[1]


def test_inspection_names_the_sky(tmp_path: Path) -> None:
    file, sky = tmp_path / "mine.json", tmp_path / "sky.mkv"
    sky.write_bytes(b"a film")
    file.write_text(json.dumps(SKYLESS | {"sky": {"kind": "video", "file": "sky.mkv"}}))
    composition = Composition(kind=CompositionKind.SCENE, location=str(file))
    facts = inspect_scene(composition, RenderOptions.read({"type": "flat-1080p-portrait"}))
    assert {path for path, _ in facts.inputs} == {str(file), str(sky)}


def test_opened_scene_is_the_one_the_options_describe() -> None:
    values = {"width": 64, "height": 128, "fps": "25", "duration": "2", "type": "360-stereo-8k"}
    composition = Composition(kind=CompositionKind.SCENE, location="solarBreath")
    flat = RenderOptions.read({name: v for name, v in values.items() if name != "type"})
    draw = resolve_frames(CompositionKind.SCENE, flat, None).draw
    source = open_scene(composition, replace(draw, type_name=values["type"]))
    picture = next(source.frames(49, 1))
    assert next(p.shape for p in picture.planes) == (128, 64)
    with pytest.raises(OptionError, match="frame 50"):
        next(source.frames(50, 1))
    source.close()


def test_film_as_sky_is_frame_exact(tmp_path: Path) -> None:
    import av

    file = tmp_path / "sky.mkv"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "bgr0"
        for level in (20, 80, 140, 200):
            grey = np.full((32, 64, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))
    template = {"name": "t", "layers": [], "sky": {"kind": "video", "file": str(file)}}
    source = a_source(template=template, format=PixelFormat.RGB24)
    shown = [int(source.picture(n).planes[0][27, 48, 0]) for n in (0, 2, 3, 11, 12, 5, 9)]
    inputs = source.inputs()
    source.close()
    assert shown == pytest.approx([20, 20, 80, 200, 20, 80, 200], abs=1)
    assert inputs[0][0] == str(file)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_film_cut_without_encoding_is_a_sky_as_long_as_it_decodes(
    tmp_path: Path, container: str
) -> None:
    """Its first packets lean on a key frame that is no longer there, as ``-ss -c copy`` leaves."""
    import av

    from helios.media.pictures import count_pictures
    from helios.media.probe import probe

    whole, cut = tmp_path / "whole.mkv", tmp_path / f"cut.{container}"
    with av.open(str(whole), "w") as film:
        stream = film.add_stream("libx264", rate=10, options={"g": "8", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for n in range(24):
            grey = np.full((32, 64, 3), 10 * n, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        film.mux(stream.encode(None))
    with av.open(str(whole)) as film, av.open(str(cut), "w") as out:
        copied = out.add_stream_from_template(film.streams.video[0])
        packets = [p for p in film.demux(film.streams.video[0]) if p.size]
        for packet in packets[3:]:
            packet.stream = copied
            out.mux(packet)
    decoded, counted = count_pictures(cut), probe(cut).video
    assert counted is not None
    assert 8 < decoded < counted.frame_count
    template = {"name": "t", "layers": [], "sky": {"kind": "video", "file": str(cut)}}
    settings: dict[str, Any] = {"template": template, "format": PixelFormat.RGB24}
    onwards = a_source(**settings, fps=Fraction(10))
    shown = [int(onwards.picture(n).planes[0][27, 48, 0]) for n in range(60)]
    onwards.close()
    assert shown[decoded : 2 * decoded] == shown[:decoded]
    assert len(set(shown[:decoded])) == decoded
    for n in (decoded, counted.frame_count, 59):
        alone = a_source(**settings, fps=Fraction(10))
        assert int(alone.picture(n).planes[0][27, 48, 0]) == shown[n]
        alone.close()


def test_cubemap_says_that_it_draws_no_bloom() -> None:
    glowing = Composition(kind=CompositionKind.SCENE, location="etherealFlame")
    warned = inspect_scene(glowing, RenderOptions(panorama="cubemap")).warnings
    assert any("bloom" in text for text in warned)
    assert not any("bloom" in text for text in inspect_scene(glowing, RenderOptions()).warnings)


@pytest.mark.slow
def test_ten_bits_are_the_same_picture_with_more_levels() -> None:
    size: dict[str, Any] = {"template": "aurora", "width": 320, "height": 180}
    (eight,) = planes(a_source(**size), 20, 1)
    (ten,) = planes(a_source(**size, format=PixelFormat.YUV420P10), 20, 1)
    for coarse, fine in zip(eight, ten, strict=True):
        assert fine.dtype == np.uint16
        difference = fine / 4.0 - coarse
        assert np.abs(difference).max() <= 1.0
        assert abs(difference.mean()) < 0.3
    assert len(np.unique(ten[0])) > 2 * len(np.unique(eight[0]))
