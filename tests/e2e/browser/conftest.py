from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.barcode import read_frame_number

from helios.browser.find import find_browser
from helios.browser.launch import Browser, BrowserConfig, launch
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod
from helios.model.picture import Picture, PixelFormat
from helios.sources.page import PageSettings, PageSource

PAGES = Path(__file__).parent / "pages"
COMPOSITIONS = Path(__file__).parents[2] / "compositions"
WIDTH, HEIGHT = 320, 180


def running_browser(*, begin_frame: bool | None = None) -> Browser:
    config = BrowserConfig(executable=find_browser(), width=WIDTH, height=HEIGHT)
    return launch(replace(config, begin_frame=begin_frame))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; sources restart it only when a method needs other switches."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="session")
def screenshot_browser() -> Iterator[Browser]:
    """Another, for screenshots: a start for each change of the method takes longer than a test."""
    with running_browser(begin_frame=False) as running:
        yield running


@pytest.fixture
def browser_for(request: pytest.FixtureRequest) -> Callable[[CaptureMethod], Browser]:
    """The browser that runs with the switches of this method."""

    def browser_of(method: CaptureMethod) -> Browser:
        is_free = method is CaptureMethod.SCREENSHOT
        name = "screenshot_browser" if is_free else "browser"
        found: Browser = request.getfixturevalue(name)
        return found

    return browser_of


def page(name: str, folder: Path = PAGES) -> Composition:
    path = folder / name
    return Composition(kind=CompositionKind.PAGE, location=str(path), root=folder)


def rgb(picture: Picture) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pixels = picture.planes[0]
    assert pixels.dtype == np.uint8
    return pixels[:, :, 2::-1] if picture.format is PixelFormat.BGRA else pixels[:, :, :3]  # type: ignore[return-value] # uint8 as asserted


def bar_number(pixels: np.ndarray[Any, Any], top: int = 0) -> int:
    """The frame number painted as sixteen blocks of 20 x 20 in one row."""
    return sum(1 << bit for bit in range(16) if pixels[top + 10, 10 + 20 * bit].mean() > 128)


@pytest.fixture
def source(browser_for: Callable[[CaptureMethod], Browser]) -> Iterator[Callable[..., PageSource]]:
    opened: list[PageSource] = []

    def make(composition: Composition, method: CaptureMethod, **settings: Any) -> PageSource:
        values: dict[str, Any] = {
            "width": WIDTH,
            "height": HEIGHT,
            "fps": Fraction(30),
            "total_frames": 150,
            # A busy machine may stand still for many seconds: only what tests a limit sets one.
            "step_timeout_s": 60.0,
            "stability_timeout_s": 60.0,
        }
        page_settings = PageSettings(capture=method, **(values | settings))
        made = PageSource(browser_for(method), composition, page_settings)
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()


def numbers_and_digests(
    made: PageSource, start: int, count: int, top: int = 0
) -> tuple[list[int], list[str]]:
    numbers, digests = [], []
    for picture in made.frames(start, count):
        pixels = np.ascontiguousarray(rgb(picture))
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        numbers.append(bar_number(pixels, top))
        digests.append(hashlib.sha256(pixels.tobytes()).hexdigest())
    return numbers, digests


def shown(made: PageSource, start: int, count: int) -> dict[int, tuple[int, str]]:
    """By frame: the number that the bar code of ``tests/barcode.py`` says, and a digest."""
    found = {}
    for picture in made.frames(start, count):
        pixels = np.ascontiguousarray(rgb(picture))
        number = read_frame_number(pixels)
        found[picture.frame] = (number, hashlib.sha256(pixels.tobytes()).hexdigest())
    return found


def check_film(
    source: Callable[..., PageSource], name: str, method: CaptureMethod, **settings: Any
) -> None:
    """A bar-code page gives the right numbers, and in a second run from frame 37 equal bytes."""
    composition = page(name, COMPOSITIONS)
    first = 0 if method is not CaptureMethod.SCREENSHOT else 33  # screenshots are slow
    whole = shown(source(composition, method, **settings), first, 41 - first)
    later = shown(source(composition, method, **settings), 37, 4)
    numbers = {frame: number for frame, (number, _) in whole.items()}
    assert numbers == {frame: frame for frame in range(first, 41)}
    assert later == {frame: whole[frame] for frame in range(37, 41)}


@pytest.fixture
def helpers() -> Any:
    """What the test modules share."""

    class Helpers:
        pages = PAGES
        compositions = COMPOSITIONS
        page = staticmethod(page)
        rgb = staticmethod(rgb)
        bar_number = staticmethod(bar_number)
        numbers_and_digests = staticmethod(numbers_and_digests)
        check_film = staticmethod(check_film)

        @staticmethod
        def write(folder: Path, body: str, name: str = "page.html") -> Composition:
            (folder / name).write_text("<!doctype html><body>" + body, encoding="utf-8")
            return page(name, folder)

    return Helpers
