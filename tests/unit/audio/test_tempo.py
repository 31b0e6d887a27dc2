"""Tempo and phase over styles; nothing is fitted to ``tests.bands``, nor to these seeds."""

from __future__ import annotations

import numpy as np
import pytest
from tests.bands import PARTS, perform
from tests.grooves import GROOVES, play
from tests.music import RATE, Floats, Song, f_measure, hat, kick, place, snare, stereo
from tests.unit.audio.test_beats import heard, pulse_of

from helios.audio.beats import Pulse, find_candidates
from helios.audio.metre import choose_level, fitted_weights
from helios.audio.onsets import exact_time, onset_strength, pick_onsets


def is_right(found: Pulse, song: Song) -> bool:
    """Tempo within 2 %, an octave counting as wrong, and beats within 70 ms."""
    true = 60 / float(np.median(np.diff(song.beats)))
    in_tempo = found.bpm is not None and abs(found.bpm / true - 1) < 0.02
    return in_tempo and f_measure(found.times, song.beats) >= 0.85


def test_thirty_grooves() -> None:
    chosen = list(GROOVES)[:: len(GROOVES) // 30 or 1][:30]
    right = []
    for number, style in enumerate(chosen):
        low, high = GROOVES[style].bpm
        song = play(style, low + (high - low) * ((number * 0.37) % 1), 18, seed=200 + number)
        right.append(is_right(pulse_of(song.samples), song))
    assert sum(right) >= 27, [s for s, good in zip(chosen, right, strict=True) if not good]


@pytest.mark.parametrize(
    "style",
    [
        "drum and bass 174",
        "drum and bass 165",
        "rock 170",
        "trap 90",
        "hip hop 72",
        "hip hop 84",
        "hip hop 92",
        "ballad 58",
        "two-step 132",
        "waltz 150",
        "swing 168",
        "six eight 62",
        "shuffle 118",
    ],
)
def test_songs_that_were_counted_at_another_level(style: str) -> None:
    song = perform(style, 20, seed=7)
    assert is_right(pulse_of(song.samples), song)


def test_other_bands_and_honest_confidence() -> None:
    sure: dict[bool, list[float]] = {True: [], False: []}
    wrong = []
    for style in list(PARTS)[::2]:
        song = perform(style, 18, seed=8)
        found = pulse_of(song.samples)
        good = is_right(found, song)
        sure[good].append(found.confidence)
        wrong += [] if good else [style]
    assert len(wrong) <= 3, wrong
    assert np.mean(sure[True]) > np.mean(sure[False] or [0])


def test_every_weight_has_its_statement() -> None:
    candidates = find_candidates(heard(perform("house 124", 12).samples))
    assert set(fitted_weights()) == set(candidates[0].statements)
    level = choose_level(candidates)
    assert level is not None
    assert 0 <= level.confidence <= 1
    assert choose_level([]) is None


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
