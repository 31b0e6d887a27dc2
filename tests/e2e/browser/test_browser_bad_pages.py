"""A page that goes wrong ends in an error that says how, where and with what console."""

from __future__ import annotations

import os
import signal
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.busy import BUSY

from helios.browser.find import find_browser
from helios.browser.launch import BrowserConfig, launch
from helios.errors import (
    BrowserCrashed,
    CaptureError,
    CaptureRefused,
    CompositionNotFound,
    NotReadyError,
    ScriptError,
    StepTimeout,
)
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
BEGIN = CaptureMethod.BEGINFRAME


def test_error_in_a_frame_names_the_frame_and_shows_the_console(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        """<script>let n = 0; const draw = () => {
        if (n === 7) { console.log("about to fail", 7); throw new Error("no more ink"); }
        n += 1; requestAnimationFrame(draw); }; requestAnimationFrame(draw);</script>""",
    )
    made = source(composition, BEGIN)
    assert [picture.frame for picture in made.frames(0, 7)] == list(range(7))
    with pytest.raises(ScriptError, match=r"frame 7: Error: no more ink") as caught:
        list(made.frames(7, 1))
    assert "about to fail 7" in caught.value.hint


def test_direct_capture_delivers_all_frames_before_the_error(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        """<canvas width=320 height=180></canvas><script>
        const ink = document.querySelector("canvas").getContext("2d"); let n = 0;
        const draw = () => { if (n++ === 5) throw new Error("torn");
        ink.fillRect(0, 0, n, n); requestAnimationFrame(draw); };
        requestAnimationFrame(draw);</script>""",
    )
    frames = source(composition, CaptureMethod.DIRECT, mode="canvas").frames(0, 20)
    assert [next(frames).frame for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ScriptError, match="frame 5: Error: torn"):
        next(frames)


def test_unhandled_rejection_is_an_error(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(
        tmp_path, '<script>setTimeout(() => Promise.reject(new Error("lost")), 100)</script>'
    )
    with pytest.raises(ScriptError, match=r"frame [34]: .*lost"):
        list(source(composition, BEGIN).frames(0, 10))


def test_error_while_loading_is_an_error(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(tmp_path, "<script>undefinedName.go()</script>")
    with pytest.raises(ScriptError, match="while loading: ReferenceError"):
        source(composition, BEGIN)


def test_missing_canvas_is_an_error(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(tmp_path, "<p>no canvas</p>")
    with pytest.raises(CaptureError, match="no canvas"):
        list(source(composition, CaptureMethod.DIRECT).frames(0, 1))
    with pytest.raises(CaptureError, match="#stage"):
        list(source(composition, BEGIN, selector="#stage", mode="dom").frames(0, 1))
    with pytest.raises(CaptureRefused) as refused:
        list(source(composition, BEGIN, selector="##", mode="dom").frames(0, 1))
    assert refused.value.message.startswith("--selector: '##' is no CSS selector")
    assert "\n" not in refused.value.message


def test_a_prop_of_our_pages_that_cannot_be_is_named(source: Any) -> None:
    location = str(files("helios.browser") / "overlays" / "title.html")
    title = Composition(kind=CompositionKind.PAGE, location=location)
    right = {"accent": "gold", "colour": "picture", "at": "top", "to": None, "y": "0.5"}
    for wrong, told in (
        ({"accent": "blurple"}, "the prop accent: 'blurple' is no colour"),
        ({"at": "topp"}, "the prop at: 'topp' is none of bottom, middle, top"),
        ({"count": -4}, "the prop count: -4 is too small; the least is 1"),
        ({"fade": "long"}, "the prop fade: 'long' is no number"),
        ({"from": True}, "the prop from: 'true' is no number"),
    ):
        with pytest.raises(ScriptError, match=told):
            source(title, BEGIN, props=right | wrong)
    source(title, BEGIN, props=right).close()


def test_endless_loop_in_a_frame_times_out(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(tmp_path, "<script>setTimeout(() => { for (;;) {} }, 100)</script>")
    made = source(composition, BEGIN, step_timeout_s=1.0)
    with pytest.raises(StepTimeout, match=r"frame [34]"):
        list(made.frames(0, 10))


@pytest.mark.parametrize("capture", [BEGIN, CaptureMethod.PAINT])
def test_the_first_frame_may_take_longer(
    source: Any, helpers: Any, tmp_path: Path, capture: CaptureMethod
) -> None:
    composition = helpers.write(
        tmp_path,
        "<script>requestAnimationFrame(() => {"
        "let x = 1; for (let i = 0; i < 6e8; i++) x = (x * 7 + i) | 0;"
        "document.title = x; })</script>",
    )
    assert list(source(composition, capture, step_timeout_s=0.1).frames(0, 1))


def test_an_endless_loop_while_loading_is_never_ready(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(tmp_path, "<script>for (;;) {}</script>")
    with pytest.raises(NotReadyError, match="without end"):
        source(composition, BEGIN, stability_timeout_s=1.0)


def test_never_ready_page_names_what_is_missing(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(
        tmp_path,
        "<script>fetch('https://slow.invalid/data').catch(() => {});"
        "window.fetch('data.json').then(() => fetch(new Request('blob:nothing')))"
        ".catch(() => {}); document.fonts.add(new FontFace('x', 'url(x.woff2)'));</script>",
    )
    made = source(composition, BEGIN)
    assert any("data.json" in line for line in made.warnings())
    stuck = helpers.write(
        tmp_path,
        "<script>window.helios = { waitUntilStable: () => new Promise(() => {}) }</script>",
        "stuck.html",
    )
    with pytest.raises(NotReadyError, match=r"frame 0: .*waitUntilStable"):
        list(source(stuck, BEGIN, step_timeout_s=1.0).frames(0, 1))


def test_navigation_away_is_an_error(source: Any, helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text("<p>elsewhere")
    for action in ("location.reload()", "location.href = 'other.html'"):
        composition = helpers.write(
            tmp_path, f"<script>setTimeout(() => {{ {action} }}, 200)</script>"
        )
        with pytest.raises(ScriptError, match="navigated away"):
            list(source(composition, BEGIN).frames(0, 40))


def test_dialogs_are_dismissed_and_said(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(
        tmp_path,
        "<script>alert('hello'); setTimeout(() => { window.x = confirm('sure?'); }, 50)</script>",
    )
    made = source(composition, BEGIN)
    assert len(list(made.frames(0, 4))) == 4
    assert [line.partition("dismissed: ")[2] for line in made.warnings()] == [
        "alert: hello",
        "confirm: sure?",
    ]


def test_missing_files_are_warnings_with_their_names(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(tmp_path, "<img src='art/gone picture.png'>")
    warnings = source(composition, BEGIN).warnings()
    assert any(line.startswith("art/gone picture.png") for line in warnings)


def test_unreachable_address_is_not_found(source: Any) -> None:
    for location in ("http://127.0.0.1:9/", "https://nowhere.invalid/x"):
        composition = Composition(kind=CompositionKind.PAGE, location=location)
        with pytest.raises(CompositionNotFound, match="cannot open"):
            source(composition, BEGIN)


def test_killed_renderer_is_reported(source: Any, browser: Any, helpers: Any) -> None:
    made = source(helpers.page("css.html"), BEGIN)
    frames = made.frames(0, 2000)
    next(frames)
    for pid in _renderers(browser.pid):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(BrowserCrashed, match=r"frame \d+"):
        list(frames)


def test_killed_browser_is_reported(helpers: Any) -> None:
    from fractions import Fraction

    from helios.sources.page import PageSettings, PageSource

    with launch(BrowserConfig(executable=find_browser())) as own:
        made = PageSource(
            own,
            helpers.page("css.html"),
            PageSettings(width=320, height=180, fps=Fraction(30), total_frames=9, capture=BEGIN),
        )
        frames = made.frames(0, 2000)
        next(frames)
        os.kill(own.pid, signal.SIGKILL)
        started = time.monotonic()
        with pytest.raises(BrowserCrashed, match=r"frame \d+"):
            list(frames)
        assert time.monotonic() - started < 5 * BUSY
        made.close()


def _renderers(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) != pid and not _descends(int(entry.name), pid):
                continue
            if b"--type=renderer" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    assert found
    return found


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        text = Path(f"/proc/{pid}/stat").read_text()
        pid = int(text.rpartition(")")[2].split()[1])
        if pid == ancestor:
            return True
    return False
