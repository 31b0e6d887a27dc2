"""What the command line starts before it has loaded itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios.cli import main as program
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.planning.jobspec import job_from_plan
from helios.planning.planner import plan_render

PAGE, SERVER = [True], [False]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether a page's renderer was started, for each that was."""
    found: list[bool] = []
    monkeypatch.setattr(program, "start_ahead", lambda *, expect_page: found.append(expect_page))
    return found


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("render page.html -o film.mp4", PAGE),
        ("render film.py:draw", SERVER),
        ("render", []),
        ("render page.html --no-sandbox", []),
        ("render --help", []),
        ("info film.mp4", []),
        ("job run", []),
        ("job run nothing.json", []),
        ("job status job.json", []),
    ],
)
def test_what_draws_first_is_started_with_an_ordinary_render(
    words: str, wanted: list[bool], started: list[bool]
) -> None:
    program._start_ahead(words.split())
    assert started == wanted


def test_a_job_file_tells_at_a_glance_what_draws(tmp_path: Path, started: list[bool]) -> None:
    film = Composition(kind=CompositionKind.PYTHON, location="film.py:draw")
    options = RenderOptions.read({"frameCount": 4, "width": 16, "height": 16})
    plan = plan_render(film, tmp_path / "film.mp4", options, beside_output=True)
    text = job_from_plan(
        plan, tmp_path, input_name="film.py:draw", version="1", place_input=str
    ).to_json()
    job = tmp_path / "job.json"
    job.write_text(text)
    program._start_ahead(["job", "run", str(job)])
    assert started == SERVER
    for composition, flags, wanted in (
        ("page.html", "", PAGE),
        ("page.html", '"--no-sandbox",', []),
        ("folder/", '"--props", "{\\"list\\": [1]}",', PAGE),
    ):
        started.clear()
        job.write_text(text.replace('film.py:draw",', f'{composition}",{flags}'))
        program._start_ahead(["job", "run", str(job), "--workers", "1"])
        assert started == wanted


def test_foreign_jobs_and_pipes_start_nothing(tmp_path: Path, started: list[bool]) -> None:
    job, pipe = tmp_path / "job.json", tmp_path / "pipe.json"
    job.write_text('{"chunks": [{"argv": ["other", "render", "page.html"]}]}')
    os.mkfifo(pipe)
    for place in (job, pipe, tmp_path):
        program._start_ahead(["job", "run", str(place)])
    assert started == []
