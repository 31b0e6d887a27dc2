"""Memory of the Python processes of a render, short film against long film.

    python -m benchmarks.memory --frames 600 6000 [--composition etherealFlame] [--size 3840x2160]

Renders the canvas page, or another composition, through ``helios render`` and reads the peak
resident memory (VmHWM) of every Python process it starts, and the peak of the proportional sets of
all its processes, the browser's included. A render streams: ten times the frames must not need more
memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import FPS, PAGES, ROOT, describe_machine
from benchmarks.processes import family, proportional_mb, python_peak_mb

ALL = "all processes"


def render_peaks(
    composition: str, frames: int, width: int, height: int
) -> tuple[dict[str, float], float]:
    """Peak MB by what the process runs, and the seconds it took."""
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="helios-memory-") as folder:
        command = [
            sys.executable,
            "-m",
            "helios",
            "render",
            composition,
            "-o",
            f"{folder}/film.mp4",
            "--width",
            str(width),
            "--height",
            str(height),
            "--fps",
            str(FPS),
            "--frame-count",
            str(frames),
            "--duration",
            str(frames / FPS),
        ]
        paths = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": paths},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while process.poll() is None:
            for pid in family(process.pid):
                if found := python_peak_mb(pid):
                    peaks[found[0]] = max(peaks.get(found[0], 0.0), found[1])
            peaks[ALL] = max(peaks.get(ALL, 0.0), proportional_mb(process.pid))
            time.sleep(0.05)
        assert process.stderr is not None
        if process.returncode:
            raise SystemExit(process.stderr.read().decode())
        return peaks, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[600, 6000])
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--composition", default=str(PAGES / "canvas.html"))
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    results = {
        frames: render_peaks(arguments.composition, frames, width, height)
        for frames in arguments.frames
    }
    name = Path(arguments.composition).name
    print(f"{name}, {width}x{height}. {describe_machine()}.\n")
    print("| process | " + " | ".join(f"{frames} frames" for frames in results) + " | ratio |")
    print("|---|" + "---|" * (len(results) + 1))
    modules = sorted({module for peaks, _ in results.values() for module in peaks})
    for module in modules:
        row = [peaks.get(module, 0.0) for peaks, _ in results.values()]
        cells = " | ".join(f"{value:.1f} MB" for value in row)
        print(f"| `{module}` | {cells} | {row[-1] / row[0] if row[0] else float('nan'):.3f} |")
    seconds = " | ".join(f"{taken:.1f} s" for _, taken in results.values())
    print(f"| time | {seconds} | |")


if __name__ == "__main__":
    main()
