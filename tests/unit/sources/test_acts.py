"""Acts: sections, and phrases of those that last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from helios.scene.form import LONGEST_PHRASE_S
from helios.sources.acts import acts

FPS = 10.0


def begins(section: NDArray[Any], bar: NDArray[Any]) -> list[int]:
    of_frame = acts(section, bar, FPS)
    number, progress = of_frame.number, of_frame.progress
    found = np.flatnonzero(np.diff(number, prepend=-1)).tolist()
    assert np.all(progress[found] == 0)
    return found


def test_an_act_begins_with_each_section_and_each_phrase_of_a_long_one() -> None:
    # Bars of two seconds: eight of them are the most that fit.
    bar = np.arange(1040) // 20
    section = np.repeat([0, 1], [240, 800])
    assert begins(section, bar) == [0, 160, 240, 400, 560, 720, 880]
    found = acts(section, bar, FPS)
    assert found.progress[320] == np.float32(0.5)
    assert found.in_section[[0, 160, 240, 400]].tolist() == [0, 1, 0, 1]


def test_a_small_rest_belongs_to_the_last_act() -> None:
    bar = np.arange(400) // 20
    assert begins(np.zeros(190, np.int32), bar[:190]) == [0]
    assert begins(np.zeros(390, np.int32), bar[:390]) == [0, 160]
    assert begins(np.zeros(400, np.int32), bar) == [0, 160, 320], "half of one is one"
    # Of nine bars of 2.9 seconds the last would belong to eight, and be one picture for 26 seconds.
    assert begins(np.zeros(261, np.int32), np.arange(261) // 29) == [0, 116]
    assert begins(np.zeros(319, np.int32), np.arange(319) // 29) == [0, 232]


@pytest.mark.parametrize("fps", [2, 10, 30, 60])
def test_acts_are_the_same_at_any_frame_rate(fps: int) -> None:
    """Sixteen bars at 156 beats a minute are longer than a phrase may be, if only just."""
    bar_s = 240 / 156
    position = (np.arange(92 * fps) + 1) / fps / bar_s
    found = acts(np.zeros(92 * fps, np.int32), position, fps)
    begun = np.flatnonzero(np.diff(found.number)) + 1
    assert np.abs(begun / fps - 8 * bar_s * np.arange(1, len(begun) + 1)).max() <= 1 / fps
    assert len(begun) == 6, "the rest is less than half of one"


def test_where_nothing_sounds_is_one_act() -> None:
    found = acts(np.full(450, -1), np.arange(450) // 20, FPS)
    assert not found.number.any()
    assert not found.progress.any()


@given(st.integers(1, 60), st.lists(st.integers(1, 900), min_size=1, max_size=5))
def test_none_lasts_and_none_is_cut_out_of_its_section(bar_frames: int, lengths: list[int]) -> None:
    section = np.repeat(np.arange(len(lengths)), lengths)
    found = acts(section, np.arange(len(section)) // bar_frames, FPS)
    number, progress = found.number, found.progress
    assert set(np.diff(number).tolist()) <= {0, 1}
    assert len({(int(s), int(n)) for s, n in zip(section, number, strict=True)}) == number[-1] + 1
    assert np.bincount(number).max() <= LONGEST_PHRASE_S * FPS + 2 * bar_frames
    assert progress.min() == 0
    assert progress.max() < 1
