"""The frame-number bar code: what a frame says about itself, read back from a film.

28 cells, two rows of 14, each 1/20 of the picture wide and 1/9 high, from the top left corner::

    white  g19 g18 ... g8                 black
    black  g7  ... g0   p3 p2 p1 p0       white

``g`` is the Gray code of the frame number (20 bits), ``p`` its low four bits in plain binary: any
single wrong cell moves the two numbers apart by different amounts, so it is noticed. White and
black corners give the levels and prove that a code is there. Cells of 16 x 20 pixels survive
320x180, 4:2:0 chroma and CRF 28. The same layout for pages is in ``compositions/barcode.js``.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

COLUMNS = 14
CELL_WIDTH = Fraction(1, 20)
CELL_HEIGHT = Fraction(1, 9)
NUMBER_BITS = 20
CHECK_BITS = 4
MIN_CONTRAST = 64.0
SURE = 0.25
"""A cell whose level lies within this distance of the middle (0.5) cannot be read."""


class Unreadable(ValueError):
    """There is no frame number in this picture, or more than one."""


def frame_cells(number: int) -> NDArray[np.bool_]:
    """Which of the 2 x 14 cells are white for a frame number in [0, 2**20)."""
    if not 0 <= number < 1 << NUMBER_BITS:
        raise ValueError(f"frame number {number} does not fit {NUMBER_BITS} bits")
    gray = number ^ (number >> 1)
    number_bits = [gray >> bit & 1 for bit in reversed(range(NUMBER_BITS))]
    check_bits = [number >> bit & 1 for bit in reversed(range(CHECK_BITS))]
    first = [1, *number_bits[:12], 0]
    second = [0, *number_bits[12:], *check_bits, 1]
    return np.array([first, second], dtype=bool)


def draw_frame_number(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """The bar code of a frame on mid grey, (height, width, 3) uint8."""
    picture = np.full((height, width, 3), 96, np.uint8)
    for (row, column), white in np.ndenumerate(frame_cells(number)):
        rows, columns = _span(row, CELL_HEIGHT, height), _span(column, CELL_WIDTH, width)
        picture[rows, columns] = 255 if white else 0
    return picture


def read_frame_number(rgb: NDArray[np.uint8]) -> int:
    """The frame number painted in a picture (H, W, 3) of any size.

    Raises:
        Unreadable: no bar code, a cell that is neither black nor white, or a failed check.
    """
    levels = _levels(rgb)
    white = min(levels[0, 0], levels[1, -1])
    black = max(levels[1, 0], levels[0, -1])
    if white - black < MIN_CONTRAST:
        raise Unreadable(f"no bar code: corners {levels[[0, 0, 1, 1], [0, -1, 0, -1]].round()}")
    relative = (levels - black) / (white - black)
    if np.any(np.abs(relative - 0.5) < 0.5 - SURE):
        raise Unreadable(f"cells between black and white: {relative.round(2).tolist()}")
    cells = relative > 0.5
    gray = _number([*cells[0, 1:-1], *cells[1, 1 : 1 + NUMBER_BITS - 12]])
    number = 0
    while gray:
        number ^= gray
        gray >>= 1
    check = _number(list(cells[1, 1 + NUMBER_BITS - 12 : -1]))
    if number % (1 << CHECK_BITS) != check:
        raise Unreadable(f"the bar code says {number}, its check bits {check}")
    return number


def read_film(path: Path | str) -> list[tuple[Fraction, int]]:
    """(presentation time in seconds, frame number) of every picture of a film, in order.

    Raises:
        Unreadable: a picture has no frame number; the message says which.
    """
    film: list[tuple[Fraction, int]] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            assert frame.pts is not None
            try:
                number = read_frame_number(frame.to_ndarray(format="rgb24"))
            except Unreadable as error:
                raise Unreadable(f"{path}, picture {len(film)}: {error}") from error
            film.append((frame.pts * frame.time_base, number))
    return film


def _span(index: int, share: Fraction, length: int) -> slice:
    return slice(round(index * share * length), round((index + 1) * share * length))


def _levels(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    height, width = rgb.shape[:2]
    levels = np.empty((2, COLUMNS))
    for row, column in np.ndindex(2, COLUMNS):
        levels[row, column] = rgb[
            _middle(row, CELL_HEIGHT, height), _middle(column, CELL_WIDTH, width)
        ].mean()
    return levels


def _middle(index: int, share: Fraction, length: int) -> slice:
    """The middle half of a cell, at least one pixel."""
    start = round((index + Fraction(1, 4)) * share * length)
    return slice(start, max(round((index + Fraction(3, 4)) * share * length), start + 1))


def _number(bits: list[np.bool_]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
