"""What a graphics card takes for frames of scenes, and for what.

    python -m benchmarks.card [--adapter NAME] [--template etherealFlame] [--frames 60] [--small]

For each size: frames/s drawn and read back with three under way, as films are (before encoding);
for single frames the card's own time by program (timestamps), preparation by the processor and
reading back. Then pictures are compared with the processor's kernels, and Star Nest's arithmetic is
counted: per ray and step 16 operations for each turn of the fold and 50 beside them, as written in
shaders/star_nest.wgsl; a square root, its inverse, a product and a sum are one operation each.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
from tests.scenes import scene_of

from helios.model.formats import Projection, StereoLayout
from helios.model.picture import PixelFormat
from helios.scene.kernels.cpu.draw import CpuKernels
from helios.scene.kernels.frames import SceneFrame
from helios.scene.kernels.gpu import card as cards
from helios.scene.kernels.gpu.draw import GpuKernels
from helios.scene.skies import star_nest_at
from helios.scene.template import Sky

FLAT, AROUND = Projection.PERSPECTIVE, Projection.EQUIRECT
MONO, BOTH = StereoLayout.MONO, StereoLayout.TOP_BOTTOM
SIZES = {
    "1080p": (1920, 1080, FLAT, MONO),
    "4K": (3840, 2160, FLAT, MONO),
    "360 mono 4K": (4096, 2048, AROUND, MONO),
    "360 mono 8K": (8192, 4096, AROUND, MONO),
    "360 stereo 8K": (8192, 8192, AROUND, BOTH),
}
SMALL = {"small": (320, 180, FLAT, MONO), "small 360": (256, 128, AROUND, MONO)}
_QUERIES = 512


class TimedCommands(cards.Commands):
    """Commands whose programs are timed by the card, each in a pass of its own."""

    taken_ms: ClassVar[dict[str, float]] = defaultdict(float)

    def __init__(self, device: Any, arena: Any) -> None:
        super().__init__(device, arena)
        self._names: list[str] = []
        self._queries = device.create_query_set(type="timestamp", count=_QUERIES)

    def run(self, program: cards.Program, *rest: Any, **more: Any) -> None:
        at = 2 * len(self._names)
        self._names.append(program.name)
        self._pass = self._encoder.begin_compute_pass(
            timestamp_writes={
                "query_set": self._queries,
                "beginning_of_pass_write_index": at,
                "end_of_pass_write_index": at + 1,
            }
        )
        super().run(program, *rest, **more)
        self._end_pass()

    def submit(self) -> None:
        count = 2 * len(self._names)
        target = self._device.create_buffer(size=8 * count, usage=0x0200 | 0x04)
        self._encoder.resolve_query_set(self._queries, 0, count, target, 0)
        super().submit()
        times = np.frombuffer(self._device.queue.read_buffer(target), np.uint64)
        for i, name in enumerate(self._names):
            self.taken_ms[name] += float(times[2 * i + 1] - times[2 * i]) / 1e6


def frames_of(template: str, name: str, *, moving: bool = False) -> Iterator[SceneFrame]:
    """Frames without end; ``moving``: of a sky that is drawn anew in each."""
    width, height, projection, layout = {**SIZES, **SMALL}[name]
    eye_height = height // 2 if layout is BOTH else height
    scene = scene_of(template, width, eye_height, projection, layout, total_frames=9000)
    sky = Sky.model_validate({"kind": "starNest", "preset": "starNestFX"})
    for number in range(900, 9000):
        frame = scene.frame(number)
        if moving and frame.sky is not None:
            nest = star_nest_at(sky, frame.time_s)
            frame = replace(frame, sky=replace(frame.sky, star_nest=nest, is_baked=False))
        yield frame


def speed(kernels: GpuKernels, frames: Iterator[SceneFrame], count: int) -> dict[str, float]:
    """Frames/s with three under way, and milliseconds of the processor's preparation."""
    waiting = [kernels.submit(next(frames)) for _ in range(kernels.depth)]
    waiting.pop(0).result()
    prepared_s, began = 0.0, time.perf_counter()
    for _ in range(count):
        begin = time.perf_counter()
        frame = next(frames)
        described = time.perf_counter()
        waiting.append(kernels.submit(frame))
        prepared_s += time.perf_counter() - begin
        described_s = described - begin
        waiting.pop(0).result()
    took_s = time.perf_counter() - began
    for future in waiting:
        future.result()
    return {
        "frames_per_s": round(count / took_s, 2),
        "prepared_ms": round(1000 * prepared_s / count, 2),
        "described_ms": round(1000 * described_s, 2),
    }


@contextmanager
def timed_kernels(adapter: str) -> Iterator[GpuKernels]:
    """Kernels whose programs are timed."""
    with (
        patch.object(cards, "Commands", TimedCommands),
        closing(
            GpuKernels(PixelFormat.YUV420P, None, adapter, features=("timestamp-query",))
        ) as kernels,
    ):
        yield kernels


def parts(template: str, name: str, adapter: str, *, moving: bool) -> dict[str, float]:
    """Milliseconds of the card by program, for one frame, and of reading it back."""
    frames = frames_of(template, name, moving=moving)
    with timed_kernels(adapter) as kernels:
        kernels.submit(next(frames)).result()
        TimedCommands.taken_ms.clear()
        for _ in range(3):
            future = kernels.submit(next(frames))
            begin = time.perf_counter()
            future.result()
            waited = time.perf_counter() - begin
        taken = {key: round(value / 3, 3) for key, value in TimedCommands.taken_ms.items()}
        return {**taken, "read back": round(1000 * waited, 2)}


def parity(template: str, name: str, adapter: str, *, moving: bool) -> list[float]:
    """Decibels between the card's planes and the processor's."""
    frame = next(frames_of(template, name, moving=moving))
    pictures = []
    for kernels in (
        CpuKernels(PixelFormat.YUV420P),
        GpuKernels(PixelFormat.YUV420P, None, adapter),
    ):
        planes = kernels.submit(frame).result().planes
        pictures.append([np.array(plane, np.float32) for plane in planes])
        kernels.close()
    errors = [float(np.mean((a - b) ** 2)) for a, b in zip(*pictures, strict=True)]
    return [round(10 * np.log10(255**2 / max(e, 1e-6)), 1) for e in errors]


def arithmetic(adapter: str, name: str) -> dict[str, float]:
    """Billions of operations a second in the sky."""
    sky = Sky.model_validate({"kind": "starNest", "preset": "starNestFX"})
    nest = star_nest_at(sky, 3.0)
    width, height, *_ = {**SIZES, **SMALL}[name]
    best = 1e9
    with timed_kernels(adapter) as kernels:
        frames = frames_of("etherealFlame", name)
        for _ in range(4):
            frame = next(frames)
            assert frame.sky is not None
            moved = replace(frame.sky, star_nest=replace(nest, hue=frame.time_s), is_baked=False)
            TimedCommands.taken_ms.clear()
            kernels.submit(replace(frame, sky=moved, layers=())).result()
            best = min(best, TimedCommands.taken_ms["star_nest draw"])
    operations = width * height * nest.volsteps * (16 * nest.iterations + 50)
    return {"ms": round(best, 3), "gigaflops": round(operations / best / 1e6, 1)}


def main() -> None:
    """Measure and print, a line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapter", default="")
    parser.add_argument("--template", default="etherealFlame")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--small", action="store_true", help="small pictures, to try it")
    given = parser.parse_args()
    print(json.dumps({"adapters": [str(adapter) for adapter in cards.adapters()]}), flush=True)
    sizes = list(SMALL if given.small else SIZES)
    print(
        json.dumps({"sky": arithmetic(given.adapter, "small" if given.small else "4K")}), flush=True
    )
    for name in sizes:
        for moving in (False, True):
            kernels = GpuKernels(PixelFormat.YUV420P, None, given.adapter)
            frames = frames_of(given.template, name, moving=moving)
            row: dict[str, Any] = {"size": name, "sky": "moving" if moving else "kept"}
            row |= speed(kernels, frames, given.frames)
            kernels.close()
            row["card_ms"] = parts(given.template, name, given.adapter, moving=moving)
            if given.small or "8K" not in name:
                row["parity_db"] = parity(given.template, name, given.adapter, moving=moving)
            print(json.dumps(row), flush=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
