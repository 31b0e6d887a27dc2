"""Time is exact: rates, frame counts and sample positions never drift."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.errors import OptionError
from helios.model.timebase import (
    frame_time,
    frame_total,
    parse_fps,
    parse_number,
    parse_seconds,
    sample_index,
)

rates = st.sampled_from(
    [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(60), Fraction(25, 2)]
)


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("30", Fraction(30)),
        (30, Fraction(30)),
        ("29.97", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("24", Fraction(24)),
        ("1e1", Fraction(10)),
    ],
)
def test_rates_are_read_exactly(text: object, fps: Fraction) -> None:
    assert parse_fps(text) == fps


@pytest.mark.parametrize(
    "text", ["0", "-1", "nan", "inf", "1001", "x", "", "1/0", "1e999", "1_0", True]
)
def test_impossible_rates_are_refused(text: object) -> None:
    with pytest.raises(OptionError):
        parse_fps(text)


@pytest.mark.parametrize(
    "text", ["-0.1", "nan", "inf", "1e9", "abc", "9" * 100, "1:60", ":30", "200:00:00"]
)
def test_impossible_durations_are_refused(text: str) -> None:
    with pytest.raises(OptionError):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:30", 90), ("0:01.5", Fraction(3, 2)), ("1:02:03", 3723), ("90:00", 5400)],
)
def test_seconds_may_be_written_as_a_clock_shows_them(text: str, seconds: Fraction) -> None:
    assert parse_seconds(text) == seconds


def test_a_float_is_read_as_it_is_written() -> None:
    assert parse_number(0.1, "x") == Fraction(1, 10)


@given(rates, st.integers(0, 10_000_000))
def test_a_frame_begins_where_the_frames_before_it_end(fps: Fraction, frame: int) -> None:
    assert frame_total(frame_time(frame, fps), fps) == frame


@given(rates, st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_samples_of_two_spans_are_the_samples_of_the_whole(fps: Fraction, a: int, b: int) -> None:
    whole = sample_index(a + b, fps, 48_000)
    assert whole - sample_index(a, fps, 48_000) == pytest.approx(float(b * 48_000 / fps), abs=1)
    assert abs(whole - (a + b) * 48_000 / fps) <= Fraction(1, 2)


def test_the_last_frame_may_reach_past_the_end() -> None:
    assert frame_total(Fraction("0.55"), Fraction(30)) == 17


@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", ["1e301", "1e99999999", "-1E9999999999", "1e-99999999"])
def test_a_number_of_millions_of_digits_is_refused_before_it_is_made(text: str) -> None:
    with pytest.raises(OptionError, match="finite number"):
        parse_number(text, "x")
