"""Pages that live in a frame of the studio: what is seen there is the film's frame at that time."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page
from tests.studio import DESK, Windows, chromium, running, until, windows

import helios
from helios.model.options import RenderOptions

__all__ = ["chromium", "windows"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("studio"),
]

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
PAGES = {
    "hello-world": 60,
    "simple-animation": 60,
    "simple-canvas-animation": 60,
    "svg": 60,
    "cards": 60,
}
"""Examples, and of how many frames the times are.

This browser fits letters to its pixels, as on a desktop, and films have them as they are: of small
ones, such as those of ``demo``, each may differ."""
TIMES = 20
WIDTH, HEIGHT = 640, 360


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that may show all examples."""
    words = ("--port", "0", "--data", "data", "--compositions", str(EXAMPLES))
    with running(tmp_path_factory.mktemp("live"), "serve", *words) as (url, _):
        yield url


def begin(page: Page, composition: str) -> None:
    """Have a page live in a box of the film's size, over all else."""
    page.evaluate(
        """async ([config, width, height]) => {
          const { Live } = await import("/live.js");
          const box = document.createElement("div");
          Object.assign(box.style, { position: "fixed", inset: "0 auto auto 0", zIndex: 999,
            overflow: "hidden", background: "#fff",
            width: `${width}px`, height: `${height}px` });
          document.body.append(box);
          window.live?.close();
          window.live = new Live(box, (frame) => { window.livesAt = frame; }, () => {});
          await live.open(config, width);
        }""",
        [{"composition": composition, "width": WIDTH, "height": HEIGHT}, WIDTH, HEIGHT],
    )


def seen_at(page: Page, frame: int) -> NDArray[np.uint8]:
    """The pixels of the frame, once the page has lived up to it."""
    until(page, f"(live.show({frame}), window.livesAt === {frame})")
    # What another process draws is on the screen with the frame after it.
    page.evaluate(
        "async () => { for (let n = 0; n < 3; n += 1)"
        " await new Promise((resolve) => requestAnimationFrame(resolve)); }"
    )
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"))


def test_what_lives_in_the_frame_is_the_film_at_twenty_times_of_five_pages(
    server: str, windows: Windows
) -> None:
    page = windows.open(server, DESK)
    chance = random.Random(15)
    nearest: dict[str, float] = {}
    for name, total in PAGES.items():
        times = sorted(chance.sample(range(total), TIMES))
        file = f"{name}/composition.html"
        options = RenderOptions(width=WIDTH, height=HEIGHT, frame_count=total)
        frames = helios.frames(str(EXAMPLES / file), options)
        film = {n: frame.astype(float) for n, frame in enumerate(frames) if n in times}
        begin(page, file)
        # The first once more: what lies behind it, another document lives up to.
        errors = [np.mean((seen_at(page, n) - film[n]) ** 2) for n in (*times, times[0])]
        nearest[name] = 10 * float(np.log10(255**2 / max(*errors, 1e-6)))
        still = np.mean((film[times[0]] - film[times[-1]]) ** 2)
        assert still > 2 * max(errors), "another frame would be as near"
    assert {name: db for name, db in nearest.items() if db < 35} == {}, nearest
