"""More frames or chunks than can be meant are refused before memory is spent on them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from helios.errors import HeliosError, OptionError
from helios.model.export import ExportRequest
from helios.model.options import MAX_CHUNKS, RenderOptions, check_amount
from helios.planning.chunks import default_chunk_frames, split_evenly, split_grid
from helios.planning.jobspec import read_job
from helios.rendering.orchestrator import RenderOrchestrator

MANY = [
    {"fps": 240, "duration": 100_000, "chunk_frames": 1},
    {"frame_count": 20_001, "chunk_frames": 1},
    {"fps": 1000, "duration": 604_800},
]


@pytest.mark.parametrize("values", MANY, ids=str)
def test_options_of_too_many_are_refused_at_once(values: dict[str, object]) -> None:
    started = time.monotonic()
    with pytest.raises(OptionError, match="at most"):
        RenderOptions.read(values)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("chunk_frames", [1, 7])
def test_one_chunk_more_than_the_most_is_one_too_many(chunk_frames: int) -> None:
    check_amount(MAX_CHUNKS * chunk_frames, chunk_frames)
    with pytest.raises(OptionError, match="20001 chunks"):
        check_amount(MAX_CHUNKS * chunk_frames + 1, chunk_frames)


@pytest.mark.parametrize("more", [{"chunk_frames": 1}, {"concurrency": 30_000}], ids=str)
def test_a_plan_of_too_many_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=r"at most 20000|at most 4096"):
        RenderOrchestrator.plan("page.html", "film.mp4", fps=60, duration=3600, **more)


def test_a_request_of_too_many_is_refused_before_it_is_queued() -> None:
    body = {
        "composition": "page.html",
        "type": "flat-1080p-landscape",
        "fps": 240,
        "duration": 100_000,
        "chunkFrames": 1,
    }
    with pytest.raises(OptionError, match="at most"):
        ExportRequest.read(body)


def test_a_job_file_of_too_many_is_refused() -> None:
    chunk = {"frameCount": 1, "command": "x"}
    total = MAX_CHUNKS + 1
    job = {
        "metadata": {"totalFrames": total, "fps": 1, "width": 8, "height": 8, "duration": total},
        "chunks": [
            {**chunk, "id": n, "startFrame": n, "outputFile": f"{n}.mov"} for n in range(total)
        ],
        "mergeCommand": "x",
    }
    with pytest.raises(HeliosError, match="chunks"):
        read_job(json.dumps(job))


def test_as_many_as_are_allowed_are_made() -> None:
    assert len(split_grid(0, MAX_CHUNKS, 1)) == MAX_CHUNKS
    assert len(split_evenly(0, 10 * MAX_CHUNKS, MAX_CHUNKS)) == MAX_CHUNKS


def test_the_longest_film_of_the_largest_pictures_is_cut_into_few_enough() -> None:
    frames = 100_000_000
    size = default_chunk_frames(16_384, 16_384, frames, 15)
    assert len(split_grid(0, frames, size)) <= MAX_CHUNKS


def test_a_plan_of_many_frames_is_small(tmp_path: Path) -> None:
    plan = RenderOrchestrator.plan("page.html", tmp_path / "film.mp4", fps=60, duration=86_400)
    assert len(plan.chunks) <= MAX_CHUNKS
