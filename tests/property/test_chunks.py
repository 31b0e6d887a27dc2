"""Chunks cover the range exactly once, in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.errors import OptionError
from helios.model.options import MAX_CHUNKS
from helios.planning.chunks import default_chunk_frames, split_evenly, split_grid

starts = st.integers(0, 1_000_000)
counts = st.integers(1, 100_000)


@given(starts, counts, st.integers(1, 500))
def test_chunks_cover_the_range_exactly_once(start: int, count: int, concurrency: int) -> None:
    chunks = split_evenly(start, count, concurrency)
    frame = start
    for first, length in chunks:
        assert first == frame
        assert length > 0
        frame += length
    assert frame == start + count
    assert len(chunks) <= concurrency


@given(starts, counts, st.integers(1, 500))
def test_all_but_the_last_have_the_same_length(start: int, count: int, concurrency: int) -> None:
    lengths = [length for _, length in split_evenly(start, count, concurrency)]
    assert set(lengths[:-1]) <= {-(-count // concurrency)}
    assert lengths[-1] <= lengths[0]


@given(starts, counts, st.integers(100_000 // MAX_CHUNKS, 5000))
def test_a_grid_does_not_depend_on_workers(start: int, count: int, size: int) -> None:
    lengths = [length for _, length in split_grid(start, count, size)]
    assert sum(lengths) == count
    assert set(lengths[:-1]) <= {size}


def test_five_frames_by_four_give_three_chunks() -> None:
    assert split_evenly(0, 5, 4) == ((0, 2), (2, 2), (4, 1))


@pytest.mark.parametrize("bad", [0, -1])
def test_a_split_into_nothing_is_refused(bad: int) -> None:
    with pytest.raises(OptionError):
        split_evenly(0, 10, bad)
    with pytest.raises(OptionError):
        split_evenly(0, bad, 2)


@given(
    width=st.integers(1, 4096).map(lambda n: n * 2),
    height=st.integers(1, 4096).map(lambda n: n * 2),
    frame_count=st.integers(1, 1_000_000),
    gop_frames=st.integers(1, 60),
)
def test_the_grid_is_whole_groups_of_pictures_and_bounded(
    width: int, height: int, frame_count: int, gop_frames: int
) -> None:
    size = default_chunk_frames(width, height, frame_count, gop_frames)
    assert gop_frames == 1 or size % gop_frames == 0
    most = max(15, 2400 * 1280 * 720 // (width * height), -(-frame_count // MAX_CHUNKS))
    assert 0 < size < most + max(15, gop_frames)
    assert -(-frame_count // size) <= MAX_CHUNKS
    if 48 * max(30, gop_frames) <= frame_count <= 32 * most:
        # A group may be five eighths of what a thirty-second of the film would be.
        assert 16 <= -(-frame_count // size) <= 32 * 8 / 5 + 1


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
@pytest.mark.parametrize(("seconds", "workers"), [(10, 2), (10, 4), (10, 8), (32, 16), (60, 32)])
def test_a_film_keeps_workers_busy(fps: int, seconds: int, workers: int) -> None:
    frames = seconds * fps
    size = default_chunk_frames(1280, 720, frames, fps // 2)
    rounds = -(-frames // (size * workers))
    assert frames / (rounds * workers * size) > 0.75


def test_a_short_film_is_not_cut_to_pieces() -> None:
    assert default_chunk_frames(1280, 720, 150, 15) == 45
    assert default_chunk_frames(320, 180, 150, 15) == 45
    assert default_chunk_frames(320, 180, 45, 15) == 45
    # A picture nine times as large is drawn and encoded for nine times as long.
    assert default_chunk_frames(3840, 2160, 150, 15) == 15
