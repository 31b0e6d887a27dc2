"""``helios job run`` executes what ``--emit-job`` wrote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.barcode import read_film
from tests.commandline import EXAMPLES
from tests.fonts import no_fonts
from tests.ready import emit_job, helios

pytestmark = pytest.mark.browser
PAGE = EXAMPLES / "simple-canvas-animation" / "composition.html"


WORDS = '<h1 style="font-family: Nowhere Sans, serif">the words of a film</h1>'


def emit(folder: Path, page: Path) -> None:
    amount = ("--frame-count", 20, "--fps", 30, "--concurrency", 3)
    emit_job(folder, page, "film.mp4", *amount)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page and its job of three chunks."""
    place = tmp_path_factory.mktemp("made")
    emit(place, Path(shutil.copy(PAGE, place)))
    return place


@pytest.fixture
def job(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True))


def test_a_job_becomes_the_film(job: Path) -> None:
    from helios.media.probe import probe

    helios("job", "run", "job.json", cwd=job)
    info = probe(job / "film.mp4")
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.frame_count) == (320, 180, 20)
    assert not list(job.glob("*_part_*"))


def test_one_chunk_can_be_rendered_alone_by_the_browser_that_was_planned(job: Path) -> None:
    told = json.loads((job / "job.json").read_text())
    told["browser"]["version"] = "HeadlessChrome/1.2.3"
    (job / "job.json").write_text(json.dumps(told))
    alone = ("job", "run", "job.json", "--chunk", 0, "--no-merge")
    refused = helios(*alone, cwd=job, code=3)
    assert "planned with HeadlessChrome/1.2.3, this machine has HeadlessChrome/" in refused.err
    assert not (job / "film_part_0.mov").exists()
    helios(*alone, "--any-browser", cwd=job)
    assert (job / "film_part_0.mov").is_file()
    assert not (job / "film_part_1.mov").exists()
    assert not (job / "film.mp4").exists()


def test_a_machine_with_other_fonts_draws_nothing_of_a_job(tmp_path: Path) -> None:
    (tmp_path / "words.html").write_text(WORDS)
    emit(tmp_path, tmp_path / "words.html")
    (font,) = json.loads((tmp_path / "job.json").read_text())["browser"]["fonts"]
    assert (font["families"], font["style"]) == ('"Nowhere Sans", serif', "700")
    alone = ("job", "run", "job.json", "--chunk", 0)
    with no_fonts():
        refused = helios(*alone, cwd=tmp_path, code=3)
    there = " and ".join(font["drawnWith"])
    assert f'for "Nowhere Sans", serif (700) it has no font instead of {there}' in refused.err
    assert f"Install {there} here" in refused.err
    assert not list(tmp_path.glob("film_part_*"))
    helios(*alone, cwd=tmp_path)
    assert (tmp_path / "film_part_0.mov").is_file()


def test_chunks_rendered_before_are_not_rendered_again(job: Path) -> None:
    helios("job", "run", "job.json", "--chunk", 1, cwd=job)
    told = helios("job", "run", "job.json", "--json", "--verbose", cwd=job).events
    workers = " ".join(each["message"] for each in told if each["event"] == "worker")
    assert all(f"chunk {number} finished: " in workers for number in (0, 2))
    assert "chunk 1 " not in workers
    done = told[-1]
    assert done["renderedChunks"] == [0, 2]
    assert done["cachedChunks"] == [1]


def test_a_finished_job_says_so(job: Path) -> None:
    helios("job", "run", "job.json", "--concurrency", 2, cwd=job)
    assert "already finished" in helios("job", "run", "job.json", cwd=job).out
    forced = helios("job", "run", "job.json", "--force", "--json", cwd=job).events[-1]
    assert forced["renderedChunks"] == [0, 1, 2]


def test_the_job_film_has_the_frames_of_a_direct_render(tmp_path: Path) -> None:
    page = EXAMPLES.parent / "tests" / "compositions" / "canvas2d.html"
    emit(tmp_path, page)
    helios("job", "run", "job.json", cwd=tmp_path)
    direct = ("--width", 320, "--height", 180, "--frame-count", 20, "--fps", 30)
    helios("render", page, "-o", "direct.mp4", *direct, cwd=tmp_path)
    assert read_film(tmp_path / "film.mp4") == read_film(tmp_path / "direct.mp4")


def test_an_unknown_chunk_is_named(job: Path) -> None:
    outcome = helios("job", "run", "job.json", "--chunk", 9, cwd=job, code=2)
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
