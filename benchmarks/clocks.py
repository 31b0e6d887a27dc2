"""Does every clock and every library show frame n at frame n, always the same?

``python -m benchmarks.clocks`` takes each page of ``tests/compositions`` that paints the bar code,
with each capture method that fits, in three processes side by side: twice the whole film and once
its second half. Every frame has to say its number, and to have the same pixels in all three. Give
names of pages to measure only those; ``--methods paint,screenshot`` and ``--frames 150`` narrow it
further. ``--replay`` measures instead how fast frames before a chunk are lived through unpainted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from fractions import Fraction
from typing import Any

import numpy as np
from tests.barcode import Unreadable, read_frame_number
from tests.libraries import FOLDER, install

from helios.browser.find import find_browser
from helios.browser.launch import BrowserConfig, launch
from helios.browser.page import Page, StageSettings
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod
from helios.model.picture import PixelFormat
from helios.sources.page import PageSettings, PageSource

CLOCKS = (
    "raf-dom",
    "timers",
    "css",
    "waapi",
    "shadow",
    "iframe",
    "svg-smil",
    "svg-image",
    "stamps",
    "worker",
    "scroll-driven",
    "analyser",
    "stateful",
    "view-transition",
)
CANVASES = ("canvas2d", "webgl", "offscreen", "library-p5", "library-pixi", "library-three")
LIBRARIES = (
    "library-gsap",
    "library-lottie",
    "library-anime",
    "library-d3",
    "library-framer-motion",
)
REPLAYED = ("stateful", "css", "canvas2d", "library-gsap", "worker")
SIZE: dict[str, Any] = {"width": 320, "height": 180, "fps": Fraction(30)}


def methods_of(page: str) -> list[CaptureMethod]:
    """Those that fit a page."""
    if page == "view-transition":
        return [CaptureMethod.BEGINFRAME]
    painted = [CaptureMethod.PAINT, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT]
    return [*painted, CaptureMethod.DIRECT] if page in CANVASES else painted


def composition(page: str) -> Composition:
    """A page of the test suite."""
    location = str(FOLDER / f"{page}.html")
    return Composition(kind=CompositionKind.PAGE, location=location, root=FOLDER)


def take(page: str, method: str, start: int, stop: int) -> dict[int, tuple[int, str]]:
    """By frame: the number it shows (-1: none) and a digest of its pixels."""
    shown = {}
    config = BrowserConfig(executable=find_browser(), width=320, height=180)
    with launch(config) as browser:
        settings = PageSettings(capture=CaptureMethod(method), total_frames=stop, **SIZE)
        source = PageSource(browser, composition(page), settings)
        for picture in source.frames(start, stop - start):
            pixels: Any = picture.planes[0]
            is_bgra = picture.format is PixelFormat.BGRA
            rgb = np.ascontiguousarray(pixels[:, :, 2::-1] if is_bgra else pixels[:, :, :3])
            try:
                number = read_frame_number(rgb)
            except Unreadable:
                number = -1
            shown[picture.frame] = (number, hashlib.sha256(rgb.tobytes()).hexdigest())
        source.close()
    return shown


def compare(page: str, method: str, frames: int) -> str:
    """What is wrong with three films made at once; empty when nothing is."""
    command = [sys.executable, "-m", "benchmarks.clocks", "--take", page, "--methods", method]
    ranges = [(0, frames), (0, frames), (frames // 2, frames)]
    running = [
        subprocess.Popen(
            [*command, "--range", f"{start}:{stop}"], stdout=subprocess.PIPE, text=True
        )
        for start, stop in ranges
    ]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        return "failed"
    first, second, half = (json.loads(text) for text in outputs)
    wrong = [n for n, (number, _) in first.items() if number != int(n)]
    differ = [n for n in first if first[n] != second[n]]
    seam = [n for n in half if half[n] != first[n]]
    found = {"wrong": wrong, "differ between runs": differ, "differ after a chunk's start": seam}
    return ", ".join(
        f"{len(frames)} {what} ({frames[:3]}...)" for what, frames in found.items() if frames
    )


def replay(page: str, frames: int) -> float:
    """Frames per second of fast-forward."""
    config = BrowserConfig(executable=find_browser(), width=320, height=180)
    with launch(config) as browser:
        opened = Page(browser, composition(page), StageSettings(**SIZE))
        opened.replay(0, 30)
        start = time.monotonic()
        opened.replay(30, 30 + frames)
        seconds = time.monotonic() - start
        opened.close()
    return frames / seconds


def main() -> int:
    """Print a line per page and method; 1 if any is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--methods", default="")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--take", help=argparse.SUPPRESS)
    parser.add_argument("--range", default="0:150", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.take:
        start, stop = map(int, options.range.split(":"))
        print(json.dumps(take(options.take, options.methods, start, stop)))
        return 0
    install()
    if options.replay:
        for page in options.pages or REPLAYED:
            print(f"{page:24} {replay(page, 1000):8.0f} frames/s unpainted", flush=True)
        return 0
    wanted = (
        options.methods.split(",")
        if options.methods
        else [method.value for method in CaptureMethod]
    )
    failures = 0
    for page in options.pages or (*CLOCKS, *CANVASES, *LIBRARIES):
        for method in methods_of(page):
            if method.value not in wanted:
                continue
            found = compare(page, method.value, options.frames)
            failures += bool(found)
            print(
                f"{page:24} {method.value:12} {found or f'{options.frames} right, 3 equal'}",
                flush=True,
            )
    print(f"{failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
