"""Kills, double starts and folders that processes share without seeing each other."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from tests.barcode import read_film
from tests.commandline import ROOT, helios, processes_of, start_helios

BARCODE = f"{ROOT}/tests/compositions/barcode.py:draw"
SEES_NOBODY = ["unshare", "-p", "-f", "--mount-proc", "--kill-child"]


def words_of(output: str, frames: int, size: int = 160, **more: object) -> list[object]:
    named = {"width": size, "height": 90, "fps": 30, "frame_count": frames, **more}
    flags = [
        word for name, value in named.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    return ["render", BARCODE, "-o", output, *flags]


def namespaced(*words: object, cwd: Path) -> AbstractContextManager[subprocess.Popen[str]]:
    """``helios`` as the first process of a namespace of its own, as in a container."""
    return start_helios(*words, cwd=cwd, within=SEES_NOBODY)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wait_for(pattern: str, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, pattern
        time.sleep(0.005)


def committed(folder: Path) -> set[int]:
    """The chunks of a film in ``folder`` that are finished."""
    names = folder.glob(".helios-*/*.commit.json")
    return {int(path.name.split("_part_")[1].split(".")[0]) for path in names}


def wait_until_alone(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while processes_of(folder):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def waits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What makes a film wait at its first frame, until there is a file ``go`` beside ``waiting``:
    that a lock's file is there does not say yet that it is held, nor that the film is not finished.
    """
    return {"props": json.dumps({"waits_in": str(tmp_path_factory.mktemp("waits"))})}


def wait_until_it_waits(waits: dict[str, object]) -> Path:
    """Wait until a film waits; the file that lets it go on."""
    folder = Path(json.loads(str(waits["props"]))["waits_in"])
    wait_for("waiting", folder)
    return folder / "go"


def test_of_two_films_of_one_name_only_the_first_is_made(
    tmp_path: Path, waits: dict[str, object]
) -> None:
    """Before anything is committed, and with other options, so with another work folder."""
    with start_helios(*words_of("film.mp4", 30, **waits), cwd=tmp_path) as first:
        go = wait_until_it_waits(waits)
        for frames, size in ((30, 160), (10, 320)):
            words = words_of("film.mp4", frames, size, **waits)
            outcome = helios(*words, cwd=tmp_path, code=3, timeout_s=60)
            assert "another process is writing film.mp4" in outcome.err
        go.touch()
        _, err = first.communicate(timeout=240)
    assert first.returncode == 0, err
    assert [number for _, number in read_film(tmp_path / "film.mp4")] == list(range(30))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.slow
def test_kill_9_leaves_a_film_byte_equal_and_nothing_else(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "holiday.mp4").write_bytes(b"of my own")
        (folder / ".helios-of-mine").write_bytes(b"of my own")
    words = [*words_of("film.mp4", 600, chunk_frames=60), "--json"]
    helios(*words, cwd=whole)
    assert [number for _, number in read_film(whole / "film.mp4")] == list(range(600))
    chance = random.Random(11)
    for _ in range(5):
        with start_helios(*words, cwd=killed) as process:
            time.sleep(chance.uniform(0.3, 3.0))
            process.kill()
        wait_until_alone(killed)
    kept = committed(killed)
    done = helios(*words, cwd=killed).events[-1]
    assert (done["event"], kept & set(done["renderedChunks"])) == ("done", set())
    assert {p.name: digest(p) for p in killed.iterdir()} == {
        p.name: digest(p) for p in whole.iterdir()
    }


@pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("unshare") is None
    or subprocess.run([*SEES_NOBODY, "true"], check=False, capture_output=True).returncode != 0,
    reason="process namespaces need root and a kernel that allows them",
)
class TestNamespaces:
    """Both processes are number 1: none sees the other but by its locks."""

    def test_one_film_is_written_by_one(self, tmp_path: Path, waits: dict[str, object]) -> None:
        with namespaced(*words_of("film.mp4", 30, **waits), cwd=tmp_path) as first:
            go = wait_until_it_waits(waits)
            with namespaced(*words_of("film.mp4", 10, 320), cwd=tmp_path) as second:
                _, said = second.communicate(timeout=240)
            assert second.returncode == 3, said
            assert "another process is writing film.mp4" in said
            go.touch()
            _, err = first.communicate(timeout=240)
        assert first.returncode == 0, err
        assert [number for _, number in read_film(tmp_path / "film.mp4")] == list(range(30))
        assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]

    def test_two_films_do_not_meet(self, tmp_path: Path) -> None:
        alone = tmp_path / "alone"
        alone.mkdir()
        helios(*words_of("a.mp4", 60), cwd=alone)
        folder = tmp_path / "shared"
        folder.mkdir()
        with ExitStack() as stack:
            runs = [
                stack.enter_context(namespaced(*words_of(name, 60), cwd=folder))
                for name in ("a.mp4", "b.mp4", "c.mp4")
            ]
            for run in runs:
                _, err = run.communicate(timeout=240)
                assert run.returncode == 0, err
        assert {path.name for path in folder.iterdir()} == {"a.mp4", "b.mp4", "c.mp4"}
        assert {digest(path) for path in folder.iterdir()} == {digest(alone / "a.mp4")}

    def test_what_one_killed_left_another_sweeps_and_nothing_else(
        self, tmp_path: Path, waits: dict[str, object]
    ) -> None:
        with namespaced(*words_of("a.mp4", 1500), cwd=tmp_path) as killed:
            wait_for(".helios-*-*/.helios-tmp-*", tmp_path)
            killed.kill()
        with namespaced(*words_of("b.mp4", 30, **waits), cwd=tmp_path) as living:
            go = wait_until_it_waits(waits)
            helios(*words_of("a.mp4", 10), cwd=tmp_path)
            go.touch()
            _, err = living.communicate(timeout=240)
        assert living.returncode == 0, err
        assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "b.mp4"}
