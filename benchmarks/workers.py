"""How much further workers bring: ``python -m benchmarks.workers [--page]``.

The measured part needs no cores: each of 960 frames waits 50 ms without work, so that sixteen
workers on two cores wait side by side as they would work on sixteen. What keeps it below sixteen
times is ours: starting workers, sharing chunks, joining.

``--page`` measures one page (``pages/titles.html``) with one worker, short and long: what a render
costs before its first frame, and processor seconds for a frame of it. From these follows, by
Amdahl's law, what a machine of n cores may be expected to do; that is a model, not a measurement.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import PAGES, Contestant, Run, run_once

FRAMES, WAIT_S = 960, 0.05
WORKERS = (1, 2, 4, 8, 16)
_WAITING = f"""
import time
from tests.barcode import draw_frame_number

def draw(frame):
    time.sleep({WAIT_S})
    return draw_frame_number(frame, 320, 180)
"""
_SHORT, _LONG = 30, 930
_CORES = (2, 4, 8, 16, 32, 64)


def main() -> int:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", action="store_true", help="also model a page on more cores")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print_waiting(folder, given.rounds)
        if given.page:
            print_model(folder, given.rounds)
    return 0


def print_waiting(folder: Path, rounds: int) -> None:
    """Time of the waiting film against the number of workers."""
    (folder / "waiting.py").write_text(_WAITING)
    alone_s = 0.0
    print(f"{FRAMES} frames that wait {WAIT_S * 1000:.0f} ms: seconds, times one worker")
    for workers in WORKERS:
        words = ("--width", "320", "--height", "180", "--frame-count", str(FRAMES))
        run = best(("waiting.py:draw", *words, "--workers", str(workers)), folder, rounds)
        alone_s = alone_s or run.wall_s
        print(
            f"  {workers:2} workers  {run.wall_s:6.2f} s  {alone_s / run.wall_s:5.2f} x", flush=True
        )


def print_model(folder: Path, rounds: int) -> None:
    """What a page would take on n cores: a start that nothing shortens, then work on all cores."""
    words = (str(PAGES / "titles.html"), "--width", "1280", "--height", "720", "--workers", "1")
    short, long = (
        best((*words, "--frame-count", str(frames)), folder, rounds) for frames in (_SHORT, _LONG)
    )
    frame_cpu_s = (long.cpu_s - short.cpu_s) / (_LONG - _SHORT)
    frame_wall_s = (long.wall_s - short.wall_s) / (_LONG - _SHORT)
    start_s = short.wall_s - _SHORT * frame_wall_s
    print(f"titles, 1280x720: start {start_s:.2f} s, a frame {frame_cpu_s * 1000:.1f} ms of cores")
    for frames in (1800, 7200):
        one_s = start_s + frames * frame_cpu_s
        for cores in _CORES:
            time_s = start_s + frames * frame_cpu_s / cores
            print(f"  {frames} frames, {cores:2} cores: {time_s:6.2f} s, {one_s / time_s:5.1f} x")


def best(words: tuple[str, ...], folder: Path, rounds: int) -> Run:
    """The quickest of some runs; ends the program where a film is wrong."""
    command = (sys.executable, "-m", "helios", "render", *words, "-o", "{film}")
    contestant = Contestant(
        group="workers",
        name="helios",
        setting="",
        command=command,
        environment=(("PYTHONPATH", f"{Path.cwd()}:{folder}"),),
        is_ours=True,
    )
    runs = [run_once(contestant, folder) for _ in range(rounds)]
    for run in runs:
        if run.failure:
            sys.exit(run.failure)
    return min(runs, key=lambda run: run.wall_s)


if __name__ == "__main__":
    sys.exit(main())
