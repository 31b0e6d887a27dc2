"""A scene's film of a song at a glance: moments side by side, and the measures of a living film."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from helios.model.formats import Projection
from helios.scene import colour
from helios.scene.capture import FrameCapture
from helios.scene.living import (
    OVERVIEW_PER_S,
    Floats,
    Heard,
    Measure,
    around_measures,
    film_measures,
    silhouettes_measure,
)
from helios.scene.scene import SceneSettings

if TYPE_CHECKING:
    from helios.audio.table import PreAnalysisResult
    from helios.scene.template import Template

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


def look_at_film(
    template: Template, table: PreAnalysisResult, threads: int | None = None
) -> FilmLook:
    """Draw the film small and measure it; the table has 30 rows a second."""
    drawn = _Film(template, table, _WIDTH, _HEIGHT, threads)
    try:
        total = table.total_frames
        every = FPS // OVERVIEW_PER_S
        overview = drawn.light(range(0, total, every))
        long = min(_PASSAGE_S * FPS, total)
        starts = sorted({(total - long) * part // 4 for part in (1, 2, 3)})
        passages = tuple(drawn.light(range(start, start + long)) for start in starts)
        first = drawn.light(range(min(FPS // 2 + 1, total)))
    finally:
        drawn.close()
    loudness = np.asarray(table["loudness"][::every], np.float64)
    heard = Heard(
        loudness=loudness,
        silent=loudness < _SILENT_LUFS,
        drops=tuple(
            round(part.start_s * OVERVIEW_PER_S) for part in table.sections if part.kind == "drop"
        ),
    )
    return FilmLook(overview=overview, measures=film_measures(overview, heard, passages, first))


def look_around_film(
    template: Template, table: PreAnalysisResult, threads: int | None = None
) -> tuple[Measure, ...]:
    """The measures of the film's middle minute, as it goes all around."""
    drawn = _Film(template, table, _AROUND, _AROUND // 2, threads, Projection.EQUIRECT)
    try:
        long = min(_MINUTE_S * FPS, table.total_frames)
        start = (table.total_frames - long) // 2
        minute = drawn.light(range(start, start + long, FPS // OVERVIEW_PER_S))
        middle = start + long // 2
        passage = drawn.light(range(middle, min(middle + _PASSAGE_S * FPS, start + long)))
    finally:
        drawn.close()
    return around_measures(minute, (passage,))


def compare_films(one: FilmLook, other: FilmLook) -> Measure:
    """How alike the forms of two songs' films are, second for second."""
    return silhouettes_measure(one.overview, other.overview)


def draw_moments(
    template: Template, table: PreAnalysisResult, width: int, threads: int | None = None
) -> NDArray[np.uint8]:
    """Twenty-four moments of the film, evenly spread, on one page."""
    height = width * 9 // 32 * 2
    drawn = _Film(template, table, width, height, threads)
    try:
        numbers = [(2 * n + 1) * table.total_frames // (2 * MOMENTS) for n in range(MOMENTS)]
        rows = MOMENTS // COLUMNS
        shape = (rows * (height + _GAP) - _GAP, COLUMNS * (width + _GAP) - _GAP, 3)
        page = np.zeros(shape, np.uint8)
        for place, number in enumerate(numbers):
            y, x = place // COLUMNS * (height + _GAP), place % COLUMNS * (width + _GAP)
            page[y : y + height, x : x + width] = drawn.pixels(number)
    finally:
        drawn.close()
    return page


class _Film:
    def __init__(
        self,
        template: Template,
        table: PreAnalysisResult,
        width: int,
        height: int,
        threads: int | None,
        projection: Projection = Projection.PERSPECTIVE,
    ) -> None:
        settings = SceneSettings(
            template=template,
            width=width,
            height=height,
            fps=Fraction(FPS),
            total_frames=table.total_frames,
            table=table,
            projection=projection,
        )
        self._capture = FrameCapture(settings, threads=threads)

    def pixels(self, number: int) -> NDArray[np.uint8]:
        return np.asarray(self._capture.capture_frame(number).planes[0])

    def light(self, numbers: range) -> Floats:
        """(n, h, w, 3), linear."""
        frames = [colour.to_linear(self.pixels(number) / 255) for number in numbers]
        return np.stack(frames).astype(np.float64)

    def close(self) -> None:
        self._capture.dispose()
