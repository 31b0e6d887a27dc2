"""Pages that say which frames look alike: each picture is drawn once, in every chunk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.e2e.test_hearing import sweep
from tests.sounds import wav

from helios.browser.launch import Browser
from helios.browser.page import Page
from helios.drawing.host import python_source
from helios.drawing.overlays import overlaid, page_of
from helios.errors import ScriptError
from helios.model.audio import AudioTrack
from helios.model.composition import CompositionKind
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.model.overlay import OverlayPage
from helios.planning.resolve import resolve_frames
from helios.sources.film_columns import page_song
from helios.sources.page import PageSettings, PageSource

pytestmark = pytest.mark.browser
FRAMES = 23
PAGE = """<!doctype html><style>html, body { margin: 0; background: #000 }
  i { position: absolute; top: 0; width: 20px; height: 20px }</style><body><script>
  const bits = Array.from({ length: 16 }, (_, i) => {
    const bit = document.body.appendChild(document.createElement("i"));
    bit.style.left = `${20 * i}px`;
    return bit;
  });
  let drawn = 0; // told by the upper eight
  window.helios = {
    seek(n) {
      drawn += 1;
      const number = Math.floor(n / 5) + drawn * 256;
      bits.forEach((bit, i) => { bit.style.background = (number >> i) & 1 ? "#fff" : "#000"; });
    },
    pictureId: (n) => %s,
  };
</script>"""


def made(folder: Path, says: str) -> Path:
    (folder / "page.html").write_text(PAGE % says)
    return folder


def seen(helpers: Any, source: PageSource, start: int, count: int) -> list[tuple[int, int, bool]]:
    """What each frame shows, how many were drawn until then, whether it repeats the last."""
    found = []
    for n, picture in enumerate(source.frames(start, count), start):
        assert picture.frame == n
        number = helpers.bar_number(helpers.rgb(picture))
        found.append((number % 256, number // 256, picture.is_repeat))
    return found


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_each_picture_is_drawn_once_and_no_frame_before_it(
    source: Callable[..., PageSource],
    helpers: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: CaptureMethod,
) -> None:
    monkeypatch.setattr("helios.sources.page._ASKED", 7)
    composition = helpers.page("page.html", made(tmp_path, "Math.floor(n / 5)"))
    whole = seen(helpers, source(composition, method), 0, FRAMES)
    assert whole == [(n // 5, n // 5 + 1, n % 5 > 0) for n in range(FRAMES)]
    later = seen(helpers, source(composition, method), 13, 9)
    assert later == [(n // 5, n // 5 - 1, n % 5 > 0 and n > 13) for n in range(13, 22)]


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_a_picture_that_comes_again_is_not_drawn_again(
    source: Callable[..., PageSource],
    helpers: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: CaptureMethod,
) -> None:
    composition = helpers.page("page.html", made(tmp_path, "Math.floor(n / 5) % 2"))
    whole = seen(helpers, source(composition, method), 0, FRAMES)
    assert whole == [(n // 5 % 2, n // 5 % 2 + 1, n % 5 > 0) for n in range(FRAMES)]
    # Where there is no room to keep it, it is.
    monkeypatch.setattr("helios.sources.page._KEPT_BYTES", 0)
    cramped = seen(helpers, source(composition, method), 0, FRAMES)
    assert cramped == [(n // 5, n // 5 + 1, n % 5 > 0) for n in range(FRAMES)]


@pytest.mark.parametrize("says", ["undefined", "({})", "NaN"])
def test_what_is_no_name_of_a_picture_repeats_nothing(
    source: Callable[..., PageSource], helpers: Any, tmp_path: Path, says: str
) -> None:
    composition = helpers.page("page.html", made(tmp_path, says))
    got = seen(helpers, source(composition, CaptureMethod.PAINT), 0, 6)
    assert got == [(n // 5, n + 1, False) for n in range(6)]


def test_an_error_in_it_is_the_pages(
    source: Callable[..., PageSource], helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.page("page.html", made(tmp_path, "nothing.here"))
    with pytest.raises(ScriptError, match="nothing is not defined"):
        next(iter(source(composition, CaptureMethod.PAINT).frames(0, 2)))


WORDS = [{"start": 0.4 + n / 5, "end": 0.6 + n / 5, "text": f"w{n}"} for n in range(4)]
LINES = [{"start": 0.4, "end": 1.3, "words": WORDS}, {"start": 1.6, "end": 2, "text": "end"}]
SHIPPED: dict[str, dict[str, Any]] = {
    "title": {"title": "Night", "artist": "Nobody", "from": 0.3, "to": 1.7, "fade": 0.4},
    "lower-third": {"name": "Ada", "from": 0.3, "to": 1.7, "fade": 0.4},
    "waveform": {},
    "progress": {},
    "captions": {"lines": LINES},
    "lyrics": {"lines": LINES},
    "cover": {"from": 0.3, "to": 1.7, "fade": 0.4},
    "logo": {"from": 0.3, "to": 1.7, "fade": 0.4},
    "end-card": {"title": "Night", "last": 1},
    "bars": {},
    "backdrop": {},
}


def test_pages_that_ship_say_it_rightly(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn frame by frame, those that are said to look alike do, to the last bit."""
    (tmp_path / "sweep.wav").write_bytes(wav(sweep(2)))
    image = tmp_path / "image.png"
    Image.new("RGB", (8, 8), (200, 90, 30)).save(image)
    fps, total = Fraction(12), 24
    song = page_song(AudioTrack(file=str(tmp_path / "sweep.wav")), total, fps)
    asked = Page.looks
    drawn = 0
    for name, props in SHIPPED.items():
        settings = PageSettings(
            width=96,
            height=64,
            fps=fps,
            total_frames=total,
            capture=CaptureMethod.PAINT,
            props={"duration": 2.0, **props},
            picture=str(image) if name in ("cover", "logo") else None,
            transparent=True,
            song=song,
        )
        source = PageSource(browser, page_of(OverlayPage(page=name)), settings)
        told: list[list[int] | None] = []

        def every_frame(
            page: Page,
            start: int,
            stop: int,
            told: list[list[int] | None] = told,
        ) -> None:
            told.append(asked(page, start, total))

        with monkeypatch.context() as patch:
            patch.setattr(Page, "looks", every_frame)
            pictures = [picture.planes[0].copy() for picture in source.frames(0, total)]
        source.close()
        assert told[0] is not None, name
        for n, first in enumerate(told[0]):
            assert np.array_equal(pictures[n], pictures[first]), f"{name}: frame {n}"
        drawn += len(set(told[0]))
    assert drawn < total * len(SHIPPED) * 0.7


def test_all_pages_over_a_film_are_read_through_shared_memory(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Page] = []

    class Noted(Page):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words)
            opened.append(self)

    monkeypatch.setattr("helios.sources.page.Page", Noted)
    overlay = [
        OverlayPage(page="title", props={"title": "x"}, capture=CaptureMethod.PAINT)
        for _ in range(3)
    ]
    asked = RenderOptions(width=160, height=90, fps=10, duration=1, overlay=overlay)
    draw = resolve_frames(CompositionKind.PYTHON, asked, None).draw
    with closing(overlaid(python_source("helios.sources.plain:draw", draw), browser, draw)):
        assert [page.has_files for page in opened] == [True] * 3
