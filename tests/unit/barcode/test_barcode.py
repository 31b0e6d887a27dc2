"""The bar code itself: the ruler every film is measured with."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.barcode import (
    COLUMNS,
    Unreadable,
    draw_frame_number,
    frame_cells,
    read_film,
    read_frame_number,
)

CELLS = [(row, column) for row in range(2) for column in range(COLUMNS)]


@given(st.integers(0, 2**20 - 1))
def test_a_number_is_read_back(number: int) -> None:
    assert read_frame_number(draw_frame_number(number, 320, 180)) == number


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (322, 182), (64, 64)])
def test_every_size_is_read(width: int, height: int) -> None:
    for number in (0, 1, 149, 2**20 - 1):
        assert read_frame_number(draw_frame_number(number, width, height)) == number


def test_neighbours_differ_in_one_cell_of_the_number_and_in_the_check() -> None:
    for number in range(200):
        changed = frame_cells(number) ^ frame_cells(number + 1)
        assert changed[0].sum() + changed[1, :9].sum() == 1
        assert changed[1, 9:].any()


@pytest.mark.parametrize(("row", "column"), CELLS)
def test_any_single_wrong_cell_is_noticed(row: int, column: int) -> None:
    for number in (0, 77, 149, 40_000):
        picture = draw_frame_number(number, 320, 180)
        cell = picture[row * 20 : row * 20 + 20, column * 16 : column * 16 + 16]
        cell[...] = 255 - cell
        with pytest.raises(Unreadable):
            read_frame_number(picture)


def test_two_frames_blended_are_unreadable() -> None:
    mean = draw_frame_number(77, 320, 180) // 2 + draw_frame_number(78, 320, 180) // 2
    with pytest.raises(Unreadable, match="between black and white"):
        read_frame_number(mean)


def test_two_frames_torn_between_the_rows_are_unreadable() -> None:
    torn = draw_frame_number(511, 320, 180)
    torn[20:] = draw_frame_number(512, 320, 180)[20:]
    with pytest.raises(Unreadable, match="check bits"):
        read_frame_number(torn)


@pytest.mark.parametrize("level", [0, 96, 255])
def test_an_empty_picture_is_unreadable(level: int) -> None:
    with pytest.raises(Unreadable, match="no bar code"):
        read_frame_number(np.full((180, 320, 3), level, np.uint8))


def test_a_code_survives_noise_and_half_contrast() -> None:
    noise = np.random.default_rng(1).normal(0, 12, (180, 320, 3))
    picture = draw_frame_number(12_345, 320, 180) * 0.5 + 64 + noise
    assert read_frame_number(picture.clip(0, 255).astype(np.uint8)) == 12_345


def test_a_number_that_does_not_fit_is_refused() -> None:
    for number in (-1, 2**20):
        with pytest.raises(ValueError, match="does not fit"):
            frame_cells(number)


def write_film(path: Path, pictures: list[NDArray[np.uint8]]) -> None:
    """A film of 320x180 at CRF 28, 4:2:0, from pictures of any size."""
    with av.open(str(path), "w") as container:
        options = {"crf": "28", "preset": "veryfast"}
        stream = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(320, 180, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(("width", "height"), [(320, 180), (1280, 720)])
def test_a_strongly_compressed_film_is_read_with_its_times(
    tmp_path: Path, width: int, height: int
) -> None:
    numbers = [*range(12), *range(1_023, 1_026), 7, 999_999]
    pictures = [draw_frame_number(number, width, height) for number in numbers]
    write_film(tmp_path / "film.mp4", pictures)
    film = read_film(tmp_path / "film.mp4")
    assert film == [(Fraction(index, 30), number) for index, number in enumerate(numbers)]


def test_the_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    pictures = [draw_frame_number(number, 320, 180) for number in range(3)]
    write_film(tmp_path / "film.mp4", [*pictures, np.full_like(pictures[0], 128)])
    with pytest.raises(Unreadable, match="picture 3"):
        read_film(tmp_path / "film.mp4")
