"""Frames of a page in Chromium."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from helios.browser.ahead import PageAhead
from helios.browser.capture import (
    Capture,
    DirectCapture,
    MethodMisfit,
    PaintCapture,
    PaintedCapture,
)
from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.browser.screenshot import PictureStalled
from helios.browser.select import element_box
from helios.errors import HeliosError
from helios.model.composition import Composition
from helios.model.facts import CaptureMethod
from helios.model.picture import Picture
from helios.remote.addresses import HostPolicy

MAX_STALLS = 2
_TIDY_EVERY = 2000
"""Frames between two collections of garbage: left alone, the memory of a long film only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """How to render a page. ``width`` and ``height`` are pixels; ``total_frames`` is the film's."""

    width: int
    height: int
    fps: Fraction
    total_frames: int
    capture: CaptureMethod
    duration_s: Fraction | None = None
    selector: str | None = None
    mode: Literal["auto", "canvas", "dom"] = "auto"
    props: dict[str, Any] = field(default_factory=dict)
    seed: int = 0x12345678
    stability_timeout_s: float = 30.0
    step_timeout_s: float = 10.0
    hosts: HostPolicy = field(default_factory=HostPolicy)
    transparent: bool = False
    """Keep what the page leaves uncovered transparent."""
    shared_memory: bool = True
    """Take canvas frames from shared memory where the browser has it."""


class PageSource:
    """A page as a source of frames; a tab of its own in a browser that may be shared in turn."""

    def __init__(
        self,
        browser: Browser,
        composition: Composition,
        settings: PageSettings,
        ahead: PageAhead | None = None,
    ) -> None:
        """``ahead`` may hold the page already open."""
        self._settings = settings
        self._browser = browser
        self._composition = composition
        if settings.capture in (CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT):
            browser.require(begin_frame=settings.capture is CaptureMethod.BEGINFRAME)
        self._takes_painted = False
        """Whether the page has shown what its method does not take."""
        self._page: Page | None = self._open(ahead)
        self._capture: Capture | None = None
        self._notes: list[str] = []
        self._position = 0
        """The frame that the page is ready to step to."""
        self._inputs: tuple[tuple[str, str], ...] = ()

    def _open(self, ahead: PageAhead | None = None) -> Page:
        settings = self._settings
        stage = StageSettings(
            width=settings.width,
            height=settings.height,
            fps=settings.fps,
            seed=settings.seed,
            props=settings.props,
            stability_timeout_s=settings.stability_timeout_s,
            step_timeout_s=settings.step_timeout_s,
            hosts=settings.hosts,
            keeps_files=settings.capture in (CaptureMethod.DIRECT, CaptureMethod.PAINT),
            inside_canvas=settings.capture is CaptureMethod.PAINT and not self._takes_painted,
            transparent=settings.transparent,
        )
        opened = ahead.take(self._browser, self._composition, stage) if ahead else None
        return opened or Page(self._browser, self._composition, stage)

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``.

        Raises:
            ScriptError: the page raised an error; the frame is named.
            CaptureError: a frame could not be taken.
            StepTimeout: a frame took longer than it may.
            BrowserCrashed: the tab or the browser is gone.
        """
        frame, stop = start_frame, start_frame + frame_count
        stalls = 0
        while frame < stop:
            try:
                for picture in self._from(frame, stop):
                    frame, stalls = picture.frame + 1, 0
                    yield picture
                    if frame % _TIDY_EVERY == 0 and self._page is not None:
                        self._page.send("HeapProfiler.collectGarbage")
            except MethodMisfit as misfit:
                # The next method takes over at this frame, in a tab that has lived through those
                # before. It takes any page, so it stays.
                self._notes.append(
                    f"frame {misfit.frame}: {misfit.reason}; from here on the painted page is taken"
                )
                self._takes_painted = True
                self._close_page()
            except HeliosError as error:
                # Frames do not depend on where a tab began, so a fresh one may go on here.
                stalls += 1
                if stalls > MAX_STALLS or not isinstance(error, PictureStalled):
                    error.warnings = error.warnings or self.warnings()
                    raise
                self._close_page()

    def _from(self, frame: int, stop: int) -> Iterator[Picture]:
        if self._page is None or frame < self._position:
            self._close_page()
            self._page, self._position = self._open(), 0
        if self._capture is None:
            self._capture = self._open_capture(self._page)
        self._page.replay(self._position, frame)
        # Steps are asked for ahead: where the page is, is only known for sure at the end.
        self._position = sys.maxsize
        yield from self._capture.frames(frame, stop - frame)
        self._position = stop

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything loaded so far."""
        if self._page is not None:
            self._inputs = tuple(sorted(self._page.server.inputs.items()))
        return self._inputs

    def undigested(self) -> tuple[str, ...]:
        """What was loaded and could not be digested."""
        return tuple(sorted(self._page.server.undigested)) if self._page else ()

    def warnings(self) -> tuple[str, ...]:
        """What went wrong without stopping the render: missing files, dismissed dialogs."""
        return (*self._notes, *(self._page.warnings() if self._page else ()))

    def close(self) -> None:
        """Close the tab."""
        self.inputs()
        self._close_page()

    def _close_page(self) -> None:
        page, self._page = self._page, None
        self._capture = None
        if page is not None:
            page.close()

    def _open_capture(self, page: Page) -> Capture:
        settings = self._settings
        if self._takes_painted:
            return PaintedCapture(page)
        if settings.capture is CaptureMethod.DIRECT:
            return DirectCapture(
                page,
                settings.selector,
                shared_memory=settings.shared_memory,
                guard=settings.mode == "auto" and settings.selector is None,
            )
        if settings.capture is CaptureMethod.PAINT:
            return PaintCapture(page, shared_memory=settings.shared_memory)
        wanted = settings.selector or ("canvas" if settings.mode == "canvas" else None)
        return PaintedCapture(page, element_box(page, wanted) if wanted else None)
