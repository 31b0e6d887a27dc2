"""What ``helios init`` writes renders at once, by the very command that it prints."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.commandline import validator
from tests.ready import helios

from helios.media.pictures import decode_pictures
from helios.media.probe import probe
from helios.model.picture import Picture
from helios.starters import load_starter, starter_names

WIDTH, HEIGHT = 320, 180
FRAMES = 3
KINDS = ("audiogram", "captions", "data", "lower-third", "page", "python", "scene")


def film_of(folder: Path, kind: str, at_s: float, *more: object) -> list[Picture]:
    """Frames of a new starter, from ``at_s`` on."""
    told = helios("init", kind, "first", "--json", cwd=folder).document("starter")
    words = told["render"][1:]
    size = ("--width", WIDTH, "--height", HEIGHT)
    part = ("--start-frame", round(at_s * 30), "--frame-count", FRAMES)
    outcome = helios(*words, *size, *part, *more, "--json", cwd=folder)
    warnings = [e["message"] for e in outcome.events if e["event"] == "warning"]
    assert not [text for text in warnings if "nothing changes" not in text], "true of three frames"
    film = folder / words[-1]
    assert film.name.startswith("first.")
    pictures = list(decode_pictures(film))
    assert len(pictures) == FRAMES
    return pictures


def share(picture: Picture, colour: str, within: int = 24) -> float:
    """The share of the picture that has this colour."""
    wanted = np.frombuffer(bytes.fromhex(colour), np.uint8).astype(int)
    near = np.abs(rgb(picture) - wanted).max(axis=2) <= within
    return float(near.mean())


def rgb(picture: Picture) -> NDArray[np.int64]:
    return np.asarray(picture.planes[0])[:, :, :3].astype(np.int64)


def test_the_kinds_are_these() -> None:
    assert starter_names() == KINDS


@pytest.mark.browser
def test_a_page_shows_its_title_and_its_bar(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "page", 3.5)
    assert share(first, "14213d") > 0.85
    assert share(first, "ffffff", 60) > 0.004
    orange = rgb(first)[..., 0] - rgb(first)[..., 2] > 40
    assert orange.mean() > 0.004
    whole = helios("still", "first", "--at", 3.9, "-o", "still.png", cwd=tmp_path)
    assert "second" not in whole.err, "it declares its length"


@pytest.mark.browser
def test_a_lower_third_is_transparent_but_for_its_plate(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "lower-third", 2)
    pixels = np.asarray(first.planes[0])
    assert pixels.shape == (HEIGHT, WIDTH, 4)
    assert pixels[: HEIGHT // 2, :, 3].max() == 0
    plate = pixels[-24, 25]
    assert plate[3] == 255
    assert np.abs(plate[:3].astype(int) - (0x0B, 0x3D, 0x91)).max() < 24
    film = probe(tmp_path / "first.mov").video
    assert film is not None
    assert film.codec == "prores"


@pytest.mark.browser
def test_a_lower_third_says_the_name_that_it_is_given(tmp_path: Path) -> None:
    helios("init", "lower-third", "plate", cwd=tmp_path)
    still = ("still", "plate", "--at", 2, "--width", WIDTH, "--height", HEIGHT)
    helios(*still, "-o", "usual.png", cwd=tmp_path)
    helios(*still, "--props", '{"name": "Al"}', "-o", "short.png", cwd=tmp_path)
    assert (tmp_path / "usual.png").read_bytes() != (tmp_path / "short.png").read_bytes()


@pytest.mark.browser
def test_captions_are_seen_in_their_time(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "captions", 1)
    low = rgb(first)[-HEIGHT // 5 :]
    assert (low.max(axis=2) < 40).mean() > 0.02, "the dark plate"
    assert (low.min(axis=2) > 200).mean() > 0.002, "white letters"
    before = tmp_path / "before"
    before.mkdir()
    silent, *_ = film_of(before, "captions", 0)
    assert (rgb(silent).max(axis=2) < 40).mean() == 0


@pytest.mark.browser
def test_bars_are_as_high_as_the_numbers(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "data", 3.5)
    blue = np.abs(rgb(first) - (0x26, 0x8B, 0xD2)).max(axis=2) < 30
    rows = json.loads((tmp_path / "first" / "rows.json").read_text())["rows"]
    middles = [int(WIDTH * (0.05 + 0.186 * n + 0.078)) for n in range(len(rows))]
    heights = [int(blue[:, middle].sum()) for middle in middles]
    largest = max(row["value"] for row in rows)
    for row, height in zip(rows, heights, strict=True):
        assert height == pytest.approx(0.58 * HEIGHT * row["value"] / largest, abs=3)


@pytest.mark.browser
def test_an_audiogram_moves_and_sounds(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "audiogram", 2)
    assert share(first, "1b1b2f") > 0.5
    assert share(first, "e94560") > 0.08, "louder than at rest"
    assert probe(tmp_path / "first.mp4").audio is not None


def test_python_draws_three_balls(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "python", 1)
    ball = np.pi * (HEIGHT / 12) ** 2 / (WIDTH * HEIGHT)
    assert share(first, "ffbe46", 40) == pytest.approx(3 * ball, rel=0.2)
    assert share(first, "101430") > 0.9


@pytest.mark.slow
def test_a_scene_glows_and_sounds(tmp_path: Path) -> None:
    first, *_ = film_of(tmp_path, "scene", 2)
    middle = rgb(first)[HEIGHT // 3 : 2 * HEIGHT // 3, WIDTH // 3 : 2 * WIDTH // 3]
    assert middle.mean() > 1.5 * rgb(first).mean()
    assert middle[..., 0].mean() > middle[..., 2].mean(), "warm"
    assert probe(tmp_path / "first.mp4").audio is not None


@pytest.mark.parametrize("kind", KINDS)
def test_its_command_holds_for_names_with_spaces(tmp_path: Path, kind: str) -> None:
    outcome = helios("init", kind, "my film", cwd=tmp_path)
    line = load_starter(kind).command(Path("my film"))
    assert line in outcome.out
    assert "'my film" in line
    written = {path.name for path in (tmp_path / "my film").iterdir()}
    assert "starter.json" not in written
    assert {file.name for file in load_starter(kind).files} == written


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / ".hidden").write_text("mine")
    refused = helios("init", "page", "taken", cwd=tmp_path, code=2)
    assert "taken is not empty" in refused.err
    assert [path.name for path in (tmp_path / "taken").iterdir()] == [".hidden"]
    (tmp_path / "file").write_text("mine")
    assert "is a file" in helios("init", "page", "file", cwd=tmp_path, code=2).err
    (tmp_path / "empty").mkdir()
    helios("init", "page", "empty", cwd=tmp_path)
    helios("init", "page", "deep/er", cwd=tmp_path)
    assert (tmp_path / "deep" / "er" / "index.html").exists()


def test_a_file_in_the_way_and_odd_kinds_are_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    below = helios("init", "page", "file/sub", cwd=tmp_path, code=3)
    assert "cannot write" in below.err
    assert "no starter 'pge'" in helios("init", "pge", "x", cwd=tmp_path, code=2).err
    nameless = helios("init", "page", cwd=tmp_path, code=2)
    assert all(kind in nameless.err for kind in KINDS)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_list_says_what_each_is(tmp_path: Path) -> None:
    lines = helios("init", "--list", cwd=tmp_path).out.splitlines()
    assert [line.split()[0] for line in lines] == list(KINDS)
    rows = json.loads(helios("init", "--list", "--json", cwd=tmp_path).out)
    validator("names").validate(rows)
    assert [row["description"] for row in rows] == [load_starter(k).description for k in KINDS]
