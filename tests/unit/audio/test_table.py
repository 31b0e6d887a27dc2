from __future__ import annotations

from fractions import Fraction

import numpy as np

from helios.audio.columns import COLUMNS
from helios.audio.table import PreAnalysisResult, silent_table


def table() -> PreAnalysisResult:
    result = silent_table(90, Fraction(30_000, 1001))
    result.columns["bass"][:] = np.linspace(0, 1, 90)
    result.columns["bands"][40, 7] = 0.5
    result.columns["is_beat"][[10, 40]] = True
    return result


def test_columns_and_rows_say_the_same() -> None:
    result = table()
    row = result.row(40)
    assert row.bass == result["bass"][40]
    assert row.bands[7] == result["bands.air"][40] == 0.5
    assert row.is_beat is True
    assert row.time == 40 * 1001 / 30_000
    assert list(result.beat_frames) == [10, 40]


def test_frames_are_a_sequence() -> None:
    frames = table().frames
    assert len(frames) == 90
    assert frames[-1].frame == 89
    assert [row.frame for row in frames[10:13]] == [10, 11, 12]
    assert [row.frame for row in frames] == list(range(90))


def test_beyond_the_sound_is_silence() -> None:
    row = table().row(90)
    assert (row.amplitude, row.is_beat, row.section, row.loudness) == (0.0, False, -1, -70.0)
    assert row.time == 90 * 1001 / 30_000


def test_frame_at_a_time() -> None:
    assert table().frame_at(1.0).frame == 29
    assert table().frame_at(1.001).frame == 30


def test_silent_table_has_every_column() -> None:
    result = silent_table(5, Fraction(30))
    assert set(result.columns) == set(COLUMNS)
    assert all(len(column) == 5 for column in result.columns.values())
