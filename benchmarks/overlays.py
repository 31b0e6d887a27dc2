"""What do pages over a film cost?

    python -m benchmarks.overlays [--minutes 65] [--frames 600]

An audiogram with cover, title, waveform, captions (a word every 0.43 s) and progress, 1280x720 at
30 fps, from the middle of a long film; and a scene without and with a title that stands still.
Printed are processor seconds of all processes, the browser's included, for each frame that is
drawn, without its encoding, and the memory that all of them hold at the end (PSS). Wall times count
on a quiet machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.harness import FPS, HEIGHT, WIDTH, describe_machine
from benchmarks.processes import cpu_s, proportional_mb
from PIL import Image
from tests.sounds import wav

from helios.rendering.find import find_composition
from helios.rendering.in_process import open_source
from helios.rendering.orchestrator import read_options

WORD_S = 0.43
_UNTIMED = 30
"""Frames drawn before the clock starts: those that open the pages are not what is asked about."""


def talk(folder: Path, seconds: int) -> dict[str, Any]:
    """A sound that comes and goes like speech, words for it, and a picture."""
    chance = np.random.default_rng(1)
    time_s = np.arange(48_000) / 48_000
    second = chance.normal(size=48_000) * 0.1 * (np.sin(2 * np.pi * 3 * time_s) > 0)
    (folder / "talk.wav").write_bytes(wav(np.tile(second, seconds)))
    words = [
        {"start": n * WORD_S, "end": (n + 1) * WORD_S, "text": f"word{n}"}
        for n in range(int(seconds / WORD_S))
    ]
    lines = [words[n : n + 8] for n in range(0, len(words), 8)]
    told = [{"start": w[0]["start"], "end": w[-1]["end"], "words": w} for w in lines]
    (folder / "talk.json").write_text(json.dumps({"lines": told}))
    Image.effect_noise((600, 600), 60).convert("RGB").save(folder / "cover.png")
    files = {"lines": str(folder / "talk.json"), "picture": str(folder / "cover.png")}
    return {"audio": str(folder / "talk.wav"), "props": {"title": "A long talk", **files}}


def measured(composition: str, count: int, **options: Any) -> tuple[float, float, float]:
    """Milliseconds of processor and wall time for a frame, and MB that are held."""
    size = {"width": WIDTH, "height": HEIGHT, "fps": FPS, "frame_count": count + _UNTIMED}
    asked = read_options(None, {**size, **options})
    with ExitStack() as stack:
        target = find_composition(composition, Path.cwd(), None)
        source, resolved, _ = open_source(stack, target, asked)
        stack.callback(source.close)
        drawn = source.frames(resolved.start_frame, resolved.frame_count)
        deque(islice(drawn, _UNTIMED), maxlen=0)
        begun = cpu_s(os.getpid()), time.perf_counter()
        deque(drawn, maxlen=0)
        ended = cpu_s(os.getpid()), time.perf_counter()
        held_mb = proportional_mb(os.getpid())
    return *((end - begin) * 1000 / count for begin, end in zip(begun, ended, strict=True)), held_mb


def show(name: str, cost: tuple[float, float, float]) -> None:
    told = f"{cost[0]:7.1f} ms of processor  {cost[1]:7.1f} ms  {cost[2]:6.0f} MB"
    print(f"{name:<44} {told}", flush=True)


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="helios-overlays-") as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overlays", description=__doc__)
    parser.add_argument("--minutes", type=int, default=65)
    parser.add_argument("--frames", type=int, default=600)
    given = parser.parse_args()
    print(describe_machine())
    seconds = given.minutes * 60
    with scratch() as folder:
        show("a scene", measured("emberLake", given.frames, duration=60))
        title = "title,props=" + json.dumps({"title": "A title", "from": 0, "to": None})
        with_title = measured("emberLake", given.frames, duration=60, overlay=[title])
        show("the same with a title", with_title)
        with ProcessPoolExecutor(1) as other:  # what it takes to make the sound is not asked
            told = other.submit(talk, folder, seconds).result()
        middle = seconds * FPS // 2
        long = measured("audiogram", given.frames, duration=seconds, start_frame=middle, **told)
        show(f"an audiogram of {given.minutes} minutes, from its middle", long)


if __name__ == "__main__":
    main()
