"""A job that other systems run: emitted, drawn piece by piece, watched and joined."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commandline import ROOT, environment, start_helios
from tests.ready import helios

from helios.version import __version__

FILM = ROOT / "tests" / "compositions" / "barcode.py"
CHANGING = """
from pathlib import Path
import numpy as np

def draw(frame, context):
    more = frame == 8 and (Path(__file__).parent / "other").exists()
    return np.full((context.height, context.width, 3), frame * 5 + more, np.uint8)
"""
SMALL = ("--width", 160, "--height", 90, "--frame-count", 12, "--chunk-frames", 4)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a job of three chunks, and the film that it should give."""
    place = tmp_path_factory.mktemp("made")
    shutil.copy(FILM, place)
    words = ("render", f"{FILM.name}:draw", *SMALL)
    helios(*words, "-o", "film.mp4", "--emit-job", "job.json", cwd=place)
    helios(*words, "-o", "here.mp4", cwd=place)
    return place


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True))


def run(folder: Path, *words: str, **variables: str) -> None:
    """Run what takes emitted files, with ``helios`` as it stands here."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    command = bin_folder / "helios"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m helios "$@"\n')
    command.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    env = {**environment(), "PATH": path, **variables}
    done = subprocess.run(words, cwd=folder, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_array_of_slurm_gives_the_film_that_one_render_gives(folder: Path) -> None:
    helios("job", "emit", "job.json", "--target", "slurm", cwd=folder)
    for number in ("0", "1"):
        run(folder, "sh", "chunks.sbatch", SLURM_ARRAY_TASK_ID=number)
    state = helios("job", "status", "job.json", "--json", cwd=folder, code=1).events[0]
    assert (state["finished"], state["missing"]) == ([0, 1], [2])
    assert "missing 2" in helios("job", "status", "job.json", cwd=folder, code=1).out
    assert "1 of 3" in helios("job", "merge", "job.json", cwd=folder, code=4).err
    run(folder, "sh", "chunks.sbatch", SLURM_ARRAY_TASK_ID="2")
    assert "all 3" in helios("job", "status", "job.json", cwd=folder).out
    run(folder, "sh", "merge.sbatch")
    assert (folder / "film.mp4").read_bytes() == (folder / "here.mp4").read_bytes()
    assert "is there" in helios("job", "status", "job.json", cwd=folder).out


def test_openjd_runs_its_template_and_gives_the_same_film(folder: Path) -> None:
    pytest.importorskip("openjd.cli")
    helios("job", "emit", "job.json", "--target", "openjd", cwd=folder)
    openjd = str(Path(sys.executable).with_name("openjd"))
    words = ("run", "template.json", "--step", "Merge", "--run-dependencies")
    run(folder, openjd, *words, "-p", f"Folder={folder}")
    assert (folder / "film.mp4").read_bytes() == (folder / "here.mp4").read_bytes()


def test_a_merge_waits_for_chunks_that_others_draw(folder: Path) -> None:
    with start_helios("job", "merge", "job.json", "--wait", cwd=folder) as merge:
        for number in (2, 0, 1):
            assert merge.poll() is None
            helios("job", "run", "job.json", "--chunk", number, cwd=folder)
        _, errors = merge.communicate(timeout=60)
        assert merge.returncode == 0, errors
    assert (folder / "film.mp4").read_bytes() == (folder / "here.mp4").read_bytes()


def test_the_job_file_is_never_replaced(folder: Path) -> None:
    (folder / "job.json").rename(folder / "chunks.json")
    words = ("job", "emit", "chunks.json", "--target", "kubernetes", "--image", "x")
    assert "would be replaced" in helios(*words, cwd=folder, code=2).err
    helios(*words, "-o", "elsewhere", cwd=folder)
    assert (folder / "elsewhere" / "merge.json").is_file()


def test_another_version_draws_nothing_of_a_job(folder: Path) -> None:
    job = json.loads((folder / "job.json").read_text())
    (folder / "other.json").write_text(json.dumps({**job, "heliosVersion": "9.8.7"}))
    refused = helios("job", "run", "other.json", "--chunk", 0, cwd=folder, code=3)
    assert f"this machine has helios {__version__}, and 9.8.7 planned the job" in refused.err
    assert "helios-render==9.8.7" in refused.err
    assert not list(folder.rglob("*.mov"))


def test_a_cancelled_job_is_drawn_when_it_is_let_go_on(folder: Path) -> None:
    assert "whoever draws it stops" in helios("job", "cancel", "job.json", cwd=folder).out
    stopped = helios("job", "run", "job.json", "--chunk", 0, cwd=folder, code=130)
    assert "the job was cancelled" in stopped.err
    assert "helios job requeue" in stopped.err
    assert "can be drawn again" in helios("job", "requeue", "job.json", cwd=folder).out
    helios("job", "run", "job.json", "--chunk", 0, "--workers", 1, cwd=folder)
    refused = helios("job", "merge", "job.json", "-o", "else.mp4", cwd=folder, code=2)
    assert "says where its film goes" in refused.err


def test_a_plan_says_how_long_a_film_takes_on_how_many_machines(tmp_path: Path) -> None:
    words = ("plan", f"{FILM}:draw", *SMALL, "--simulate", "machines=1..3", "--price", 2)
    events = helios(*words, "--json", "-o", "farm.svg", cwd=tmp_path).events
    found = [event for event in events if event["event"] == "estimate"]
    assert [each["machines"] for each in found] == [1, 2, 3]
    assert all(each["cost"] == 2 * each["machineHours"] > 0 for each in found)
    assert (tmp_path / "farm.svg").read_text().startswith("<svg")
    assert "160x90" in helios("plan", f"{FILM}:draw", *SMALL, cwd=tmp_path).out
    for odd in ("machines=0", "machines=5..2", "hosts=3"):
        words = ("plan", f"{FILM}:draw", "--simulate", odd)
        assert "machines=1..1000" in helios(*words, cwd=tmp_path, code=2).err


def test_frames_drawn_anew_are_the_same_or_named(folder: Path) -> None:
    unfinished = helios("job", "verify", "job.json", cwd=folder, code=2)
    assert "nothing of the job is finished" in unfinished.err
    (folder / "film.py").write_text(CHANGING)
    helios("render", "film.py:draw", "-o", "a.mp4", *SMALL, "--emit-job", "a.json", cwd=folder)
    helios("job", "run", "a.json", cwd=folder)
    # The chunks are gone: the film's record says what they were made of.
    anew = ("job", "verify", "a.json", "--count", 12)  # all that is known
    told = helios(*anew, "--json", cwd=folder).events[-1]
    assert {0, 4, 8} < set(told["same"])
    assert told["different"] == []
    (folder / "other").touch()
    told = helios(*anew, "--json", "--seed", 5, cwd=folder, code=1).events[-1]
    assert told["different"] == [8]
    assert "1 of" in helios(*anew, cwd=folder, code=1).out
