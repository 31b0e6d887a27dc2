"""Time lines driven from outside: pages written for HyperFrames, and for upstream's renderer."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from helios.browser.inspect import inspect_page
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions

METHODS = (CaptureMethod.BEGINFRAME, CaptureMethod.PAINT)
STYLE = (
    "<style>body{margin:0;background:#000}div{position:absolute}.c{width:40px;height:20px}</style>"
)
# A paused time line as GSAP's: it shows the time that it is sought to as the length of a bar.
LINE = """
<script>
  function line(element, length) {
    return { duration: () => length, pause() { return this; }, totalTime(t) {
      const width = `${Math.round(t * 100)}px`;
      Object.assign(element.style, { width, height: '20px', background: '#fff' });
      return this;
    } };
  }
  window.__timelines = {};
</script>
"""


def _length(pixels: Any, top: int) -> int:
    """How far the white bar in a row reaches."""
    return int((pixels[top + 10, :, 0] > 128).sum())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fps", [15, 30, 60])
def test_registered_time_lines_are_sought(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod, fps: int
) -> None:
    (tmp_path / "inner.html").write_text(
        "<template><div data-composition-id=inner><div class=bar></div></div><script>"
        "window.__timelines.inner = line(document.querySelector('.bar'), 0.5);</script></template>"
    )
    body = (
        f"{STYLE}{LINE}<div data-composition-id=root data-start=0 data-duration=2 data-width=320"
        " data-height=180><div id=bar></div>"
        "<div id=host data-composition-id=inner data-composition-src=inner.html data-start=1"
        " data-duration=1 style='top:40px'></div></div>"
        "<script>__timelines.root = line(document.querySelector('#bar'), 2)</script>"
    )
    composition = helpers.write(tmp_path, body)
    made = source(composition, method, fps=Fraction(fps), total_frames=2 * fps)
    pictures = {p.frame: helpers.rgb(p).copy() for p in made.frames(0, 2 * fps)}
    for frame, pixels in pictures.items():
        time_s = frame / fps
        assert abs(_length(pixels, 0) - 100 * time_s) <= 1, frame
        inner_s = min(time_s - 1, 0.5) if time_s >= 1 else 0  # a shorter one keeps its last state
        assert abs(_length(pixels, 40) - 100 * inner_s) <= 1, frame
    later = source(composition, method, fps=Fraction(fps), total_frames=2 * fps)
    (middle,) = later.frames(fps + 7, 1)
    assert (helpers.rgb(middle) == pictures[fps + 7]).all()


def test_clips_are_seen_in_their_time(source: Any, helpers: Any, tmp_path: Path) -> None:
    clip = "class=c style='background:#fff;top:{}px' data-track-index=0"
    body = (
        f"{STYLE}<div data-composition-id=root data-no-timeline data-width=320 data-height=180>"
        f"<div {clip.format(0)} id=a data-start=0 data-duration=0.4></div>"
        f"<div {clip.format(30)} id=b data-start='a' data-duration=0.2></div>"
        f"<div {clip.format(60)} id=c data-start='b + 0.1' data-duration=0.2></div>"
        f"<div {clip.format(90)} id=d data-start='a - 0.2' data-duration=1>"
        "<div class=c style='background:#fff' data-start=0 data-duration=9></div></div></div>"
    )
    made = source(helpers.write(tmp_path, body), CaptureMethod.BEGINFRAME, total_frames=45)
    pictures = [helpers.rgb(p).copy() for p in made.frames(0, 45)]
    for top, first, last in ((0, 0, 12), (30, 12, 18), (60, 21, 27), (90, 6, 36)):
        seen = [n for n, pixels in enumerate(pictures) if _length(pixels, top)]
        assert seen == list(range(first, last)), top


def test_size_and_length_are_those_of_the_markup(
    browser: Any, helpers: Any, tmp_path: Path
) -> None:
    sized = "data-composition-id=root data-width=640 data-height=360"
    bodies = {
        f"<div {sized} data-duration=2.5></div>": Fraction(5, 2),
        f"{LINE}<div {sized}></div><script>__timelines.root = line(document.body, 4)</script>": 4,
        f"<div {sized}><p data-start=1 data-duration=2 id=a></p>"
        "<p data-start='a + 1' data-duration=1></p></div>": 5,
    }
    for body, duration_s in bodies.items():
        facts = inspect_page(browser, helpers.write(tmp_path, body), RenderOptions())
        assert facts.declared_duration_s == duration_s
        assert (facts.declared_width, facts.declared_height) == (640, 360)


@pytest.mark.parametrize("method", METHODS)
def test_upstreams_time_line_and_clock_are_driven(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    body = (
        f"{STYLE}{LINE}<div id=a></div><div id=b style='top:40px'></div><script>"
        "const { totalTime } = line(document.querySelector('#a'), 9);"
        "window.__helios_gsap_timeline__ = { seek: totalTime };"
        "const b = line(document.querySelector('#b'), 9);"
        "Object.defineProperty(window, '__HELIOS_VIRTUAL_TIME__', "
        "{ configurable: true, set(ms) { b.totalTime(ms / 1000) } });</script>"
    )
    made = source(helpers.write(tmp_path, body), method)
    for picture in made.frames(9, 3):
        for top in (0, 40):
            assert abs(_length(helpers.rgb(picture), top) - 100 * picture.frame / 30) <= 1


DECLARED = """data-composition-variables='[{"id": "Bar Width", "type": "number", "default": 40},
  {"id": "label", "default": "none"}, {"id": "picture", "default": {"url": "white.png"}}]'"""
INSTANCE = (
    "<!doctype html><html VARIABLES><body><template><div data-composition-id=inner>"
    "<div class=bar></div><b data-var-text=label>x</b><img data-var-src=picture></div><script>"
    "const host = document.currentScript.closest('[data-composition-src]');"
    "if (host.hasRun) throw Error('twice'); host.hasRun = true;"
    "const values = __hyperframes.getVariables();"
    "const bar = host.querySelector('.bar'); bar.title = host.querySelector('b').textContent;"
    "Object.assign(bar.style, { width: `${values['Bar Width']}px`, height: '20px' });"
    "bar.style.background = bar.title === values.label ? '#fff' : '#f00';"
    "</script></template>"
)


@pytest.mark.parametrize(
    ("props", "widths"), [({}, (40, 70, 40)), ({"Bar Width": 90, "label": "said"}, (40, 70, 90))]
)
def test_variables_have_their_value_in_each_place(
    source: Any, helpers: Any, tmp_path: Path, props: dict[str, Any], widths: tuple[int, ...]
) -> None:
    """Declared, given by the host, given as props; read by scripts, texts, sources and styles."""
    (tmp_path / "inner.html").write_text(INSTANCE.replace("VARIABLES", DECLARED))
    Image.new("RGB", (30, 20), "white").save(tmp_path / "white.png")
    host = "data-composition-src=inner.html style='position:absolute;left:0;top:{}px' {}"
    given = """data-variable-values='{"Bar Width": 70, "label": "a <b>"}'"""
    composition = helpers.write(
        tmp_path,
        f"{STYLE}<style>b{{display:none}} #own {{ width: calc(var(--bar-width) * 1px); top: 80px;"
        f" height: 20px; background: #fff }} img {{ position: absolute; left: 200px; top: 0 }}"
        f"</style><div data-composition-id=root {DECLARED}>"
        f"<div data-composition-id=one {host.format(0, '')}></div>"
        f"<div data-composition-id=two {host.format(40, given)}></div><div id=own></div></div>",
    )
    made = source(composition, CaptureMethod.BEGINFRAME, props=props)
    (picture,) = made.frames(0, 1)
    pixels = helpers.rgb(picture)
    assert tuple(_length(pixels[:, :200], top) for top in (0, 40, 80)) == widths
    assert [_length(pixels[:, 200:], top) for top in (0, 40)] == [30, 30]


@pytest.mark.parametrize("name", ["inner", "other"])
def test_a_file_has_the_size_that_it_says(
    source: Any, helpers: Any, tmp_path: Path, name: str
) -> None:
    (tmp_path / "inner.html").write_text(
        "<template><div data-composition-id=inner data-width=200 data-height=100 data-start=9"
        " data-duration=1><style>[data-composition-id=inner] .all { position: relative;"
        " width: 100%; height: 100% } [data-composition-id=inner] .bar { bottom: 0; width: 50%;"
        " height: 20px; background: #fff }</style><div class=all><div class=bar></div></div></div>"
        "</template>"
    )
    body = (
        f"{STYLE}<div data-composition-id=root data-width=320 data-height=180 data-duration=2>"
        f"<div data-composition-id={name} data-composition-src=inner.html data-start=0></div></div>"
    )
    (picture,) = source(helpers.write(tmp_path, body), CaptureMethod.BEGINFRAME).frames(0, 1)
    assert [_length(helpers.rgb(picture), top) for top in (60, 80, 100)] == [0, 100, 0]


BOUND = """
  const page = { isVirtualTimeBound: true, fps: { value: 30 }, duration: { value: 1.2 }, now: 0 };
  page.seek = (frame) => { page.now = Math.min(frame, 36); };
  page.waitUntilStable = () => new Promise((resolve) => {
    const look = () => {
      b.totalTime(page.now / 30);
      const wanted = Math.min(window.__HELIOS_VIRTUAL_TIME__ * 0.03, 36);
      if (Math.abs(page.now - wanted) < 0.01) resolve();
      else requestAnimationFrame(look);
    };
    look();
  });
  let clock = 0;
  Object.defineProperty(window, '__HELIOS_VIRTUAL_TIME__', {
    configurable: true, get: () => clock, set(ms) { clock = ms; page.now = ms * 0.03; } });
  window.helios = page;
"""
COUNTS = {
    "a signal": "window.helios = { fps: { value: 30 }, seek };",
    "a number": "window.helios = { fps: 30, seek };",
    "an attribute": "document.documentElement.dataset.heliosFps = 30; window.helios = { seek };",
    "a word": "window.helios = { fps: '30/1', seek };",
}


@pytest.mark.parametrize("fps", [15, 24, 60])
def test_a_page_made_with_upstreams_library_keeps_its_pace(
    source: Any, helpers: Any, tmp_path: Path, fps: int
) -> None:
    """One that is bound to the clock has its time between its own frames, others the frame's."""
    start = f"{STYLE}{LINE}<div id=b></div><script>const b = line(document.querySelector('#b'), 9);"
    bodies = {"bound": BOUND} | {
        name: f"const seek = (frame) => b.totalTime(frame / 30); {script}"
        for name, script in COUNTS.items()
    }
    for name, script in bodies.items():
        page = helpers.write(tmp_path, f"{start}{script}</script>")
        made = source(page, CaptureMethod.BEGINFRAME, fps=Fraction(fps), total_frames=4 * fps)
        last_s = 1.2 if name == "bound" else 9
        for picture in made.frames(fps - 1, fps // 2):
            time_s = min(picture.frame / fps, last_s)
            shown_s = time_s if name == "bound" else int(time_s * 30 + 1e-6) / 30
            assert abs(_length(helpers.rgb(picture), 0) - 100 * shown_s) <= 1, (name, picture.frame)
