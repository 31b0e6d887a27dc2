"""Bars over styles of three generators, each begun at one of its first beats."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tests.grooves import GROOVES
from tests.unit.audio.test_beats import heard
from tests.unit.audio.test_tempo import clip

from helios.audio.bars import (
    FEATURES,
    SIZES,
    Bars,
    BarWeights,
    bar_positions,
    beat_numbers,
    count_beats,
    find_bars,
    fitted_bars,
    running_numbers,
)
from helios.audio.beats import Pulse, find_pulse
from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.onsets import onset_strength

STYLES = (
    ("grooves", "rock", 118, 4),
    ("grooves", "hip hop", 88, 4),
    ("grooves", "waltz", 140, 3),
    ("grooves", "half-time", 142, 4),
    ("bands", "rock 128", 127, 4),
    ("bands", "waltz 96", 96, 3),
    ("bands", "trap 140", 140, 4),
    ("sketches", "rock", 126, 4),
    ("sketches", "drum and bass", 172, 4),
    ("sketches", "two-step", 132, 4),
)


def counted(style: tuple[str, str, float, int], skipped: int) -> tuple[float, Pulse, Bars]:
    """The share of the beats called the *one* that are, of a song begun ``skipped`` beats late."""
    generator, name, bpm, size = style
    song = clip(generator, name, bpm, seed=23)
    hops = heard(song.samples)
    first = max(round(song.beats[skipped] * HOPS_PER_S) - 12, 0)
    hops = Hops(**{field.name: getattr(hops, field.name)[first:] for field in fields(Hops)})
    ones, last = (song.beats - first / HOPS_PER_S)[::size], song.beats[-1] - first / HOPS_PER_S
    pulse = find_pulse(hops)
    bars = find_bars(hops, onset_strength(hops), pulse)
    called = pulse.times[bars.numbers % bars.size == 0]
    called = called[called < last + 0.1]
    return float((np.abs(called[:, None] - ones).min(axis=1) < 0.07).mean()), pulse, bars


def test_bars_begin_where_a_musician_counts_one() -> None:
    right = [counted(style, 1 + i % 3)[0] >= 0.85 for i, style in enumerate(STYLES)]
    assert sum(right) >= 0.8 * len(STYLES)
    assert {GROOVES[name].beats for kind, name, _, _ in STYLES if kind == "grooves"} == {3, 4}


def test_beats_that_are_not_heard_are_counted() -> None:
    times = np.concatenate([np.arange(8) * 0.5, 8.0 + np.arange(8) * 0.5])
    assert running_numbers(times).tolist() == [*range(8), *range(16, 24)]
    assert running_numbers(np.zeros(0)).tolist() == []


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("slip", [-3, -1, 1, 2, 3])
def test_numbers_rise_where_the_ones_are_elsewhere_from_now_on(size: int, slip: int) -> None:
    starts = np.repeat([3, 3 + slip], [6, 6])
    numbers = beat_numbers(np.arange(12), starts, size)
    assert (np.diff(numbers) > 0).all()
    assert ((numbers - np.arange(12) + starts) % size == 0).all()
    assert 0 <= numbers[0] < size


def test_a_bar_without_evidence_begins_with_the_first_beat() -> None:
    bars = count_beats(np.zeros((40, FEATURES)), np.arange(40), fitted_bars())
    assert bars.numbers.tolist() == list(range(40))
    assert bars.confidence < 0.5


def test_the_count_goes_on_where_beats_were_left_out() -> None:
    """A kick on each *one*; after forty beats two are left out."""
    weights = BarWeights(
        {size: np.outer(np.eye(FEATURES)[0], np.eye(size)[0]) * 12 for size in SIZES},
        dict.fromkeys(SIZES, 0.0),
    )
    said = np.zeros((80, FEATURES))
    ones = np.concatenate([np.arange(3, 40, 4), np.arange(41, 80, 4)])
    said[ones, 0] = 1
    bars = count_beats(said, np.arange(80), weights)
    found = np.flatnonzero(bars.numbers % bars.size == 0)
    assert np.isin(found, ones).mean() > 0.9
    assert np.all(np.diff(bars.numbers) > 0)


def test_positions_go_on_in_rests_and_beyond_the_beats() -> None:
    times = np.concatenate([1 + np.arange(9) * 0.5, 9 + np.arange(9) * 0.5])
    bars = Bars(numbers=running_numbers(times), size=4)
    at = np.array([0.0, 1.0, 2.0, 4.0, 7.0, 9.0, 13.0, 15.0])
    assert bar_positions(times, bars, at) == pytest.approx([-0.5, 0, 0.5, 1.5, 3, 4, 6, 7])
    none = Bars(numbers=np.zeros(0, np.int64))
    assert bar_positions(np.zeros(0), none, np.array([0.0, 8.0])) == pytest.approx([0, 3])
