"""Which capture method fits a page: by rule, then by a look at a frame."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.browser import stage
from helios.browser.ahead import BegunPage, PageAhead
from helios.browser.alike import Likeness, likeness_of
from helios.browser.capture import DirectCapture, MethodMisfit, PaintCapture
from helios.browser.compare import difference, inequality, looks, roughness, trace
from helios.browser.find import find_browser
from helios.browser.page import Page, StageSettings
from helios.browser.screenshot import WARM_UP, Screenshots
from helios.browser.select import element_box
from helios.browser.stage import Judgement
from helios.errors import (
    BrowserNotFound,
    CaptureError,
    CaptureRefused,
    HeliosError,
    NotReadyError,
    ScriptError,
    StepTimeout,
)
from helios.model.composition import Composition
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.model.picture import Alpha, Picture
from helios.model.timebase import frame_total

_COMPARED_FRAME = 15
"""Half a second into most films: their first frames are often still empty."""
_HAS_PAINT = (
    "'requestPaint' in HTMLCanvasElement.prototype && ['drawElementImage', 'drawElement', "
    "'drawHTMLElement'].some((name) => name in CanvasRenderingContext2D.prototype)"
)

_HAS_VIDEO = "Boolean(document.querySelector('video'))"
_STALLS = (
    "frames on command now and then stall on a page with a <video>, and begin again in a fresh "
    "tab: --capture paint or screenshot do not"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A method, and why."""

    method: CaptureMethod
    reason: str
    warnings: tuple[str, ...] = ()
    likeness: Likeness | None = None
    """Pages of it are captured in the same way, where that was asked and is certain."""


def choose_capture(
    page: Page,
    composition: Composition,
    options: RenderOptions,
    ahead: PageAhead,
    *,
    wants_likeness: bool = False,
) -> Choice:
    """Fix the method for an open page, which may be stepped on the way.

    As soon as a method is likely, the page that the render will want is opened ``ahead``.
    ``wants_likeness``: say which other pages this holds for.

    Raises:
        BrowserNotFound: the forced method needs a browser that is not there.
        CaptureRefused: the forced method or mode cannot work on this page.
    """
    forced = options.capture
    if forced is CaptureMethod.BEGINFRAME:
        find_browser(need_headless_shell=True)
    if forced is CaptureMethod.DIRECT or options.mode == "canvas":
        _check_canvas(page, options)
    elif options.selector:
        element_box(page, options.selector)
    if forced is CaptureMethod.PAINT:
        _check_paint(page, composition, options)
    if forced is not None:
        stalls = forced is CaptureMethod.BEGINFRAME and page.evaluate(_HAS_VIDEO)
        return Choice(method=forced, reason="as asked", warnings=(_STALLS,) if stalls else ())
    if options.mode == "canvas":
        return Choice(method=CaptureMethod.DIRECT, reason="the canvas is what was asked for")
    painted = _painted_method(page)
    if options.selector:
        return Choice(method=painted, reason="an element of the page is what was asked for")
    return _choose_by_look(
        page, composition, options, painted, ahead, wants_likeness=wants_likeness
    )


def _choose_by_look(
    page: Page,
    composition: Composition,
    options: RenderOptions,
    painted: CaptureMethod,
    ahead: PageAhead,
    *,
    wants_likeness: bool,
) -> Choice:
    found = Judgement(fits=False, reason="the page as painted is what was asked for")
    if options.mode == "auto":
        found = page.evaluate(stage.judge())
    reason = found.reason
    frame = frame_to_compare(page.settings, options)
    if found.fits:
        ahead.open(page.browser, composition, replace(page.settings, keeps_files=True))
        reason = _direct_differs(page, frame)
        if not reason:
            return Choice(method=CaptureMethod.DIRECT, reason=f"{found.reason}, checked")
        return Choice(method=painted, reason=reason)
    seen = _Seen() if wants_likeness else None
    refusal = _paint_differs(page, composition, frame, ahead, seen)
    if refusal:
        return Choice(method=painted, reason=f"{reason}; {refusal}")
    reason = f"{reason}; drawn into a canvas, checked"
    likeness = None if seen is None else seen.likeness
    return Choice(method=CaptureMethod.PAINT, reason=reason, likeness=likeness)


def frame_to_compare(settings: StageSettings, options: RenderOptions) -> int:
    """One that the film has."""
    frames = frame_total(options.duration or Fraction(1), settings.fps)
    return min(_COMPARED_FRAME, frames - 1)


@dataclass(slots=True)
class _Seen:
    """What a comparison finds beside that the pictures agree, where that is wanted."""

    likeness: Likeness | None = None


def _paint_differs(
    page: Page, composition: Composition, frame: int, ahead: PageAhead, seen: _Seen | None
) -> str:
    """Compare the page drawn into a canvas with the painted page; empty when they agree."""
    if page.settings.pixel_ratio != 1:
        return "it is drawn smaller or larger than laid out"
    if page.server.foreign:
        return "it shows pictures of other origins"
    if page.evaluate(stage.sorts_in_depth()):
        return "it sorts boxes in depth (preserve-3d)"
    if not page.evaluate(_HAS_PAINT):
        return "this browser cannot draw a page into a canvas"
    inside = replace(page.settings, inside_canvas=True)
    drawn = (page.browser, composition, replace(inside, keeps_files=True))
    begun = ahead.take_begun(*drawn)
    inner = None if begun else ahead.take(page.browser, composition, inside)
    if begun is None:
        ahead.open(*drawn)
    agrees = False
    try:
        found = _drawn_differs_twice(page, composition, frame, inner or begun, seen)
        agrees = not found
    except MethodMisfit as misfit:
        found = misfit.reason
    finally:
        if begun is not None and agrees:
            ahead.keep_begun(begun, composition)
        elif begun is not None:
            begun.page.close()
    return found


def _drawn_differs_twice(
    page: Page,
    composition: Composition,
    frame: int,
    inner: Page | BegunPage | None,
    seen: _Seen | None,
) -> str:
    """A browser short of time may fail once; what decides for a whole film is seen twice."""
    found = _drawn_differs(page, composition, frame, inner, seen)
    if not found:
        return ""
    try:
        again = Page(page.browser, composition, page.settings)
    except StepTimeout:  # the page was ready once: a tab that gets no frames is the browser's fault
        return found
    try:
        return _drawn_differs(again, composition, frame)
    finally:
        again.close()


def _drawn_differs(
    page: Page,
    composition: Composition,
    frame: int,
    inner: Page | BegunPage | None = None,
    seen: _Seen | None = None,
) -> str:
    """``inner`` is the same page inside a canvas, if it is open already.

    Raises:
        MethodMisfit: the page itself says that it cannot be drawn so.
        NotReadyError: the painted page waits for what never comes, as it would with any method.
    """
    is_lived = False
    inside: Page | None = None
    try:
        page.replay(0, frame + 1)
        is_lived = True
        if isinstance(inner, BegunPage):
            picture, seen_in = inner.pictures[frame], inner.page
        else:
            inside = inner or Page(
                page.browser, composition, replace(page.settings, inside_canvas=True)
            )
            drawn = PaintCapture(inside)
            inside.replay(0, frame)
            picture, seen_in = next(iter(drawn.frames([frame]))), inside
        found, painted = _compare(picture, Screenshots(page), frame, difference)
        if found:
            return f"drawn into a canvas, {found} at frame {frame}"
        if seen is not None and not any(starmap(trace, looks(picture, painted))):
            with suppress(HeliosError):
                seen.likeness = likeness_of(seen_in)
    except HeliosError as error:
        if not is_lived and isinstance(error, NotReadyError):
            raise
        return f"it cannot be drawn into a canvas: {error.message}"
    finally:
        if not isinstance(inner, BegunPage) and (opened := inside or inner):
            opened.close()
    return ""


def _compare(
    picture: Picture,
    shots: Screenshots,
    frame: int,
    differ: Callable[[NDArray[Any], NDArray[Any]], str],
) -> tuple[str, NDArray[np.uint8]]:
    """What ``differ`` says of the painted page, and that; a tab's first pictures may be off: take
    more."""
    for _ in range(1 + WARM_UP):
        painted = shots.take(f"frame {frame}")
        found = next(filter(None, starmap(differ, looks(picture, painted))), "")
        if not found:
            break
    return found, painted


def _check_paint(page: Page, composition: Composition, options: RenderOptions) -> None:
    if options.selector:
        raise CaptureRefused(
            "paint capture takes the whole page, not one element",
            hint="Use --capture beginframe with --selector.",
        )
    if page.settings.pixel_ratio != 1:
        raise CaptureRefused(
            "paint capture takes the page at its own size",
            hint="Use --capture beginframe or screenshot with --scale or --pixel-ratio.",
        )
    inner = Page(page.browser, composition, replace(page.settings, inside_canvas=True))
    try:
        with suppress(MethodMisfit):  # another method takes over while rendering
            next(iter(PaintCapture(inner).frames([0])))
    finally:
        inner.close()


def _painted_method(page: Page) -> CaptureMethod:
    browser = page.browser
    if not browser.config.headless or page.evaluate(_HAS_VIDEO):
        return CaptureMethod.SCREENSHOT
    try:
        if not browser.executable.is_headless_shell:
            find_browser(need_headless_shell=True)
    except BrowserNotFound:
        return CaptureMethod.SCREENSHOT
    return CaptureMethod.BEGINFRAME


def _check_canvas(page: Page, options: RenderOptions) -> None:
    selector = options.selector or "canvas"
    tag = page.evaluate(stage.tag_of(selector))
    if tag.upper() != "CANVAS":
        raise CaptureRefused(
            f"{selector!r} is not a canvas"
            if tag
            else f"the page has no canvas{f' {selector!r}' if options.selector else ''}",
            hint=page.events.console_tail() or "Capture the whole page with --mode dom.",
        )


def _direct_differs(page: Page, frame: int) -> str:
    """Compare the canvas with the painted page; empty when they are equal."""
    try:
        direct = DirectCapture(page, None)
        page.replay(0, frame)
        picture = next(iter(direct.frames([frame])))
        # Screenshots have straight alpha, which is rounded.
        differ = inequality if picture.alpha is Alpha.OPAQUE else roughness
        if _compare(picture, Screenshots(page), frame, differ)[0]:
            return f"the canvas differs from the painted page at frame {frame}"
    except MethodMisfit as misfit:
        return misfit.reason
    except CaptureError as error:
        return f"the canvas cannot be read: {error.message}"
    except ScriptError as error:
        if "SecurityError" not in error.message:
            raise
        return "the canvas shows what belongs to other hosts and cannot be read"
    return ""
