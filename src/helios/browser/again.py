"""The look at a page that may be like one that was compared: it is opened once, and left open.

It is opened where the one before it was: see ``Tab``.
"""

from __future__ import annotations

from dataclasses import replace

from helios.browser import stage
from helios.browser.ahead import BegunPage, PageAhead
from helios.browser.alike import KnownPage, KnownPages, can_hold, likeness_of
from helios.browser.capture import MethodMisfit, PaintCapture
from helios.browser.choose import frame_to_compare
from helios.browser.fonts import glyph_warnings
from helios.browser.inspect import media_warnings, network_warning, read_declared
from helios.browser.launch import Browser
from helios.browser.page import Page
from helios.errors import HeliosError
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions


def look_again(
    browser: Browser,
    composition: Composition,
    options: RenderOptions,
    other: KnownPage,
    known: KnownPages,
    ahead: PageAhead,
) -> CompositionFacts | None:
    """The facts of a page that is like one of the ``known``, as a look at it alone would give them.

    It is drawn up to the frame that was compared, for only there it can be seen whether they are
    alike; then it is left ``ahead`` for the render. None if it is like none, where it is left for
    the comparison too, or fails: why, the whole look finds out.
    """
    frames = frame_to_compare(other.settings, options) + 1
    if not can_hold(other.settings, frames):
        return None
    settings = replace(other.settings, props=options.props, inside_canvas=True, keeps_files=True)
    try:
        page = Page(browser, composition, settings, known.take_tab(settings))
    except HeliosError:
        return None
    try:
        declared, warnings = read_declared(page)
        capture = PaintCapture(page)
        pictures = known.hold(capture.frames(range(frames)))
        fonts_asked = page.ask(stage.fonts_asked())
        alike = known.like(likeness_of(page))
        asked = page.answer(fonts_asked, "looking at fonts")
        # What letters look like in other fonts is seen in a page that is not to be drawn.
        if alike is not None and declared == alike.declared and asked == alike.asked:
            facts = replace(
                alike.facts,
                inputs=tuple(sorted(page.server.inputs.items())),
                warnings=(
                    *network_warning(browser),
                    *media_warnings(page),
                    *warnings,
                    *page.warnings(),
                    *glyph_warnings(page),
                    *alike.fonts,
                ),
            )
        else:
            facts = None
    except (HeliosError, MethodMisfit):
        page.close()
        return None
    except BaseException:
        page.close()
        raise
    ahead.keep_begun(BegunPage(page, capture, pictures), composition)
    return facts
