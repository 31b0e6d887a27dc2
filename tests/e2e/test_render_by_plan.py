"""``render()`` does what ``plan()`` says, and gives the film one chunk would give."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.barcode import read_film

import helios

SIZE = {"width": 320, "height": 180, "fps": 30, "frame_count": 20}
BARCODE = "tests/compositions/barcode.py:draw"


def test_the_plan_is_carried_out(tmp_path: Path) -> None:
    reports: list[helios.Progress] = []
    result = helios.render(
        BARCODE, tmp_path / "film.mp4", {**SIZE, "concurrency": 3}, on_progress=reports.append
    )
    assert result.rendered_chunks == (0, 1, 2)
    film = read_film(tmp_path / "film.mp4")
    assert [number for _, number in film] == list(range(20))
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert reports[-1].percent == 100
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_three_chunks_show_what_one_shows_at_the_same_times(tmp_path: Path) -> None:
    one = helios.render(BARCODE, tmp_path / "one.mp4", SIZE)
    three = helios.render(BARCODE, tmp_path / "three.mp4", {**SIZE, "concurrency": 3})
    assert read_film(one.output_file) == read_film(three.output_file)


def test_a_cancelled_render_keeps_what_is_finished(tmp_path: Path) -> None:
    cancellation = helios.Cancellation()
    options = {**SIZE, "frame_count": 400, "concurrency": 8}

    def stop_soon(progress: helios.Progress) -> None:
        if progress.frames_done >= 150:
            cancellation.cancel()

    with pytest.raises(helios.Cancelled):
        helios.render(
            BARCODE,
            tmp_path / "film.mp4",
            options,
            on_progress=stop_soon,
            cancellation=cancellation,
        )
    assert not (tmp_path / "film.mp4").exists()
    again = helios.render(BARCODE, tmp_path / "film.mp4", options)
    assert [number for _, number in read_film(again.output_file)] == list(range(400))
