"""The timestamp grid: any parts, in any order of decoding, land on whole frames."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.merge.grid import FrameGrid, OffGrid

FPS = st.sampled_from([Fraction(30), Fraction(30_000, 1001), Fraction(60), Fraction(25, 2)])
LENGTHS = st.lists(st.integers(1, 70), min_size=1, max_size=8)


def decoding_order(length: int, group: int = 3) -> list[int]:
    """Positions in the order a decoder wants them: I B B P becomes 0 3 1 2."""
    order, shown = [0], 1
    while shown < length:
        last = min(shown + group - 1, length - 1)
        order += [last, *range(shown, last)]
        shown = last + 1
    return order


@given(fps=FPS, lengths=LENGTHS, scale=st.integers(1, 512), offset=st.integers(-5000, 5000))
def test_every_part_lands_on_the_next_whole_frames(
    fps: Fraction, lengths: list[int], scale: int, offset: int
) -> None:
    grid = FrameGrid(fps=fps, delay=2)
    placed: list[tuple[int, int]] = []
    for length in lengths:
        grid.begin_part(1 / fps / scale)
        placed += [grid.place(offset + p * scale) for p in decoding_order(length)]
        assert grid.end_part() == length
    total = sum(lengths)
    assert sorted(pts for pts, _ in placed) == list(range(total))
    assert [dts for _, dts in placed] == list(range(-2, total - 2))
    assert all(pts >= dts for pts, dts in placed)
    assert grid.frame_count == total


@given(fps=FPS, length=st.integers(1, 400))
def test_milliseconds_round_to_the_right_frame(fps: Fraction, length: int) -> None:
    grid = FrameGrid(fps=fps, delay=0)
    grid.begin_part(Fraction(1, 1000))
    stamps = [round(Fraction(n) / fps * 1000) for n in range(length)]
    assert [grid.place(stamp)[0] for stamp in stamps] == list(range(length))


@given(length=st.integers(3, 50), data=st.data())
def test_a_lost_frame_is_noticed(length: int, data: st.DataObject) -> None:
    lost = data.draw(st.integers(1, length - 2))
    grid = FrameGrid(fps=Fraction(30), delay=0)
    grid.begin_part(Fraction(1, 30))
    for position in range(length):
        if position != lost:
            grid.place(position)
    with pytest.raises(OffGrid, match=f"frame {lost} of {length} is missing"):
        grid.end_part()


@pytest.mark.parametrize(
    ("stamps", "says"),
    [
        ((0, 512, 512), "share"),
        ((0, 700), "between two frames"),
        ((512, 0), "before the first"),
        ((0, 512 * 5000), "gap"),
    ],
)
def test_stamps_off_the_grid_are_refused(stamps: tuple[int, ...], says: str) -> None:
    grid = FrameGrid(fps=Fraction(30), delay=2)
    grid.begin_part(Fraction(1, 15_360))
    with pytest.raises(OffGrid, match=says):
        place_all(grid, stamps)


def test_reordering_deeper_than_announced_is_refused() -> None:
    grid = FrameGrid(fps=Fraction(30), delay=1)
    grid.begin_part(Fraction(1, 30))
    with pytest.raises(OffGrid, match="reordered"):
        place_all(grid, (0, 4, 3, 1))


def place_all(grid: FrameGrid, stamps: tuple[int, ...]) -> None:
    for stamp in stamps:
        grid.place(stamp)
