from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.music import Song, beatless, f_measure, house, jungle, rock, two_tempos

from helios.audio.beats import Pulse, _stretches, find_pulse, threshold_beats
from helios.audio.hops import Hops, join_hops, measure_hops

RATE = 48_000


def heard(samples: NDArray[np.float32]) -> Hops:
    blocks = (samples[i : i + RATE] for i in range(0, len(samples), RATE))
    return join_hops(list(measure_hops(blocks)))


def pulse_of(samples: NDArray[np.float32]) -> Pulse:
    return find_pulse(heard(samples))


SONGS: dict[str, tuple[Callable[[], Song], tuple[float, ...]]] = {
    "80 BPM": (lambda: rock(80, 24), (80,)),
    "120 BPM": (lambda: rock(120, 24), (120,)),
    "174 BPM": (lambda: jungle(174, 24), (174,)),
    "swing": (lambda: rock(120, 24, swing=2 / 3), (120,)),
    "tempo change": (lambda: two_tempos(100, 132, 48), (100, 132)),
    "breakdown": (lambda: house(126, 48, breakdown=(16, 30)), (126, 126)),
    "70 BPM": (lambda: rock(70, 24, seed=11), (70,)),
    "140 BPM shuffle": (lambda: rock(140, 24, swing=2 / 3, seed=12), (140,)),
}


@pytest.mark.parametrize("name", SONGS)
def test_beats_and_tempo_of_rhythmic_songs(name: str) -> None:
    make, tempos = SONGS[name]
    song = make()
    found = pulse_of(song.samples)
    assert f_measure(found.times, song.beats) >= 0.95
    assert [bpm for *_, bpm in found.tempos] == pytest.approx(tempos, rel=0.01)
    assert found.confidence > 0.9


@pytest.mark.parametrize("late", [0, 333])
def test_beats_stand_at_the_attack(late: int) -> None:
    """Also where no measure of 10 ms begins with it."""
    song = rock(120, 12)
    found = pulse_of(np.pad(song.samples, ((late, 0), (0, 0))))
    known = song.beats + late / RATE
    nearest = np.abs(found.times[:, None] - known[None, :]).min(axis=1)
    assert np.median(nearest) < 0.002


@pytest.mark.parametrize("gain", [0.02, 0.3])
def test_quiet_songs_have_the_same_beats(gain: float) -> None:
    song = rock(120, 12)
    found = pulse_of((song.samples * gain).astype(np.float32))
    assert f_measure(found.times, song.beats) >= 0.95


def test_a_pad_has_no_beats() -> None:
    song = beatless(40)
    found = pulse_of(song.samples)
    assert len(found.times) < 4
    assert found.bpm is None


@pytest.mark.parametrize("what", ["silence", "noise", "tone", "one click"])
def test_what_has_no_pulse_has_no_beats(what: str) -> None:
    at = np.arange(12 * RATE) / RATE
    samples = {
        "silence": np.zeros(len(at)),
        "noise": 0.2 * np.random.default_rng(1).standard_normal(len(at)),
        "tone": 0.5 * np.sin(2 * np.pi * 220 * at),
        "one click": (np.arange(len(at)) == 5 * RATE).astype(float),
    }[what]
    assert len(pulse_of(np.stack([samples, samples], 1).astype(np.float32)).times) == 0


@pytest.mark.parametrize("bpm", [60, 90, 111, 150, 200])
def test_a_metronome_is_followed(bpm: int) -> None:
    beats = np.arange(0.2, 19.5, 60 / bpm)
    samples = np.zeros((20 * RATE, 2), np.float32)
    tick = np.sin(np.arange(2000) * 0.13) * np.exp(-np.arange(2000) / 300)
    for time in beats:
        samples[round(time * RATE) :][:2000] += 0.5 * tick[:, None].astype(np.float32)
    found = pulse_of(samples)
    assert f_measure(found.times, beats) >= 0.95
    assert found.bpm == pytest.approx(bpm, rel=0.01)


def test_the_threshold_rule_waits_80_ms() -> None:
    bass = np.zeros(100, np.float32)
    bass[[10, 12, 17, 18, 40]] = 0.06
    bass[60] = 0.05
    assert list(threshold_beats(bass)) == [0.1, 0.4]


def test_a_beat_that_is_not_heard_is_counted_by_the_tempo() -> None:
    times = np.arange(40) * 0.5
    times = times[(np.arange(40) % 4 != 3)]
    ((start, end, bpm),) = _stretches(times)
    assert (start, end) == (0, 19)
    assert bpm == pytest.approx(120)


def test_a_rest_belongs_to_no_stretch() -> None:
    """Beats before a rest, however long, do not begin the stretch after it."""
    first, second = np.arange(20) * 0.5, 170 + np.arange(40) * 0.4
    assert _stretches(np.concatenate([first, second])) == (
        pytest.approx((0, 9.5, 120)),
        pytest.approx((170, 185.6, 150)),
    )
    stray = np.array([60.0, 60.4, 60.8])
    assert _stretches(np.concatenate([first, stray, second])) == _stretches(
        np.concatenate([first, second])
    )


def test_seldom_beats_are_no_tempo() -> None:
    assert _stretches(np.arange(30) * 7.0) == ()


@pytest.mark.parametrize(
    ("spans", "right"),
    [
        ([(120, 9), (150, 20), (120, 9), (120, 9)], 120),  # rests cut its own tempo up
        ([(140, 26), (70, 20), (70, 20), (70, 20)], 70),
        ([(120, 9), (121, 8.5), (150, 16)], 120),  # a little faster is the same
        ([(120, 9), (150, 20), (120, 9)], 150),
        ([(100, 30), (132, 20)], 100),
    ],
)
def test_the_tempo_of_a_song_is_the_one_that_lasts(
    spans: list[tuple[float, float]], right: float
) -> None:
    starts = np.cumsum([0, *(seconds + 5 for _, seconds in spans)])
    runs = [
        start + np.arange(0, seconds, 60 / bpm)
        for start, (bpm, seconds) in zip(starts, spans, strict=False)
    ]
    times = np.concatenate(runs)
    found = Pulse(times=times, tempos=_stretches(times), confidence=1)
    assert len(found.tempos) == len(spans)
    assert found.bpm == pytest.approx(right, rel=0.002)
