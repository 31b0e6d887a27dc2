"""Drafts and fine films of pages: the same layout in fewer or more pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helios.errors import CaptureError
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.rendering.api import frames

pytestmark = pytest.mark.browser
PAGE = """<style>body { margin: 0; background: #123 }
@media (max-width: 639px) { p { display: none } }
p { position: absolute; margin: 0; left: 320px; top: 90px; width: 160px; height: 180px;
background: linear-gradient(90deg, #f00, #ff0) } #move { position: absolute; top: 0; left: 0;
width: 64px; height: 64px; background: #0f0 }</style><p></p><div id=move></div>
<script>requestAnimationFrame(function tick() {
  move.style.left = Math.round(performance.now() * 30 / 1000) * 40 + "px";
  requestAnimationFrame(tick);
});</script>"""


def drawn(page: Path, **options: Any) -> list[Any]:
    values = {"fps": 30, "duration": "0.2", "width": 640, "height": 360, **options}
    return list(frames(page, RenderOptions(**values)))


def shrunk(picture: Any, size: tuple[int, int]) -> Any:
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX), np.int16)


@pytest.mark.parametrize("capture", [None, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT])
@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(1, 4), Fraction(3, 8)])
def test_a_draft_shows_the_same_layout(
    tmp_path: Path, scale: Fraction, capture: CaptureMethod | None
) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    whole, draft = drawn(page, capture=capture), drawn(page, capture=capture, scale=scale)
    assert len(whole) == len(draft) == 6
    size = (int(640 * scale), round(360 * scale / 2) * 2)
    for fine, small in zip(whole, draft, strict=True):
        assert small.shape == (size[1], size[0], 3)
        assert np.abs(shrunk(fine, size) - small).mean() < 3
    cut = [index for index in range(6) if np.abs(draft[0].astype(int) - draft[index]).max() > 99]
    assert cut == [1, 2, 3, 4, 5]


def test_more_pixels_of_the_same_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    usual = drawn(page)
    fine = drawn(page, width=1280, height=720, pixel_ratio=2)
    for one, other in zip(usual, fine, strict=True):
        assert other.shape == (720, 1280, 3)
        assert np.abs(shrunk(other, (640, 360)) - one).mean() < 1.5


def test_declared_sizes_are_css_pixels(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html data-helios-width=320 data-helios-height=180>" + PAGE)
    options = {"fps": 30, "duration": "0.1", "pixel_ratio": "1.5"}
    assert [each.shape for each in frames(page, RenderOptions(**options))] == [(270, 480, 3)] * 3


def test_an_element_of_a_draft(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    options = {"selector": "p", "mode": "dom", "width": 640, "height": 720}
    whole, draft = drawn(page, **options), drawn(page, **options, scale="1/2")
    assert draft[0].shape == (360, 320, 3)
    assert np.abs(shrunk(whole[0], (320, 360)) - draft[0]).mean() < 4


def test_a_canvas_that_knows_its_pixels_is_read_directly(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("""<style>body { margin: 0 }
    canvas { width: 100vw; height: 100vh; display: block }
    </style><canvas id=c></canvas><script>c.width = innerWidth * devicePixelRatio;
    c.height = innerHeight * devicePixelRatio; const ink = c.getContext("2d");
    requestAnimationFrame(function tick() {
      ink.fillStyle = "#04a"; ink.fillRect(0, 0, c.width, c.height);
      ink.fillStyle = "#fff"; ink.fillRect(0, 0, c.width / 2, c.height / 2);
      requestAnimationFrame(tick);
    });</script>""")
    for picture in drawn(page, scale="1/2", capture=CaptureMethod.DIRECT):
        assert picture.shape == (180, 320, 3)
        assert picture[89, 159].tolist() == [255] * 3
        assert picture[90, 160].tolist() == [0, 0x44, 0xAA]


def test_paint_is_refused_with_the_methods_that_work(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    with pytest.raises(CaptureError, match="at its own size") as caught:
        drawn(page, scale="1/2", capture=CaptureMethod.PAINT)
    assert "beginframe" in str(caught.value.hint)
