"""Several processes at one film, one folder: one at a time writes, and nobody removes another's."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.films import encode_parts, settings, shown

import helios
from helios.cli.vr import inject
from helios.errors import ChunkFailed, EnvironmentProblem
from helios.files.hold import new_temporary, reserved
from helios.model.options import RenderOptions
from helios.rendering.job import JobOptions, JobRunner
from helios.rendering.merge import merge_files


def dark(frame: int) -> NDArray[np.uint8]:
    return np.full((64, 64, 3), frame, np.uint8)


def render(film: Path, **more: object) -> None:
    helios.render(dark, film, width=64, height=64, frame_count=4, **more)  # type: ignore[arg-type]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_film_that_another_process_writes_is_not_rendered(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"another's")
    with (
        reserved(film),
        pytest.raises(EnvironmentProblem, match=r"another process is writing film\.mp4"),
    ):
        render(film)
    assert film.read_bytes() == b"another's"
    render(film)
    assert names(tmp_path) == {"film.mp4"}


def test_images_that_another_process_writes_are_not_rendered(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    with reserved(folder / "frames"), pytest.raises(EnvironmentProblem, match="another process"):
        render(folder, frames="png")
    render(folder, frames="png")
    assert names(folder) == {f"{frame:05d}.png" for frame in range(4)}


def test_a_film_that_another_process_writes_is_not_merged(tmp_path: Path) -> None:
    parts = [part.path for part in encode_parts(tmp_path, settings(), [3, 3])]
    film = tmp_path / "film.mp4"
    with reserved(film), pytest.raises(EnvironmentProblem, match=r"film\.mp4"):
        merge_files(film, parts, RenderOptions())
    merge_files(film, parts, RenderOptions())
    assert shown(film) == list(range(6))


def test_a_film_that_another_process_writes_gets_no_metadata(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    render(film)
    before = film.read_bytes()
    for words in ((film,), (film, tmp_path / "other.mp4")):
        with reserved(words[-1]), pytest.raises(EnvironmentProblem, match="another process"):
            inject(*words, force=True)
    assert film.read_bytes() == before
    inject(film, force=True)
    assert film.read_bytes() != before


def job_of(folder: Path, script: str, chunks: int = 2) -> Path:
    """A foreign job: each chunk's command is ``script`` with the chunk's file as its argument."""
    (folder / "draw.py").write_text(script)
    command = shlex.join([sys.executable, "draw.py"])
    job = {
        "metadata": {"totalFrames": chunks, "fps": 1, "width": 8, "height": 8, "duration": chunks},
        "chunks": [
            {
                "id": n,
                "startFrame": n,
                "frameCount": 1,
                "outputFile": f"part{n}.mov",
                "command": f"{command} part{n}.mov",
            }
            for n in range(chunks)
        ],
        "mergeCommand": f"{command} film.mov",
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path


WRITES = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('drawn')"


def test_a_job_runs_once_at_a_time(tmp_path: Path) -> None:
    job = job_of(tmp_path, WRITES)
    with (
        reserved(job),
        pytest.raises(EnvironmentProblem, match=r"another process is running job\.json"),
    ):
        JobRunner(job, JobOptions()).run()
    assert JobRunner(job, JobOptions()).run().rendered_chunks == (0, 1)


def test_a_chunk_is_drawn_once_at_a_time(tmp_path: Path) -> None:
    job = job_of(tmp_path, WRITES)
    runner = JobRunner(job, JobOptions(chunk_id=1))
    with (
        reserved(tmp_path / "part1.mov.commit.json"),
        pytest.raises(EnvironmentProblem, match=r"another process is rendering part1\.mov"),
    ):
        runner.run()
    # The other chunk is nobody's.
    assert JobRunner(job, JobOptions(chunk_id=0)).run().rendered_chunks == (0,)
    assert runner.run().rendered_chunks == (1,)


def test_a_file_that_was_there_before_is_no_chunk(tmp_path: Path) -> None:
    job = job_of(tmp_path, "")
    holiday = tmp_path / "part0.mov"
    holiday.write_text("of my holiday")
    with pytest.raises(ChunkFailed, match=r"did not write part0\.mov"):
        JobRunner(job, JobOptions()).run()
    assert holiday.read_text() == "of my holiday"
    assert "part0.mov.commit.json" not in names(tmp_path)


def test_what_killed_runs_left_goes_with_the_next(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    living, dead = new_temporary(tmp_path), new_temporary(tmp_path, ".mov")
    dead.close()
    dead_folder = tmp_path / ".helios-tmp-0123456789abcdef"
    dead_folder.mkdir()
    (dead_folder / "sound.wav").write_bytes(b"x")
    empty_work = tmp_path / ".helios-0123456789abcdef-01234567"
    empty_work.mkdir()
    of_another_film = tmp_path / ".helios-fedcba9876543210-76543210"
    of_another_film.mkdir()
    (of_another_film / "x_part_0.mov.commit.json").write_text("{}")
    old = tmp_path / ".helios-4711-0.tmp"
    old.write_bytes(b"x" * 1000)
    os.utime(old, (0, 0))
    young = tmp_path / ".helios-4712-0.tmp"
    young.write_bytes(b"x")
    render(film)
    assert names(tmp_path) == {"film.mp4", living.path.name, of_another_film.name, young.name}
    living.close()


@pytest.mark.parametrize("step", ["merge", "inject"])
def test_what_a_killed_step_left_goes_with_its_next_run(tmp_path: Path, step: str) -> None:
    parts = [part.path for part in encode_parts(tmp_path, settings(), [3])]
    dead = new_temporary(tmp_path)
    dead.close()
    if step == "merge":
        merge_files(tmp_path / "film.mp4", parts, RenderOptions())
    else:
        inject(parts[0], tmp_path / "film.mp4", force=True)
    assert names(tmp_path) == {"film.mp4", parts[0].name}
