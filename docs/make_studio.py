"""Take the pictures of docs/studio.md: python docs/make_studio.py

The studio over its own song, with a look of the first template, as a desktop and a phone show it.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.studio import (  # noqa: E402 - the tests are no package that is installed
    DESK,
    PHONE,
    Windows,
    installed_chromium,
    studio,
    until,
)

AT_S = 15
"""Of the song that ships: it is loud there."""
SIZES = {"studio": DESK, "studio-phone": PHONE}


def main() -> None:
    """Take them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        studio(Path(folder), "etherealFlame") as url,
        installed_chromium() as browser,
    ):
        for name, window in SIZES.items():
            picture = Image.open(io.BytesIO(_taken(Windows(browser).open(url, window))))
            picture.convert("RGB").save(ROOT / f"docs/images/{name}.jpg", quality=82)


def _taken(page: Page) -> bytes:
    screen = "document.getElementById('screen').dataset"
    expect(page.locator("#playing")).to_have_text("Demo.wav")
    until(page, f"{screen}.frame === '0'")
    page.locator("#timeline").focus()
    # A second of each press.
    for _ in range(AT_S):
        page.keyboard.press("Shift+ArrowRight")
    until(page, f"{screen}.frame === '{AT_S * 30}' && {screen}.whole === 'yes'")
    until(page, "!document.querySelector('#picture.busy')")
    page.evaluate("document.activeElement.blur()")
    return page.screenshot()


if __name__ == "__main__":
    main()
