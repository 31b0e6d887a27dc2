from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.music import house, pad, stereo
from tests.sounds import wav

from helios.audio.analyzer import analyze
from helios.audio.bars import Bars, bar_positions, bar_starts
from helios.audio.hops import join_hops, measure_hops
from helios.audio.sections import find_sections
from helios.server.demo import write_demo_song

RATE = 48_000


def test_a_song_is_cut_where_it_changes_and_its_parts_are_named() -> None:
    rng = np.random.default_rng(9)
    calm = stereo(pad(14, (110, 98), rng, 4)) * 0.4
    rise = rng.standard_normal((12 * RATE, 2)) * np.geomspace(0.001, 0.08, 12 * RATE)[:, None]
    loud = house(126, 16, breakdown=(99, 100)).samples
    song = np.concatenate([calm, rise.astype(np.float32), loud, calm])
    table = analyze(wav(song), use_cache=False)
    sections = table.sections
    assert sections[0].start_s == 0
    assert sections[-1].end_s == pytest.approx(table.duration)
    assert all(a.end_s == b.start_s for a, b in pairwise(sections))
    drop = next(section for section in sections if section.kind == "drop")
    assert drop.start_s == pytest.approx(26, abs=1)
    assert drop.end_s == pytest.approx(42, abs=1)
    assert "build" in [section.kind for section in sections]
    assert sections[-1].kind in {"outro", "breakdown"}
    assert table["section"][27 * 30] == sections.index(drop)
    assert table["energy"][34 * 30] > 0.9
    assert table["energy"][5 * 30] < 0.6


def test_a_part_begins_with_what_a_rise_leads_to(tmp_path: Path) -> None:
    """Noise swells for four seconds before the drums of the studio's song come in."""
    write_demo_song(tmp_path / "Demo.wav")
    sections = analyze(tmp_path / "Demo.wav", use_cache=False).sections
    drop = next(section for section in sections if section.kind == "drop")
    assert (drop.start_s, drop.end_s) == pytest.approx((8, 18), abs=0.3)


@pytest.mark.parametrize(("bar_s", "first", "last"), [(2.0, 8, 24), (3.2, 4, 14)])
def test_parts_without_drums_begin_with_bars_too(bar_s: float, first: int, last: int) -> None:
    """The pulse of the drums was found from half a bar before them to as long after."""
    rng, lead_s = np.random.default_rng(1), 0.37
    drums_s = np.array([first, last]) * bar_s + lead_s
    noise = rng.standard_normal((60 * RATE, 2)) * 0.003
    noise[slice(*(drums_s * RATE).astype(int))] *= 50
    hops = join_hops(list(measure_hops(iter([noise.astype(np.float32)]))))
    numbers = np.arange(4 * first - 2, 4 * last + 2)
    bars = Bars(numbers=numbers, confidence=1.0)
    beats = lead_s + numbers * bar_s / 4
    strength, energy = np.zeros((2, len(hops)))
    parts = find_sections(hops, energy, strength, beats, bars, 60.0)
    assert [part.start_s for part in parts[1:]] == pytest.approx(drums_s, abs=1e-6)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=12), st.floats(0.1, 5), st.floats(0, 9))
def test_bars_begin_where_their_count_is_whole(
    steps: list[int], at_s: float, after_s: float
) -> None:
    numbers = np.cumsum(steps)
    pulse = at_s + np.cumsum(np.array(steps) * 0.4)
    bars, end_s = Bars(numbers=numbers), float(pulse[-1] + after_s)
    starts = bar_starts(pulse, bars, end_s)
    counts = bar_positions(pulse, bars, starts)
    assert counts == pytest.approx(np.round(counts), abs=1e-6)
    span = bar_positions(pulse, bars, np.array([0.0, end_s]))
    assert abs(len(starts) - (span[1] - span[0])) <= 1


def test_a_long_part_is_cut_where_it_changes_most_and_parts_begin_with_bars() -> None:
    """Ninety seconds of house; after forty a little noise comes in for good."""
    song = house(120, 45, breakdown=(199, 200)).samples
    song = np.concatenate([song[: 40 * RATE], song[: 50 * RATE]])
    rng = np.random.default_rng(1)
    song[40 * RATE :] += 0.004 * rng.standard_normal(song[40 * RATE :].shape).astype(np.float32)
    table = analyze(wav(song), use_cache=False)
    inner = [section.start_s for section in table.sections[1:]]
    assert len(inner) == 1
    assert inner[0] == pytest.approx(40, abs=1.5)
    assert max(section.end_s - section.start_s for section in table.sections) < 64
