"""The studio's page as its tests reach it: its servers, and windows of the installed Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    Download,
    FileChooser,
    FilePayload,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from tests.commandline import ended_with_block

from helios.browser.find import find_browser
from helios.errors import InvalidTransition
from helios.server.client import HeliosClient

LIMIT_S = 60
"""Where much else runs, what is waited for takes long."""
OWN_NAME = "films.example"
"""A name of this machine that is not that of loopback."""
# Without a graphics card the compositor of processors is the cheaper one.
CHEAP = ("--disable-gpu-compositing",)
# Pages of another origin have a process of their own there.
APART = "--site-per-process"
KIND = "application/octet-stream"
expect.set_options(LIMIT_S * 1000)


class Window(NamedTuple):
    """What a page is seen in."""

    width: int
    height: int
    is_phone: bool = False
    """Small, and touched instead of pointed at."""


PHONE, TABLET, DESK = Window(390, 844, is_phone=True), Window(768, 1024), Window(1440, 900)


class Windows:
    """Opens pages, each in a window that knows nothing of the others."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def open(self, url: str, window: Window, *, moves: bool = False) -> Page:
        """The page at an address, as in a new window; ``moves``: as for who likes motion."""
        context = self._browser.new_context(
            viewport={"width": window.width, "height": window.height},
            has_touch=window.is_phone,
            is_mobile=window.is_phone,
            reduced_motion="no-preference" if moves else "reduce",
        )
        context.set_default_timeout(LIMIT_S * 1000)
        page = context.new_page()
        # Choosers are caught from the start: one that opens while that is being asked for is lost.
        page.on("filechooser", lambda _: None)
        page.goto(url)
        return page

    def close(self) -> None:
        """Close them all."""
        for context in self._browser.contexts:
            context.close()


@contextmanager
def installed_chromium() -> Iterator[Browser]:
    """A browser that reaches this machine's network, which those that render never do."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser().path,
            args=[f"--host-resolver-rules=MAP {OWN_NAME} 127.0.0.1", *CHEAP, APART],
        )
        yield browser
        browser.close()


# Not one for all modules: as long as it is there, tests in its thread can run no loop of asyncio.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a module's tests."""
    with installed_chromium() as browser:
        yield browser


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    """Windows of one test."""
    windows = Windows(chromium)
    yield windows
    windows.close()


@contextmanager
def running(
    folder: Path, *words: str, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a server that was started by these words, and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "helios", *words],
        cwd=folder,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    assert process.stderr is not None
    with ended_with_block(process):
        yield process.stderr.readline().decode().split()[-1], process
        process.terminate()
        process.wait(120)


@contextmanager
def studio(folder: Path, *words: str) -> Iterator[str]:
    """The address of the studio that is opened in a folder."""
    with running(folder, "studio", "--no-open", *words) as (url, _):
        yield url


def empty(url: str) -> None:
    """Remove all films of a server, also one that it has just finished."""
    with HeliosClient(url) as client:
        client.pause()
        for job in client.list().jobs:
            if not job.is_final:
                with suppress(InvalidTransition):
                    client.cancel(job.id)
        client.prune()
        client.resume()
        assert client.list().total == 0


def write_song(path: Path, loudness: int = 9000) -> Path:
    """A second of a tone: an eighth of a radian from sample to sample."""
    samples = (np.sin(np.arange(8000) / 8) * loudness).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return path


def problems(page: Page) -> list[str]:
    """What the browser complained of."""
    told = [said.text for said in page.console_messages() if said.type == "error"]
    return told + [str(error) for error in page.page_errors()]


def until(page: Page, expression: str) -> Any:
    """Wait for an expression to come true; what it gives then."""
    return page.evaluate(
        "async (limit) => { const end = Date.now() + limit; for (;;) {"
        f" const answer = await ({expression}); if (answer) return answer;"
        " if (Date.now() > end) throw Error('it did not come true');"
        " await new Promise((resolve) => setTimeout(resolve, 20)); } }",
        LIMIT_S * 1000,
    )


def fits(page: Page) -> None:
    """Nothing is wider than the window, and every button is in it."""
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    outside = (
        "(width) => [...document.querySelectorAll('button, .button, input, select')]"
        ".filter((e) => e.offsetHeight && !e.matches('.hidden-input'))"
        ".map((e) => [e.id || e.textContent, e.getBoundingClientRect()])"
        ".filter(([_, box]) => box.left < 0 || box.right > width).map(([name]) => name)"
    )
    assert page.evaluate(outside, size["width"]) == []


def drop(page: Page, *files: Path) -> None:
    """Drop files on the place for songs."""
    payloads = [[file.name, list(file.read_bytes())] for file in files]
    dropped = page.evaluate_handle(
        "(files) => { const dropped = new DataTransfer();"
        " for (const [name, bytes] of files)"
        " dropped.items.add(new File([new Uint8Array(bytes)], name)); return dropped; }",
        payloads,
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})


def press(page: Page, what: str | Locator) -> None:
    """Click it, or on a phone touch it."""
    where = page.locator(what) if isinstance(what, str) else what
    if page.viewport_size and page.viewport_size["width"] == PHONE.width:
        where.tap()
    else:
        where.click()


def choose(page: Page, button: str, *files: Path | FilePayload) -> None:
    """Press a button that asks for files, and choose these."""
    with page.expect_file_chooser() as asked:
        press(page, button)
    take(asked.value, *files)


def take(asked: FileChooser, *files: Path | FilePayload) -> None:
    """Choose files in what asks for them."""
    asked.set_files(
        [
            {"name": file.name, "mimeType": KIND, "buffer": file.read_bytes()}
            if isinstance(file, Path)
            else file
            for file in files
        ]
    )


def named(name: str, text: str) -> FilePayload:
    """A file of this name and text."""
    return {"name": name, "mimeType": KIND, "buffer": text.encode()}


def saved(page: Page, what: str | Locator) -> Download:
    """The file that something saves when it is pressed."""
    with page.expect_download() as download:
        press(page, what)
    return download.value


def walk_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab, or another key, until an element has the focus."""
    for _ in range(200):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {selector}")


def chip(page: Page, name: str) -> Locator:
    """The film of a name, to be chosen or not."""
    return page.locator(f".chip:has(input[value='{name}'])")


def template(page: Page, name: str) -> Locator:
    """The card of a template."""
    return page.locator(f".template:has(input[value='{name}'])")


def choose_template(page: Page, name: str) -> None:
    """Choose a template, which may be one of those that are not shown at first."""
    if not template(page, name).is_visible():
        press(page, "#templates-all")
    press(page, template(page, name))


def choose_only(page: Page, name: str) -> None:
    """Choose this film and no other."""
    others = page.locator(f"input[name=type]:checked:not([value='{name}'])")
    if not chip(page, name).is_visible():
        press(page, "#more-types > summary")
    if not chip(page, name).locator("input").is_checked():
        press(page, chip(page, name))
    while others.count():
        press(page, others.first.locator(".."))
