"""How fast pictures become chunks: conversion and encoding alone, sizes and distances.

    python benchmarks/encoder.py [--size 1280x720] [--frames 150] [preset:crf ...]

CPU time is per frame over all threads; the pictures are a page-like drawing with fine text,
gradients and moving sprites. PSNR is of the decoded RGB against what was drawn.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.encode.convert import PictureConverter
from helios.encode.encoder import ChunkEncoder
from helios.media.pictures import decode_pictures
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.planning.encoding import resolve_encoding

DISTINCT = 60


def drawings(width: int, height: int) -> list[NDArray[np.uint8]]:
    """(H, W, 4) pictures of a page that scrolls, with sprites before it."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    text = (rng.random((height, width)) > 0.7) & (rows // 24 % 2 == 0) & (columns < width / 2)
    ground = np.stack(
        [40 + 60 * columns / width, 30 + 90 * rows / height, 80 + 40 * np.sin(columns / 200)], -1
    )
    pictures = []
    for number in range(DISTINCT):
        drawn = ground.copy()
        drawn[np.roll(text, -2 * number, 0)] = (230, 230, 240)
        for sprite in range(6):
            x = width * (0.5 + 0.4 * np.sin(number / 30 + sprite))
            y = height * (0.5 + 0.4 * np.cos(number / 23 + 2 * sprite))
            glow = np.clip(1 - np.hypot(columns - x, rows - y) / (0.08 * height), 0, 1)[..., None]
            drawn = drawn * (1 - glow) + np.array([255, 128 * (sprite % 3), 40 * sprite]) * glow
        opaque = np.full((height, width, 1), 255)
        pictures.append(np.concatenate([drawn, opaque], -1).astype(np.uint8))
    return pictures


def number_drawn(frame: int) -> int:
    """Which drawing a frame shows: to and fro."""
    turn, place = divmod(frame, DISTINCT)
    return DISTINCT - 1 - place if turn % 2 else place


def picture(pixels: NDArray[np.uint8], frame: int) -> Picture:
    """``pixels`` as the pipeline hands them over."""
    height, width = pixels.shape[:2]
    return Picture(
        frame=frame, width=width, height=height, format=PixelFormat.RGBA, planes=(pixels,)
    )


def psnr(path: Path, pictures: list[NDArray[np.uint8]]) -> float:
    """Of every tenth frame, in dB."""
    errors = [
        np.mean((decoded.planes[0].astype(float) - pictures[number_drawn(n)][..., :3]) ** 2)
        for n, decoded in enumerate(decode_pictures(path))
        if n % 10 == 0
    ]
    return float(10 * np.log10(255**2 / np.mean(errors)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("settings", nargs="*", default=["superfast:22", "veryfast:20", "medium:20"])
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.size.split("x"))
    pictures = drawings(width, height)
    converter = PictureConverter("yuv420p", width, height)
    started = time.process_time()
    for number, pixels in enumerate(pictures):
        converter.convert(picture(pixels, number))
    print(f"conversion {1000 * (time.process_time() - started) / DISTINCT:.2f} ms CPU per frame")
    with tempfile.TemporaryDirectory() as folder:
        for setting in arguments.settings:
            preset, _, crf = setting.partition(":")
            encoding = resolve_encoding(
                RenderOptions(preset=preset, quality=int(crf)),
                "mp4",
                width=width,
                height=height,
                fps=Fraction(30),
            )
            path = Path(folder) / "chunk.mov"
            wall, cpu = time.perf_counter(), time.process_time()
            with ChunkEncoder(path, encoding) as encoder:
                for number in range(arguments.frames):
                    encoder.write(picture(pictures[number_drawn(number)], number))
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{setting:14} {arguments.frames / wall:6.1f} fps  "
                f"{1000 * cpu / arguments.frames:5.1f} ms CPU per frame  "
                f"{path.stat().st_size / 1000:7.0f} kB  {psnr(path, pictures):.2f} dB  "
                f"{memory} MiB"
            )


if __name__ == "__main__":
    main()
