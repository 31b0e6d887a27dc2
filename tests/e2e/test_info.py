"""``helios info``: what is told of films and compositions is what they are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commandline import ROOT
from tests.commandline import helios as new_process
from tests.ready import helios
from tests.sounds import wav

from helios.executors.call import ChunkCall
from helios.executors.pool import WorkerPool
from helios.model.composition import name_composition
from helios.model.options import RenderOptions
from helios.rendering.measure import measured

GREY = """
import numpy as np
def draw(frame, context):
    return np.full((context.height, context.width, 3), 99, np.uint8)
draw.duration, draw.fps = 0.5, 24
"""


def told(*words: object, cwd: Path) -> dict[str, object]:
    return helios("info", *words, "--json", cwd=cwd).document("info")


def test_a_film_and_what_it_was_made_of(tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    composition = told("grey.py:draw", cwd=tmp_path)
    assert (composition["kind"], composition["duration_s"]) == ("python", 0.5)
    helios("render", "grey.py:draw", "-o", "film.mp4", "--width", 64, "--height", 48, cwd=tmp_path)
    film = told("film.mp4", cwd=tmp_path)
    assert (film["width"], film["height"], film["fps"], film["frames"]) == (64, 48, "24", 12)
    assert film["duration_s"] == 0.5
    assert str(film["colour"]).startswith("matrix 1, primaries 1, transfer 1, limited")
    assert "audio_codec" not in film
    lines = helios("info", "film.mp4", cwd=tmp_path).out.splitlines()
    assert {line.split()[0] for line in lines} == set(film)


@pytest.mark.browser
def test_a_page_says_what_it_loads(tmp_path: Path) -> None:
    for name in ("props.html", "page.css", "barcode.js"):
        shutil.copy(ROOT / "tests" / "compositions" / name, tmp_path)
    page = told("props.html", cwd=tmp_path)
    assert page["kind"] == "page"
    assert {Path(str(name)).name for name in list(page["inputs"])} >= {"page.css", "barcode.js"}  # type: ignore[call-overload]


NOISE = """
import numpy as np
def draw(frame, context):
    chance = np.random.default_rng(frame)
    return chance.integers(0, 255, (context.height, context.width, 3), np.uint8)
draw.duration, draw.fps = 4, 30
"""


@pytest.mark.parametrize("film", ["film.mp4 --audio song.wav", "film.gif"])
def test_the_size_of_a_film_is_expected(tmp_path: Path, film: str) -> None:
    (tmp_path / "noise.py").write_text(NOISE)
    tones = 0.1 * np.random.default_rng(1).standard_normal(240_000)
    (tmp_path / "song.wav").write_bytes(wav(tones))
    small = ("--width", 96, "--height", 64, "--json")
    words = ("render", "noise.py:draw", *small, "-o", *film.split())
    expected = helios(*words, "--dry-run", cwd=tmp_path).events[-1]["filmBytes"]
    helios(*words, cwd=tmp_path)
    size = (tmp_path / film.split(maxsplit=1)[0]).stat().st_size
    assert size / 1.25 < expected < size * 1.25


def test_what_is_no_media_is_explained(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film")
    assert "cannot read film.mp4" in helios("info", "film.mp4", cwd=tmp_path, code=2).err
    helios("info", "missing.mp4", cwd=tmp_path, code=2)


def test_a_dry_run_says_the_plan_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    words = ("render", "grey.py:draw", "-o", "films/film.mp4", "--width", 64, "--height", 48)
    # Its memory is that of what it starts.
    planned = new_process(*words, "--dry-run", "--json", cwd=tmp_path).events
    assert [event["event"] for event in planned] == ["plan", "expected"]
    assert (planned[0]["totalFrames"], planned[0]["width"]) == (12, 64)
    told = helios(*words, "--dry-run", cwd=tmp_path)
    assert "12 frames" in told.err
    assert "of memory, a film of" in told.out
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == ["grey.py"]
    made = helios(*words, "--json", cwd=tmp_path).events
    size = (tmp_path / "films" / "film.mp4").stat().st_size
    # Of so small a film most is the container.
    assert abs(planned[1]["filmBytes"] - size) < 2000
    assert planned[1]["seconds"] > 0
    assert planned[1]["memoryBytes"] > 50e6
    assert next(e["digest"] for e in made if e["event"] == "plan") == planned[0]["digest"]
    refused = helios("render", "grey.py:draw", "--pack", "vr", "--dry-run", cwd=tmp_path, code=2)
    assert "one film" in refused.err


def test_of_frames_that_take_long_a_dry_run_draws_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "grey.py").write_text(GREY.replace("0.5, 24", "10, 24"))
    monkeypatch.setattr("helios.rendering.measure._LARGE_PIXELS", 64 * 48)
    monkeypatch.setattr("helios.rendering.measure._SLOW_FRAME_S", 0.0)
    monkeypatch.setattr("helios.rendering.measure.BUDGET_S", 0.0)
    seen: list[tuple[int, int]] = []
    render = WorkerPool.call

    def noted(pool: WorkerPool, call: ChunkCall, *words: Any) -> Any:
        if isinstance(call, ChunkCall):
            seen.extend((chunk.start_frame, chunk.frame_count) for chunk in call.chunks)
        return render(pool, call, *words)

    monkeypatch.setattr(WorkerPool, "call", noted)
    composition = name_composition("grey.py:draw", tmp_path)
    options = RenderOptions(width=64, height=48)
    _, costs = measured(composition, tmp_path / "film.mp4", options, base=tmp_path)
    assert seen == [(0, 1), (119, 1), (120, 2)]
    assert costs.frame_s > 0


def test_a_draft_is_a_quarter_as_wide_and_high(tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    words = ("render", "grey.py:draw", "--width", 640, "--height", 480, "-o", "film.mp4", "--draft")
    helios(*words, cwd=tmp_path)
    film = told("film.mp4", cwd=tmp_path)
    assert (film["width"], film["height"], film["frames"]) == (160, 120, 12)
    assert "--draft and --scale 1/2" in helios(*words, "--scale", "1/2", cwd=tmp_path, code=2).err


def test_a_benchmark_says_what_each_stage_takes(tmp_path: Path) -> None:
    (told,) = helios("benchmark", "--only", "python", "--json", cwd=tmp_path).events
    assert told["kind"] == "python"
    assert told["workers"] >= 1
    assert told["limit"]
    drawing_s = 600 * told["frameSeconds"] / told["workers"]
    stages_s = told["lookSeconds"] + told["startSeconds"] + 600 * told["joinSeconds"]
    assert 600 / told["fps"] == pytest.approx(drawing_s + stages_s, rel=0.1)
    assert list(tmp_path.iterdir()) == []
