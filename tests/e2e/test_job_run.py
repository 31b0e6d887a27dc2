"""``helios job run`` executes what ``--emit-job`` wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.barcode import read_film
from tests.commandline import EXAMPLES, emit_job, helios

pytestmark = pytest.mark.browser
PAGE = EXAMPLES / "simple-canvas-animation" / "composition.html"


def emit(folder: Path, page: Path = PAGE) -> None:
    amount = ("--frame-count", 20, "--fps", 30, "--concurrency", 3)
    emit_job(folder, page, "film.mp4", *amount)


def test_a_job_becomes_the_film(tmp_path: Path) -> None:
    from helios.media.probe import probe

    emit(tmp_path)
    helios("job", "run", "job.json", cwd=tmp_path)
    info = probe(tmp_path / "film.mp4")
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.frame_count) == (320, 180, 20)
    assert not list(tmp_path.glob("*_part_*"))


def test_one_chunk_can_be_rendered_alone_by_the_browser_that_was_planned(tmp_path: Path) -> None:
    emit(tmp_path)
    job = json.loads((tmp_path / "job.json").read_text())
    job["browser"]["version"] = "HeadlessChrome/1.2.3"
    (tmp_path / "job.json").write_text(json.dumps(job))
    alone = ("job", "run", "job.json", "--chunk", 0, "--no-merge")
    refused = helios(*alone, cwd=tmp_path, code=4)
    assert "planned with HeadlessChrome/1.2.3, this machine has HeadlessChrome/" in refused.err
    assert not (tmp_path / "film_part_0.mov").exists()
    helios(*alone, "--any-browser", cwd=tmp_path)
    assert (tmp_path / "film_part_0.mov").is_file()
    assert not (tmp_path / "film_part_1.mov").exists()
    assert not (tmp_path / "film.mp4").exists()


def test_chunks_rendered_before_are_not_rendered_again(tmp_path: Path) -> None:
    emit(tmp_path)
    helios("job", "run", "job.json", "--chunk", 1, cwd=tmp_path)
    told = helios("job", "run", "job.json", "--json", "--verbose", cwd=tmp_path).events
    workers = " ".join(each["message"] for each in told if each["event"] == "worker")
    assert all(f"chunk {number} finished: " in workers for number in (0, 2))
    assert "chunk 1 " not in workers
    done = told[-1]
    assert done["renderedChunks"] == [0, 2]
    assert done["cachedChunks"] == [1]


def test_a_finished_job_says_so(tmp_path: Path) -> None:
    emit(tmp_path)
    helios("job", "run", "job.json", "--concurrency", 2, cwd=tmp_path)
    assert "already finished" in helios("job", "run", "job.json", cwd=tmp_path).out
    forced = helios("job", "run", "job.json", "--force", "--json", cwd=tmp_path).events[-1]
    assert forced["renderedChunks"] == [0, 1, 2]


def test_the_job_film_has_the_frames_of_a_direct_render(tmp_path: Path) -> None:
    page = EXAMPLES.parent / "tests" / "compositions" / "canvas2d.html"
    emit(tmp_path, page)
    helios("job", "run", "job.json", cwd=tmp_path)
    direct = ("--width", 320, "--height", 180, "--frame-count", 20, "--fps", 30)
    helios("render", page, "-o", "direct.mp4", *direct, cwd=tmp_path)
    assert read_film(tmp_path / "film.mp4") == read_film(tmp_path / "direct.mp4")


def test_an_unknown_chunk_is_named(tmp_path: Path) -> None:
    emit(tmp_path)
    outcome = helios("job", "run", "job.json", "--chunk", 9, cwd=tmp_path, code=2)
    assert "chunk 9" in outcome.err


def test_a_failing_foreign_chunk_stops_the_job_with_its_last_lines(tmp_path: Path) -> None:
    chunk = {"startFrame": 0, "frameCount": 1, "outputFile": "a.mov"}
    job = {
        "metadata": {"totalFrames": 1, "fps": 30, "width": 2, "height": 2, "duration": 0.1},
        "chunks": [{"id": 5, **chunk, "command": "sh -c 'echo broken lens >&2; exit 7'"}],
        "mergeCommand": "true",
    }
    (tmp_path / "job.json").write_text(json.dumps(job))
    outcome = helios("job", "run", "job.json", cwd=tmp_path, code=4)
    assert "chunk 5" in outcome.err
    assert "exit code 7" in outcome.err
    assert "broken lens" in outcome.err
