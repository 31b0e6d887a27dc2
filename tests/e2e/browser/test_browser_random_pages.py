"""Whatever a page does: the same frames whole and, again, in chunks of fresh pages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tests.e2e.browser.random_pages import RandomPage, pages, write_files

from helios.browser.launch import Browser
from helios.model.composition import Composition, CompositionKind
from helios.model.picture import Picture, PixelFormat
from helios.sources.page import PageSettings, PageSource

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHUNKS, CHUNK_FRAMES = 5, 4
FRAMES = CHUNKS * CHUNK_FRAMES
COUNT = int(os.environ.get("HELIOS_TEST_PAGES", "0"))
"""Of pages in the long form, each time others; 0 is the short form, always of the same."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("random")
    write_files(made)
    return made


def digest(picture: Picture) -> str:
    pixels = picture.planes[0]
    if picture.format is PixelFormat.BGRA:
        pixels = pixels[:, :, 2::-1]
    return hashlib.sha256(np.ascontiguousarray(pixels[:, :, :3]).tobytes()).hexdigest()


def drawer(browser: Browser, folder: Path, drawn: RandomPage) -> Callable[[int, int], list[str]]:
    """A function that gives the digests of frames, each time of a page that is opened for them."""
    html = drawn.html()
    path = folder / f"{hashlib.sha256(html.encode()).hexdigest()[:16]}.html"
    path.write_text(html, encoding="utf-8")
    composition = Composition(kind=CompositionKind.PAGE, location=str(path), root=folder)
    how = PageSettings(
        width=320, height=180, fps=drawn.fps, total_frames=FRAMES, capture=drawn.capture
    )

    def draw(start: int, count: int) -> list[str]:
        source = PageSource(browser, composition, how)
        try:
            return [digest(picture) for picture in source.frames(start, count)]
        finally:
            source.close()

    return draw


@settings(
    max_examples=COUNT or 6,
    derandomize=not COUNT,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(drawn=pages())
@pytest.mark.timeout(60 + 20 * (COUNT or 6))
def test_a_page_gives_one_film(browser: Any, folder: Path, drawn: RandomPage) -> None:
    draw = drawer(browser, folder, drawn)
    whole = draw(0, FRAMES)
    assert len(set(whole)) == FRAMES, "the bar code changes with every frame"
    # Chunks draw all of it a second time.
    chunks = [draw(start, CHUNK_FRAMES) for start in range(0, FRAMES, CHUNK_FRAMES)]
    assert [each for chunk in chunks for each in chunk] == whole
