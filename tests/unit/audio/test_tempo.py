"""Tempo and phase over styles of three generators; nothing is fitted to these seeds."""

from __future__ import annotations

import numpy as np
import pytest
from tests.bands import PARTS, perform
from tests.grooves import GROOVES, play
from tests.music import RATE, Floats, Song, f_measure, hat, kick, place, snare, stereo
from tests.sketches import STYLES, sketch
from tests.unit.audio.test_beats import heard, pulse_of

from helios.audio.beats import Pulse, find_candidates
from helios.audio.metre import (
    Candidate,
    Weights,
    choose_level,
    fitted_weights,
    read_weights,
    written_weights,
)
from helios.audio.onsets import exact_time, onset_strength, pick_onsets


def is_right(found: Pulse, song: Song) -> bool:
    """Tempo within 2 %, an octave counting as wrong, and beats within 70 ms."""
    true = 60 / float(np.median(np.diff(song.beats)))
    in_tempo = found.bpm is not None and abs(found.bpm / true - 1) < 0.02
    return in_tempo and f_measure(found.times, song.beats) >= 0.85


def clip(generator: str, style: str, bpm: float, *, seed: int = 7) -> Song:
    """Sixteen seconds."""
    if generator == "bands":
        return perform(style, 16, seed=seed, bpm=bpm)
    return {"grooves": play, "sketches": sketch}[generator](style, bpm, 16, seed=seed)


@pytest.mark.parametrize(
    ("generator", "style", "bpm"),
    [
        ("bands", "drum and bass 174", 174),
        ("bands", "drum and bass 165", 165),
        ("bands", "rock 170", 170),
        ("bands", "trap 90", 90),
        ("bands", "hip hop 72", 72),
        ("bands", "hip hop 84", 84),
        ("bands", "hip hop 92", 92),
        ("bands", "ballad 80", 80),
        ("bands", "ballad 58", 58),
        ("bands", "two-step 132", 132),
        ("bands", "waltz 150", 150),
        ("bands", "six eight 62", 62),
        ("bands", "shuffle 118", 118),
        ("bands", "swing 168", 168),
        ("bands", "thrash 205", 205),
        ("bands", "half-time 144", 144),
        ("grooves", "jungle break", 170),
        ("grooves", "slow ballad sixteenths", 66),
        ("sketches", "trap", 140),
        ("sketches", "drum and bass", 174),
        ("sketches", "fast rock", 170),
        ("sketches", "slow trap", 90),
        ("sketches", "hip hop", 70),
        ("sketches", "ballad", 80),
        ("sketches", "break", 165),
        ("sketches", "six eight", 76),
        ("sketches", "waltz", 118),
        ("sketches", "bossa", 150),
    ],
)
def test_the_beat_is_the_one_a_musician_counts(generator: str, style: str, bpm: float) -> None:
    song = clip(generator, style, bpm)
    assert is_right(pulse_of(song.samples), song)


@pytest.mark.slow
def test_thirty_styles_and_honest_confidence() -> None:
    """Ten styles of each generator: 27 are right, and nearly all of those heard with certainty."""
    wanted = [
        *(("grooves", style, sum(GROOVES[style].bpm) / 2) for style in list(GROOVES)[::4]),
        *(("bands", style, PARTS[style].bpm * 1.03) for style in list(PARTS)[1::3]),
        *(("sketches", style, sum(STYLES[style].bpm) / 2) for style in list(STYLES)[::2]),
    ][:30]
    results = []
    for generator, style, bpm in wanted:
        song = clip(generator, style, bpm, seed=8)
        found = pulse_of(song.samples)
        results.append((style, is_right(found, song), found.confidence))
    wrong = [style for style, right, _ in results if not right]
    assert len(results) == 30
    assert len(wrong) <= 3, wrong
    certain = [right for _, right, confidence in results if confidence >= 0.8]
    assert len(certain) >= 10
    assert np.mean(certain) >= 0.95


def pattern(beat_s: float, lanes: dict[str, list[float]], seconds: float = 16) -> Song:
    """Bars of four beats with exactly these hits."""
    rng = np.random.default_rng(0)
    sounds = {"kick": kick(), "snare": snare(rng), "hat": hat(rng)}
    out = 0.0003 * rng.standard_normal(round(seconds * RATE))
    for bar in np.arange(0.3, seconds - 4.2 * beat_s, 4 * beat_s):
        for name, beats in lanes.items():
            for beat in beats:
                place(out, sounds[name], bar + beat * beat_s)
    return Song(samples=stereo(out), beats=np.arange(0.3, seconds - 0.3, beat_s))


def test_what_can_be_counted_two_ways_is_less_certain() -> None:
    """72 with sixteenths is 144 in half-time, hit for hit."""
    clear = pattern(60 / 112, {"kick": [0, 2], "snare": [1, 3], "hat": [i / 2 for i in range(8)]})
    both = pattern(60 / 72, {"kick": [0, 1.5], "snare": [1, 3], "hat": [i / 4 for i in range(16)]})
    sure, torn = pulse_of(clear.samples), pulse_of(both.samples)
    assert sure.bpm == pytest.approx(112, rel=0.02)
    assert sure.confidence > 0.8
    assert min(abs(torn.bpm / level - 1) for level in (72, 144)) < 0.02
    assert torn.confidence < sure.confidence - 0.05


@pytest.mark.parametrize(
    ("generator", "style", "bpm"),
    [
        ("bands", "guitar alone 112", 112),
        ("sketches", "arpeggio", 90),
        ("sketches", "piano", 84),
    ],
)
def test_songs_without_drums_have_beats(generator: str, style: str, bpm: float) -> None:
    song = clip(generator, style, bpm)
    found = pulse_of(song.samples)
    assert len(found.times) >= 0.85 * len(song.beats)
    assert f_measure(found.times, song.beats) >= 0.6


def test_every_weight_has_its_statement() -> None:
    candidates = find_candidates(heard(perform("house 124", 12).samples))
    weights = fitted_weights()
    assert set(weights.names) == set(candidates[0].statements)
    level = choose_level(candidates, weights)
    assert level is not None
    assert 0 <= level.confidence <= 1
    assert choose_level([], weights) is None


def test_weights_are_read_as_they_were_written() -> None:
    candidates = find_candidates(heard(perform("house 124", 12).samples))
    weights = fitted_weights()
    again = read_weights(written_weights(weights))
    assert np.array_equal(again.score(candidates), weights.score(candidates))


def _soft(attack_s: float) -> Floats:
    t = np.arange(round(0.4 * RATE)) / RATE
    tone = np.sum([np.sin(2 * np.pi * 220 * k * t) / k for k in (1, 2, 3, 4, 5)], axis=0)
    return 0.4 * tone * np.minimum(t / attack_s, 1) * np.minimum((0.4 - t) / 0.1, 1)


@pytest.mark.parametrize(
    ("what", "least_ms", "most_ms"),
    [
        ("click", 0, 0.1),
        ("kick", 0, 1.5),
        ("snare", 0, 1.5),
        ("hat", 0, 1.5),
        ("5 ms", 0, 8),
        ("20 ms", 2, 20),
        ("50 ms", 5, 30),
    ],
)
def test_an_event_stands_where_it_begins(what: str, least_ms: float, most_ms: float) -> None:
    """Against known samples: sharp attacks at their start, soft ones within their rise."""
    rng = np.random.default_rng(0)
    sounds = {"click": np.array([0.8]), "kick": kick(), "snare": snare(rng), "hat": hat(rng)}
    sound = sounds[what] if what in sounds else _soft(float(what.split(maxsplit=1)[0]) / 1000)
    known = np.arange(0.5, 19.5, 0.6) + rng.uniform(0, 0.011, 32)
    out = 0.0005 * rng.standard_normal(20 * RATE)
    for time in known:
        place(out, sound, time)
    hops = heard(stereo(out))
    peaks = pick_onsets(onset_strength(hops), 0.05)
    found = np.array([exact_time(int(peak), hops) for peak in peaks])
    nearest = found[np.abs(found[:, None] - known).argmin(axis=0)]
    late_ms = float(np.median(nearest - known)) * 1000
    assert least_ms - 0.05 <= late_ms <= most_ms


def test_the_level_is_as_certain_as_its_share() -> None:
    """Of three that stand equally, two at one tempo: two thirds."""
    weights = Weights(
        names=("fits",),
        mean=np.zeros(1),
        spread=np.ones(1),
        direct=np.ones(1),
        into=np.zeros((1, 1)),
        bias=np.zeros(1),
        out=np.zeros(1),
        trust=1.0,
    )

    def candidate(ratio: float, fits: float) -> Candidate:
        return Candidate(ratio=ratio, beats=np.arange(8.0) * 50, statements={"fits": fits})

    equal = choose_level([candidate(1, 1), candidate(1, 1), candidate(2, 1)], weights)
    assert equal is not None
    assert equal.confidence == pytest.approx(2 / 3)
    clear = choose_level([candidate(1, 3), candidate(2, -1)], weights)
    assert clear is not None
    assert clear.confidence == pytest.approx(1 / (1 + np.exp(-4)))
