"""Frames of a page in Chromium."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from helios.browser.ahead import BegunPage, PageAhead
from helios.browser.alike import held
from helios.browser.answers import content_type
from helios.browser.capture import (
    Capture,
    DirectCapture,
    MethodMisfit,
    PaintCapture,
    PaintedCapture,
)
from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.browser.preload import PageSong
from helios.browser.screenshot import PictureStalled
from helios.browser.select import element_box
from helios.errors import HeliosError
from helios.model.choices import PageMode
from helios.model.composition import SHADER_SUFFIXES, Composition
from helios.model.facts import CaptureMethod
from helios.model.live_page import LivePage
from helios.model.picture import Picture
from helios.planning.panorama import Around
from helios.remote.addresses import HostPolicy

MAX_STALLS = 2
_LIVE_SONG_BYTES = 32 << 20
"""Of what a page reads of the film's sound, at most so much goes to another browser."""
_ASKED = 600
"""Frames of which a page is asked at once which of them are the same."""
_KEPT_BYTES = 128 * 2**20
"""Pictures kept of one page that come again among these frames."""
_TIDY_EVERY = 2000
"""Frames between two collections of garbage: left alone, the memory of a long film only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """How to render a page. ``width`` and ``height`` are pixels; ``total_frames`` is the film's."""

    width: int
    height: int
    pixel_ratio: Fraction = Fraction(1)
    fps: Fraction
    total_frames: int
    capture: CaptureMethod
    duration_s: Fraction | None = None
    selector: str | None = None
    mode: PageMode = "auto"
    props: dict[str, Any] = field(default_factory=dict)
    seed: int = 0x12345678
    stability_timeout_s: float = 30.0
    step_timeout_s: float = 10.0
    hosts: HostPolicy = field(default_factory=HostPolicy)
    transparent: bool = False
    """Keep what the page leaves uncovered transparent."""
    song: PageSong | None = None
    """What the page reads of the film's sound."""
    around: Around | None = None
    """How a shader that can draw any direction is drawn."""
    picture: str | None = None
    """A file whose image, or cover art, it is served."""
    place: int = 0
    """0 for the composition, n for the n-th page over it."""
    shared_memory: bool = True
    """Take canvas frames from shared memory where the browser has it."""


def stage_settings(
    settings: PageSettings, *, keeps_files: bool = False, inside_canvas: bool = False
) -> StageSettings:
    """What a page of these settings is opened with; see ``StageSettings``."""
    return StageSettings(
        width=settings.width,
        height=settings.height,
        pixel_ratio=settings.pixel_ratio,
        fps=settings.fps,
        seed=settings.seed,
        props=settings.props,
        stability_timeout_s=settings.stability_timeout_s,
        step_timeout_s=settings.step_timeout_s,
        hosts=settings.hosts,
        keeps_files=keeps_files,
        inside_canvas=inside_canvas,
        transparent=settings.transparent,
        song=settings.song,
        around=settings.around,
        picture=settings.picture,
        place=settings.place,
    )


def live_page(
    composition: Composition, settings: PageSettings, flags: Collection[str]
) -> LivePage | None:
    """What the page on this disk needs to live in another browser; None where it cannot.

    ``flags``: what is known of its code (``flags_of``).
    """
    stage = stage_settings(settings)
    song, (width, height) = stage.song, stage.layout
    if stage.around or (song and len(song.payload) > _LIVE_SONG_BYTES):
        return None
    file, document = Path(composition.location), None
    if file.suffix.lower() in SHADER_SUFFIXES:
        from helios.shader.page import page_of
        from helios.shader.read import read_shader

        # What shaders see of the sound is made for the whole film, and few browsers have WebGPU.
        if song or composition.is_wgsl:
            return None
        document = page_of(read_shader(file))
    elif not content_type(file).startswith("text/html"):
        return None
    return LivePage(
        file=file.resolve(),
        root=(composition.root or file.parent).resolve(),
        document=document,
        hosts=tuple(map(str, stage.hosts.rules)),
        public_hosts=stage.hosts.public_hosts,
        width=width,
        height=height,
        pixel_ratio=float(stage.pixel_ratio),
        fps=str(stage.fps),
        total_frames=settings.total_frames,
        told=stage.told,
        flags=tuple(sorted(flags)),
        props=stage.props,
        song_about=song and song.about,
        song=song.payload if song else b"",
    )


class _Tab:
    """The composition in a tab of its own, lived through frame by frame, for one way to capture."""

    def __init__(
        self, open_page: Callable[[], Page], open_capture: Callable[[Page], Capture]
    ) -> None:
        self._open_page, self._open_capture = open_page, open_capture
        self.page: Page | None = None
        self._capture: Capture | None = None
        self._position = 0
        """The frame that the page is ready to step to."""
        self._drawn: tuple[Picture, ...] = ()
        """Pictures from frame 0 on that it has drawn before anybody asked for them."""

    def go_on(self, begun: BegunPage) -> None:
        """Take over a page that has drawn its first frames."""
        self.page, self._capture = begun.page, begun.capture
        self._drawn, self._position = begun.pictures, len(begun.pictures)

    def open(self) -> Page:
        """The page, opened unless it is."""
        if self.page is None:
            self.page, self._position = self._open_page(), 0
        return self.page

    def frames(self, frame: int, stop: int) -> Iterator[Picture]:
        """Pictures from ``frame`` on, after all before it; see ``Capture``."""
        drawn = self._drawn[frame:stop]
        if stop >= len(self._drawn):
            self._drawn = ()
        yield from drawn
        frame += len(drawn)
        if frame == stop:
            return
        if frame < self._position:
            self.close()
        page = self.open()
        if self._capture is None:
            self._capture = self._open_capture(page)
        says = page.looks(frame, frame + 1) is not None
        if not says:
            page.replay(self._position, frame)
        # Steps are asked for ahead: where the page is, is only known for sure at the end.
        self._position = sys.maxsize
        try:
            if says:
                yield from self._changing(page, self._capture, frame, stop)
            else:
                yield from self._capture.frames(range(frame, stop))
        except MethodMisfit as misfit:
            self._position = misfit.frame + 1
            raise
        self._position = stop

    @staticmethod
    def _changing(page: Page, capture: Capture, start: int, stop: int) -> Iterator[Picture]:
        """Pictures of a page that says which are the same: each is drawn once, if there is room to
        keep it until it comes again."""
        room = _KEPT_BYTES // (4 * page.settings.width * page.settings.height)
        picture: Picture | None = None
        for first in range(start, stop, _ASKED):
            end = min(first + _ASKED, stop)
            # Whether the first is new, only the frame before it tells.
            asked = max(first - 1, start)
            looks = page.looks(asked, end) or list(range(asked, end))
            shown, again = drawn_for(looks, room)
            pictures = capture.frames(sorted({drawn for drawn in shown if drawn >= first}))
            last = dict(zip(shown, range(asked, end), strict=True))
            kept: dict[int, Picture] = {}
            before = None
            for frame, drawn in zip(range(asked, end), shown, strict=True):
                if drawn == frame >= first:
                    picture = next(pictures)
                picture = kept.get(drawn, picture)
                assert picture is not None
                if drawn == frame and drawn in again:
                    picture = kept[drawn] = _fixed(picture)
                if frame == last[drawn]:
                    kept.pop(drawn, None)
                if frame >= first:
                    yield replace(picture, frame=frame, changed=() if drawn == before else None)
                before = drawn

    def close(self) -> None:
        page, self.page = self.page, None
        self._capture, self._drawn = None, ()
        if page is not None:
            page.close()


def drawn_for(looks: Sequence[int], room: int) -> tuple[list[int], set[int]]:
    """Of frames in a row the one that is drawn for each, and those drawn that are kept.

    Args:
        looks: of each frame the first of them that looks like it.
        room: how many pictures may be kept at once; those that do not fit are drawn again.
    """
    runs = [(look, len(list(frames))) for look, frames in groupby(looks)]
    to_come = Counter(look for look, _ in runs)
    kept: dict[int, int] = {}
    shown: list[int] = []
    again: set[int] = set()
    for look, count in runs:
        drawn = kept.get(look, looks[0] + len(shown))
        to_come[look] -= 1
        if not to_come[look]:
            kept.pop(look, None)
        elif look not in kept and len(kept) < room:
            kept[look] = drawn
            again.add(drawn)
        shown += [drawn] * count
    return shown, again


def _fixed(picture: Picture) -> Picture:
    """The picture in planes of its own that nobody changes."""
    fixed = held(picture)
    for plane in fixed.planes:
        plane.setflags(write=False)
    return fixed


class PageSource:
    """A page as a source of frames; a tab of its own in a browser that may be shared in turn.

    A frame that the chosen method cannot give as the page shows it is taken from a second tab, as
    painted. Which frames these are, the page alone decides, so that all chunks agree.
    """

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
        self._ahead = ahead
        if settings.capture.is_painted:
            browser.require(
                begin_frame=settings.capture is CaptureMethod.BEGINFRAME,
                pixel_ratio=settings.pixel_ratio,
            )
        self._chosen = _Tab(self._open_chosen, self._open_capture)
        self._painted = _Tab(self._open_painted, self._capture_painted)
        self._chosen_ends = sys.maxsize
        """The first frame from which on all are taken as painted."""
        self._goes_over = False
        """Whether the chosen method has left a frame to the painted page."""
        self._inputs: set[tuple[str, str]] = set()
        self._undigested: set[str] = set()
        self._warnings: dict[str, None] = {}
        begun = self._ahead.take_begun(browser, composition, self._stage()) if self._ahead else None
        if begun is not None:
            self._chosen.go_on(begun)
        self._chosen.open()

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
        tab = self._chosen
        while frame < stop:
            if frame >= self._chosen_ends:
                tab = self._painted
            try:
                for picture in tab.frames(frame, stop):
                    frame, stalls = picture.frame + 1, 0
                    yield picture
                    if frame % _TIDY_EVERY == 0 and tab.page is not None:
                        tab.page.send("HeapProfiler.collectGarbage")
            except HeliosError as error:
                # Frames do not depend on where a tab began, so a fresh one may go on here.
                stalls += 1
                if stalls > MAX_STALLS or not isinstance(error, PictureStalled):
                    error.warnings = error.warnings or self.warnings()
                    raise
                self._close(tab)
            except MethodMisfit as misfit:
                frame = misfit.frame
                if tab is self._chosen:
                    self._tell(misfit)
                if misfit.is_spoilt:
                    self._chosen_ends = frame
                    self._close(self._chosen)
                tab = self._painted if tab is self._chosen else self._chosen

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything loaded so far."""
        self._note()
        return tuple(sorted(self._inputs))

    def undigested(self) -> tuple[str, ...]:
        """What was loaded and could not be digested."""
        self._note()
        return tuple(sorted(self._undigested))

    def warnings(self) -> tuple[str, ...]:
        """What went wrong without stopping the render: missing files, dismissed dialogs."""
        self._note()
        return tuple(self._warnings)

    def console(self) -> tuple[str, ...]:
        """See ``Talking``; of the tabs that are open."""
        pages = [tab.page for tab in (self._chosen, self._painted) if tab.page is not None]
        return tuple(line for page in pages for line in page.events.console)

    def flags(self) -> frozenset[str]:
        """What the stage was told about the code of the tabs that are open (``flags_of``)."""
        pages = [tab.page for tab in (self._chosen, self._painted) if tab.page is not None]
        return frozenset(flag for page in pages for flag in page.server.flags)

    def _tell(self, misfit: MethodMisfit) -> None:
        if not self._goes_over:
            note = (
                f"frame {misfit.frame}: {misfit.reason}; for such frames the painted page is taken"
            )
            self._warnings[note] = None
        self._goes_over = True

    def close(self) -> None:
        """Close the tabs."""
        for tab in (self._chosen, self._painted):
            self._close(tab)

    def _close(self, tab: _Tab) -> None:
        self._note()
        tab.close()

    def _note(self) -> None:
        for tab in (self._chosen, self._painted):
            if tab.page is not None:
                self._inputs.update(tab.page.server.inputs.items())
                self._undigested.update(tab.page.server.undigested)
                self._warnings.update(dict.fromkeys(tab.page.warnings()))

    # -- the two tabs ----------------------------------------------------------------------------

    def _stage(self) -> StageSettings:
        method = self._settings.capture
        return stage_settings(
            self._settings,
            keeps_files=not method.is_painted,
            inside_canvas=method is CaptureMethod.PAINT,
        )

    def _open_chosen(self) -> Page:
        stage = self._stage()
        ahead, self._ahead = self._ahead, None
        opened = ahead.take(self._browser, self._composition, stage) if ahead else None
        return opened or Page(self._browser, self._composition, stage)

    def _open_painted(self) -> Page:
        return Page(self._browser, self._composition, stage_settings(self._settings))

    @property
    def _watches(self) -> bool:
        """Whether direct capture was chosen because, and as long as, a canvas is all there is."""
        settings = self._settings
        is_direct = settings.capture is CaptureMethod.DIRECT
        return is_direct and settings.mode == "auto" and settings.selector is None

    def _open_capture(self, page: Page) -> Capture:
        settings = self._settings
        memory = settings.shared_memory
        if settings.capture is CaptureMethod.DIRECT:
            return DirectCapture(page, settings.selector, shared_memory=memory, watch=self._watches)
        if settings.capture is CaptureMethod.PAINT:
            return PaintCapture(page, shared_memory=memory)
        wanted = settings.selector or ("canvas" if settings.mode == "canvas" else None)
        return PaintedCapture(page, element_box(page, wanted) if wanted else None)

    def _capture_painted(self, page: Page) -> Capture:
        return PaintedCapture(page, watch=self._watches)
