"""A composition's film of a song at a glance: moments side by side, and whether the film lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from helios.model.composition import Composition
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.rendering.in_process import open_source
from helios.scene import colour
from helios.scene.living import (
    OVERVIEW_PER_S,
    Floats,
    Heard,
    Measure,
    around_measures,
    film_measures,
    silhouettes_measure,
)
from helios.sources.rgb import to_pixels

if TYPE_CHECKING:
    from helios.audio.table import PreAnalysisResult
    from helios.sources.source import FrameSource

FPS = 30
MOMENTS, COLUMNS = 24, 6
_WIDTH, _HEIGHT = 160, 90
_PASSAGE_S = 8
_MINUTE_S = 60
_AROUND = 216
"""Pixels around: 10 degrees are 6."""
_SILENT_LUFS = -55.0
_GAP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmLook:
    """What was seen of a film."""

    overview: Floats
    measures: tuple[Measure, ...]


def look_at_film(composition: Composition, song: Path, table: PreAnalysisResult) -> FilmLook:
    """Draw the film of a song small and measure it; the table, of that song, has 30 rows a second.

    Raises:
        HeliosError: the composition cannot be drawn.
    """
    with _film(composition, song, _WIDTH, _HEIGHT) as film:
        total = min(film.total, table.total_frames)
        every = FPS // OVERVIEW_PER_S
        overview = film.light(range(0, total, every))
        long = min(_PASSAGE_S * FPS, total)
        starts = sorted({(total - long) * part // 4 for part in (1, 2, 3)})
        passages = tuple(film.light(range(start, start + long)) for start in starts)
        first = film.light(range(min(FPS // 2 + 1, total)))
    loudness = np.asarray(table["loudness"][:total:every], np.float64)
    heard = Heard(
        loudness=loudness,
        silent=loudness < _SILENT_LUFS,
        drops=tuple(
            round(part.start_s * OVERVIEW_PER_S) for part in table.sections if part.kind == "drop"
        ),
    )
    return FilmLook(overview=overview, measures=film_measures(overview, heard, passages, first))


def look_around_film(composition: Composition, song: Path) -> tuple[Measure, ...]:
    """The measures of the film's middle minute, as it goes all around.

    Raises:
        HeliosError: the composition cannot be drawn.
    """
    with _film(composition, song, _AROUND, _AROUND // 2, "360-mono-4k") as film:
        long = min(_MINUTE_S * FPS, film.total)
        start = (film.total - long) // 2
        minute = film.light(range(start, start + long, FPS // OVERVIEW_PER_S))
        middle = start + long // 2
        passage = film.light(range(middle, min(middle + _PASSAGE_S * FPS, start + long)))
    return around_measures(minute, (passage,))


def compare_films(one: FilmLook, other: FilmLook) -> Measure:
    """How alike the forms of two songs' films are, second for second."""
    return silhouettes_measure(one.overview, other.overview)


def draw_moments(composition: Composition, song: Path, width: int) -> NDArray[np.uint8]:
    """Twenty-four moments of the film, evenly spread, on one page.

    Raises:
        HeliosError: the composition cannot be drawn.
    """
    height = width * 9 // 32 * 2
    rows = MOMENTS // COLUMNS
    shape = (rows * (height + _GAP) - _GAP, COLUMNS * (width + _GAP) - _GAP, 3)
    page = np.zeros(shape, np.uint8)
    with _film(composition, song, width, height) as film:
        numbers = [(2 * n + 1) * film.total // (2 * MOMENTS) for n in range(MOMENTS)]
        for place, number in enumerate(numbers):
            y, x = place // COLUMNS * (height + _GAP), place % COLUMNS * (width + _GAP)
            page[y : y + height, x : x + width] = film.pixels(number)
    return page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """A composition's film of a whole song, of which any frame can be drawn."""

    source: FrameSource
    total: int

    def pixels(self, number: int) -> NDArray[np.uint8]:
        """A frame, (h, w, 3), sRGB."""
        (pixels,) = [to_pixels(each, keep_alpha=False) for each in self.source.frames(number, 1)]
        return pixels

    def light(self, numbers: range) -> Floats:
        """(n, h, w, 3), linear."""
        frames = [colour.to_linear(self.pixels(number) / 255) for number in numbers]
        return np.stack(frames).astype(np.float64)


@contextmanager
def _film(
    composition: Composition, song: Path, width: int, height: int, named: str | None = None
) -> Iterator[_Film]:
    """The film of this size, of the type that is ``named``, as long as it is looked at."""
    options = RenderOptions(audio=(str(song),), width=width, height=height, fps=FPS, type=named)
    with ExitStack() as stack:
        source, resolved, _ = open_source(stack, composition, options, format=PixelFormat.RGB24)
        stack.callback(source.close)
        yield _Film(source=source, total=resolved.draw.total_frames)
