"""What of a sound comes into which row of a table."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from tests.sounds import wav

from helios.audio.analyzer import analyze
from helios.audio.columns import Section
from helios.audio.envelope import follow
from helios.audio.hops import join_hops, measure_hops
from helios.audio.onsets import onset_strength
from helios.audio.rows import beat_rows, section_rows

RATE = 48_000
FPS = Fraction(30)


def test_the_phase_runs_from_beat_to_beat() -> None:
    is_beat, phase = beat_rows(np.array([1.0, 1.5, 2.0]), FPS, 90)
    assert list(np.flatnonzero(is_beat)) == [30, 45, 60]
    assert (phase[:30] == 1).all()
    assert phase[[30, 36, 45, 54]] == pytest.approx([0, 0.4, 0, 0.6])


def test_a_section_begins_in_the_frame_of_its_beat() -> None:
    beats = np.array([0.51, 1.0, 1.49])
    sections = tuple(
        Section(start_s=start, end_s=end, kind="steady", energy=0.5)
        for start, end in pairwise([0.0, *beats, 2.0])
    )
    begins = np.diff(section_rows(sections, Fraction(30), 60), prepend=0) > 0
    assert (begins == beat_rows(beats, Fraction(30), 60)[0]).all()


def test_width_is_the_share_of_the_sides() -> None:
    at = np.arange(4 * RATE)
    tone = 0.3 * np.sin(at * 0.05)
    sides = np.where(at < 2 * RATE, tone, -tone)
    table = analyze(wav(np.stack([tone, sides], 1)), use_cache=False)
    assert table["width"][30] == pytest.approx(0, abs=1e-3)
    assert table["width"][90] == pytest.approx(1, abs=1e-3)


def test_an_envelope_rises_at_once_and_falls_slowly() -> None:
    values = np.zeros(200)
    values[50:100] = 1
    followed = follow(values, 100, attack_s=0.01, release_s=0.15)
    assert followed[49] == 0
    assert followed[54] > 0.95
    assert followed[99 + 15] == pytest.approx(np.exp(-1), abs=0.02)


def test_an_envelope_of_a_song_that_is_under_way_does_not_rise_first() -> None:
    assert follow(np.full(50, 0.6), 100, attack_s=0.03, release_s=0.15) == pytest.approx(0.6)
    assert len(follow(np.zeros(0), 100, attack_s=0.03, release_s=0.15)) == 0


def test_a_table_belongs_to_all_who_read_it() -> None:
    table = analyze(wav(0.3 * np.sin(np.arange(RATE) * 0.05)), use_cache=False)
    for name in ("bass", "bands", "is_beat"):
        with pytest.raises(ValueError, match="read-only"):
            table[name][0] = 1


def test_the_threshold_rule_listens_to_the_bass() -> None:
    at = np.arange(4 * RATE) / RATE
    strokes = {second: 60 if second < 2 else 1000 for second in (0.5, 1.0, 2.5, 3.0)}
    samples = np.zeros(len(at))
    for second, hertz in strokes.items():
        inside = (at >= second) & (at < second + 0.2)
        samples[inside] = 0.5 * np.sin(2 * np.pi * hertz * at[inside])
    table = analyze(wav(samples), use_cache=False, beats="threshold")
    heard = [time for time in (0.5, 1.0, 2.5, 3.0) if np.abs(table.beat_times - time).min() < 0.05]
    assert heard == [0.5, 1.0]


def test_the_end_of_a_file_is_no_attack() -> None:
    tone = 0.5 * np.sin(np.arange(round(2.003 * RATE)) * 0.05)
    blocks = iter([np.stack([tone, tone], 1).astype(np.float32)])
    assert not onset_strength(join_hops(list(measure_hops(blocks))))[50:].any()
