"""A prepared request means the same in every folder, and its length is chosen by one rule."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.sounds import wav

from helios.cli.info import command as of_info
from helios.errors import OptionError
from helios.files.names import real_place
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.rendering.find import find_composition
from helios.rendering.length import LengthRule
from helios.rendering.local import check_not_input
from helios.rendering.places import absolute
from helios.rendering.prepare import prepare
from helios.rendering.stills import find_film
from helios.scene.library import load_template
from helios.verifying.film import verify_film

FILES = {
    "audio": ["song.wav,fade_in=1", "https://example.org/b.mp3"],
    "react_to": "sub/../song.wav",
    "subtitles": "cues.srt",
    "subtitles_style": "sub/style.css",
    "root": ".",
}


def test_every_file_of_a_request_is_named_from_its_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = absolute(RenderOptions.read(FILES), tmp_path)
    assert [track.file for track in here.audio] == [
        str(tmp_path / "song.wav"),
        "https://example.org/b.mp3",
    ]
    assert here.audio[0].fade_in == 1
    assert here.react_to is not None
    assert here.react_to.file == str(tmp_path / "song.wav")
    assert here.subtitles == str(tmp_path / "cues.srt")
    assert here.subtitles_style == str(tmp_path / "sub" / "style.css")
    assert here.root == str(tmp_path)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert absolute(here, Path.cwd()) == here


def test_what_names_no_file_stays(tmp_path: Path) -> None:
    options = RenderOptions.read({"width": 64, "props": {"audio": "song.wav"}})
    assert absolute(options, tmp_path) == options


def test_a_request_is_placed_and_checked_in_its_base(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(wav(np.zeros((480, 2), np.float32)))
    film = tmp_path / "out" / "film.mp4"
    options = RenderOptions.read({"audio": "song.wav"})
    asked = prepare("film.py:draw", film, options, tmp_path)
    assert asked.composition.root == tmp_path
    assert asked.options.audio[0].file == str(tmp_path / "song.wav")
    with pytest.raises(OptionError, match=r"no-such\.wav"):
        prepare("film.py:draw", film, RenderOptions.read({"audio": "no-such.wav"}), tmp_path)
    with pytest.raises(OptionError, match="what would replace it"):
        prepare("film.py:draw", tmp_path / "song.mp4", _with_song(tmp_path), tmp_path)


def _with_song(folder: Path) -> RenderOptions:
    (folder / "song.mp4").write_bytes(wav(np.zeros((480, 2), np.float32)))
    return RenderOptions.read({"audio": "song.mp4"})


class Song:
    """Is quiet three seconds before the longest allowed."""

    def __init__(self, seconds: int) -> None:
        self.seconds = Fraction(seconds)

    def duration_s(self, file: Path) -> Fraction:
        assert file == Path("song.wav")
        return self.seconds

    def end_within(self, _file: Path, longest_s: Fraction) -> Fraction:
        return longest_s - 3


@pytest.mark.parametrize(
    ("values", "declared", "longest", "chosen"),
    [
        ({}, None, None, None),
        ({}, 90, None, None),
        ({}, 90, 60, 60),
        ({}, 30, 60, None),
        ({"fps": 10, "start_frame": 400}, 90, 60, None),
        ({"duration": 90}, 30, 60, 60),
        ({"duration": 20}, 90, 60, 20),
        ({"frame_count": 5}, 90, 60, None),
        ({"audio": "song.wav"}, 30, 60, 57),
        ({"audio": "song.wav"}, None, None, 200),
        ({"audio": "song.wav,loop"}, None, 300, 200),
        ({"audio": "song.wav"}, 90, None, None),
        ({"audio": "https://example.org/a.mp3"}, None, 60, None),
    ],
)
def test_the_length_of_an_export(
    values: dict[str, Any], declared: int | None, longest: int | None, chosen: int | None
) -> None:
    facts = CompositionFacts(
        composition=Composition(kind=CompositionKind.SCENE, location="aurora"),
        declared_duration_s=None if declared is None else Fraction(declared),
    )
    rule = LengthRule(longest_s=None if longest is None else Fraction(longest), song=Song(200))
    assert rule.choose(RenderOptions.read(values), facts) == chosen


@pytest.mark.parametrize(
    "wrong",
    [
        {"audio": "a\0.wav"},
        {"react_to": "a\0.wav"},
        {"subtitles": "a\0.srt"},
        {"subtitles_style": "a\0.css"},
        {"root": "\0"},
        {"overlay": "a\0.html"},
    ],
)
def test_names_that_no_file_can_have_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    options = {"subtitles": "a.srt"} if "subtitles_style" in wrong else {}
    with pytest.raises(OptionError):
        prepare("film.py:draw", tmp_path / "f.mp4", RenderOptions.read(options | wrong), tmp_path)
    with pytest.raises(OptionError, match="NUL"):
        find_composition("fi\0lm.py:draw", tmp_path)
    with pytest.raises(OptionError, match="NUL"):
        prepare("film.py:draw", tmp_path / "f\0.mp4", RenderOptions(), tmp_path)


@pytest.mark.parametrize("name", ["x" * 256, "\u00fc" * 128, "x/" * 2100])
def test_names_that_are_too_long_are_refused_by_whoever_gets_one(tmp_path: Path, name: str) -> None:
    for refuse in (
        lambda: prepare("film.py:draw", tmp_path / f"{name}.mp4", RenderOptions(), tmp_path),
        lambda: prepare(
            "film.py:draw", tmp_path / "f.mp4", RenderOptions.read({"audio": [name]}), tmp_path
        ),
        lambda: find_composition(f"{name}.html", tmp_path),
        lambda: find_film(f"{name}.mp4", tmp_path),
        lambda: real_place(tmp_path / name),
        lambda: check_not_input(tmp_path / name, ()),
        lambda: load_template(str(tmp_path / name)),
        lambda: verify_film(tmp_path / name),
        lambda: of_info(str(tmp_path / name)),
    ):
        with pytest.raises(OptionError, match="the name is too long"):
            refuse()
