"""``helios verify`` as a user runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.faulty import moving, plain, write
from tests.ready import helios

MOVES = """
import numpy as np

def draw(frame):
    pixels = np.full((180, 320, 3), 40, np.uint8)
    pixels[20:80, frame * 3 : frame * 3 + 60] = (255, 200, 0)
    pixels[120:140, 40:200:LETTERS] = 220
    return pixels
"""
OTHER = """
import numpy as np

def draw(frame):
    rows, columns = np.mgrid[0:180, 0:320]
    return np.stack([rows + frame, columns // 2, (rows + columns) // 2], -1).astype(np.uint8)
"""
SIZE = ("--width", 320, "--height", 180, "--fps", 30, "--frame-count", 60)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "moves.py").write_text(MOVES.replace("LETTERS", "8"))
    (folder / "title.py").write_text(MOVES.replace("LETTERS", "2"))
    (folder / "other.py").write_text(OTHER)
    helios("render", "moves.py:draw", "-o", "film.mp4", *SIZE, cwd=folder)
    return folder


def test_a_film_of_ours_has_no_problem(made: Path) -> None:
    outcome = helios("verify", "film.mp4", "--against", "moves.py:draw", *SIZE, cwd=made)
    assert "8 frames drawn anew (sample seed 1)" in outcome.out
    assert "no problems" in outcome.out.splitlines()[-1]


def test_the_sample_is_the_seeds(made: Path) -> None:
    words = ("verify", "film.mp4", "--against", "other.py:draw", *SIZE, "--json")

    def frames(seed: int) -> list[float]:
        told = helios(*words, "--sample-seed", seed, cwd=made, code=1).document("verify")
        return [f["start_s"] for f in told["findings"] if f["check"] == "against"]

    assert frames(1) == frames(1) != frames(2)


@pytest.mark.parametrize("name", ["other.py:draw", "title.py:draw"])
def test_another_composition_is_found(made: Path, name: str) -> None:
    """Altogether another one, and one whose title alone differs."""
    outcome = helios("verify", "film.mp4", "--against", name, *SIZE, cwd=made, code=1)
    assert "8 of 8 frames show something else than the composition" in outcome.out


def test_other_flags_are_told(made: Path) -> None:
    words = ("--width", 320, "--height", 180, "--fps", 24, "--frame-count", 48)
    outcome = helios("verify", "film.mp4", "--against", "moves.py:draw", *words, cwd=made, code=1)
    assert "30 and 24 frames per second, 60 and 48 frames" in outcome.out


def test_what_the_composition_draws_so_is_meant(made: Path) -> None:
    """A picture that goes and comes back, with and without the composition at hand."""
    text = MOVES.replace("LETTERS", "8").replace(
        "    return", "    if 30 <= frame < 34:\n        pixels[:] = 255\n    return"
    )
    (made / "blinks.py").write_text(text)
    helios("render", "blinks.py:draw", "-o", "blinks.mp4", *SIZE, cwd=made)
    assert "PROBLEM  blank" in helios("verify", "blinks.mp4", cwd=made, code=1).out
    outcome = helios("verify", "blinks.mp4", "--against", "blinks.py:draw", *SIZE, cwd=made)
    assert "the composition draws it so" in outcome.out


def test_findings_have_a_moment_and_a_picture(tmp_path: Path) -> None:
    shown = [*map(moving, range(30)), plain(255), plain(255), *map(moving, range(32, 60))]
    write(tmp_path / "film.mp4", shown)
    words = ("verify", "film.mp4", "--pictures", "seen", "--json")
    told = helios(*words, cwd=tmp_path, code=1).document("verify")
    assert (told["version"], told["film"], told["problems"]) == (1, "film.mp4", 1)
    (finding,) = [each for each in told["findings"] if each["status"] == "problem"]
    assert (finding["check"], finding["start_s"], finding["end_s"]) == ("blank", 1.0, 1.0667)
    with Image.open(tmp_path / finding["picture"]) as image:
        assert np.asarray(image).min() > 240


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no film")
    assert "is no film" in helios("verify", "notes.txt", cwd=tmp_path, code=2).err
    assert "no film at" in helios("verify", "none.mp4", cwd=tmp_path, code=2).err
    shutil.copy(write(tmp_path / "film.mp4", [moving(0)]), tmp_path / "one.mp4")
    helios("verify", "one.mp4", cwd=tmp_path)
    assert "--against" in helios("verify", "one.mp4", "--fps", 24, cwd=tmp_path, code=2).err
    words = ("verify", "one.mp4", "--against", "none.html")
    assert "no composition" in helios(*words, cwd=tmp_path, code=2).err
