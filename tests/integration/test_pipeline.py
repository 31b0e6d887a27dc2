"""The export pipeline, with the real renderer."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.busy import BUSY

from helios.errors import Cancelled, CompositionNotFound, OptionError, ScriptError
from helios.media.pictures import decode_pictures
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.progress import Progress, Stage
from helios.rendering import look as road
from helios.rendering import note
from helios.rendering.cancellation import Cancellation
from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.pipeline import ExportPipeline

FILM = """
import time
import numpy as np

def draw(frame, context):
    time.sleep(context.props.get("sleep", 0))
    if frame == context.props.get("raise_at"):
        raise ValueError("no such colour")
    return np.full((context.height, context.width, 3), frame * 8 % 256, np.uint8)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "film.py").write_text(FILM)
    return tmp_path


def config(**more: Any) -> dict[str, Any]:
    return {
        "composition": "film.py:draw",
        "width": 64,
        "height": 64,
        "fps": 10,
        "frameCount": 12,
        "chunkFrames": 4,
        "outputPath": "film.mp4",
        **more,
    }


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_an_export_goes_through_all_stages_and_never_back(folder: Path) -> None:
    seen: list[Progress] = []
    result = ExportPipeline(folder).export(config(), seen.append)
    assert (result.output_path, result.duration) == (folder / "film.mp4", 1.2)
    assert len(list(decode_pictures(result.output_path))) == 12
    fractions = [report.fraction for report in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    stages = list(dict.fromkeys(report.stage for report in seen))
    assert stages == [Stage.ANALYZING, Stage.RENDERING, Stage.ENCODING, Stage.METADATA]
    for report in seen:
        if report.stage is Stage.RENDERING:
            share = report.frames_done / report.frames_total
            assert report.fraction == pytest.approx(0.1 + 0.7 * share)
    assert leftovers(folder) == []


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"props": {"raise_at": 9}}, ScriptError),
        ({"composition": "nothing.html"}, CompositionNotFound),
        ({"audioPath": "nothing.mp3"}, OptionError),
    ],
)
def test_errors_are_raised_and_nothing_is_left(
    folder: Path, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        ExportPipeline(folder).export(config(**more))
    assert leftovers(folder) == []
    assert not (folder / "film.mp4").exists()


def test_a_cancelled_export_leaves_nothing(folder: Path) -> None:
    cancellation = Cancellation()
    threading.Timer(1.5, cancellation.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ExportPipeline(folder).export(config(props={"sleep": 2.0}), cancellation=cancellation)
    assert time.monotonic() - began < 4 * BUSY
    assert leftovers(folder) == []


def test_finished_chunks_are_kept_for_the_next_call_when_asked(folder: Path) -> None:
    pipeline = ExportPipeline(folder)
    with pytest.raises(ScriptError):
        pipeline.export(config(props={"raise_at": 9}), keep_chunks=True)
    assert len(list(folder.glob(".helios-*/*.commit.json"))) == 2
    with pytest.raises(ScriptError):
        pipeline.export(config(props={"raise_at": 9}), keep_chunks=True)
    assert len(list(folder.glob(".helios-*/*.commit.json"))) == 2


def test_a_film_whose_end_was_not_noted_is_not_rendered_again(folder: Path) -> None:
    pipeline = ExportPipeline(folder)
    first = pipeline.export(config(), keep_chunks=True)
    changed = first.output_path.stat().st_mtime_ns
    again = pipeline.export(config(), keep_chunks=True)
    assert first.output_path.stat().st_mtime_ns == changed
    assert (again.rendered_chunks, again.duration, again.frame_count) == ((), 1.2, 12)
    note.forget_note(first.output_path)
    third = pipeline.export(config(), keep_chunks=True)
    assert third.rendered_chunks == (0, 1, 2)


def test_another_configuration_is_another_film(folder: Path) -> None:
    pipeline = ExportPipeline(folder)
    pipeline.export(config(), keep_chunks=True)
    other = pipeline.export(config(frameCount=8), keep_chunks=True)
    assert other.frame_count == 8


class FakeSong:
    def __init__(self, seconds: float) -> None:
        self.seconds = Fraction(seconds)

    def duration_s(self, file: Path) -> Fraction:
        return self.seconds

    def end_within(self, file: Path, longest_s: Fraction) -> Fraction:
        return longest_s - Fraction(3)


@pytest.mark.parametrize(
    ("values", "seconds", "duration"),
    [
        ({"type": "shorts"}, 200, 57),
        ({"type": "shorts"}, 40, None),
        ({"type": "reels", "duration": 200}, 200, 90),
        ({"type": "flat-1080p-portrait"}, 200, None),
        ({"maxDurationS": 30}, 200, 27),
    ],
)
def test_films_for_platforms_are_cut(
    folder: Path, values: dict[str, Any], seconds: float, duration: int | None
) -> None:
    lengths: list[Any] = []

    def render(_composition: Any, _film: Path, options: Any, *, length: Any, **_: Any) -> Any:
        known = CompositionFacts(
            composition=Composition(kind=CompositionKind.PYTHON, location="film.py:draw"),
            declared_duration_s=Fraction(seconds),
        )
        lengths.append(length.choose(options, known))
        raise Cancelled

    pipeline = ExportPipeline(folder, render=render, song=FakeSong(seconds))
    base = {"composition": "film.py:draw", "audioPath": "song.mp3"}
    with pytest.raises(Cancelled):
        pipeline.export({**base, **values})
    assert lengths == [duration]


def test_a_cut_film_is_looked_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []

    def look(*asked: Any) -> Any:
        looks.append(asked)
        return real(*asked)

    real = road.look
    monkeypatch.setattr(road, "look", look)
    (folder / "long.py").write_text(FILM + "\ndraw.duration = 5\ndraw.fps = 10\n")
    values = config(composition="long.py:draw", maxDurationS=0.5)
    del values["frameCount"]
    assert ExportPipeline(folder).export(values).frame_count == 5
    assert len(looks) == 1


def test_a_declared_length_beyond_the_cap_is_cut(folder: Path) -> None:
    (folder / "long.py").write_text(FILM + "\ndraw.duration = 5\ndraw.fps = 10\n")
    values = config(composition="long.py:draw", maxDurationS=1.0)
    del values["frameCount"]
    result = ExportPipeline(folder).export(values)
    assert result.duration == pytest.approx(1.0)


def test_dated_films_count_up(folder: Path) -> None:
    pipeline = ExportPipeline(folder, today=lambda: datetime(2026, 11, 21, tzinfo=UTC))
    films = [pipeline.export(config(naming="dated", frameCount=2)).output_path for _ in range(2)]
    assert [film.name for film in films] == [
        "20261121_film_64x64_v1.mp4",
        "20261121_film_64x64_v2.mp4",
    ]


def test_the_default_renderer_is_the_orchestrator() -> None:
    assert ExportPipeline()._render is RenderOrchestrator.render
