"""What a page leaves uncovered stays transparent, with every method that takes its frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helios.browser.ahead import PageAhead
from helios.browser.choose import choose_capture
from helios.browser.page import Page, StageSettings
from helios.encode.convert import straight
from helios.media.pictures import read_image
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.model.picture import Alpha, PixelFormat

pytestmark = pytest.mark.browser

PATCHES = (
    (10, (0, 0, 0, 0)),
    (50, (255, 0, 0, 255)),
    (130, (255, 0, 0, 128)),
    (210, (0, 255, 0, 64)),
    (280, (20, 100, 255, 204)),
)
PAGE = """<style>body{margin:0}i{position:absolute;top:20px;width:60px;height:60px}</style>
<i style="left:20px;background:#f00"></i><i style="left:100px;background:#ff000080"></i>
<i style="left:180px;background:#00ff0040"></i><i style="left:260px;background:#1464ffcc"></i>"""
FILL = """const draw = (fill) => { fill(20, "#f00"); fill(100, "#ff000080"); fill(180, "#00ff0040");
  fill(260, "#1464ffcc"); requestAnimationFrame(() => draw(fill)); };"""
CANVAS = f"""<style>body{{margin:0}}canvas{{display:block}}</style>
<canvas width=320 height=180></canvas><script>{FILL}
const ink = document.querySelector("canvas").getContext("2d");
draw((x, colour) => {{ ink.clearRect(x, 20, 60, 60); ink.fillStyle = colour;
  ink.fillRect(x, 20, 60, 60); }});</script>"""
WEBGL = """<style>body{margin:0}canvas{display:block}</style><canvas width=320 height=180></canvas>
<script>const gl = document.querySelector("canvas").getContext("webgl", ATTRIBUTES);
const colours = [[20, 1, 0, 0, 1], [100, 1, 0, 0, 128 / 255], [180, 0, 1, 0, 64 / 255],
  [260, 20 / 255, 100 / 255, 1, 204 / 255]];
const draw = () => { gl.disable(gl.SCISSOR_TEST); gl.clearColor(0, 0, 0, 0); gl.clear(16384);
  gl.enable(gl.SCISSOR_TEST);
  for (const [x, r, g, b, a] of colours) { const times = PREMULTIPLIED ? a : 1;
    gl.scissor(x, 100, 60, 60);
    gl.clearColor(r * times, g * times, b * times, a); gl.clear(16384); }
  requestAnimationFrame(draw); }; draw();</script>"""
PAGES = {
    "page": PAGE,
    "canvas": CANVAS,
    "webgl": WEBGL.replace("ATTRIBUTES", "{}").replace("PREMULTIPLIED", "true"),
    "straight webgl": WEBGL.replace("ATTRIBUTES", "{premultipliedAlpha: false}").replace(
        "PREMULTIPLIED", "false"
    ),
}
CASES = [
    (name, method)
    for name in PAGES
    for method in CaptureMethod
    if (name, method) != ("page", CaptureMethod.DIRECT)
]


def rgba(picture: Any) -> np.ndarray[Any, Any]:
    pixels = picture.planes[0]
    if picture.format is PixelFormat.BGRA:
        pixels = pixels[..., [2, 1, 0, 3]]
    return straight(pixels) if picture.alpha is Alpha.PREMULTIPLIED else pixels


@pytest.mark.parametrize(("name", "method"), sorted(CASES, key=lambda case: case[1]))
def test_alpha_is_what_the_page_says(
    source: Any, helpers: Any, tmp_path: Any, name: str, method: CaptureMethod
) -> None:
    composition = helpers.write(tmp_path, PAGES[name])
    for picture in source(composition, method, transparent=True).frames(1, 2):
        assert picture.alpha is not Alpha.OPAQUE
        pixels = rgba(picture).astype(int)
        for x, colour in PATCHES:
            assert abs(pixels[50, x] - colour).max() <= 2, (x, pixels[50, x], colour)


@pytest.mark.parametrize("name", PAGES)
def test_a_method_is_found_that_shows_what_the_page_shows(
    browser: Any, helpers: Any, tmp_path: Any, name: str
) -> None:
    composition = helpers.write(tmp_path, PAGES[name])
    settings = StageSettings(width=320, height=180, fps=30, transparent=True)  # type: ignore[arg-type] # an integer will do
    page, ahead = Page(browser, composition, settings), PageAhead()
    try:
        choice = choose_capture(page, composition, RenderOptions(transparent=True), ahead)
    finally:
        page.close()
        ahead.close()
    expected = CaptureMethod.PAINT if name == "page" else CaptureMethod.DIRECT
    assert choice.method is expected, choice.reason


def test_a_page_with_a_background_covers_everything(
    source: Any, helpers: Any, tmp_path: Any
) -> None:
    composition = helpers.write(tmp_path, "<style>html{background:#123456}</style>")
    for method in CaptureMethod:
        if method is not CaptureMethod.DIRECT:
            picture = next(iter(source(composition, method, transparent=True).frames(0, 1)))
            colours = rgba(picture).reshape(-1, picture.planes[0].shape[2])
            assert {tuple(map(int, c[:3])) for c in np.unique(colours, axis=0)} == {(18, 52, 86)}
            assert colours.shape[1] == 3 or (colours[:, 3] == 255).all()


def test_a_selected_element_keeps_its_alpha(source: Any, helpers: Any, tmp_path: Any) -> None:
    composition = helpers.write(
        tmp_path,
        "<style>body{margin:0}</style><div id=box style='position:absolute;left:40px;top:20px;"
        "width:160px;height:45px;background:#0000ff80'></div>",
    )
    made = source(composition, CaptureMethod.BEGINFRAME, selector="#box", transparent=True)
    pixels = rgba(next(iter(made.frames(0, 1))))
    assert pixels[90, 160].tolist() == [0, 0, 255, 128]
    assert pixels[5, 160].tolist() == [0, 0, 0, 0]


def test_images_of_a_transparent_page(helpers: Any, tmp_path: Any) -> None:
    from tests.ready import helios

    helpers.write(tmp_path, PAGE)
    size = ("--width", 320, "--height", 180, "--fps", 10, "--duration", "0.2")
    helios(
        "render",
        "page.html",
        "--transparent",
        "--frames",
        "png",
        "-o",
        "images",
        *size,
        cwd=tmp_path,
    )
    images = sorted((tmp_path / "images").glob("*.png"))
    assert len(images) == 2
    for path in images:
        pixels = read_image(path)
        assert [tuple(pixels[50, x].tolist()) for x, _ in PATCHES] == [c for _, c in PATCHES]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-o", "film.mp4"), "libx264 in .mp4 has no transparency"),
        (("-o", "images", "--frames", "jpg"), "JPEG has no transparency"),
        (("-o", "film.webm", "--panorama", "cubemap"), "covers the whole picture"),
    ],
)
def test_what_cannot_be_transparent_is_refused_before_the_page_is_opened(
    tmp_path: Any, words: tuple[str, ...], says: str
) -> None:
    from tests.ready import helios

    (tmp_path / "broken.html").write_text("<script>throw new Error('opened')</script>")
    refused = helios("render", "broken.html", "--transparent", *words, cwd=tmp_path, code=2)
    assert says in refused.err
    assert "opened" not in refused.err
