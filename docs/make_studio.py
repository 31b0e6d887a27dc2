"""Take the pictures of docs/studio.md: python docs/make_studio.py

The studio over its own song, with a look of the first template, as a desktop and a phone show it.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.test_studio import studio  # noqa: E402 - the tests are no package that is installed
from tests.e2e.test_web_page import DESK, PHONE, Tab, reaching  # noqa: E402 - as above

AT_S = 15
"""Of the song that ships: it is loud there."""
SIZES = {"studio": DESK, "studio-phone": PHONE}


def main() -> None:
    """Take them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        studio(Path(folder), "etherealFlame") as url,
        reaching() as browser,
    ):
        for name, size in SIZES.items():
            picture = Image.open(io.BytesIO(_taken(Tab(browser, url, *size))))
            picture.convert("RGB").save(ROOT / f"docs/images/{name}.jpg", quality=82)


def _taken(tab: Tab) -> bytes:
    screen = "document.getElementById('screen').dataset"
    tab.until("document.getElementById('playing').textContent === 'Demo.wav'", 120)
    tab.until(f"{screen}.frame === '0'", 400)
    # A second of each press.
    for _ in range(AT_S):
        tab.ask(
            "document.dispatchEvent(new KeyboardEvent('keydown',"
            " { key: 'ArrowRight', shiftKey: true, bubbles: true }))"
        )
    tab.until(f"{screen}.frame === '{AT_S * 30}' && {screen}.whole === 'yes'", 400)
    tab.until("!document.querySelector('#picture.busy')")
    taken: bytes = tab._call("Page.captureScreenshot", {"format": "png"})["data"]
    return taken


if __name__ == "__main__":
    main()
