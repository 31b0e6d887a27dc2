"""Templates that combine a composition with pages over it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.sounds import tagged_mp3, wav

from helios.drawing.overlays import overlay_names
from helios.errors import CompositionNotFound, OptionError
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.model.overlay import OverlayPage
from helios.rendering.api import plan
from helios.rendering.combined import combinations, combined
from helios.rendering.find import find_composition
from helios.scene.library import template_names

SILENCE = np.zeros((4_800, 2), np.float32)


def of(name: str, folder: Path, **values: object) -> tuple[Composition, RenderOptions]:
    return combined(find_composition(name, folder), RenderOptions.read(values), folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = BytesIO()
    Image.new("RGB", (64, 64), "red").save(store, "PNG")
    (tmp_path / "song.mp3").write_bytes(tagged_mp3(SILENCE, 48_000, store.getvalue()))
    (tmp_path / "bare.wav").write_bytes(wav(SILENCE))
    return tmp_path


def test_each_lies_over_something_and_its_pages_ship(folder: Path) -> None:
    for each in combinations():
        assert each.name not in template_names()
        pages = {page.page for layout in each.layouts.values() for page in layout}
        assert pages <= set(overlay_names())
        below, options = of(each.name, folder, props={"lines": "a.lrc"})
        assert find_composition(below.location, folder).kind is below.kind
        assert options.props == {}


@pytest.mark.parametrize(
    ("size", "left"),
    [
        ({}, None),
        ({"width": 1080, "height": 1920}, None),
        ({"type": "flat-1080p-landscape"}, 0.43),
        ({"width": 1920, "height": 1080}, 0.43),
    ],
)
def test_the_layout_fits_the_picture(folder: Path, size: dict[str, object], left: float) -> None:
    _, options = of("Audio-Gram", folder, audio="song.mp3", **size)
    told = {page.page: page.props for page in options.overlay}
    assert told["title"].get("left") == left
    assert options.width == (1080 if not size else size.get("width"))


def test_what_there_is_decides_what_is_shown(folder: Path) -> None:
    def pages(**values: object) -> list[str]:
        return [page.page for page in of("audiogram", folder, **values)[1].overlay]

    bare = ["backdrop", "ring", "title", "waveform", "progress"]
    assert pages(audio="bare.wav") == bare
    assert pages(audio="song.mp3") == ["backdrop", "cover", *bare[2:]]
    assert pages(props={"picture": "art.png"})[1] == "cover"
    spoken = pages(audio="bare.wav", props={"lines": "talk.srt"}, overlay="logo")
    assert spoken == [*bare[:-1], "captions", "progress", "logo"]


def test_props_are_those_of_the_pages_and_files_are_named(folder: Path) -> None:
    props = {"lines": "a.lrc", "picture": "b.png", "title": "Own", "below": "emberLake"}
    below, options = of("lyricVideo", folder, props=props)
    assert below == Composition(kind=CompositionKind.SCENE, location="emberLake")
    lyrics = options.overlay[0]
    assert lyrics == OverlayPage(
        page="lyrics",
        picture="b.png",
        lines="a.lrc",
        props={"accent": "picture", "title": "Own", "yields": True},
    )
    assert options.overlay[1].lines is None


def test_options_that_are_given_hold(folder: Path) -> None:
    assert of("albumLoop", folder)[1].loop_seamless == 2
    assert of("albumLoop", folder, loop_seamless=1)[1].loop_seamless == 1


@pytest.mark.parametrize(
    ("name", "props", "says"),
    [
        ("lyricVideo", {}, "needs lines$"),
        ("lyricVideo", {"title": "T", "lins": "song.lrc"}, "needs lines, and was given lins"),
        ("audiogram", {"lines": [1]}, "name of a file"),
        ("audiogram", {"below": "visualizer"}, "combination itself"),
    ],
)
def test_what_cannot_be_combined_is_refused(
    folder: Path, name: str, props: dict[str, object], says: str
) -> None:
    with pytest.raises(OptionError, match=says):
        of(name, folder, props=props)


@pytest.mark.browser
def test_a_plan_names_the_composition_and_the_pages(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    made = plan("audiogram", "film.mp4", audio="bare.wav", width=64, height=64, duration=0.2)
    assert made.composition.kind is CompositionKind.PYTHON
    assert [each.page for each in made.options.overlay][:2] == ["backdrop", "ring"]


def test_others_are_left_as_they_are(folder: Path) -> None:
    options = RenderOptions.read({"props": {"lines": 1}})
    scene = Composition(kind=CompositionKind.SCENE, location="silkTides")
    assert combined(scene, options, folder) == (scene, options)


def test_one_side_alone_keeps_the_shape_and_its_layout(folder: Path) -> None:
    made = of("audiogram", folder, width=320, props={"lines": "song.lrc"})[1]
    assert (made.width, made.height) == (320, 320)
    words = {"lines": "song.lrc"}
    assert of("lyricVideo", folder, width=320, props=words)[1].overlay == (
        of("lyricVideo", folder, props=words)[1].overlay
    )


def test_what_cannot_lie_below_is_refused_with_all_that_can(folder: Path) -> None:
    with pytest.raises(CompositionNotFound, match=r"^below: no template 'tunel'") as refused:
        of("visualizer", folder, props={"below": "tunel"})
    assert refused.value.hint
    assert "Did you mean tunnel?" in refused.value.hint
