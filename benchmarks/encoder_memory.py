"""How much memory each encoder needs beside the picture that it is given, for a pixel.

    python benchmarks/encoder_memory.py [--size 1920x1080 ...] [--frames 80] [ENCODER ...]

Every encoder runs in a process of its own and gets noise, of which nothing can be left out. What is
found is ``pixel_bytes`` of ``helios.model.formats``, rounded up.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from helios.encode.encoder import ChunkEncoder
from helios.model.formats import VIDEO_CODECS
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.planning.encoding import resolve_encoding


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def measure(encoder: str, width: int, height: int, frames: int) -> float:
    """Bytes for a pixel, over what the process needed before it opened the encoder."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (height, width + 64, 3), np.uint8)
    codec = next(codec for codec in VIDEO_CODECS if codec.encoder == encoder)
    options = RenderOptions(video_codec=encoder)
    settings = resolve_encoding(
        options, codec.containers[0], width=width, height=height, fps=Fraction(30)
    )
    before = peak_bytes()
    with (
        tempfile.TemporaryDirectory() as folder,
        ChunkEncoder(Path(folder) / f"chunk.{codec.chunk_container}", settings) as chunk,
    ):
        for frame in range(frames):
            start = 7 * frame % 64
            chunk.write(
                Picture(
                    frame=frame,
                    width=width,
                    height=height,
                    format=PixelFormat.RGB24,
                    planes=(np.ascontiguousarray(noise[:, start : start + width]),),
                )
            )
    return (peak_bytes() - before) / (width * height)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", nargs="+", default=["1920x1080", "3840x2160"])
    parser.add_argument("--frames", type=int, default=80)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("encoders", nargs="*")
    arguments = parser.parse_args()
    software = [codec.encoder for codec in VIDEO_CODECS if not codec.hardware]
    for size in arguments.size:
        for encoder in arguments.encoders or software:
            if arguments.here:
                width, height = map(int, size.split("x"))
                print(f"{measure(encoder, width, height, arguments.frames):.0f}")
                continue
            words = [__file__, "--here", "--size", size, "--frames", str(arguments.frames)]
            ran = subprocess.run(
                [sys.executable, *words, "--", encoder],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            print(f"{encoder:12} {size:>10} {ran.stdout.strip():>6} bytes a pixel", flush=True)


if __name__ == "__main__":
    main()
