"""Kill anything, run the same command again: the film is complete, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from tests.barcode import read_film
from tests.busy import BUSY
from tests.commandline import ROOT, helios, processes_of, start_helios

PAGE = ROOT / "tests" / "compositions" / "canvas2d.html"
BARCODE = f"{ROOT}/tests/compositions/barcode.py:draw"


def command(composition: object, frames: int, chunks: int = 6) -> list[object]:
    return [
        "render",
        composition,
        "-o",
        "film.mp4",
        "--width",
        320,
        "--height",
        180,
        "--fps",
        30,
        "--frame-count",
        frames,
        "--chunk-frames",
        -(-frames // chunks),
        "--json",
    ]


def committed(folder: Path) -> set[int]:
    names = folder.glob(".helios-*/*.commit.json")
    return {int(path.name.split("_part_")[1].split(".")[0]) for path in names}


def wait_for_commits(folder: Path, count: int = 1) -> None:
    deadline = time.monotonic() + 120
    while len(committed(folder)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def wait_until_no_process(folder: Path, seconds: float = 3.0) -> list[int]:
    deadline = time.monotonic() + seconds
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    return processes_of(folder)


@pytest.mark.slow
@pytest.mark.browser
def test_kill_9_at_random_moments_loses_nothing_of_a_page(tmp_path: Path) -> None:
    chance = random.Random(7)
    words = command(PAGE, 600)
    for _ in range(5):
        with start_helios(*words, cwd=tmp_path) as process:
            time.sleep(chance.uniform(0.5, 2.2))
            process.kill()
        assert wait_until_no_process(tmp_path) == []
    before = committed(tmp_path)
    done = helios(*words, cwd=tmp_path).events[-1]
    assert done["event"] == "done"
    assert not before & set(done["renderedChunks"])
    assert [number for _, number in read_film(tmp_path / "film.mp4")] == list(range(600))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_killing_the_renderer_process_is_an_error_that_keeps_chunks(tmp_path: Path) -> None:
    words = command(BARCODE, 3000, chunks=10)
    with start_helios(*words, cwd=tmp_path) as process:
        wait_for_commits(tmp_path, 2)
        for pid in processes_of(tmp_path):
            if pid != process.pid:
                os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 4, err
    assert "signal 9" in out
    kept = committed(tmp_path)
    assert len(kept) >= 2
    done = helios(*words, cwd=tmp_path).events[-1]
    assert not kept & set(done["renderedChunks"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_within_a_second_and_says_how_to_go_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    words = [word for word in command(BARCODE, 6000, chunks=20) if word != "--json"]
    with start_helios(*words, cwd=tmp_path) as process:
        wait_for_commits(tmp_path)
        process.send_signal(number)
        stopped = time.monotonic()
        _, err = process.communicate(timeout=120)
    assert time.monotonic() - stopped < 1.2 * BUSY
    assert process.returncode == 130
    assert "run the same command to go on" in err
    assert "Traceback" not in err
    assert wait_until_no_process(tmp_path, BUSY) == []
    assert not list(tmp_path.glob("*.mp4"))
    assert not list(tmp_path.glob(".helios-*/.film*"))


@pytest.mark.browser
def test_an_edited_page_is_rendered_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.read_text())
    words = command(page, 60, chunks=3)
    with start_helios(*words, cwd=tmp_path) as process:
        wait_for_commits(tmp_path)
        process.kill()
    page.write_text(PAGE.read_text() + "<!-- edited -->")
    done = helios(*words, cwd=tmp_path).events[-1]
    assert done["renderedChunks"] == [0, 1, 2]
