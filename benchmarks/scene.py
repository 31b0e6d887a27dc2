"""How fast scenes are drawn, and against what.

    python benchmarks/scene.py                      everything but the rival
    python benchmarks/scene.py --rival-python PATH  also ShaderFlow, installed in that Python

Times are processor seconds, summed over threads and child processes, so that a busy machine does
not change the ratios; divide by the cores for the best wall time.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from helios.model.formats import Projection
from helios.scene.kernels.cpu.backdrop import Backdrop
from helios.scene.kernels.cpu.crowd import gather
from helios.scene.kernels.cpu.splat import splat
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import SkyFrame
from helios.scene.kernels.view import look
from helios.scene.library import load_template
from helios.scene.scene import Scene, SceneSettings
from helios.scene.skies import star_nest_at
from helios.scene.template import Sky, StarNest
from helios.sources.scene import SceneSource, SceneSourceSettings

FPS = Fraction(30)
HERE = Path(__file__).parent
ORIGINAL = StarNest(
    iterations=17,
    volsteps=20,
    formuparam=530,
    step_size=100,
    tile=850,
    brightness=1.5,
    darkmatter=30,
    distfading=73,
    saturation=85,
    center=(1, 0.5, 0.5, 0),
    scroll=(1, 0.5, -2, 0.2),
)


def cpu_seconds(work: Callable[[int], object], rounds: int) -> float:
    """Processor seconds of one round, after a round to warm up."""
    work(0)
    began = time.process_time()
    for n in range(1, rounds + 1):
        work(n)
    return (time.process_time() - began) / rounds


def sky_seconds() -> float:
    """One 1080p frame of Star Nest, 17 iterations by 20 steps, a new sky every frame."""
    backdrop = Backdrop(Workers())
    view = look((0, 2, 10), (0, 0, 0), 1920, 1080, 50, Projection.PERSPECTIVE)
    sky = Sky(star_nest=ORIGINAL)

    def draw(n: int) -> None:
        backdrop.draw(SkyFrame(star_nest=star_nest_at(sky, n / 30)), view)

    return cpu_seconds(draw, 4)


def particle_seconds(count: int, pixels: float) -> float:
    """Placing, sorting and adding ``count`` particles of that diameter to a 1080p picture."""
    content = {
        "name": "many",
        "sky": {"kind": "none"},
        "layers": [
            {
                "id": "a",
                "particleCount": count,
                "spawnRadius": 2.2,
                "sizeRange": [1, 1],
                "baseSize": pixels * 6 / 1158 / 0.1295,
                "sizeAtBirth": 1,
                "sizeAtDeath": 1,
            }
        ],
    }
    settings = SceneSettings(
        template=load_template(content), width=1920, height=1080, fps=FPS, total_frames=100
    )
    scene, workers = Scene(settings), Workers()
    store = np.zeros((count, 6), np.float32)
    base = np.zeros((3, 1080, 1920), np.float32)
    out = np.empty_like(base)

    def draw(n: int) -> None:
        frame = scene.frame(n)
        crowd = gather(workers, frame.layers, frame.views[0], frame.time_s, store)
        lists = crowd.listed, crowd.starts, crowd.view
        workers.share(lambda a, b: splat(base, np.float32(1), *lists, out, a, b), crowd.bands)

    return cpu_seconds(draw, 5)


def source_seconds(template: str, width: int = 1920, height: int = 1080) -> float:
    """One finished picture of a template."""
    source = SceneSource(
        SceneSourceSettings(
            template=template, width=width, height=height, fps=FPS, total_frames=100
        )
    )
    seconds = cpu_seconds(source.picture, 8)
    source.close()
    return seconds


def rival_seconds(python: str, ssaa: float) -> float:
    """One 1080p frame of the same shader in ShaderFlow: long film minus short film."""
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        for frames in (2, 5):
            film = str(Path(folder) / f"{frames}.mp4")
            printed = subprocess.run(
                [python, str(HERE / "rival_shaderflow.py"), str(frames / 30), film, str(ssaa)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            spent.append(float(printed.rsplit("SECONDS", 1)[1]))
    return (spent[1] - spent[0]) / 3


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rival-python", default="")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    sky = sky_seconds()
    print(f"sky 1080p, 17x20 steps           {sky * 1e3:8.1f} ms of processor time")
    if options.rival_python:
        for ssaa in (1.0, 2.0):
            theirs = rival_seconds(options.rival_python, ssaa)
            print(f"  ShaderFlow, ssaa {ssaa:g}              {theirs * 1e3:8.1f} ms")
            print(f"  ratio                          {theirs / sky:8.1f}")
    for count, pixels in ((100_000, 4.0), (1_000_000, 2.5)):
        seconds = particle_seconds(count, pixels)
        print(f"{count:>9} particles of {pixels:g} px     {seconds * 1e3:8.1f} ms")
    for name in ("etherealFlame", "aurora", "spiralGalaxy", "silkTides"):
        print(f"{name:<16} picture 1080p   {source_seconds(name) * 1e3:8.1f} ms")
    large = source_seconds("etherealFlame", 3840, 2160)
    print(f"etherealFlame    picture 2160p   {large * 1e3:8.1f} ms")


if __name__ == "__main__":
    main()
