"""Kills, double starts and folders that processes share without seeing each other."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.barcode import read_film
from tests.commandline import ROOT, environment, helios, processes_of, start_helios

BARCODE = f"{ROOT}/tests/compositions/barcode.py:draw"
SEES_NOBODY = ["unshare", "-p", "-f", "--mount-proc", "--kill-child"]


def words_of(output: str, frames: int, size: int = 160, **more: object) -> list[object]:
    named = {"width": size, "height": 90, "fps": 30, "frame_count": frames, **more}
    flags = [
        word for name, value in named.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    return ["render", BARCODE, "-o", output, *flags]


def namespaced(*words: object, cwd: Path) -> subprocess.Popen[str]:
    """``helios`` as the first process of a namespace of its own, as in a container."""
    return subprocess.Popen(
        [*SEES_NOBODY, sys.executable, "-m", "helios", *map(str, words)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wait_for(pattern: str, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, pattern
        time.sleep(0.005)


def wait_until_alone(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while processes_of(folder):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def stopped(folder: Path) -> Iterator[None]:
    """All that works in ``folder`` stands still, so that it is still at it afterwards."""
    held = processes_of(folder)
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_of_two_films_of_one_name_only_the_first_is_made(tmp_path: Path) -> None:
    """Before anything is committed, and with other options, so with another work folder."""
    first = start_helios(*words_of("film.mp4", 300), cwd=tmp_path)
    wait_for(".helios-lock-*", tmp_path)
    with stopped(tmp_path):
        for frames, size in ((300, 160), (30, 320)):
            outcome = helios(*words_of("film.mp4", frames, size), cwd=tmp_path, code=3)
            assert "another process is writing film.mp4" in outcome.err
    _, err = first.communicate(timeout=240)
    assert first.returncode == 0, err
    assert [number for _, number in read_film(tmp_path / "film.mp4")] == list(range(300))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.slow
def test_kill_9_leaves_a_film_byte_equal_and_nothing_else(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "holiday.mp4").write_bytes(b"of my own")
        (folder / ".helios-of-mine").write_bytes(b"of my own")
    words = words_of("film.mp4", 600, chunk_frames=60)
    helios(*words, cwd=whole)
    chance = random.Random(11)
    for _ in range(6):
        process = start_helios(*words, cwd=killed)
        time.sleep(chance.uniform(0.3, 3.0))
        process.kill()
        process.communicate()
        wait_until_alone(killed)
    helios(*words, cwd=killed)
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

    def test_one_film_is_written_by_one(self, tmp_path: Path) -> None:
        first = namespaced(*words_of("film.mp4", 300), cwd=tmp_path)
        wait_for(".helios-lock-*", tmp_path)
        with stopped(tmp_path):
            second = namespaced(*words_of("film.mp4", 60, 320), cwd=tmp_path)
            _, said = second.communicate(timeout=240)
        assert second.returncode == 3, said
        assert "another process is writing film.mp4" in said
        _, err = first.communicate(timeout=240)
        assert first.returncode == 0, err
        assert [number for _, number in read_film(tmp_path / "film.mp4")] == list(range(300))
        assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]

    def test_two_films_do_not_meet(self, tmp_path: Path) -> None:
        alone = tmp_path / "alone"
        alone.mkdir()
        helios(*words_of("a.mp4", 300), cwd=alone)
        folder = tmp_path / "shared"
        folder.mkdir()
        runs = [
            namespaced(*words_of(name, 300), cwd=folder) for name in ("a.mp4", "b.mp4", "c.mp4")
        ]
        for run in runs:
            _, err = run.communicate(timeout=240)
            assert run.returncode == 0, err
        assert {path.name for path in folder.iterdir()} == {"a.mp4", "b.mp4", "c.mp4"}
        assert {digest(path) for path in folder.iterdir()} == {digest(alone / "a.mp4")}

    def test_what_one_killed_left_another_sweeps_and_nothing_else(self, tmp_path: Path) -> None:
        killed = namespaced(*words_of("a.mp4", 1500), cwd=tmp_path)
        wait_for(".helios-*-*/.helios-tmp-*", tmp_path)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        living = namespaced(*words_of("b.mp4", 600), cwd=tmp_path)
        wait_for(".helios-lock-*", tmp_path)
        helios(*words_of("a.mp4", 60), cwd=tmp_path)
        _, err = living.communicate(timeout=240)
        assert living.returncode == 0, err
        assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "b.mp4"}
