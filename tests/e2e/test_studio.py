"""The studio in a real browser: what is on its stage is the film, at the time of its clock."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Route, expect
from tests.libraries import install
from tests.studio import (
    DESK,
    PHONE,
    TABLET,
    Windows,
    chip,
    choose,
    choose_only,
    choose_template,
    chromium,
    drop,
    empty,
    fits,
    named,
    press,
    problems,
    saved,
    studio,
    template,
    until,
    windows,
    write_song,
)

import helios

__all__ = ["chromium", "windows"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("studio"),
]

LONG = "W" * 100
FILM = """
import numpy as np

class Film:
    duration = 6

    def draw(self, frame, context):
        y, x = np.mgrid[0:context.height, 0:context.width]
        return np.stack([np.full(x.shape, frame), x // 16, y // 16], axis=-1).astype(np.uint8)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    (folder / "film.py").write_text(FILM)
    (folder / "other.py").write_text(FILM)
    return folder


@pytest.fixture(scope="module")
def film(folder: Path) -> Iterator[str]:
    """The studio with a film on its stage that tells in its colours what is seen of it."""
    with studio(folder, "film.py:Film") as url:
        yield url


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The studio with a template on its stage, and its folder."""
    folder = tmp_path_factory.mktemp("scene")
    with studio(folder, "cosmicVoid") as url:
        yield url, folder


SHOWN = "document.getElementById('screen').dataset"
TIME = "Number(document.getElementById('timeline').getAttribute('aria-valuenow'))"


def whole(page: Page, frame: int) -> str:
    """SHA-256 of the pixels of a frame that is on the stage at full size."""
    # Seen and read in one turn of the page: between two questions it may draw anew.
    pixels = (
        "(async () => { const screen = document.getElementById('screen');"
        f" if (screen.dataset.whole !== 'yes' || screen.dataset.frame !== '{frame}') return null;"
        " const copy = new OffscreenCanvas(screen.width, screen.height)"
        ".getContext('2d', { willReadFrequently: true });"
        " copy.drawImage(screen, 0, 0);"
        " const { data } = copy.getImageData(0, 0, screen.width, screen.height);"
        " const digest = await crypto.subtle.digest('SHA-256', data);"
        " return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0'))"
        ".join(''); })()"
    )
    return str(until(page, pixels))


def resting(page: Page) -> int:
    """The frame that is on the stage at full size, which is the clock's."""
    rests = f"{SHOWN}.whole === 'yes' && Math.abs({SHOWN}.frame - 30 * {TIME}) < 1.2"
    return int(until(page, f"{rests} && {SHOWN}.frame"))


def digest(still: NDArray[np.uint8]) -> str:
    opaque = np.full((*still.shape[:2], 1), 255, np.uint8)
    return hashlib.sha256(np.ascontiguousarray(np.dstack([still, opaque])).tobytes()).hexdigest()


def looked_at(page: Page) -> list[int]:
    """The colour in the middle of the view."""
    return list(
        page.evaluate(
            "async () => { for (let n = 0; n < 2; n += 1)"
            " await new Promise((resolve) => requestAnimationFrame(resolve));"
            " const view = document.querySelector('.around');"
            " const pen = new OffscreenCanvas(view.width, view.height).getContext('2d');"
            " pen.drawImage(view, 0, 0);"
            " return [...pen.getImageData(view.width / 2, view.height / 2, 1, 1).data]; }"
        )
    )


def keys(page: Page, *names: str) -> None:
    """Press keys of the keyboard, one after the other."""
    for name in names:
        page.keyboard.press(name)


def drawn_anew(page: Page) -> None:
    """Wait until what was seen whole is no longer what is wanted."""
    until(page, f"{SHOWN}.whole !== 'yes'")


def choose_quarter(page: Page) -> None:
    """A film of a quarter's size, which is soon drawn."""
    page.locator("#scale").select_option("1/4")
    until(page, "document.getElementById('screen').width <= 480")


RANGE_END = (
    "(document.getElementById('range').getBoundingClientRect().right"
    " - document.getElementById('timeline').getBoundingClientRect().left)"
    " / document.getElementById('timeline').clientWidth"
)


def loops(page: Page) -> None:
    """A range plays again and again, on a time line that is seen from near."""
    page.locator("#timeline").focus()
    keys(page, "Home", *["ArrowRight"] * 6, "i", *["ArrowRight"] * 9, "o")
    expect(page.locator("#range-start")).to_have_attribute("aria-valuenow", "0.20")
    assert page.evaluate(RANGE_END) == pytest.approx(0.5 / 6, abs=0.01)
    line = page.locator("#timeline").bounding_box()
    assert line is not None
    page.mouse.move(line["x"], line["y"] + line["height"] / 2)
    for turned in (-400, 400):  # a wheel at the beginning of the time line zooms by e
        page.mouse.wheel(0, turned)
        near = 0.5 / 6 * (math.e if turned < 0 else 1)
        until(page, f"Math.abs({RANGE_END} - {near}) < 0.01")
    page.click("#zoom-in")
    page.locator("#timeline").focus()
    keys(page, " ")
    # It comes by its beginning again and again.
    for _ in range(2):
        until(page, f"{TIME} > 0.38")
        until(page, f"{TIME} < 0.3")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    page.click("#only-range")
    made = json.loads(saved(page, "#save").path().read_text())
    assert (made["startFrame"], made["frameCount"]) == (6, 9)
    page.click("#loop")
    page.locator("#timeline").focus()
    keys(page, "k")
    assert "startFrame" not in json.loads(saved(page, "#save").path().read_text())
    page.click("#zoom-out")


def looks_around(page: Page) -> None:
    """Films that go around are looked around in, whatever the time."""
    time = page.evaluate(TIME)
    choose_quarter(page)
    choose_only(page, "360-mono-4k")
    until(page, f"{SHOWN}.whole === 'yes' && {SHOWN}.type === '360-mono-4k'")
    view = page.locator(".around")
    view.focus()
    keys(page, *["ArrowRight"] * 6, *["ArrowUp"] * 2)
    expect(view).to_have_attribute("data-pitch", "10.0")
    expect(view).to_have_attribute("data-yaw", "30.0")
    assert page.evaluate(TIME) == time
    # 30 degrees to the right and 10 up: a column and a row of the picture, in 16ths of pixels.
    across, down = 1024 * (0.5 + 30 / 360) / 16, 512 * (0.5 - 10 / 180) / 16
    assert np.allclose(looked_at(page)[1:], [across, down, 255], atol=2)
    keys(page, *["ArrowDown"] * 2, *["ArrowLeft"] * 6)
    choose_only(page, "vr180-4k")
    until(page, f"{SHOWN}.whole === 'yes' && {SHOWN}.type === 'vr180-4k'")
    # Each eye's straight ahead is in the middle of its half.
    assert np.allclose(looked_at(page)[1:], [16, 16, 255], atol=2)
    page.locator(".around-tools select").select_option("anaglyph")
    assert np.allclose(looked_at(page)[1:], [48, 16, 255], atol=2)
    fits(page)
    choose_only(page, "flat-1080p-landscape")
    expect(view).to_be_hidden()


def test_the_stage_shows_the_films_frames_by_clicks_and_keys(
    film: str, folder: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = windows.open(film, DESK)
    monkeypatch.chdir(folder)

    def still(frame: int) -> NDArray[np.uint8]:
        return helios.still("film.py:Film", frame=frame, type="flat-1080p-landscape")

    assert whole(page, 0) == digest(still(0))
    assert saved(page, "#poster").suggested_filename == "film.py-Film-0.png"
    expect(page.locator("#length")).to_have_text("0:06")
    fits(page)
    page.locator("#timeline").focus()
    keys(page, *["ArrowRight"] * 3)
    assert whole(page, 3) == digest(still(3))
    expect(page.locator("#clock")).to_have_text("0:00.100 / 0:06 frame 3")
    keys(page, "End")
    assert whole(page, 179) == digest(still(179))
    keys(page, "Home")
    whole(page, 0)
    # What was clicked has the focus: of the keys it keeps what presses it.
    safe = page.locator("#safe")
    safe.click()
    keys(page, "ArrowRight", "ArrowRight", "Space")
    expect(safe).to_have_attribute("aria-pressed", "false")
    until(page, f"Math.abs({TIME} - 2 / 30) < 0.01")
    keys(page, "Home")
    whole(page, 0)
    # In the middle of the time line it is three seconds; on the way there the clock is dragged.
    line = page.locator("#timeline").bounding_box()
    assert line is not None
    page.mouse.move(line["x"] + line["width"] / 6, line["y"] + 40)
    page.mouse.down()
    until(page, f"Math.abs({TIME} - 1) < 0.02")
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + 40, steps=5)
    page.mouse.up()
    until(page, f"Math.abs({TIME} - 3) < 0.02")
    shown = resting(page)
    assert abs(shown - 90) <= 1
    assert whole(page, shown) == digest(still(shown))
    keys(page, " ")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    until(page, f"Number({SHOWN}.frame) > {shown + 20}")
    # Saving stops the clock, and waits for the whole picture.
    poster = saved(page, "#poster")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    stopped = resting(page)
    assert poster.suggested_filename == f"film.py-Film-{stopped}.png"
    assert np.array_equal(np.array(Image.open(poster.path()).convert("RGB")), still(stopped))
    loops(page)
    looks_around(page)
    assert problems(page) == []


_SEEN = (
    "((id) => { const { top, bottom } = document.getElementById(id).getBoundingClientRect();"
    " return document.getElementById(id).checkVisibility({ visibilityProperty: true })"
    " && top >= 0 && bottom <= innerHeight && bottom - top; })"
)
"""How high an element is that is wholly in sight."""


def stays_in_sight(page: Page) -> None:
    """While the form is scrolled the picture is seen as a strip, and always what makes the film."""
    at_rest = page.evaluate(f"{_SEEN}('screen')")
    page.evaluate("document.getElementById('type-title').scrollIntoView()")
    assert 60 < until(page, f"{_SEEN}('screen') < 100 && {_SEEN}('screen')") < at_rest
    assert page.evaluate(f"{_SEEN}('type-title') && {_SEEN}('go')")
    press(page, "#grow")
    assert page.evaluate(f"{_SEEN}('timeline') && {_SEEN}('screen')") >= at_rest
    # The films have pictures of their own.
    page.evaluate("document.getElementById('queue').scrollIntoView()")
    until(page, f"!{_SEEN}('screen') && {_SEEN}('go')")
    page.evaluate("scrollTo(0, 0)")
    until(page, f"{_SEEN}('screen') === {at_rest} && !document.querySelector('.scrolled')")


def turns_on_its_side(page: Page) -> None:
    """Held sideways it has the form beside it; all that plays is seen above what makes films."""
    at_rest = page.evaluate(f"{_SEEN}('screen')")
    upright = page.viewport_size
    page.set_viewport_size({"width": 844, "height": 390})
    for place in ("stage-title", "type-title"):
        page.evaluate(f"document.getElementById('{place}').scrollIntoView()")
        until(page, " && ".join(f"{_SEEN}('{each}')" for each in ("screen", "play", "timeline")))
        box = "(id) => document.getElementById(id).getBoundingClientRect()"
        assert page.evaluate(f"({box})('timeline').bottom <= ({box})('make-bar').top")
        fits(page)
    assert page.evaluate(f"{_SEEN}('type-title') && {_SEEN}('go')")
    page.set_viewport_size(upright)
    # What is turned is laid out anew, and scrolled along with what was seen, some time later.
    rests = f"{_SEEN}('screen') === {at_rest} && !document.querySelector('.scrolled')"
    until(page, f"(scrollTo(0, 0), {rests})")


PLAYED = """() => new Promise((resolve) => {
  const screen = document.getElementById("screen");
  const copy = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
  const line = document.getElementById("timeline");
  const seen = [];
  let last = "";
  document.getElementById("play").click();
  (function look() {
    if (screen.dataset.frame !== last) {
      last = screen.dataset.frame;
      copy.drawImage(screen, 80, 80, 8, 8, 0, 0, 8, 8);
      const { data } = copy.getImageData(0, 0, 8, 8);
      let red = 0;
      for (let n = 0; n < data.length; n += 4) red += data[n] / 64;
      seen.push([Number(line.getAttribute("aria-valuenow")), Number(last), red]);
    }
    if (document.getElementById("play").ariaLabel === "Play") resolve(seen);
    else requestAnimationFrame(look);
  })();
})"""


def test_five_seconds_are_played_as_the_film_has_them_to_the_end(
    film: str, windows: Windows
) -> None:
    page = windows.open(film, PHONE, moves=True)
    whole(page, 0)
    fits(page)
    keys(page, *["ArrowRight"] * 29)
    whole(page, 29)
    times, frames, reds = np.array(page.evaluate(PLAYED)).T
    # Each picture is that of the frame it is said to be: its red counts them.
    assert np.abs(reds - frames).max() < 2
    assert (np.diff(frames) > 0).all()
    assert times[-1] - times[0] > 4.8
    # Of 150; what is late is left out, on a busy machine most of them.
    assert len(frames) > 10
    # None comes before its time, which is told some pictures later beside load; most come at it,
    # and what is late is left out.
    late = times - frames / 30
    assert late.min() > -0.2, late.tolist()
    assert np.median(late) < 0.5
    whole(page, 179)
    keys(page, "l")
    until(page, f"0 < {TIME} && {TIME} < 5")
    stays_in_sight(page)
    keys(page, "k")
    # A finger on the time line moves the clock.
    line = page.locator("#timeline").bounding_box()
    assert line is not None
    page.touchscreen.tap(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
    until(page, f"Math.abs({TIME} - 3) < 0.03")
    # Without WebGL what goes around is seen flat, and that is said as long as it is shown.
    page.evaluate(
        "() => { const get = HTMLCanvasElement.prototype.getContext;"
        " HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        " return kind === 'webgl2' ? null : get.call(this, kind, ...more); }; }"
    )
    choose_quarter(page)
    choose_only(page, "360-mono-4k")
    shown = f"{SHOWN}.type === '360-mono-4k' && !document.querySelector('#picture.busy')"
    until(page, f"{shown} && !document.querySelector('.around')")
    note = page.locator("#stage-note")
    expect(note).to_contain_text("no WebGL 2")
    choose_only(page, "flat-1080p-landscape")
    expect(note).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")
    until(page, f"{_SEEN}('screen') && {_SEEN}('timeline')")
    turns_on_its_side(page)


def test_what_is_saved_is_seen_at_the_same_time(
    film: str, folder: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = windows.open(film, DESK)
    source, note = folder / "film.py", page.locator("#stage-note")
    whole(page, 0)
    keys(page, *["ArrowRight"] * 4)
    before = whole(page, 4)
    try:
        source.write_text(FILM.replace("import numpy", "import nothing_such"))
        expect(note).to_contain_text("nothing_such")
        source.write_text(FILM.replace("frame)", "frame + 100)"))
        expect(note).to_be_hidden()
        until(page, f"{SHOWN}.whole === 'yes' && !document.querySelector('#picture.busy')")
        changed = whole(page, 4)
        assert changed != before
        shows_lyrics(page, folder, monkeypatch)
        assert whole(page, 4) == changed
    finally:
        source.write_text(FILM)


PAGE = """<!doctype html><meta name="viewport" content="width=320, height=180">
<body style="margin: 0; background: navy"><i style="position: absolute; width: 40px; height: 40px">
</i><script>
  window.helios = { fps: 30, duration: 1, schema: { size: { type: "number", min: 1, max: 90 } } };
  const { size = 40 } = window.__HELIOS_PROPS__ ?? {};
  requestAnimationFrame(function paint(ms) {
    Object.assign(document.querySelector("i").style, { background: "red", height: `${size}px`,
      left: `${ms / 5}px` });
    requestAnimationFrame(paint);
  });
</script>"""


def test_a_page_that_is_saved_keeps_its_time_and_props(tmp_path: Path, windows: Windows) -> None:
    """What is wrong with it is said in place, whatever it is; when it is right it is seen again."""
    source = tmp_path / "site" / "index.html"
    source.parent.mkdir()
    source.write_text(PAGE)

    def seen(page: Page, colour: str) -> None:
        """The page's ground, and beside it the square where it is in frame 6, 80 pixels high."""
        pen = "document.getElementById('screen').getContext('2d')"
        at = f"(x, y) => [...{pen}.getImageData(x, y, 1, 1).data].join()"
        wanted = f"['{colour},255', '255,0,0,255', '{colour},255'].join()"
        shown = f"[[175, 225], [12, 15], [12, 25]].map(([x, y]) => ({at})(x, y)).join()"
        until(page, f"{SHOWN}.frame === '6' && {shown} === {wanted}")

    with studio(tmp_path, "site") as url:
        page = windows.open(url, DESK)
        note = page.locator("#stage-note")
        waits_for_a_picture(page)
        until(page, f"{SHOWN}.frame === '0'")
        choose_quarter(page)
        page.locator("#timeline").focus()
        keys(page, *["ArrowRight"] * 6)
        size = page.locator("#groups input[type=range]")
        assert [size.get_attribute(name) for name in ("min", "max")] == ["1", "90"]
        expect(size).to_have_value("1")
        size.fill("80")
        seen(page, "0,0,128")
        for wrong, told in (
            (PAGE + "<script>nothing.such()</script>", "nothing is not defined"),
            (PAGE.replace("Object", "if (ms > 150) throw Error('late'); Object"), "late"),
            ("", "site"),
        ):
            if wrong:
                source.write_text(wrong)
            else:
                source.unlink()
            expect(note).to_contain_text(told)
            expect(size).to_have_value("80")
        lost = '<img src="nowhere.png">'
        tells = PAGE.replace("Object", "if (ms > 150) console.log('as frames'); Object")
        source.write_text(tells.replace("navy", "green").replace("<script>", f"{lost}<script>"))
        seen(page, "0,128,0")
        expect(note).to_be_hidden()
        expect(page.locator("#console ol")).to_contain_text("nowhere.png")
        # What it tells once it has loaded is told too.
        expect(page.locator("#console ol")).to_contain_text("as frames")
        assert json.loads(saved(page, "#save").path().read_text())["props"] == {"size": 80}
        kept = source.with_name("index.props.json")
        assert not kept.exists()
        page.get_by_text("As JSON").click()
        page.locator("#props-write").click()
        expect(page.locator(".keeper .hint")).to_have_text("Written.")
        assert json.loads(kept.read_text()) == {"size": 80}
        plays_by_itself(page, source, seen)
        has_the_size_of_its_page(page, source)


def waits_for_a_picture(page: Page) -> None:
    """Of a page that is not ready nothing is played, and nobody knows how long it is."""
    held: list[Route] = []
    page.route("**/api/preview/pictures", lambda route: held.append(route))  # noqa: PLW0108 - a method of C has no attributes, which it is given
    page.reload()
    until(page, "document.querySelector('#picture.busy')")
    time, length = page.locator("#time"), page.locator("#length")
    expect(length).to_have_text("…")
    page.locator("#timeline").focus()
    keys(page, "Space")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 300))")
    expect(time).to_have_text("0:00.000")
    # What cannot be drawn ends it.
    refusal = {"error": "it is not ready", "hint": "wait"}
    held.pop().fulfill(status=422, json=refusal)
    expect(page.locator("#stage-note")).to_contain_text("it is not ready")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    expect(time).to_have_text("0:00.000")
    page.unroute("**/api/preview/pictures")
    keys(page, "Space")
    expect(time).to_have_text("0:01.000")
    expect(length).to_have_text("0:01")
    expect(page.locator("#frame-number")).to_have_text("frame 29")
    keys(page, "Home")


def has_the_size_of_its_page(page: Page, source: Path) -> None:
    """A page that declares a size is seen and made in it, until another format is chosen."""
    page.locator("#scale").select_option("")
    source.write_text(PAGE.replace("fps: 30", "fps: 30, width: 322, height: 180"))
    declared = page.locator(".chip", has_text="As the page").locator("input")
    expect(declared).to_be_checked()
    expect(page.locator("#what")).to_contain_text("322")
    until(page, f"{SHOWN}.whole === 'yes' && document.getElementById('screen').width === 322")
    assert "type" not in json.loads(saved(page, "#save").path().read_text())
    source.write_text(PAGE)
    expect(declared).to_have_count(0)
    until(page, f"{SHOWN}.whole === 'yes' && document.getElementById('screen').width === 1920")


def plays_by_itself(page: Page, source: Path, seen: Any) -> None:
    """A page plays in a frame of its own, from the clock's time on; saved, it does so anew."""
    asks = (
        "setTimeout(() => fetch('http://127.0.0.1:9/a').catch(() => {}), 50);"
        # Keys that are typed now are for the studio all the same.
        "setTimeout(() => { document.body.tabIndex = -1; document.body.focus(); }, 210); request"
    )
    page.context.on("console", lambda said: told.append(said.text))
    told: list[str] = []
    for colour, rgb in (("teal", "0,128,128"), ("navy", "0,0,128")):
        source.write_text(PAGE.replace("navy", colour).replace("request", asks, 1))
        seen(page, rgb)
        until(page, "document.querySelector('iframe.live')?.dataset.at === '7'")
        page.evaluate(
            "() => { window.played = []; new MutationObserver(() => {"
            f" if ({SHOWN}.live) window.played.push(Number({SHOWN}.frame)); }})"
            ".observe(document.getElementById('screen'), { attributeFilter: ['data-live'] }); }"
        )
        page.locator("#timeline").focus()
        keys(page, "Space")
        until(page, "window.played.some((frame) => frame > 6)")
        # The page took the focus, and has to give it back: a key that is typed in between is lost.
        until(page, "document.activeElement.id === 'timeline'")
        # Not the space bar: where little is drawn in a second, the film has ended by now.
        keys(page, "k")
        until(page, "document.activeElement.id === 'timeline'")
        keys(page, "Home", *["ArrowRight"] * 6)
        # At rest it is the renderer's own picture.
        seen(page, rgb)
        until(page, f"{SHOWN}.whole === 'yes' && {SHOWN}.live === ''")
    # It was refused what it asks for, which is told, and asked for by nobody else.
    expect(page.locator("#console ol")).to_contain_text("http://127.0.0.1:9/a was refused")
    refusals = [text for text in told if "http://127.0.0.1:9/a" in text and "directive" in text]
    assert 0 < len(refusals) < 40, refusals[:4]
    # One that never ends here is ended, and plays in pictures.
    ends = "if (ms > 400 && parent !== window) for (;;); Object"
    source.write_text(PAGE.replace("navy", "olive").replace("Object", ends))
    seen(page, "128,128,0")
    until(page, "document.querySelector('iframe.live')?.dataset.at === '7'")
    keys(page, "Space")
    expect(page.locator("#console ol")).to_contain_text("it does not answer")
    expect(page.locator("iframe.live")).to_have_count(0)


def shows_lyrics(page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lyrics that are dropped are seen, as they will be in the film; what are none is said."""
    lyrics, diary = folder / "Song.lrc", folder / "diary.srt"
    lyrics.write_text("[00:00.10]Hello")
    diary.write_text("Dear diary")
    drop(page, lyrics, diary)
    words = page.locator("#words")
    expect(words).to_contain_text("Song.lrc, 1 text")
    expect(page.locator("#song-error")).to_contain_text("diary.srt holds no")
    monkeypatch.chdir(folder)
    options = {"type": "flat-1080p-landscape", "subtitles": str(lyrics)}
    drawn_anew(page)
    assert whole(page, 4) == digest(helios.still("film.py:Film", None, options, frame=4))
    page.click("#more-types > summary")
    page.locator("#types button").first.click()
    expect(page.locator("#go")).to_have_text("Make 4 films")
    choose_only(page, "flat-1080p-landscape")
    words.locator("button").click()
    drawn_anew(page)
    expect(words).to_be_hidden()


def test_only_what_was_named_may_be_drawn(film: str) -> None:
    named = httpx.get(f"{film}/api/named").json()
    assert named.pop("stamp")
    assert named == {
        "composition": "film.py:Film",
        "title": "film.py:Film",
        "kind": "python",
        "props": {},
        "propsFile": "",
    }
    for other in ("other.py:Film", "film.py:np", "os:system", "/etc/hosts", "../film.py:Film"):
        for path, body in (
            ("/api/preview/pictures", {"config": {"composition": other}}),
            ("/api/render", {"composition": other}),
        ):
            reply = httpx.post(f"{film}{path}", json=body)
            assert reply.status_code == 422, (other, path, reply.text)


def test_a_range_of_a_named_film_is_made_by_a_click(film: str, windows: Windows) -> None:
    page = windows.open(film, DESK)
    whole(page, 0)
    keys(page, "Home", "i", *["ArrowRight"] * 15, "o")
    page.click("#only-range")
    choose_only(page, "square")
    expect(page.locator("#go")).to_have_text("Make film")
    choose_quarter(page)
    told_bytes = costs_are_told(page)
    page.click("#go")
    expect(page.locator(".job .state")).to_have_text("Done")
    made = saved(page, ".job a.button").path()
    with av.open(str(made)) as made_film:
        frames = [frame.to_ndarray(format="rgb24") for frame in made_film.decode(video=0)]
    assert [frames[0].shape[1], len(frames)] == [270, 15]
    assert [frame[..., 0].mean() for frame in frames] == pytest.approx(range(15), abs=2.5)
    # Of a film so small the headers are the half.
    assert told_bytes == pytest.approx(made.stat().st_size, rel=0.25, abs=4000)
    frames_come_as_zip(page)
    makes_films_of_a_table(page, film)
    # Of another film nothing is told.
    chip(page, "shorts").click()
    for told in ("#cost-list", "#frame-list"):
        expect(page.locator(told)).to_be_empty()
    assert problems(page) == []
    empty(film)


def costs_are_told(page: Page) -> float:
    """Have a film measured; its bytes."""
    page.click("#measure")
    told = re.compile(r"^Square at 1/4 size: about .* to make 0.5 s of film, ([0-9.]+) kB$")
    expect(page.locator("#cost-list")).to_have_text(told)
    found = told.match(page.inner_text("#cost-list"))
    assert found is not None
    return 1000 * float(found[1])


def frames_come_as_zip(page: Page) -> None:
    page.click("#frames")
    expect(page.locator("#frame-list")).to_contain_text(
        "Square at 1/4 size: Download 15 frames of 270 "
    )
    content = saved(page, "#frame-list a").path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == 15
        last = np.array(Image.open(archive.open("film-frames/000014.png")))
    assert last.shape == (270, 270, 3)
    assert last[40, 100].tolist() == [14, 100 // 16, 40 // 16]


TABLE = "title,option.fps\n=Ann,24\nBen,25,\nCleo,nothing\nDora,24\n"


def makes_films_of_a_table(page: Page, url: str) -> None:
    """Each row is a film; what became of it is told, and only what failed is made again."""
    httpx.post(f"{url}/api/render/pause")
    choose(page, "#table-open", named("names.csv", TABLE))
    page.fill("#name", "{title} / {row}")
    expect(page.locator("#name")).to_have_value("{title} - {row}")
    expect(page.locator("#name-note")).to_contain_text("no slash")
    page.fill("#name", "{title} {row}")
    expect(page.locator("#name-note")).to_be_hidden()
    expect(page.locator("#go")).to_have_text("Make the films of the table")
    page.click("#go")
    states = page.locator("#rows-body td:nth-child(3)")
    expect(states).to_have_text(
        ["Waiting", re.compile("more fields than the header"), re.compile("fps"), "Waiting"]
    )
    made = httpx.get(f"{url}/api/render?status=pending").json()["jobs"]
    assert [(job["config"]["output"], job["config"]["props"]) for job in made] == [
        ("Dora 4.mp4", {"title": "Dora"}),
        ("=Ann 1.mp4", {"title": "=Ann"}),
    ]
    again = page.locator("#rows-again")
    expect(again).to_be_disabled()
    httpx.delete(f"{url}/api/render/{made[0]['id']}")
    expect(states.nth(3)).to_have_text("Cancelled")
    # The list of films is shorter than a batch may be: its rows are known all the same.
    later = [{"composition": "film.py:Film", "output": f"{n}.mp4"} for n in range(31)]
    httpx.post(f"{url}/api/batch", json=later)
    until(page, "document.querySelectorAll('.job').length > 31")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".job")).to_have_count(30)
    again.click()
    expect(states.nth(3)).to_have_text("Waiting")
    fits(page)
    page.click("#table-gone")
    expect(page.locator("#go")).to_have_text("Make film")


def test_a_song_is_heard_and_the_scene_moves_with_it(
    scene: tuple[str, Path], tmp_path: Path, windows: Windows
) -> None:
    song = write_song(tmp_path / "Morning.wav")
    page = windows.open(scene[0], DESK)
    expect(template(page, "cosmicVoid").locator("input")).to_be_checked()
    playing = page.locator("#playing")
    expect(playing).to_have_text("Demo.wav")
    until(page, f"{SHOWN}.frame === '0'")
    choose_quarter(page)
    drop(page, song)
    expect(playing).to_have_text("Morning.wav")
    expect(page.locator("#length")).to_have_text("0:01")
    # While the song is listened to, the stage shows what moved with the one before.
    expect(page.locator("#stage-note")).to_be_hidden()
    expect(page.locator("#song-note")).to_contain_text("No beats were heard")
    page.locator("#timeline").focus()
    keys(page, "ArrowRight")
    mine = whole(page, 1)
    options = {"audio": str(song), **QUARTER}
    assert mine == digest(helios.still("cosmicVoid", None, options, frame=1))
    mixes_sounds(page, song)
    moves_without_sound(page)
    drop(page, write_song(tmp_path / "Silent.wav", loudness=0))
    expect(page.locator("#song-note")).to_contain_text("This song is silent")
    assert problems(page) == []
    goes_on_when_the_server_is_back(page)


QUARTER = {"type": "flat-1080p-landscape", "scale": "1/4", "fps": "30"}


def goes_on_when_the_server_is_back(page: Page) -> None:
    """What could not be drawn meanwhile is drawn without a hand."""
    note = page.locator("#stage-note")
    expect(note).to_be_hidden()
    page.route("**/api/preview/pictures", lambda route: route.abort())
    page.locator("#timeline").focus()
    keys(page, "End")
    expect(note).to_contain_text("The server cannot be reached")
    page.unroute("**/api/preview/pictures")
    # The page asks for what it missed, as it does when its stream of changes is back.
    page.evaluate(
        "() => { for (const hidden of [true, false]) {"
        " Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); } }"
    )
    expect(note).to_be_hidden()


def moves_without_sound(page: Page) -> None:
    """A browser that plays no sound is told of, and the picture moves; until it does play it."""
    page.evaluate(
        "() => { window.play = HTMLMediaElement.prototype.play;"
        " HTMLMediaElement.prototype.play = () =>"
        " Promise.reject(new DOMException('no hand was on it', 'NotAllowedError')); }"
    )
    page.locator("#timeline").focus()
    note = "document.getElementById('stage-note')"
    keys(page, "k", "Home", " ")
    until(page, f"{note}.textContent.includes('plays no sound') && {TIME} > 0.2")
    page.evaluate("() => { HTMLMediaElement.prototype.play = window.play; }")
    keys(page, "k", "Home", " ")
    until(page, f"{note}.hidden && {TIME} > 0.2")
    keys(page, "k")


def mixes_sounds(page: Page, song: Path) -> None:
    """Another sound is laid beside the song; what is played is the film's mix."""
    page.click("#mix summary")
    other = song.with_name(f"{LONG}.wav")
    other.write_bytes(song.read_bytes()[:-2] + b"\0\1")
    choose(page, "#mix-add", other)
    sounds = page.locator(".sound")
    expect(sounds).to_have_count(2)
    sounds.nth(0).locator("input[type=range]").fill("0.5")
    with page.expect_request("**/api/preview/sound/*") as heard:
        offset = sounds.nth(1).get_by_label("Starts at")
        offset.fill("0.5")
        offset.press("Tab")
        page.locator("#timeline").focus()
        keys(page, "Home", "l")
        until(page, f"{TIME} > 0.1")
    mix = song.with_name("mix")
    mix.write_bytes(page.request.get(heard.value.url).body())
    with av.open(str(mix)) as sound:
        blocks = [block.to_ndarray().reshape(-1) for block in sound.decode(audio=0)]
    # Both channels, sample by sample: the tone at half its volume, then beside it the other.
    samples = np.abs(np.concatenate(blocks) / 2**15)
    level = 9000 / 32768
    assert len(samples) == 2 * 48000
    assert samples[: 2 * 21600].max() == pytest.approx(0.5 * level, rel=0.05)
    # A half and a whole of a tone, 4000 samples apart: an eighth of a radian each.
    together = abs(0.5 + np.exp(500j))
    assert samples[2 * 26400 : 2 * 43200].max() == pytest.approx(together * level, rel=0.05)
    fits(page)
    made = json.loads(saved(page, "#save").path().read_text())["audioFile"]
    assert made == [
        {"file": "Morning.wav", "volume": 0.5},
        {"file": other.name, "offset": 0.5},
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [(("nothing.html",), "no composition"), (("--port", "70000"), "no port")],
)
def test_what_cannot_be_is_said_at_once(tmp_path: Path, words: Any, told: str) -> None:
    command = [sys.executable, "-m", "helios", "studio", "--no-open", *words]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_slider_shows_another_picture_and_the_film_has_its_look(
    scene: tuple[str, Path], windows: Windows
) -> None:
    url, folder = scene
    page = windows.open(url, DESK)
    expect(page.locator("#playing")).to_have_text("Demo.wav")
    expect(page.locator("#shape")).to_be_visible()
    expect(page.locator("#stage-note")).to_be_hidden()
    choose_quarter(page)
    before = whole(page, 0)
    props = {"sky": {"brightness": dragged(page, "#shape-sky-brightness")}}
    drawn_anew(page)
    looked = whole(page, 0)
    (demo,) = (folder / "helios-data" / "demo").iterdir()
    options = {"audio": str(demo), **QUARTER}
    assert looked == digest(helios.still("cosmicVoid", None, options, frame=0, props=props))
    assert looked != before
    page.click("#undo")
    drawn_anew(page)
    assert whole(page, 0) == before
    expect(page.locator("#undo")).to_be_disabled()
    page.click("#redo")
    drawn_anew(page)
    assert whole(page, 0) == looked
    # The other of two looks is the template's own, until it is changed.
    for seen in (before, looked):
        page.click("#swap")
        drawn_anew(page)
        assert whole(page, 0) == seen
    look_travels(page, props)
    everybody_can_use_it(page)
    assert problems(page) == []


def dragged(page: Page, slider: str) -> float:
    """Drag a slider from where it is to its end; its value there."""
    handle = page.locator(slider)
    if not handle.is_visible():
        page.click(f"details:has({slider}) > summary")
    low, high, value, width, height = (
        handle.evaluate(f"(each) => Number(each.{name})")
        for name in ("min", "max", "value", "clientWidth", "clientHeight")
    )
    # A slider's handle is 16 pixels wide.
    where = 8 + (width - 16) * (value - low) / (high - low)
    handle.hover(position={"x": where, "y": height / 2})
    page.mouse.down()
    handle.hover(position={"x": width - 1, "y": height / 2})
    page.mouse.up()
    expect(handle).to_have_value(f"{high:g}")
    return float(high)


SMALL = """[...document.querySelectorAll(
  "button, .button, input, select, summary, textarea, a[href], [role=slider]")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .map((e) => (["checkbox", "radio", "file"].includes(e.type) && e.closest("label")) || e)
  .map((e) => [e.id || e.className, e.getBoundingClientRect()])
  .filter(([_, { width, height }]) => Math.min(width, height) < 44).map(([name]) => name)"""


def everybody_can_use_it(page: Page) -> None:
    """Of all that can be opened: names, contrast and places for axe-core, sizes for fingers."""
    page.evaluate(
        "() => { for (const each of document.querySelectorAll('details')) each.open = true; }"
    )
    page.click("#loop")
    page.evaluate(f"() => {{ {(install() / 'axe-core' / 'axe.min.js').read_text()}; }}")
    for window in (PHONE, TABLET, DESK):
        page.set_viewport_size({"width": window.width, "height": window.height})
        found = page.evaluate(
            "axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>"
            " [id, ...nodes.map(({ html }) => html.slice(0, 200))]))"
        )
        assert found == [], window
        assert page.evaluate(SMALL) == [], window
        fits(page)


def look_travels(page: Page, props: dict[str, Any]) -> None:
    """A look is saved by name, exported, changed row by row, and taken from a file."""

    def look() -> Any:
        return json.loads(saved(page, "#look-export").path().read_text())["look"]

    assert look() == props
    page.click("#look-save")
    page.fill("#look-name", "Bright")
    page.keyboard.press("Enter")
    looks = page.locator("#looks")
    expect(looks).to_have_value("Bright")
    page.click("details:has(.feature):not([open]) > summary")
    page.locator(".feature button").first.click()
    assert len(look()["features"]) == page.locator(".feature").count()
    expect(looks).to_have_value("")
    looks.select_option("Bright")
    assert look() == props
    file = {"heliosLook": 1, "template": "aurora", "look": {"exposure": 2, "odd": 1}, "more": 3}
    newer, odd = {**file, "heliosLook": 2}, {**file, "heliosLook": "x"}
    newer_told = "looks of version 2 are not known here, only those of version 1"
    for given, told in (
        (file, "has no odd: that stays in the look"),
        (newer, newer_told),
        (odd, 'has to be 1, and is "x"'),
        ([], "JSON object"),
    ):
        choose(page, "#look-import", named("a.look.json", json.dumps(given)))
        expect(page.locator("#look-note")).to_contain_text(told)
    expect(template(page, "aurora").locator("input")).to_be_checked()
    assert look() == file["look"]
    # The colours are those of what is seen in a flat film, and of all layers that have them.
    choose_template(page, "etherealFlame")
    page.locator("#everyday-layers-choir-1-colors").fill("#0044ff")
    assert {"choir-1", "choir-5", "whirl"} < look()["layers"].keys()
    choose_template(page, "aurora")
    assert look() == file["look"]
