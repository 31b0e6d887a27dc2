"""Voices of a page are summed: what is heard at which sample of the film."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import wav

from helios.audio.voices import sum_voices
from helios.model.audio import SAMPLE_RATE
from helios.model.facts import Voice

TENTH = SAMPLE_RATE // 10
STAIRS = np.repeat(np.float32([0.1, 0.2, 0.3, 0.4]), TENTH)
"""Four tenths of a second, each as loud as its number."""


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    path = tmp_path / "stairs.wav"
    path.write_bytes(wav(STAIRS))
    return Voice(
        file=str(path),
        start_s=0,
        end_s=None,
        seek_s=0,
        rate=1,
        loop=False,
        keeps_pitch=True,
        gains=((0, 1),),
    )


def tenths(*voices: Voice, count: int = 8) -> list[float]:
    """What is heard in the middle of each tenth of a second."""
    film = np.concatenate(list(sum_voices(voices, count * TENTH)))
    assert film.shape == (count * TENTH, 2)
    assert (film[:, 0] == film[:, 1]).all()
    return [round(float(level), 3) for level in film[TENTH // 2 :: TENTH, 0]]


def exactly(*voices: Voice, count: int) -> NDArray[np.float32]:
    return np.concatenate(list(sum_voices(voices, count * TENTH)))[:, 0]


def test_a_sound_is_heard_from_its_moment_to_its_end(voice: Voice) -> None:
    assert tenths(replace(voice, start_s=0.2)) == [0, 0, 0.1, 0.2, 0.3, 0.4, 0, 0]
    assert tenths(replace(voice, start_s=0.2, end_s=0.4)) == [0, 0, 0.1, 0.2, 0, 0, 0, 0]
    film = exactly(replace(voice, start_s=0.2, end_s=0.4), count=5)
    assert (np.flatnonzero(film)[[0, -1]] == [2 * TENTH, 4 * TENTH - 1]).all()


def test_a_loop_from_the_middle_goes_on_from_the_beginning(voice: Voice) -> None:
    middle = replace(voice, seek_s=0.2, loop=True)
    assert tenths(middle) == [0.3, 0.4, 0.1, 0.2, 0.3, 0.4, 0.1, 0.2]


def test_a_loop_that_is_placed_skips_its_beginning_each_time(voice: Voice) -> None:
    placed = replace(voice, seek_s=0.2, loop=True, is_placed=True)
    assert tenths(placed) == [0.3, 0.4] * 4


def test_a_gain_holds_from_its_sample_on(voice: Voice) -> None:
    louder = replace(voice, start_s=0.1, gains=((0.1, 1), (0.3, 0.5), (0.4, 2)))
    assert tenths(louder, count=5) == [0, 0.1, 0.2, 0.15, 0.8]
    film = exactly(louder, count=5)
    assert film[3 * TENTH - 1] == pytest.approx(0.2)
    assert film[3 * TENTH] == pytest.approx(0.15)


def test_a_fade_begins_with_the_voice(voice: Voice) -> None:
    film = exactly(replace(voice, start_s=0.1, fade_in_s=0.2), count=4)
    assert film[TENTH] == 0
    assert film[TENTH * 3 // 2] == pytest.approx(0.1 * 0.25, abs=1e-4)
    assert film[TENTH * 3] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, 0.4),  # its own end
        ({"end_s": 0.3}, 0.3),
        ({"end_s": 0.7}, 0.4),  # asked to go on for longer than it is
        ({"seek_s": 0.1}, 0.3),
        ({"start_s": 0.3}, 0.6),  # the film's end
        ({"loop": True}, 0.6),
        ({"loop": True, "end_s": 0.5}, 0.5),
        ({"rate": 2, "keeps_pitch": False}, 0.2),
        ({"rate": 0.5, "keeps_pitch": False, "end_s": 0.5}, 0.5),
        ({"gains": ((0, 1), (0.2, 0.5))}, 0.4),
    ],
)
def test_a_fade_ends_with_the_voice_or_the_film(
    voice: Voice, changes: dict[str, Any], end: float
) -> None:
    plain = replace(voice, **changes)
    loud, film = (
        exactly(one, count=6) for one in (replace(plain, end_s=end), replace(plain, fade_out_s=0.2))
    )
    last = round(end * SAMPLE_RATE) - 1
    left = last - np.arange(len(film))
    expected = loud * np.clip(left / (2 * TENTH), 0, 1)
    np.testing.assert_allclose(film, expected, atol=1e-5)
    assert film[last] == 0
    assert film[last - TENTH] == pytest.approx(loud[last - TENTH] / 2, abs=1e-4)
    assert film[last - TENTH]


def test_a_voice_that_keeps_its_pitch_fades_out(voice: Voice) -> None:
    plain, faded = (exactly(replace(voice, rate=2, fade_out_s=s), count=3) for s in (0, 0.1))
    np.testing.assert_allclose(faded[: TENTH - 1], plain[: TENTH - 1], atol=1e-6)
    ending = slice(2 * TENTH - 200, 2 * TENTH - 100)
    assert np.abs(plain[ending]).min() > 0.3
    assert np.abs(faded[ending]).max() < 0.4 * 200 / TENTH


CHANGES: dict[str, Any] = {
    "file": "other.wav",
    "start_s": 0.05,
    "end_s": 0.15,
    "seek_s": 0.1,
    "rate": 2.0,
    "loop": True,
    "keeps_pitch": False,
    "gains": ((0.0, 0.5),),
    "is_placed": True,
    "fade_in_s": 0.1,
    "fade_out_s": 0.1,
}
"""Another value for each field of a voice."""


@pytest.mark.parametrize("field", [field.name for field in fields(Voice)])
def test_every_field_of_a_voice_is_heard(voice: Voice, tmp_path: Path, field: str) -> None:
    (tmp_path / "other.wav").write_bytes(wav(STAIRS / 2))
    value = str(tmp_path / CHANGES[field]) if field == "file" else CHANGES[field]
    base = {
        "keeps_pitch": replace(voice, rate=2.0),
        "is_placed": replace(voice, seek_s=0.1, loop=True),
    }.get(field, voice)
    changed = exactly(replace(base, **{field: value}), count=8)
    assert np.abs(changed - exactly(base, count=8)).max() > 0.01


def test_another_rate_is_that_of_a_tape_or_keeps_the_pitch(voice: Voice) -> None:
    tape = replace(voice, rate=2, keeps_pitch=False)
    film = exactly(tape, count=4)
    for number, level in enumerate((0.1, 0.2, 0.3, 0.4)):
        assert film[number * TENTH // 2 + TENTH // 4] == pytest.approx(level, abs=0.01)
    assert not film[2 * TENTH :].any()
    slow = exactly(replace(voice, rate=0.5, keeps_pitch=False), count=9)
    assert slow[7 * TENTH] == pytest.approx(0.4, abs=0.01)
    assert not slow[8 * TENTH :].any()
    stretched = exactly(replace(voice, rate=2), count=4)
    assert np.flatnonzero(np.abs(stretched) > 0.01)[-1] == pytest.approx(2 * TENTH, abs=TENTH / 4)


def test_voices_add_up_over_block_borders(voice: Voice) -> None:
    length = 2 * (1 << 18) + 5000
    film = np.concatenate(
        list(sum_voices([replace(voice, loop=True), replace(voice, loop=True)], length))
    )
    expected = 2 * np.resize(STAIRS, length)
    np.testing.assert_allclose(film[:, 0], expected, atol=1e-5)
