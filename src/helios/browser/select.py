"""Where on the page the picture is."""

from __future__ import annotations

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
    x, y, width, height = found
    settings = page.settings
    if (round(x), round(y)) == (0, 0) and (round(width), round(height)) == (
        settings.width,
        settings.height,
    ):
        return None
    return Box(x=x, y=y, width=width, height=height)
