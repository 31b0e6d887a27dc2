"""Whoever makes or plans a film takes the same steps: refuse, draw, join, and stop when asked."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.films import encode_parts, settings, shown

import helios
from helios.errors import Cancelled, HeliosError, JobSpecError
from helios.model.progress import Progress, Stage
from helios.planning.workers import Workers
from helios.rendering import foreign
from helios.rendering.cancellation import Cancellation
from helios.rendering.drawers import workers_for
from helios.rendering.job import JobOptions, JobRunner
from helios.rendering.job_argv import merge_from_argv


def test_a_merge_of_ours_is_read_from_the_folder_of_its_job(tmp_path: Path) -> None:
    words = "helios merge film.mp4 a.mov sub/b.mov --audio song.wav,fade_out=2 --type 360-mono-4k"
    own = merge_from_argv(words.split(), tmp_path)
    assert own is not None
    assert own.film == tmp_path / "film.mp4"
    assert own.parts == (tmp_path / "a.mov", tmp_path / "sub" / "b.mov")
    assert own.options.type == "360-mono-4k"
    assert [track.file for track in own.options.audio] == [str(tmp_path / "song.wav")]


@pytest.mark.parametrize(
    "words", ["ffmpeg -i a.mov film.mp4", "helios merge film.mp4 a.mov --quiet", "helios render x"]
)
def test_a_merge_that_says_more_is_a_command(words: str, tmp_path: Path) -> None:
    assert merge_from_argv(words.split(), tmp_path) is None


def test_a_merge_without_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobSpecError, match="the merge"):
        merge_from_argv(["helios", "merge", "film.mp4"], tmp_path)


def job_of_parts(folder: Path) -> Path:
    """A job whose chunks are copied by another program and joined by ours."""
    (folder / "from").mkdir()
    drawn = [part.path for part in encode_parts(folder / "from", settings(), [3, 4])]
    names = [f"part{n}{path.suffix}" for n, path in enumerate(drawn)]
    merge = ["helios", "merge", "film.mp4", *names]
    chunks = [
        {"id": n, "startFrame": 3 * n, "frameCount": 3 + n, "outputFile": name}
        | {"command": shlex.join(["cp", str(path), name])}
        for n, (path, name) in enumerate(zip(drawn, names, strict=True))
    ]
    job = {
        "metadata": {"totalFrames": 7, "fps": 30, "width": 64, "height": 64, "duration": 0.3},
        "chunks": chunks,
        "mergeCommand": shlex.join(merge),
        "mergeArgv": merge,
        "output": "film.mp4",
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path


def test_a_job_joins_its_film_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    run_command = foreign.run_command

    def noted(argv: Any, **more: Any) -> Any:
        ran.append(argv[0])
        return run_command(argv, **more)

    monkeypatch.setattr(foreign, "run_command", noted)
    told: list[Progress] = []
    JobRunner(job_of_parts(tmp_path), JobOptions()).run(told.append)
    assert shown(tmp_path / "film.mp4") == list(range(7))
    assert ran == ["cp", "cp"]
    assert told[-1].fraction == 1
    assert any(each.stage is Stage.ENCODING and each.fraction < 1 for each in told)


def stopped_while_joining(cancellation: Cancellation) -> Any:
    def on_progress(progress: Progress) -> None:
        if progress.stage is Stage.ENCODING:
            cancellation.cancel()

    return on_progress


def test_a_job_is_stopped_while_it_joins(tmp_path: Path) -> None:
    job, cancellation = job_of_parts(tmp_path), Cancellation()
    with pytest.raises(Cancelled):
        JobRunner(job, JobOptions()).run(stopped_while_joining(cancellation), cancellation)
    assert not (tmp_path / "film.mp4").exists()
    assert JobRunner(job, JobOptions()).run().cached_chunks == (0, 1)
    assert shown(tmp_path / "film.mp4") == list(range(7))


def test_a_render_is_stopped_while_it_joins(tmp_path: Path) -> None:
    def draw(frame: int) -> NDArray[np.uint8]:
        return np.full((64, 64, 3), frame, np.uint8)

    film, cancellation = tmp_path / "film.mp4", Cancellation()
    with pytest.raises(Cancelled):
        helios.render(
            draw,
            film,
            width=64,
            height=64,
            frame_count=9,
            on_progress=stopped_while_joining(cancellation),
            cancellation=cancellation,
        )
    assert not film.exists()


@pytest.mark.parametrize(
    "options",
    [
        {"audio": ["no.wav"]},
        {"subtitles": "no.srt"},
        {"overlay": ["no.html"]},
        {"video_codec": "h264", "transparent": True},
        {"root": "/"},
    ],
)
def test_a_plan_refuses_what_a_render_refuses(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for make in (helios.plan, helios.render):
        with pytest.raises(HeliosError) as caught:
            make("aurora", "film.mp4", options)
        said.append(caught.value.message)
    assert said[0] == said[1]
    assert not list(tmp_path.iterdir())


def test_a_composition_that_is_not_there_is_refused_by_all(tmp_path: Path) -> None:
    page = tmp_path / "no.html"
    for make in (helios.plan, helios.render, helios.RenderOrchestrator.render):
        with pytest.raises(HeliosError, match=r"no\.html"):
            make(page, tmp_path / "film.mp4")


class _Engine:
    name = "a farm"
    slots = 100


@pytest.mark.parametrize(
    ("asked", "engine", "workers"),
    [
        (3, None, Workers(3, "as asked")),
        (30, None, Workers(10, "as asked")),
        (3, _Engine(), Workers(3, "as asked")),
        (None, _Engine(), Workers(10, "a farm")),
    ],
)
def test_workers_are_as_asked_or_as_there_is_room(
    asked: int | None, engine: Any, workers: Workers
) -> None:
    plan = helios.RenderOrchestrator.plan("page.html", "film.mp4")
    kind, encode = plan.composition.kind, plan.encode
    assert workers_for(kind, encode, 10, asked=asked, engine=engine) == workers
