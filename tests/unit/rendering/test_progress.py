"""Progress and the remaining time, by a clock that the test turns."""

from __future__ import annotations

import pytest

from helios.model.progress import Progress, Stage
from helios.rendering.progress import ProgressMeter


class Watched:
    """A meter, its clock, and what it told."""

    def __init__(self, total: int) -> None:
        self.now = 100.0
        self.told: list[Progress] = []
        self.meter = ProgressMeter(total, self.told.append, clock=lambda: self.now)

    def draw(self, chunk: int, frames: range, seconds_each: float) -> Progress:
        for frame in frames:
            self.now += seconds_each
            self.meter.chunk(chunk, frame + 1)
        return self.told[-1]


def test_the_remaining_time_comes_from_measured_frames() -> None:
    film = Watched(100)
    film.meter.chunk(0, 0)
    last = film.draw(0, range(20), 0.1)
    assert (last.frames_done, last.frames_total) == (20, 100)
    assert last.fps == pytest.approx(10)
    assert last.eta_s == pytest.approx(8)


def test_it_follows_a_machine_that_becomes_slower() -> None:
    film = Watched(1000)
    film.meter.chunk(0, 0)
    film.draw(0, range(100), 0.05)
    last = film.draw(0, range(100, 130), 0.5)
    assert last.fps == pytest.approx(2, rel=0.1)
    assert last.eta_s == pytest.approx(870 / 2, rel=0.1)


def test_finished_chunks_of_an_earlier_run_are_no_speed() -> None:
    film = Watched(100)
    film.meter.chunk(0, 0)
    film.now += 0.01
    film.meter.chunk(1, 50, cached=True)
    assert film.told[-1].frames_done == 50
    assert (film.told[-1].fps, film.told[-1].eta_s) == (None, None)
    last = film.draw(0, range(10), 0.2)
    assert last.eta_s == pytest.approx(40 / 5, rel=0.05)
    last = film.draw(0, range(10, 45), 0.2)
    assert last.eta_s == pytest.approx(5 / 5, rel=0.05), "what it looks back on begins later"


def test_chunks_that_are_kept_are_told_at_once() -> None:
    film = Watched(100)
    film.meter.kept({0: 30, 1: 30, 2: 30})
    assert [report.frames_done for report in film.told] == [90]
    assert film.told[0].eta_s is None


def test_nothing_is_foretold_before_there_is_a_frame() -> None:
    film = Watched(10)
    film.meter.chunk(0, 0)
    film.now += 30
    film.meter.chunk(0, 0)
    assert all(progress.eta_s is None for progress in film.told)


def test_progress_never_falls_and_ends_with_one() -> None:
    film = Watched(20)
    for chunk, frames in ((0, 5), (1, 3), (0, 2), (1, 10), (0, 10)):
        film.now += 1
        film.meter.chunk(chunk, frames)
    for fraction in (0.0, 0.5, 0.2, 1.0):
        film.meter.merging(fraction)
    film.meter.chunk(1, 10)
    film.meter.finished()
    fractions = [progress.fraction for progress in film.told]
    assert fractions == sorted(fractions)
    assert (fractions[-1], film.told[-1].stage, film.told[-1].eta_s) == (1.0, Stage.ENCODING, 0.0)
    film.meter.finished(spherical=True)
    assert (film.told[-1].fraction, film.told[-1].stage) == (1.0, Stage.METADATA)
    assert all(fraction < 1 for fraction in fractions[:-1])
