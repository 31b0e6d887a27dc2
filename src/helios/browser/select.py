"""Where on the page the picture is."""

from __future__ import annotations

from helios.browser.flags import painted_ratio
from helios.browser.page import STAGE, Page
from helios.browser.screenshot import Box
from helios.errors import CaptureError

_BOX = f"""((selector) => {{
  const element = {STAGE}.select(selector);
  if (!element) return null;
  const box = element.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
}})"""


def element_box(page: Page, selector: str) -> Box | None:
    """The box of the first element that matches; None if it is the whole picture.

    Raises:
        CaptureError: nothing matches.
    """
    found = page.evaluate(f"{_BOX}({page.literal(selector)})")
    if found is None:
        raise CaptureError(
            f"the page has no element {selector!r}",
            hint=page.events.console_tail() or "Check --selector, or use --mode dom.",
        )
    settings = page.settings
    x, y, width, height = (float(painted_ratio(settings.pixel_ratio)) * value for value in found)
    if (round(x), round(y)) == (0, 0) and (round(width), round(height)) == settings.painted:
        return None
    return Box(x=x, y=y, width=width, height=height)
