"""``--emit-job`` writes down what ``RenderOrchestrator.plan()`` decides."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.commandline import EXAMPLES
from tests.ready import emit_job

from helios import RenderOrchestrator

pytestmark = pytest.mark.browser
PAGE = EXAMPLES / "hello-world" / "composition.html"


def emit(folder: Path, *flags: object) -> dict[str, Any]:
    return emit_job(folder, PAGE, "film.mp4", *flags)


def test_a_job_has_the_chunks_of_the_plan(tmp_path: Path) -> None:
    job = emit(tmp_path, "--concurrency", 2)
    assert len(job["chunks"]) == 2
    plan = RenderOrchestrator.plan(
        PAGE,
        tmp_path / "film.mp4",
        width=320,
        height=180,
        fps=job["metadata"]["fps"],
        duration=job["metadata"]["duration"],
        concurrency=2,
        beside_output=True,
    )
    for written, planned in zip(job["chunks"], plan.chunks, strict=True):
        assert written["startFrame"] == planned.start_frame
        assert written["frameCount"] == planned.frame_count
        assert written["outputFile"] == planned.output_file.name
        words = shlex.split(written["command"])
        assert words[words.index("--width") + 1] == "320"
        assert words[words.index("--height") + 1] == "180"
        assert words[words.index("--start-frame") + 1] == str(planned.start_frame)
        assert written["outputFile"] in shlex.split(job["mergeCommand"])
    assert not (tmp_path / "film.mp4").exists()


def test_concurrency_one_is_one_chunk(tmp_path: Path) -> None:
    job = emit(tmp_path, "--concurrency", 1)
    assert [chunk["id"] for chunk in job["chunks"]] == [0]
    assert job["chunks"][0]["frameCount"] == job["metadata"]["totalFrames"]


def test_a_part_of_the_film_keeps_its_offset(tmp_path: Path) -> None:
    job = emit(tmp_path, "--concurrency", 2, "--start-frame", 10, "--frame-count", 21)
    ranges = [(chunk["startFrame"], chunk["frameCount"]) for chunk in job["chunks"]]
    assert ranges == [(10, 11), (21, 10)]
    assert job["metadata"]["totalFrames"] == 21


def test_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    emit(tmp_path, "--concurrency", 2)
    first = (tmp_path / "job.json").read_bytes()
    emit(tmp_path, "--concurrency", 2)
    assert (tmp_path / "job.json").read_bytes() == first
