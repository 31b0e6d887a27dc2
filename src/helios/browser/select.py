"""Where on the page the picture is."""

from __future__ import annotations

from helios.browser import stage
from helios.browser.flags import painted_ratio
from helios.browser.page import Page
from helios.browser.screenshot import Box
from helios.errors import CaptureRefused


def element_box(page: Page, selector: str) -> Box | None:
    """The box of the first element that matches; None if it is the whole picture.

    Raises:
        CaptureRefused: nothing matches.
    """
    found = page.evaluate(stage.box_of(selector))
    if found is None:
        raise CaptureRefused(
            f"the page has no element {selector!r}",
            hint=page.events.console_tail() or "Check --selector, or use --mode dom.",
        )
    settings = page.settings
    x, y, width, height = (float(painted_ratio(settings.pixel_ratio)) * value for value in found)
    if (round(x), round(y)) == (0, 0) and (round(width), round(height)) == settings.painted:
        return None
    return Box(x=x, y=y, width=width, height=height)
