"""Does the pipeline waste anything? Capture alone, encoder alone, and both together.

    python -m benchmarks.pipeline --page canvas --capture direct

If capture costs c and the encoder e processor seconds a frame, then n cores can give at most
n / (c + e) frames per second. Prints what share of that the two give when they run together, and
how long it takes from starting the browser to the first frame.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from benchmarks.harness import FPS, PAGES, describe_machine
from benchmarks.processes import cpu_s, measured

from helios.browser.launch import launch
from helios.encode.encoder import ChunkEncoder
from helios.model.composition import parse_composition
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.model.picture import Picture
from helios.planning.encoding import resolve_encoding
from helios.sources.page import PageSettings, PageSource

WARM_UP = 30


def family_cpu_s() -> float:
    """Processor seconds of this process and its browser so far."""
    return cpu_s(os.getpid())


def open_source(
    page: str, capture: CaptureMethod, size: tuple[int, int], total_frames: int
) -> tuple[PageSource, float]:
    """A source that has drawn its first frame, and the seconds since its browser was started."""
    began = time.perf_counter()
    settings = PageSettings(
        width=size[0],
        height=size[1],
        fps=Fraction(FPS),
        total_frames=total_frames,
        capture=capture,
    )
    composition = parse_composition(str(PAGES / f"{page}.html"), Path.cwd())
    source = PageSource(launch(), composition, settings)
    for _ in source.frames(0, 1):
        break
    return source, time.perf_counter() - began


def open_encoder(path: Path, size: tuple[int, int]) -> ChunkEncoder:
    """The encoder of a default render."""
    options = RenderOptions()
    return ChunkEncoder(
        path, resolve_encoding(options, "mp4", width=size[0], height=size[1], fps=Fraction(FPS))
    )


def keep(pictures: Iterator[Picture]) -> list[Picture]:
    """Copies that outlive the source's buffers."""
    return [replace(one, planes=tuple(plane.copy() for plane in one.planes)) for one in pictures]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--page", default="canvas", choices=("canvas", "dom", "titles"))
    parser.add_argument("--capture", default="direct", choices=[str(one) for one in CaptureMethod])
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--size", default="1280x720")
    arguments = parser.parse_args()
    count, cores = arguments.frames, len(os.sched_getaffinity(0))
    width, height = map(int, arguments.size.split("x"))
    size = (width, height)
    source, start_s = open_source(
        arguments.page, CaptureMethod(arguments.capture), size, WARM_UP + 2 * count
    )
    kept = keep(source.frames(1, WARM_UP))
    with measured(family_cpu_s) as capture:
        for _ in source.frames(1 + WARM_UP, count):
            pass
    with tempfile.TemporaryDirectory(prefix="helios-pipeline-") as folder:
        with (
            measured(family_cpu_s) as encode,
            open_encoder(Path(folder) / "alone.mp4", size) as sink,
        ):
            for number in range(count):
                sink.write(replace(kept[number % WARM_UP], frame=number))
        with measured(family_cpu_s) as both, open_encoder(Path(folder) / "both.mp4", size) as sink:
            for picture in source.frames(1 + WARM_UP + count, count):
                sink.write(picture)
    source.close()
    bound = cores / ((capture.cpu_s + encode.cpu_s) / count)
    print(
        f"{arguments.page} page, {arguments.capture}, {arguments.size}, {count} frames. "
        f"{describe_machine()}.\n"
    )
    print("| | frames/s | processor ms per frame |\n|---|---|---|")
    for name, stretch in (("capture alone", capture), ("encoder alone", encode), ("both", both)):
        per_frame_ms = 1000 * stretch.cpu_s / count
        print(f"| {name} | {count / stretch.wall_s:.1f} | {per_frame_ms:.2f} |")
    print(f"| bound on {cores} cores | {bound:.1f} | |")
    print(
        f"\nBoth together give **{count / both.wall_s / bound:.2f}** of the bound. "
        f"Browser start to first frame: {start_s:.2f} s."
    )


if __name__ == "__main__":
    main()
