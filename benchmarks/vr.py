"""Frames all around: milliseconds and memory, and what injection costs.

python benchmarks/vr.py                    8K, as in the documentation (several minutes)
python benchmarks/vr.py --width 2048       smaller
python benchmarks/vr.py --only inject

Every row runs in a process of its own, so that its memory is its own. Compare rows of one run;
milliseconds of different machines mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

ROWS = ("mono", "stereo", "cubemap", "cubemap-stereo", "convert", "inject")
FILM_BYTES = 1_000_000_000


def scene_settings(width: int, *, is_stereo: bool) -> Any:
    """A scene whose sky moves, so that it is drawn for every frame."""
    from helios.model.formats import Projection, StereoLayout
    from helios.scene.library import load_template
    from helios.sources.scene import SceneSourceSettings

    template = load_template("etherealFlame")
    sky = template.sky.model_copy(update={"rotation_speed": 1.0, "preset": "rotating"})
    return SceneSourceSettings(
        template=template.model_copy(update={"sky": sky}),
        width=width,
        height=width if is_stereo else width // 2,
        fps=Fraction(30),
        total_frames=90,
        projection=Projection.EQUIRECT,
        stereo=StereoLayout.TOP_BOTTOM if is_stereo else StereoLayout.MONO,
    )


Times = list[tuple[float, float]]
"""Milliseconds by the clock, and of all cores together."""


def clock() -> tuple[float, float]:
    """Now, in milliseconds by both clocks."""
    return time.perf_counter() * 1000, time.process_time() * 1000


def since(started: tuple[float, float]) -> tuple[float, float]:
    """Milliseconds by both clocks since ``started``."""
    now = clock()
    return now[0] - started[0], now[1] - started[1]


def draw(row: str, width: int, frames: int) -> Times:
    """Milliseconds of each of ``frames`` pictures, after one that compiles and fills tables."""
    from helios.sources.scene import SceneSource
    from helios.sources.scene_cubemap import CubemapSceneSource, CubemapSettings

    settings = scene_settings(width, is_stereo=row.endswith("stereo"))
    if row.startswith("cubemap"):
        source: Any = CubemapSceneSource(CubemapSettings(scene=settings.scene()))
    else:
        source = SceneSource(replace(settings))
    took = []
    for number in range(60, 61 + frames):
        started = clock()
        source.picture(number)
        took.append(since(started))
    source.close()
    return took[1:]


def convert(width: int, frames: int) -> Times:
    """Milliseconds of each conversion of a cubemap."""
    import numpy as np

    from helios.projection.cubemap import face_size_for
    from helios.projection.equirect import EquirectangularConverter
    from helios.scene.kernels.loops import CompiledLookup

    size = face_size_for(width)
    lookup = CompiledLookup()
    converter = EquirectangularConverter(size, width, width // 2, lookup=lookup)
    faces = np.random.default_rng(1).integers(0, 255, (6, size + 6, size + 6, 3), np.uint8)
    out = np.empty((width // 2, width, 3), np.uint8)
    took = []
    converter.convert(faces, out)
    for _ in range(frames):
        started = clock()
        converter.convert(faces, out)
        took.append(since(started))
    return took


def inject(folder: Path) -> dict[str, float]:
    """Seconds to copy a film and to inject metadata into it, both to the disk and not the cache."""
    from helios.spatial.inject import inject_spatial_metadata

    fixture = Path(__file__).parents[1] / "tests/fixtures/spatial/plain_mono_256x128_moovlast.mp4"
    data = fixture.read_bytes()
    mdat, moov = data.index(b"mdat") - 4, data.index(b"moov") - 4
    film, block = folder / "film.mp4", os.urandom(1 << 22)
    with film.open("wb") as stream:
        stream.write(data[:mdat] + struct.pack(">I4s", moov - mdat + FILM_BYTES, b"mdat"))
        stream.write(data[mdat + 8 : moov])
        for start in range(0, FILM_BYTES, len(block)):
            stream.write(block[: FILM_BYTES - start])
        stream.write(data[moov:])
        os.fsync(stream.fileno())
    best = {"copy_s": float("inf"), "inject_s": float("inf")}
    for _ in range(6):
        started = time.perf_counter()
        subprocess.run(["cp", film, folder / "copy.mp4"], check=True)
        subprocess.run(["sync", folder / "copy.mp4"], check=True)
        best["copy_s"] = min(best["copy_s"], time.perf_counter() - started)
        started = time.perf_counter()
        inject_spatial_metadata(film, folder / "out.mp4")
        best["inject_s"] = min(best["inject_s"], time.perf_counter() - started)
    return best


def measure(row: str, width: int, frames: int) -> dict[str, float]:
    """One row, in this process."""
    if row == "inject":
        with tempfile.TemporaryDirectory() as folder:
            found = inject(Path(folder))
    else:
        took = convert(width, frames) if row == "convert" else draw(row, width, frames)
        found = {"ms": min(t for t, _ in took), "cpu_ms": min(t for _, t in took)}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {**found, "peak_mb": usage.ru_maxrss / 1024}


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=8192)
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--only", default=",".join(ROWS))
    parser.add_argument("--row", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.row:
        print(json.dumps(measure(asked.row, asked.width, asked.frames)))
        return
    results = {}
    for row in asked.only.split(","):
        words = ["--row", row, "--width", str(asked.width), "--frames", str(asked.frames)]
        done = subprocess.run(
            [sys.executable, __file__, *words], check=True, capture_output=True, text=True
        )
        results[row] = json.loads(done.stdout.splitlines()[-1])
        shown = ", ".join(f"{key} {value:.1f}" for key, value in results[row].items())
        print(f"{row:15} {shown}", flush=True)
    ratios = {
        "stereo / mono": ("stereo", "mono"),
        "cubemap stereo / direct stereo": ("cubemap-stereo", "stereo"),
    }
    for name, (above, below) in ratios.items():
        if above in results and below in results:
            print(f"{name}: {results[above]['cpu_ms'] / results[below]['cpu_ms']:.2f} by all cores")
    if "cubemap" in results and "stereo" in results:
        twice = 2 * results["cubemap"]["cpu_ms"] / results["stereo"]["cpu_ms"]
        print(f"two cubemaps that share nothing / direct stereo: {twice:.2f} by all cores")
    if "inject" in results:
        share = results["inject"]["copy_s"] / results["inject"]["inject_s"]
        print(f"injection at {share:.0%} of the disk's copy speed")


if __name__ == "__main__":
    main()
