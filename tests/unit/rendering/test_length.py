"""A film that nothing gives a length is as long as its song."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.sounds import wav

import helios
from helios.media.song import with_length_of_song
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions

PAGE = Composition(kind=CompositionKind.PAGE, location="/p/page.html")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(np.zeros((3 * 48_000, 2), np.float32)))
    return path


@pytest.mark.parametrize(
    ("parameters", "values", "length_s"),
    [
        ("", {}, 3),
        (",seek=1", {}, 2),
        (",offset=2", {}, 5),
        (",rate=2", {}, Fraction(3, 2)),
        (",loop", {}, None),
        (",offset=-4", {}, None),
        ("", {"duration": 1}, None),
        ("", {"frame_count": 7}, 3),
        ("", {"start_frame": 80, "frame_count": 10}, 3),
        ("", {"start_frame": 80, "frame_count": 11}, None),
    ],
)
def test_the_end_of_the_first_sound(
    song: Path, parameters: str, values: dict[str, Any], length_s: Fraction | None
) -> None:
    options = RenderOptions.read({"audio": f"{song}{parameters}", **values})
    facts = with_length_of_song(CompositionFacts(composition=PAGE), options)
    assert facts.declared_duration_s == length_s


def test_what_the_composition_says_counts_more(song: Path) -> None:
    facts = CompositionFacts(composition=PAGE, declared_duration_s=Fraction(9))
    assert with_length_of_song(facts, RenderOptions.read({"audio": str(song)})) == facts


@pytest.mark.slow
def test_a_python_film_is_as_long_as_its_song(song: Path, tmp_path: Path) -> None:
    def draw(frame: int) -> np.ndarray:
        return np.full((32, 32, 3), frame, np.uint8)

    size = {"width": 32, "height": 32, "fps": 10}
    result = helios.render(draw, tmp_path / "film.mp4", size, audio=[str(song)])
    assert result.frame_count == 30
    (tmp_path / "film.py").write_text(
        "import numpy as np\ndef draw(frame):\n    return np.full((32, 32, 3), frame, np.uint8)\n"
    )
    named = helios.plan(f"{tmp_path}/film.py:draw", tmp_path / "g.mp4", size, audio=[str(song)])
    assert named.total_frames == 30
    assert not named.warnings
