"""What inspection says about a page, and which method it fixes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios.browser.inspect import DRAWS_FACES, inspect_page
from helios.errors import CaptureError, NotReadyError
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions

pytestmark = pytest.mark.browser
SIZE = {"width": 320, "height": 180}
CANVAS = "<style>body{margin:0}canvas{display:block}</style><canvas width=320 height=180></canvas>"
DRAW = """<script>const ink = document.querySelector("canvas").getContext("2d");
ink.fillStyle = "#08f"; ink.fillRect(0, 0, 200, 90);</script>"""


def look(browser: Any, composition: Any, sounds: Path | None = None, **options: Any) -> Any:
    values = RenderOptions.read({**SIZE, **options})
    return inspect_page(browser, composition, values, sounds_dir=sounds)


@pytest.mark.parametrize("name", ["canvas.html", "webgl.html", "contract.html"])
def test_a_canvas_that_is_the_page_is_read_directly(browser: Any, helpers: Any, name: str) -> None:
    facts = look(browser, helpers.page(name))
    assert facts.capture is CaptureMethod.DIRECT
    assert "checked" in facts.capture_reason
    assert facts.browser.version
    assert bool(facts.browser.renderer) == (name == "webgl.html")
    assert [Path(path).name for path, _ in facts.inputs] == ["bars.js", name]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("<p style='position:absolute;top:0'>title", "also shows <p>"),
        ("<style>canvas{filter:blur(2px)}</style>", "effects"),
        ("<style>canvas{width:50%}</style>", "does not fill"),
        ("<style>canvas{opacity:.5}</style>", "effects"),
        ("<style>body::before{content:'x'}</style>", "canvas"),
        ("<canvas style='position:absolute;top:0'></canvas>", "2 canvases"),
        ("<style>body{background:linear-gradient(red,blue)}</style>", "effects"),
        ("<div style='position:fixed;inset:0;backdrop-filter:invert(1)'></div>", "<div>"),
    ],
)
def test_anything_else_on_the_page_means_the_painted_page(
    browser: Any, helpers: Any, tmp_path: Path, more: str, reason: str
) -> None:
    facts = look(browser, helpers.write(tmp_path, CANVAS + more + DRAW))
    assert facts.capture is not CaptureMethod.DIRECT
    assert reason in facts.capture_reason


@pytest.mark.parametrize(
    ("options", "is_told"),
    [({"type": "360-mono-4k"}, True), ({"type": "360-mono-4k", "panorama": "cubemap"}, False)],
)
def test_a_page_of_faces_that_is_not_asked_for_them_is_told(
    browser: Any, helpers: Any, tmp_path: Path, options: dict[str, str], is_told: bool
) -> None:
    faces = (
        "<script>window.helios = { renderFace: () => document.createElement('canvas') }</script>"
    )
    shape = {"width": 320, "height": 160, "capture": "screenshot", **options}
    facts = look(browser, helpers.write(tmp_path, faces), **shape)
    assert (DRAWS_FACES in facts.warnings) is is_told


@pytest.mark.parametrize("name", ["css.html", "waapi.html", "stateful.html"])
def test_other_pages_are_drawn_into_a_canvas(browser: Any, helpers: Any, name: str) -> None:
    facts = look(browser, helpers.page(name))
    assert facts.capture is CaptureMethod.PAINT
    assert "checked" in facts.capture_reason


def test_pictures_of_other_origins_rule_out_drawing_into_a_canvas(
    browser: Any, helpers: Any, tmp_path: Path, source: Any
) -> None:
    composition = helpers.write(tmp_path, "<img src='https://elsewhere.invalid/x.png'><p>text")
    facts = look(browser, composition)
    assert facts.capture is CaptureMethod.BEGINFRAME
    assert "other origins" in facts.capture_reason
    asked = helpers.numbers_and_digests(source(composition, CaptureMethod.PAINT), 0, 2)
    painted = helpers.numbers_and_digests(source(composition, CaptureMethod.BEGINFRAME), 0, 2)
    assert asked == painted


def test_mode_and_capture_can_be_forced(browser: Any, helpers: Any, tmp_path: Path) -> None:
    overlaid = helpers.write(
        tmp_path, CANVAS + "<h1 style='position:absolute;top:0'>title</h1>" + DRAW
    )
    assert look(browser, overlaid, mode="canvas").capture is CaptureMethod.DIRECT
    canvas = helpers.page("canvas.html")
    assert look(browser, canvas, mode="dom").capture is not CaptureMethod.DIRECT
    assert look(browser, canvas, capture="screenshot").capture is CaptureMethod.SCREENSHOT
    with pytest.raises(CaptureError, match="no canvas"):
        look(browser, helpers.page("css.html"), capture="direct")


def test_declared_values_are_read(browser: Any, helpers: Any, tmp_path: Path) -> None:
    facts = look(browser, helpers.page("contract.html"))
    assert (facts.declared_duration_s, facts.declared_fps) == (5, 30)
    plain = helpers.write(tmp_path, "x", "plain.html")
    Path(plain.location).write_text(
        "<!doctype html><html data-helios-duration=2.5 data-helios-fps=29.97 "
        "data-helios-width=640 data-helios-height=abc><body>x"
    )
    facts = inspect_page(browser, plain, RenderOptions())
    assert facts.declared_duration_s == Fraction(5, 2)
    assert facts.declared_fps == Fraction(30000, 1001)
    assert (facts.declared_width, facts.declared_height) == (640, None)
    assert any("height 'abc'" in line for line in facts.warnings)


def test_sounds_are_found_with_their_settings(browser: Any, helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"ID3 not really")
    composition = helpers.write(
        tmp_path,
        """<audio src=song.mp3 loop data-helios-offset=1.5 data-helios-seek=2
        data-helios-fade-in=0.5 data-helios-fade-out=1></audio>
        <audio src=song.mp3 muted></audio><audio src=song.mp3 data-helios-no-audio></audio>
        <audio src=missing.mp3></audio><div id=host></div><script>
        const root = host.attachShadow({ mode: "closed" });
        root.innerHTML = "<video src=song.mp3></video><video autoplay src=song.mp3></video>";
        root.lastChild.volume = 0.25; root.lastChild.playbackRate = 2;
        const made = document.createElement("audio");
        made.src = URL.createObjectURL(new Blob(["sound made by the page"]));
        document.body.append(made);</script>""",
    )
    facts = look(browser, composition, tmp_path / "sounds")
    shadow, made, first = facts.sounds
    assert first.file == str(tmp_path / "song.mp3")
    assert (first.offset, first.seek, first.fade_in, first.fade_out, first.loop) == (
        Fraction(3, 2),
        2,
        Fraction(1, 2),
        1,
        True,
    )
    assert Path(made.file).read_bytes() == b"sound made by the page"
    assert (shadow.volume, shadow.rate) == (0.25, 2)
    assert any("missing.mp3" in line and "left out" in line for line in facts.warnings)


def test_one_browser_serves_inspection_and_sources_one_after_the_other(
    browser: Any, helpers: Any, source: Any
) -> None:
    composition = helpers.page("stateful.html")
    made = source(composition, CaptureMethod.BEGINFRAME)
    fresh = helpers.numbers_and_digests(made, 0, 6)
    made.close()
    look(browser, composition)
    look(browser, helpers.page("webgl.html"))
    assert helpers.numbers_and_digests(source(composition, CaptureMethod.BEGINFRAME), 0, 6) == fresh


@pytest.mark.parametrize(
    ("name", "method"),
    [("view-transition.html", CaptureMethod.BEGINFRAME), ("offscreen.html", CaptureMethod.DIRECT)],
)
def test_clocks_that_need_a_method_get_it(
    browser: Any, helpers: Any, name: str, method: CaptureMethod
) -> None:
    browser.require(begin_frame=True)  # as it is started; tests of screenshots leave it without
    assert look(browser, helpers.page(name, helpers.compositions)).capture is method


def test_frames_on_command_with_a_video_are_warned_about(
    browser: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(tmp_path, "<video></video>")
    assert any(
        "stall" in text for text in look(browser, composition, capture="beginframe").warnings
    )
    assert look(browser, composition).warnings == ()
    selected = look(browser, composition, selector="video")
    assert selected.capture is CaptureMethod.SCREENSHOT


@pytest.mark.parametrize("shown", ["<p>drawn into a canvas", CANVAS + DRAW])
def test_a_page_that_is_never_ready_is_told_after_one_patience(
    browser: Any, helpers: Any, tmp_path: Path, shown: str
) -> None:
    composition = helpers.write(
        tmp_path,
        shown + "<script>let asked = 0; window.helios = { waitUntilStable: () =>"
        " ++asked > 3 ? new Promise(() => {}) : null };</script>",
    )
    with pytest.raises(NotReadyError, match=r"^frame 3: still waiting for .*waitUntilStable"):
        look(browser, composition, stability_timeout=1)
