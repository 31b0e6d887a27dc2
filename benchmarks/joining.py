"""How fast a thousand chunks are joined, beside a copy of their bytes, and in how much memory.

    python benchmarks/joining.py [--chunks 1000] [--megabits 10]

Chunks of two seconds of noise at 720p are made once and copied. ``copy`` writes their bytes into
one file as ``cat`` does; ``join`` is ``helios merge``. Both end when the disk has them. Twice, the
best counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS, FPS = 2, 30
FILM = """
import numpy as np

def draw(frame, context):
    chance = np.random.default_rng(frame)
    return chance.integers(0, 256, (context.height, context.width, 3), np.uint8)
"""


def make_chunk(folder: Path, megabits: float) -> Path:
    """One chunk, as chunks of ours are."""
    (folder / "film.py").write_text(FILM)
    words = ["render", "film.py:draw", "-o", "chunk.mp4", "--width", "1280", "--height", "720"]
    words += ["--frame-count", str(SECONDS * FPS), "--fps", str(FPS), "--concurrency", "1"]
    words += ["--video-bitrate", f"{round(megabits * 1000)}k", "--quiet"]
    subprocess.run([sys.executable, "-m", "helios", *words], cwd=folder, check=True)
    return folder / "chunk.mp4"


def copied(chunks: list[Path], target: Path) -> float:
    """Seconds until all bytes are in one file, and on the disk."""
    began = time.monotonic()
    with target.open("wb") as whole:
        for chunk in chunks:
            with chunk.open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)
        whole.flush()
        os.fsync(whole.fileno())
    return time.monotonic() - began


def joined(chunks: list[Path], target: Path) -> tuple[float, float]:
    """Seconds that ``helios merge`` takes, and the most memory that it had, in MB."""
    words = [sys.executable, "-m", "helios", "merge", str(target), *map(str, chunks), "--quiet"]
    began = time.monotonic()
    process = subprocess.Popen(words, cwd=target.parent, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - began, used.ru_maxrss / 1000


def main() -> None:
    """Print a table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--chunks", type=int, default=1000)
    reader.add_argument("--megabits", type=float, default=10.0, help="a second, of the film")
    asked = reader.parse_args()
    print("| chunks | MB | copy | join | of the copy's speed | memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="joining-") as place:
        folder = Path(place)
        chunk = make_chunk(folder, asked.megabits)
        for count in (asked.chunks // 10, asked.chunks):
            chunks = [folder / f"part_{number}.mp4" for number in range(count)]
            for path in chunks:
                shutil.copyfile(chunk, path)
            os.sync()
            copy_s = min(copied(chunks, folder / "copy") for _ in range(2))
            tries = [joined(chunks, folder / "film.mp4") for _ in range(2)]
            join_s, memory_mb = min(tries)
            size_mb = count * chunk.stat().st_size / 1e6
            print(
                f"| {count} | {size_mb:.0f} | {copy_s:.1f} s | {join_s:.1f} s | "
                f"{copy_s / join_s:.0%} | {memory_mb:.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
