"""Every page with every method that fits: right numbers, equal bytes, from any start."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helios.browser.ahead import PageAhead
from helios.browser.inspect import inspect_page
from helios.browser.page import Page
from helios.browser.ring import Ring, open_ring
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.sources.page import PageSettings, PageSource

pytestmark = pytest.mark.browser

PAINTED = ("css.html", "waapi.html", "stateful.html")
CANVAS = ("canvas.html", "webgl.html", "contract.html")
CASES = [
    *((name, method) for name in CANVAS for method in CaptureMethod),
    *((name, method) for name in PAINTED for method in CaptureMethod if method != "direct"),
]


@pytest.mark.parametrize(("name", "method"), sorted(CASES, key=lambda case: case[1]))
def test_frames_show_their_number_and_do_not_depend_on_the_start(
    source: Any, helpers: Any, name: str, method: CaptureMethod
) -> None:
    numbers, whole = helpers.numbers_and_digests(source(helpers.page(name), method), 0, 40)
    assert numbers == list(range(40))
    later, part = helpers.numbers_and_digests(source(helpers.page(name), method), 31, 9)
    assert later == list(range(31, 40))
    assert part == whole[31:]
    assert len(set(whole)) == 40


@pytest.mark.parametrize("name", CANVAS)
def test_direct_capture_equals_the_painted_page(source: Any, helpers: Any, name: str) -> None:
    _, direct = helpers.numbers_and_digests(source(helpers.page(name), CaptureMethod.DIRECT), 0, 12)
    _, painted = helpers.numbers_and_digests(
        source(helpers.page(name), CaptureMethod.BEGINFRAME), 0, 12
    )
    assert direct == painted


def test_animations_in_shadow_roots_and_iframes_keep_time(source: Any, helpers: Any) -> None:
    made = source(helpers.page("waapi.html"), CaptureMethod.BEGINFRAME)
    for picture in made.frames(11, 12):
        pixels = helpers.rgb(picture)
        rows = [helpers.bar_number(pixels, top) for top in (0, 20, 40)]
        assert rows == [picture.frame] * 3


def test_without_shared_memory_frames_are_the_same(source: Any, helpers: Any) -> None:
    for name in ("canvas.html", "webgl.html"):
        composition = helpers.page(name)
        ring = source(composition, CaptureMethod.DIRECT)
        plain = source(composition, CaptureMethod.DIRECT, shared_memory=False)
        assert helpers.numbers_and_digests(ring, 0, 8) == helpers.numbers_and_digests(plain, 0, 8)


@pytest.mark.parametrize("transparent", [False, True])
def test_a_page_drawn_in_tiles_has_no_seams(
    source: Any, helpers: Any, tmp_path: Any, transparent: bool
) -> None:
    body = "<style>body { margin: 0; background: %s; overflow: hidden }" % (
        "none" if transparent else "linear-gradient(160deg, #16213e, #533483)"
    )
    body += """
      p { position: absolute; left: 40px; right: 40px; font: 60px/1.2 sans-serif; opacity: 0.8;
          background: rgba(250, 240, 220, 0.9); border-radius: 30px; rotate: 3deg }
    </style><p style="top: 40px">one line across<p style="top: 300px">and another line"""
    composition = helpers.write(tmp_path, body)
    size = {"width": 900, "height": 500, "transparent": transparent}
    shown = []
    for method, memory in (("paint", True), ("paint", False), ("beginframe", True)):
        made = source(composition, CaptureMethod(method), shared_memory=memory, **size)
        (picture,) = made.frames(3, 1)
        shown.append(np.array(picture.planes[0], np.int16))
    ring, plain, painted = shown
    assert np.array_equal(ring, plain)
    if transparent:
        assert (ring[..., 3] > 0).mean() > 0.2
        return
    apart = np.abs(ring[..., 2::-1] - painted[..., :3]).max(axis=2)
    for line in (304, 608):  # between columns of tiles
        beside = apart[:, line - 2 : line + 2].mean()
        assert beside <= apart.mean() + 0.5, (line, beside, apart.mean())
    assert apart[246:250].mean() <= apart.mean() + 0.5  # between their rows


def test_a_source_can_go_on_and_go_back(source: Any, helpers: Any) -> None:
    made = source(helpers.page("stateful.html"), CaptureMethod.BEGINFRAME)
    whole = helpers.numbers_and_digests(made, 0, 10)[1]
    assert helpers.numbers_and_digests(made, 10, 3)[0] == [10, 11, 12]
    assert helpers.numbers_and_digests(made, 4, 3)[1] == whole[4:7]


@pytest.mark.parametrize("method", [CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT])
def test_what_will_change_is_drawn_as_each_frame_has_it(
    source: Any, helpers: Any, tmp_path: Any, method: CaptureMethod
) -> None:
    """A layer of its own would keep the scale and the place between pixels of its first frame."""
    text = """<style>body { margin: 0 } iframe { border: 0; width: 320px; height: 80px }</style>
    <iframe srcdoc="<body style='margin:0'>%(box)s"></iframe>%(box)s<script>
    requestAnimationFrame(function move(t) {
      for (const scope of [document, document.querySelector("iframe").contentDocument]) {
        const box = scope.querySelector("b");
        if (!box) continue;
        box.style.visibility = t > 90 ? "visible" : "hidden";
        box.style.transform = `translateX(${t / 17}px) scale(${3 - t / 150})`;
      }
      requestAnimationFrame(move);
    })</script>"""
    box = (
        "<b style='position:absolute;left:20px;font:14px sans-serif;transform-origin:0 0;%s'>"
        "Scales</b>"
    )
    for name, style in (("plain", ""), ("said", "will-change:transform")):
        (tmp_path / f"{name}.html").write_text(text % {"box": box % style})

    def film(name: str, start: int) -> list[str]:
        made = source(helpers.page(f"{name}.html", tmp_path), method)
        return list(helpers.numbers_and_digests(made, start, 9 - start)[1])

    plain = film("plain", 0)
    assert len(set(plain)) > 5
    assert film("said", 0) == plain
    assert film("said", 7) == plain[7:]


def test_a_dialog_that_fades_is_painted(source: Any, helpers: Any, tmp_path: Any) -> None:
    """Chromium ends the page's process where one has a layer of its own in a canvas."""
    composition = helpers.write(
        tmp_path,
        """<style>dialog { position: fixed; inset: 0; margin: 0; border: 0; background: #000;
          width: 320px; height: 180px; animation: fade 1s linear both }
        dialog::backdrop { display: none } @keyframes fade { from { opacity: 0 } }</style>
        <dialog></dialog><script>document.querySelector("dialog").showModal()</script>""",
    )
    made = source(composition, CaptureMethod.PAINT)
    for picture in made.frames(14, 2):
        shade = helpers.rgb(picture)[90, 160, 0]
        assert abs(int(shade) - 255 * (1 - picture.frame / 30)) <= 2
    assert not made.warnings()


def test_a_range_left_early_does_not_spoil_the_next(source: Any, helpers: Any) -> None:
    made = source(helpers.page("stateful.html"), CaptureMethod.PAINT)
    frames = made.frames(0, 30)
    assert next(frames).frame == 0
    frames.close()
    assert helpers.numbers_and_digests(made, 30, 2)[0] == [30, 31]


def test_all_canvases_of_a_page_are_drawn(source: Any, helpers: Any, tmp_path: Any) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body{margin:0;background:#00f}canvas{display:block;float:left}</style>
        <canvas width=100 height=100></canvas><canvas width=100 height=100></canvas>
        <script>for (const c of document.querySelectorAll("canvas")) {
          const ink = c.getContext("2d"); ink.fillStyle = "#f00"; ink.fillRect(0, 0, 100, 100); }
        if (window.parent !== window) throw new Error("the page sees that it is embedded");
        </script>""",
    )
    pixels = helpers.rgb(next(iter(source(composition, CaptureMethod.PAINT).frames(3, 1))))
    assert (pixels[:100, :200] == [255, 0, 0]).all()
    assert (pixels[:, 200:] == [0, 0, 255]).all()


@pytest.mark.parametrize("method", list(CaptureMethod))
def test_canvases_of_a_wide_colour_space_have_the_colours_of_the_film(
    source: Any, helpers: Any, tmp_path: Any, method: CaptureMethod
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0 } canvas { display: block }</style>
        <canvas width=320 height=180></canvas><script>{
          const wide = { colorSpace: "display-p3" };
          const there = new OffscreenCanvas(160, 180);
          const far = there.getContext("2d", wide);
          far.fillStyle = "rgb(0 128 0)"; far.fillRect(0, 0, 160, 180);
          const ink = document.querySelector("canvas").getContext("2d", wide);
          requestAnimationFrame(function draw() {
            ink.fillStyle = "color(srgb 0.8 0.2 0)"; ink.fillRect(0, 0, 320, 180);
            ink.drawImage(there, 160, 0); requestAnimationFrame(draw); });
        }</script>""",
    )
    pixels = helpers.rgb(next(iter(source(composition, method).frames(3, 1)))).astype(int)
    assert np.abs(pixels[:, :160] - [204, 51, 0]).max() <= 1
    assert np.abs(pixels[:, 160:] - [0, 128, 0]).max() <= 1


@pytest.mark.parametrize("method", list(CaptureMethod))
def test_webgl_of_a_wide_colour_space_has_the_same_colours_by_each_method(
    source: Any, helpers: Any, tmp_path: Any, method: CaptureMethod
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0 } canvas { display: block }</style>
        <canvas width=320 height=180></canvas><script>
        const gl = document.querySelector("canvas").getContext("webgl2");
        gl.drawingBufferColorSpace = "display-p3";
        requestAnimationFrame(function draw() {
          const isKept = gl.drawingBufferColorSpace === "display-p3";
          gl.clearColor(isKept ? 0.5 : 0, 0.2, 0.2, 1); gl.clear(gl.COLOR_BUFFER_BIT);
          requestAnimationFrame(draw); });</script>""",
    )
    pixels = helpers.rgb(next(iter(source(composition, method).frames(1, 1)))).astype(int)
    assert np.abs(pixels - [128, 51, 51]).max() <= 1


def test_a_page_without_background_is_white(source: Any, helpers: Any, tmp_path: Any) -> None:
    composition = helpers.write(tmp_path, "<p>")
    for method in CaptureMethod:
        if method is not CaptureMethod.DIRECT:
            pixels = helpers.rgb(next(iter(source(composition, method).frames(0, 1))))
            assert (pixels == 255).all()


OVER_CANVASES = """<style>body { margin: 0; background: #135 } canvas { vertical-align: top }
#still, #moving { width: 60px; height: 60px; background: #fa0 }
#still { position: absolute; left: 0; top: 0 }
#moving { animation: away 1s linear infinite; margin-bottom: -30px; width: 100px; height: 30px }
@keyframes away { from, to { transform: translate(200px, 60px) } }
</style><div id=still></div><div id=moving></div>
<canvas width=100 height=180></canvas><canvas width=100 height=180></canvas
><canvas width=100 height=180 style="transform: TURN"></canvas>
<script>requestAnimationFrame(function draw() {
  for (const [index, canvas] of [...document.querySelectorAll("canvas")].entries()) {
    const ink = canvas.getContext("2d");
    ink.fillStyle = ["#0ff", "#f0f", "#ff0"][index];
    ink.fillRect(0, 0, 100, 180);
    ink.fillStyle = "#00f";
    ink.fillRect(0, 100, 50, 80);
  }
  requestAnimationFrame(draw);
});</script>"""


def test_canvases_are_shown_with_effects(source: Any, helpers: Any, tmp_path: Any) -> None:
    """Chromium ends the page's process where one of several, drawn into another, has such."""
    canvas = "<canvas width=160 height=180></canvas>"
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0; background: #000 } canvas { vertical-align: top }
        div { display: inline-block; animation: come 1s }
        @keyframes come { 1% { opacity: 0.5 } 99% { opacity: 0.5 } }</style>"""
        f"<div>{canvas}</div>{canvas}"
        """<script>for (const canvas of document.querySelectorAll("canvas")) {
          const ink = canvas.getContext("2d");
          ink.fillStyle = "#fff"; ink.fillRect(0, 0, 160, 180); }</script>""",
    )
    first, later = source(composition, CaptureMethod.PAINT).frames(0, 2)
    assert (helpers.rgb(first)[90] > 250).all()
    assert np.allclose(helpers.rgb(later)[90, :150], 128, atol=3)
    assert (helpers.rgb(later)[90, 170:310] > 250).all()


@pytest.mark.parametrize("turn", ["none", "rotateY(180deg)"])
@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.BEGINFRAME])
def test_what_lies_over_canvases_lies_over_them(
    source: Any, helpers: Any, tmp_path: Any, method: CaptureMethod, turn: str
) -> None:
    composition = helpers.write(tmp_path, OVER_CANVASES.replace("TURN", turn))
    (picture,) = source(composition, method).frames(3, 1)
    pixels = helpers.rgb(picture)

    def colour(x: int, y: int) -> list[int]:
        return [round(value / 255 * 15) for value in pixels[y, x].tolist()]

    orange, cyan, pink = [15, 10, 0], [0, 15, 15], [15, 0, 15]
    yellow, blue = [15, 15, 0], [0, 0, 15]
    assert (colour(20, 20), colour(80, 20)) == (orange, cyan)
    assert (colour(20, 140), colour(80, 140)) == (blue, cyan)
    assert (colour(120, 140), colour(180, 140)) == (blue, pink)
    # What moves lies over what does not, but for what has a layer of its own and comes later.
    assert colour(250, 70) == (orange if turn == "none" else yellow)
    assert colour(250, 95) == yellow
    assert (colour(220, 140), colour(280, 140)) == (
        (blue, yellow) if turn == "none" else (yellow, blue)
    )


STACKED = """<style>body { margin: 0; background: #fff }
section { position: absolute; width: 50px; height: 90px }
canvas { display: block; width: 50px; height: 90px }
b { position: absolute; left: 0; top: 0; width: 50px; height: 40px; background: #f00 }
</style>PARTS<script>requestAnimationFrame(function draw() {
  for (const canvas of document.querySelectorAll("canvas")) {
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#00f"; ink.fillRect(0, 0, 50, 90);
  }
  requestAnimationFrame(draw);
});</script>"""
CANVAS = "<canvas width=50 height=90></canvas>"
STAY = {
    "positioned, after": f"{CANVAS}<b></b>",
    "raised, before": f"<b style='z-index: 1'></b>{CANVAS}",
    "lowered, after": f"{CANVAS}<b style='z-index: -1'></b>",
    "within what is positioned": f"{CANVAS}<b style='background: none'><b></b></b>",
    "not opaque, after": f"{CANVAS}<i style='display: block; opacity: 0.999; margin-top: -90px;"
    " height: 40px; background: #f00'></i>",
}
WOULD_NOT = {
    "positioned, before": f"<b></b>{CANVAS}",
    "in the flow": f"{CANVAS}<i style='display: inline-block; margin-top: -90px; width: 50px;"
    " vertical-align: top; height: 40px; background: #f00'></i>",
    "before what it lies in": "<style>section::before { content: ''; position: absolute; inset: 0;"
    f" bottom: 50px; background: #f00 }}</style>{CANVAS}",
    "raised within what is not": "<b style='opacity: 0.999'><b style='z-index: 1'></b></b>"
    + CANVAS,
}


def test_a_canvas_is_drawn_under_what_is_stacked_over_it(
    source: Any, helpers: Any, tmp_path: Any
) -> None:
    parts = [
        f"<section style='left: {60 * index}px'>{part}</section>"
        for index, part in enumerate(STAY.values())
    ]
    made = source(
        helpers.write(tmp_path, STACKED.replace("PARTS", "".join(parts))), CaptureMethod.PAINT
    )
    pixels = helpers.rgb(next(iter(made.frames(2, 1))))
    for index, kind in enumerate(STAY):
        over = [0, 0, 255] if kind.startswith("lowered") else [255, 0, 0]
        assert np.allclose(pixels[20, 60 * index + 25], over, atol=1), kind
        assert pixels[70, 60 * index + 25].tolist() == [0, 0, 255], kind
    assert made.warnings() == ()


@pytest.mark.parametrize("kind", WOULD_NOT)
def test_what_would_come_to_lie_under_a_canvas_is_captured_in_another_way(
    source: Any, helpers: Any, tmp_path: Any, kind: str
) -> None:
    page = STACKED.replace("PARTS", f"<section>{WOULD_NOT[kind]}</section>")
    made = source(helpers.write(tmp_path, page), CaptureMethod.PAINT)
    pixels = helpers.rgb(next(iter(made.frames(2, 1))))
    assert np.allclose(pixels[20, 25], [255, 0, 0], atol=1)
    assert any("lies over a canvas" in warning for warning in made.warnings())


def test_text_that_slides_over_a_canvas_is_the_same_from_each_start(
    source: Any, helpers: Any, tmp_path: Any
) -> None:
    """On a layer between pixels its last column holds what was drawn there before."""
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0; font: bold 22px sans-serif } canvas { display: block }
        p { position: absolute; left: 0; top: 120px; margin: 0; padding: 8px 20px; background: #fc0;
          animation: in 0.4s 0.1s ease-out both }
        @keyframes in { from { transform: translateX(-110%) } }
        </style><canvas width=320 height=180></canvas><p>Title and subtitle</p><script>
        const ink = document.querySelector("canvas").getContext("2d");
        ink.fillStyle = "#135"; ink.fillRect(0, 0, 320, 180);</script>""",
    )
    made = source(composition, CaptureMethod.PAINT)
    whole = [helpers.rgb(picture) for picture in made.frames(0, 14)]
    later = [helpers.rgb(picture) for picture in made.frames(8, 6)]
    assert all(map(np.array_equal, whole[8:], later))


def test_what_lies_over_a_canvas_does_so_without_a_name_for_view_transitions(
    source: Any, helpers: Any, tmp_path: Any
) -> None:
    """The browser gives every root one, which a page may take away."""
    composition = helpers.write(
        tmp_path,
        """<style>html { view-transition-name: none } body { margin: 0 } canvas { display: block }
        p { margin: -90px 0 0; height: 40px }
        i { display: inline-block; width: 100%; height: 40px; background: #f00 }
        section { isolation: isolate } b { position: absolute; mix-blend-mode: difference }
        </style><section><canvas width=320 height=180></canvas><p><i></i></p><b>x</b></section>
        <script>
        const ink = document.querySelector("canvas").getContext("2d");
        ink.fillStyle = "#00f"; ink.fillRect(0, 0, 320, 180);</script>""",
    )
    (picture,) = source(composition, CaptureMethod.PAINT).frames(2, 1)
    pixels = helpers.rgb(picture)
    assert pixels[50, 300].tolist() == [0, 0, 255]
    assert pixels[110, 300].tolist() == [255, 0, 0]


def test_a_picture_of_another_size_than_its_canvas_fills_it(
    source: Any, helpers: Any, tmp_path: Any
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0 }</style><canvas width=160 height=90></canvas><script>
        const shown = document.querySelector("canvas").getContext("bitmaprenderer");
        const drawn = new OffscreenCanvas(320, 180);
        const ink = drawn.getContext("2d");
        requestAnimationFrame(function draw() {
          ink.fillStyle = "#00f"; ink.fillRect(0, 0, 320, 180);
          ink.fillStyle = "#f00"; ink.fillRect(0, 0, 160, 180);
          shown.transferFromImageBitmap(drawn.transferToImageBitmap());
          requestAnimationFrame(draw); });</script>""",
    )
    pixels = helpers.rgb(next(iter(source(composition, CaptureMethod.PAINT).frames(1, 1))))
    assert pixels[45, 70].tolist() == [255, 0, 0]
    assert pixels[45, 90].tolist() == [0, 0, 255]


def test_canvas_with_its_own_resolution_is_scaled_to_the_film(
    source: Any, helpers: Any, tmp_path: Any
) -> None:
    composition = helpers.write(
        tmp_path,
        """<canvas width=80 height=45></canvas><script>
        const ink = document.querySelector("canvas").getContext("2d");
        ink.fillStyle = "#f00"; ink.fillRect(0, 0, 40, 45);
        ink.fillStyle = "#00f"; ink.fillRect(40, 0, 40, 45);</script>""",
    )
    made = source(composition, CaptureMethod.DIRECT, mode="canvas")
    pixels = helpers.rgb(next(iter(made.frames(0, 1))))
    assert pixels.shape == (180, 320, 3)
    assert pixels[90, 100].tolist() == [255, 0, 0]
    assert pixels[90, 220].tolist() == [0, 0, 255]


def test_selected_element_fills_the_picture(source: Any, helpers: Any, tmp_path: Any) -> None:
    composition = helpers.write(
        tmp_path,
        "<style>body{margin:0;background:#0f0}</style>"
        "<div id=box style='position:absolute;left:40px;top:20px;width:160px;height:90px;"
        "background:#00f'></div>",
    )
    made = source(composition, CaptureMethod.BEGINFRAME, selector="#box", mode="dom")
    pixels = helpers.rgb(next(iter(made.frames(0, 1))))
    assert (pixels == [0, 0, 255]).all()


def test_overlay_that_appears_later_is_not_lost(source: Any, helpers: Any, tmp_path: Any) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body{margin:0}canvas{display:block}</style>
        <canvas width=320 height=180></canvas><script>
        document.querySelector("canvas").getContext("2d").fillRect(0, 0, 9, 9);
        setTimeout(() => document.body.prepend("a title"), 300);</script>""",
    )
    made = source(composition, CaptureMethod.DIRECT)
    _, read = helpers.numbers_and_digests(made, 0, 14)
    _, painted = helpers.numbers_and_digests(source(composition, CaptureMethod.BEGINFRAME), 0, 14)
    assert read == painted
    assert len(set(painted)) > 1, "the text was seen"
    assert "the painted page is taken" in "".join(made.warnings())


@pytest.mark.parametrize("body", ["<canvas></canvas>", "<p>words"])
def test_the_page_that_is_captured_hands_frames_over_through_a_file(
    browser: Any, helpers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    script = """<script>const c = document.querySelector("canvas"); if (c) { c.width = 320;
        c.height = 180; c.style = "position: fixed; inset: 0"; const i = c.getContext("2d");
        i.fillRect(0, 0, 320, 180); }</script>"""
    composition = helpers.write(tmp_path, body + script)
    options = RenderOptions(width=320, height=180, fps=Fraction(30), duration=Fraction(1))
    ahead = PageAhead()
    facts = inspect_page(browser, composition, options, ahead=ahead)
    assert facts.capture in (CaptureMethod.DIRECT, CaptureMethod.PAINT)
    rings: list[Ring | None] = []

    def noted(page: Page) -> Ring | None:
        rings.append(open_ring(page))
        return rings[-1]

    monkeypatch.setattr("helios.browser.capture.open_ring", noted)
    settings = PageSettings(
        capture=facts.capture, width=320, height=180, fps=Fraction(30), total_frames=30
    )
    for shelf in (ahead, None):
        made = PageSource(browser, composition, settings, ahead=shelf)
        try:
            next(iter(made.frames(0, 1)))
        finally:
            made.close()
    ahead.close()
    assert len(rings) == 2
    assert None not in rings
