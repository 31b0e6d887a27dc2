"""What a film hears, frame by frame."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import wav

from helios.audio.analyzer import PreAnalyzer
from helios.audio.bands import SPECTRUM_EDGES_HZ
from helios.audio.columns import Section
from helios.model.audio import AudioTrack
from helios.model.stem import Stem
from helios.sources.film_audio import FilmAudio, _fitted, film_audio, placement_of
from helios.sources.film_columns import FILM_COLUMNS, page_song

RATE, FPS = 48_000, Fraction(30)


def written(path: Path, sound: NDArray[np.float64]) -> Path:
    path.write_bytes(wav(sound))
    return path


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds with a click every half second, from the start."""
    sound = np.zeros(8 * RATE)
    at = np.arange(2400)
    for start in range(0, 8 * RATE, RATE // 2):
        sound[start : start + 2400] = 0.8 * np.exp(-at / 300) * np.sin(2 * np.pi * at * 1000 / RATE)
    return written(tmp_path_factory.mktemp("clicks") / "clicks.wav", sound)


def heard(file: Path, frames: int = 240, **placed: object) -> FilmAudio:
    return film_audio(AudioTrack.model_validate({"file": str(file), **placed}), frames, FPS)


def beats(audio: FilmAudio) -> list[int]:
    return [n for n in range(audio.total_frames) if audio.frame(n).is_beat]


def test_silence_needs_no_table() -> None:
    page, table = page_song(None, 240, FPS), film_audio(None, 0, FPS)
    assert (page.about, page.payload, page.digest) == (table.about, b"", table.digest)


def test_columns_lie_where_a_page_is_told(clicks: Path) -> None:
    audio = heard(clicks)
    for name, told in json.loads(audio.about)["columns"].items():
        column = FILM_COLUMNS[re.sub("([A-Z])", r"_\1", name).lower()]
        values = np.frombuffer(
            audio.payload, column.kind, audio.total_frames * column.width, told["offset"]
        )
        expected = audio[re.sub("([A-Z])", r"_\1", name).lower()]
        assert np.array_equal(values, expected.ravel()), name
        assert expected.dtype == column.kind, name


def test_stems_are_heard_like_the_whole_and_lie_behind_it(clicks: Path, tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 3000 * np.arange(8 * RATE) / RATE) * np.linspace(0, 1, 8 * RATE)
    file = written(tmp_path / "tone.wav", tone)
    song = AudioTrack.parse(f"{clicks},offset=1")
    stems = (Stem(name="tone", file=str(file)), Stem(name="clicks", file=str(clicks)))
    audio = film_audio(song, 203, FPS, stems)
    alone = film_audio(AudioTrack.parse(f"{file},offset=1"), 203, FPS)
    assert audio.frame(150).stems["tone"] == alone.frame(150)
    assert audio.stems["tone"].at(4.0).mid > 0.3 > audio.stems["clicks"].at(4.4).mid
    assert audio.digest != film_audio(song, 203, FPS).digest
    page = page_song(song, 203, FPS, stems)
    assert (page.about, page.payload) == (audio.about, audio.payload)
    for name, told in json.loads(page.about)["stems"].items():
        for column in ("amplitude", "centroid", "isBeat"):
            kind = FILM_COLUMNS[re.sub("([A-Z])", r"_\1", column).lower()].kind
            offset = told["columns"][column]["offset"]
            assert offset % np.dtype(kind).itemsize == 0
            values = np.frombuffer(page.payload, kind, 203, offset)
            heard = audio.stems[name][re.sub("([A-Z])", r"_\1", column).lower()]
            assert np.array_equal(values, heard), (name, column)


def test_beats_are_counted_in_bars_of_four(clicks: Path) -> None:
    audio = heard(clicks)
    assert beats(audio)[:16] == list(range(0, 240, 15))
    for number in range(225):
        frame = audio.frame(number)
        assert frame.beat_index == number // 15
        assert (frame.bar, frame.beat_in_bar) == (number // 60, number // 15 % 4)
        assert frame.beat_phase == pytest.approx(number % 15 / 15, abs=0.02)
    assert audio.bpm == pytest.approx(120, abs=0.5)


def test_a_sound_is_heard_where_it_lies_in_the_film(clicks: Path) -> None:
    later = heard(clicks, offset=1)
    assert beats(later)[:4] == [30, 45, 60, 75]
    before = later.frame(29)
    assert (before.beat_index, before.bar, before.section_kind) == (-1, -1, "")
    assert (before.loudness, before.beat_phase, before.levels) == (-70, 1, (0.0,) * 64)
    assert beats(heard(clicks, seek=2.1))[:3] == [12, 27, 42]
    assert beats(heard(clicks, seek=2.25))[:3] == [7, 22, 37]
    assert beats(heard(clicks, rate=2))[:4] == [0, 7, 15, 22]
    assert beats(heard(clicks, offset="0.05"))[:3] == [1, 16, 31]
    # The analyser hears one more where the sound ends.
    again = [n for n in beats(heard(clicks, seek=7, loop=True)) if n % 30 != 29]
    assert again == list(range(0, 240, 15))
    looped = heard(clicks, 480, loop=True)
    assert looped.frame(300).beat_index == looped.frame(60).beat_index == 4


@pytest.mark.parametrize(
    "placed", [{}, {"offset": "1.234"}, {"seek": "0.77"}, {"rate": 1.1}, {"offset": "-0.31"}]
)
def test_bars_sections_and_acts_begin_in_the_frames_of_their_beats(
    clicks: Path, placed: dict[str, object]
) -> None:
    track = AudioTrack.model_validate({"file": str(clicks), **placed})
    table = PreAnalyzer(fps=FPS).analyze(track.file)
    cuts = [0.0, 2.0, 6.0, 8.0]
    parts = tuple(
        Section(start_s=start, end_s=end, kind="steady", energy=1.0)
        for start, end in pairwise(cuts)
    )
    audio = _fitted(replace(table, sections=parts), 240, FPS, placement_of(track, table.duration))
    counted = audio["bar"] >= 0
    assert np.array_equal(np.floor(audio["bar_position"][counted]), audio["bar"][counted])
    begin = np.flatnonzero(audio["is_beat"] & np.isin(audio["beat_index"], [4, 12]))
    assert len(begin) == 2
    for name in ("section", "act"):
        changes = np.flatnonzero(np.diff(audio[name])) + 1
        assert set(begin) <= set(changes)
        assert len(set(changes) - set(begin)) <= 2  # where the sound sets in and ends
    assert audio["section_progress"][begin] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("placed", [{}, {"offset": 1}, {"seek": 2, "rate": 1.5}])
def test_acts_of_a_film_of_the_first_seconds_are_the_songs(
    clicks: Path, placed: dict[str, float]
) -> None:
    part, whole = heard(clicks, 90, **placed), heard(clicks, 300, **placed)
    for name in ("act", "act_in_section", "act_progress"):
        assert np.array_equal(part[name], whole[name][:90])
    assert 0.2 < part["act_progress"][-1] < 0.8


def test_the_spectrum_follows_a_sine(tmp_path: Path) -> None:
    for tone in (60.0, 220.0, 1000.0, 3000.0, 9000.0):
        time = np.arange(RATE) / RATE
        file = written(tmp_path / f"{tone}.wav", 0.5 * np.sin(2 * np.pi * tone * time))
        levels = np.array(heard(file, 30).frame(15).levels)
        band = int(np.searchsorted(SPECTRUM_EDGES_HZ, tone)) - 1
        assert abs(int(levels.argmax()) - band) <= (2 if tone < 100 else 1)
        assert levels.max() > 0.9
        assert (levels > 0.5).sum() <= (14 if tone < 100 else 8)


def test_a_spectrum_of_other_counts_keeps_its_peaks(tmp_path: Path) -> None:
    time = np.arange(RATE) / RATE
    file = written(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * time))
    frame = heard(file, 30).frame(15)
    assert frame.spectrum() == frame.levels
    for count in (1, 5, 16, 63, 100, 256):
        bars = frame.spectrum(count)
        assert len(bars) == count
        assert max(bars) == pytest.approx(max(frame.levels), abs=0.2)
        place = np.argmax(bars) / max(count - 1, 1)
        assert count == 1 or place == pytest.approx(np.argmax(frame.levels) / 63, abs=0.6 / count)


def test_whole_song_and_moments_agree(clicks: Path) -> None:
    audio = heard(clicks)
    assert audio.at(2.0).frame == 60
    assert audio.at(1.999).frame == 59
    assert audio.at(99).section == -1
    assert [audio.frame(n).amplitude for n in range(240)] == audio["amplitude"].tolist()
    peaks = audio.waveform(16)
    assert len(peaks) == 16
    assert min(peaks) > 0.3
    assert audio.waveform(4, 0, 0.5)[0] > 3 * audio.waveform(4, 0, 0.5)[3]
    assert audio.sections[0].start_s == 0
    assert audio.sections[-1].end_s == 8


def test_silence_is_heard_without_a_sound() -> None:
    audio = film_audio(None, 10, FPS)
    frame = audio.frame(3)
    assert (frame.amplitude, frame.is_beat, frame.section, frame.loudness) == (0, False, -1, -70)
    assert frame.spectrum(8) == (0.0,) * 8
    assert audio.waveform(5) == (0.0,) * 5
    assert audio.sections == ()


def test_the_digest_is_of_all_that_can_be_read(clicks: Path) -> None:
    first = heard(clicks)
    assert first.digest == heard(clicks).digest
    others = [heard(clicks, offset=1), heard(clicks, 239), heard(clicks, rate=2)]
    assert len({first.digest, *(each.digest for each in others)}) == 4
    layout = json.loads(first.about)["columns"]
    assert {"amplitude", "isBeat", "beatIndex", "bar", "sectionProgress", "levels"} <= set(layout)
    for column in layout.values():
        assert column["offset"] % {"f4": 4, "i4": 4}.get(column["kind"], 1) == 0
