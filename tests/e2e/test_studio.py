"""The studio in a real browser: what is on its stage is the film, at the time of its clock."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.e2e.test_web_page import DESK, LONG, PHONE, Tab, browser, fits, song
from tests.libraries import install

import helios
from helios.browser.launch import Browser

__all__ = ["browser", "song"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

FILM = """
import numpy as np

class Film:
    duration = 6

    def draw(self, frame, context):
        y, x = np.mgrid[0:context.height, 0:context.width]
        return np.stack([np.full(x.shape, frame), x // 16, y // 16], axis=-1).astype(np.uint8)
"""


@contextmanager
def studio(folder: Path, *words: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "helios", "studio", "--no-open", *words],
        cwd=folder,
        stderr=subprocess.PIPE,
        env={**os.environ},
    )
    assert process.stderr is not None
    try:
        yield process.stderr.readline().decode().split()[-1]
    finally:
        process.terminate()
        process.wait(120)
        process.stderr.close()


@pytest.fixture
def film(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "film.py").write_text(FILM)
    (tmp_path / "other.py").write_text(FILM)
    with studio(tmp_path, "film.py:Film") as url:
        yield url


SHOWN = "document.getElementById('screen').dataset"
TIME = "Number(document.getElementById('timeline').getAttribute('aria-valuenow'))"


def whole(tab: Tab, frame: int) -> str:
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
    return str(tab.until(pixels, 120))


def resting(tab: Tab) -> int:
    """The frame that is on the stage at full size, which is the clock's."""
    rests = f"{SHOWN}.whole === 'yes' && Math.abs({SHOWN}.frame - 30 * {TIME}) < 1.2"
    return int(tab.until(f"{rests} && {SHOWN}.frame", 120))


def digest(still: NDArray[np.uint8]) -> str:
    opaque = np.full((*still.shape[:2], 1), 255, np.uint8)
    return hashlib.sha256(np.ascontiguousarray(np.dstack([still, opaque])).tobytes()).hexdigest()


def looked_at(tab: Tab) -> list[int]:
    """The colour in the middle of the view."""
    tab.ask("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    return list(
        tab.ask(
            "{ const view = document.querySelector('.around');"
            " const pen = new OffscreenCanvas(view.width, view.height).getContext('2d');"
            " pen.drawImage(view, 0, 0);"
            " [...pen.getImageData(view.width / 2, view.height / 2, 1, 1).data] }"
        )
    )


RANGE_END = (
    "(document.getElementById('range').getBoundingClientRect().right"
    " - document.getElementById('timeline').getBoundingClientRect().left)"
    " / document.getElementById('timeline').clientWidth"
)


def loops(tab: Tab) -> None:
    """A range plays again and again, on a time line that is seen from near."""
    for key in ("Home", *["ArrowRight"] * 6, "i", *["ArrowRight"] * 9, "o"):
        tab.key(key)
    assert tab.ask("document.getElementById('range-start').ariaValueNow") == "0.20"
    assert tab.ask(RANGE_END) == pytest.approx(0.5 / 6, abs=0.01)
    for turned in (-400, 400):  # a wheel at the beginning of the time line zooms by e
        near = tab.ask(
            "{ const line = document.getElementById('timeline');"
            f" line.dispatchEvent(new WheelEvent('wheel', {{deltaY: {turned}, cancelable: true,"
            f" clientX: line.getBoundingClientRect().left}})); {RANGE_END}; }}"
        )
        assert near == pytest.approx(0.5 / 6 * (math.e if turned < 0 else 1), abs=0.01)
    tab.ask("document.getElementById('zoom-in').click()")
    tab.key(" ")
    # It comes by its beginning again and again.
    for _ in range(2):
        tab.until(f"{TIME} > 0.38")
        tab.until(f"{TIME} < 0.3")
    assert tab.ask("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    tab.ask("document.querySelector('#only-range input').click()")
    made = json.loads(tab.saved("save"))
    assert (made["startFrame"], made["frameCount"]) == (6, 9)
    tab.ask("document.getElementById('loop').click()")
    tab.key("k")
    assert "startFrame" not in json.loads(tab.saved("save"))
    tab.ask("document.getElementById('zoom-out').click()")


def choose_film(tab: Tab, name: str) -> None:
    tab.ask(
        "for (const input of document.querySelectorAll('input[name=type]'))"
        f" if (input.checked !== (input.value === '{name}')) input.click()"
    )


def looks_around(tab: Tab) -> None:
    """Films that go around are looked around in, whatever the time."""
    time = tab.ask(TIME)
    choose_film(tab, "360-mono-4k")
    tab.until(f"{SHOWN}.whole === 'yes' && {SHOWN}.type === '360-mono-4k'", 120)
    tab.ask("document.querySelector('.around').focus()")
    for key in ("ArrowRight",) * 6 + ("ArrowUp",) * 2:
        tab.key(key)
    tab.until("document.querySelector('.around').dataset.pitch === '10.0'")
    assert tab.ask("document.querySelector('.around').dataset.yaw") == "30.0"
    assert tab.ask(TIME) == time
    # 30 degrees to the right and 10 up: a column and a row of the picture, in 16ths of pixels.
    across, down = 4096 * (0.5 + 30 / 360) / 16, 2048 * (0.5 - 10 / 180) / 16
    assert np.allclose(looked_at(tab)[1:], [across, down, 255], atol=2)
    for _ in range(2):
        tab.key("ArrowDown")
    for _ in range(6):
        tab.key("ArrowLeft")
    choose_film(tab, "vr180-4k")
    tab.until(f"{SHOWN}.whole === 'yes' && {SHOWN}.type === 'vr180-4k'", 120)
    # Each eye's straight ahead is in the middle of its half.
    assert np.allclose(looked_at(tab)[1:], [64, 64, 255], atol=2)
    eyes = "{ const eyes = document.querySelector('.around-tools select'); eyes.value = 'anaglyph';"
    tab.ask(eyes + " eyes.dispatchEvent(new Event('change')); }")
    assert np.allclose(looked_at(tab)[1:], [192, 64, 255], atol=2)
    fits(tab, DESK[0])
    choose_film(tab, "flat-1080p-landscape")
    tab.until("document.querySelector('.around').hidden")


def test_the_stage_shows_the_films_frames_by_clicks_and_keys(
    film: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = Tab(browser, film, *DESK)
    monkeypatch.chdir(tmp_path)

    def still(frame: int) -> str:
        return digest(helios.still("film.py:Film", frame=frame, type="flat-1080p-landscape"))

    assert whole(tab, 0) == still(0)
    saved = (
        "new Promise((resolve) => { HTMLAnchorElement.prototype.click = function () {"
        " resolve(this.download); }; document.getElementById('poster').click(); })"
    )
    assert tab.ask(saved) == "film.py-Film-0.png"
    tab.until("document.getElementById('length').textContent === '0:06'")
    fits(tab, DESK[0])
    for _ in range(3):
        tab.key("ArrowRight")
    assert whole(tab, 3) == still(3)
    tab.key("End")
    assert whole(tab, 179) == still(179)
    tab.key("Home")
    whole(tab, 0)
    # In the middle of the time line it is three seconds.
    box = tab.ask("(({x, y, width}) => [x, y, width])(timeline.getBoundingClientRect())")
    for kind in ("mousePressed", "mouseReleased"):
        where = {"x": box[0] + box[2] / 2, "y": box[1] + 40, "button": "left", "clickCount": 1}
        tab._call("Input.dispatchMouseEvent", {"type": kind, **where})
    tab.until(f"Math.abs({TIME} - 3) < 0.02")
    shown = resting(tab)
    assert abs(shown - 90) <= 1
    assert whole(tab, shown) == still(shown)
    tab.seen(
        "document.getElementById('play').getAttribute('aria-label') === 'Pause'",
        lambda: tab.key(" "),
    )
    tab.until(f"Number({SHOWN}.frame) > {shown + 20}", 120)
    # Saving stops the clock, and waits for the whole picture.
    name = tab.ask(saved)
    tab.until("document.getElementById('play').getAttribute('aria-label') === 'Play'")
    stopped = resting(tab)
    assert name == f"film.py-Film-{stopped}.png"
    assert whole(tab, stopped) == still(stopped)
    loops(tab)
    looks_around(tab)
    assert tab.problems == []


def stays_in_sight(tab: Tab) -> None:
    """While the form is scrolled the picture is seen as a strip, and always what makes the film."""
    seen = (
        "((id) => { const { top, bottom } = document.getElementById(id).getBoundingClientRect();"
        " return document.getElementById(id).checkVisibility({ visibilityProperty: true })"
        " && top >= 0 && bottom <= innerHeight && bottom - top; })"
    )
    at_rest = tab.ask(f"{seen}('screen')")
    tab.ask("document.getElementById('type-title').scrollIntoView()")
    assert 60 < tab.until(f"{seen}('screen') < 100 && {seen}('screen')") < at_rest
    assert tab.ask(f"{seen}('type-title') && {seen}('go')")
    tab.ask("document.getElementById('grow').click()")
    assert tab.ask(f"{seen}('timeline') && {seen}('screen')") >= at_rest
    # The films have pictures of their own.
    tab.ask("document.getElementById('queue').scrollIntoView()")
    tab.until(f"!{seen}('screen') && {seen}('go')")
    tab.ask("scrollTo(0, 0)")
    tab.until(f"{seen}('screen') === {at_rest} && !document.querySelector('.scrolled')")


def test_it_plays_to_the_end_and_begins_again(film: str, browser: Browser) -> None:
    tab = Tab(browser, film, *PHONE)
    whole(tab, 0)
    fits(tab, PHONE[0])
    tab.key("End")
    for _ in range(20):
        tab.key("ArrowLeft")
    whole(tab, 159)
    tab.key(" ")
    tab.until("document.getElementById('play').getAttribute('aria-label') === 'Play'", 60)
    whole(tab, 179)
    tab.seen(f"0 < {TIME} && {TIME} < 4", lambda: tab.key("l"))
    stays_in_sight(tab)
    tab.key("k")
    # Without WebGL what goes around is seen flat, and that is said as long as it is shown.
    tab.ask(
        "{ const get = HTMLCanvasElement.prototype.getContext;"
        " HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        " return kind === 'webgl2' ? null : get.call(this, kind, ...more); }; }"
    )
    choose_film(tab, "360-mono-4k")
    shown = f"{SHOWN}.type === '360-mono-4k' && !document.querySelector('#picture.busy')"
    tab.until(f"{shown} && !document.querySelector('.around')", 120)
    assert "no WebGL 2" in tab.ask("document.getElementById('stage-note').innerText")
    choose_film(tab, "flat-1080p-landscape")
    tab.until("document.getElementById('stage-note').hidden")


def test_what_is_saved_is_seen_at_the_same_time(
    film: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = Tab(browser, film, *DESK)
    whole(tab, 0)
    for _ in range(4):
        tab.key("ArrowRight")
    before = whole(tab, 4)
    (tmp_path / "film.py").write_text(FILM.replace("import numpy", "import nothing_such"))
    tab.until("document.getElementById('stage-note').textContent.includes('nothing_such')")
    (tmp_path / "film.py").write_text(FILM.replace("frame)", "frame + 100)"))
    tab.until("document.getElementById('stage-note').hidden")
    tab.until(f"{SHOWN}.whole === 'yes' && !document.querySelector('#picture.busy')", 120)
    changed = whole(tab, 4)
    assert changed != before
    shows_lyrics(tab, tmp_path, monkeypatch)
    assert whole(tab, 4) == changed


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


def test_a_page_that_is_saved_keeps_its_time_and_props(tmp_path: Path, browser: Browser) -> None:
    """What is wrong with it is said in place, whatever it is; when it is right it is seen again."""
    page = tmp_path / "site" / "index.html"
    page.parent.mkdir()
    page.write_text(PAGE)
    note = "document.getElementById('stage-note').textContent"

    def seen(colour: str) -> None:
        """The page's ground, and beside it the square where it is in frame 6, 80 pixels high."""
        pen = "document.getElementById('screen').getContext('2d')"
        at = f"(x, y) => [...{pen}.getImageData(x, y, 1, 1).data].join()"
        wanted = f"['{colour},255', '255,0,0,255', '{colour},255'].join()"
        shown = f"[[175, 225], [12, 15], [12, 25]].map(([x, y]) => ({at})(x, y)).join()"
        tab.until(f"{SHOWN}.frame === '6' && {shown} === {wanted}")

    with studio(tmp_path, "site") as url:
        tab = Tab(browser, url, *DESK)
        tab.until(f"{SHOWN}.frame === '0'")
        choose_quarter(tab)
        for _ in range(6):
            tab.key("ArrowRight")
        size = "document.querySelector('#groups input[type=range]')"
        assert tab.until(f"{size} && [{size}.min, {size}.value, {size}.max]") == ["1", "1", "90"]
        tab.ask(
            "{ const size = document.querySelector('#groups input[type=range]'); size.value = 80;"
            " for (const kind of ['input', 'change'])"
            " size.dispatchEvent(new Event(kind, { bubbles: true })); }"
        )
        seen("0,0,128")
        for wrong, told in (
            (PAGE + "<script>nothing.such()</script>", "nothing is not defined"),
            (PAGE.replace("Object", "if (ms > 150) throw Error('late'); Object"), "late"),
            ("", "site"),
        ):
            if wrong:
                page.write_text(wrong)
            else:
                page.unlink()
            tab.until(f"{note}.includes('{told}')")
        lost = '<img src="nowhere.png">'
        page.write_text(PAGE.replace("navy", "green").replace("<script>", f"{lost}<script>"))
        seen("0,128,0")
        tab.until("document.getElementById('stage-note').hidden")
        tab.until("document.querySelector('#console ol').textContent.includes('nowhere.png')")
        assert json.loads(tab.saved("save"))["props"] == {"size": 80}


def shows_lyrics(tab: Tab, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lyrics that are dropped are seen, as they will be in the film; what are none is said."""
    lyrics, diary = folder / "Song.lrc", folder / "diary.srt"
    lyrics.write_text("[00:00.10]Hello")
    diary.write_text("Dear diary")
    tab.drop("#drop", lyrics, diary)
    tab.until("document.getElementById('words').innerText.includes('Song.lrc, 1 text')")
    tab.until("document.getElementById('song-error').innerText.includes('diary.srt holds no')")
    monkeypatch.chdir(folder)
    options = {"type": "flat-1080p-landscape", "subtitles": str(lyrics)}
    tab.until(f"{SHOWN}.whole !== 'yes'")
    assert whole(tab, 4) == digest(helios.still("film.py:Film", None, options, frame=4))
    tab.ask("document.querySelector('#types button').click()")
    tab.until("document.getElementById('go').textContent === 'Make 4 films'")
    choose_film(tab, "flat-1080p-landscape")
    tab.ask("document.querySelector('#words button').click()")
    tab.until(f"{SHOWN}.whole !== 'yes'")
    assert tab.ask("document.getElementById('words').hidden")


def test_only_what_was_named_may_be_drawn(film: str) -> None:
    named = httpx.get(f"{film}/api/named").json()
    assert named.pop("stamp")
    assert named == {"composition": "film.py:Film", "title": "film.py:Film", "kind": "python"}
    for other in ("other.py:Film", "film.py:np", "os:system", "/etc/hosts", "../film.py:Film"):
        for path, body in (
            ("/api/preview/pictures", {"config": {"composition": other}}),
            ("/api/render", {"composition": other}),
        ):
            reply = httpx.post(f"{film}{path}", json=body)
            assert reply.status_code == 422, (other, path, reply.text)


def test_a_named_film_is_made_by_a_click(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "film.py").write_text(FILM.replace("duration = 6", "duration = 0.5"))
    with studio(tmp_path, "film.py:Film") as film:
        tab = Tab(browser, film, *DESK)
        whole(tab, 0)
        tab.ask("document.querySelector('input[value=\"flat-1080p-landscape\"]').click()")
        tab.ask("document.querySelector('input[value=square]').click()")
        tab.until("document.getElementById('go').textContent === 'Make film'")
        told_bytes = costs_are_told(tab)
        tab.ask("document.getElementById('go').click()")
        tab.until("document.querySelector('.job .state')?.textContent === 'Done'", 400)
        link = "document.querySelector('.job a.button').getAttribute('href')"
        film_file = httpx.get(f"{film}{tab.ask(link)}")
        assert film_file.headers["content-type"] == "video/mp4"
        (tmp_path / "made.mp4").write_bytes(film_file.content)
        with av.open(str(tmp_path / "made.mp4")) as made:
            assert made.streams.video[0].width == 270
        # Of a film so small the headers are the half.
        assert told_bytes == pytest.approx(len(film_file.content), rel=0.25, abs=4000)
        frames_come_as_zip(tab, film)
        makes_films_of_a_table(tab, film)
        # Of another film nothing is told.
        tab.ask("document.querySelector('input[value=shorts]').click()")
        tab.until("document.getElementById('cost-list').textContent === ''")
        assert tab.ask("document.getElementById('frame-list').textContent") == ""
        assert tab.problems == []


def choose_quarter(tab: Tab) -> None:
    """A film of a quarter's size, which is soon drawn."""
    tab.ask(
        "{ const scale = document.getElementById('scale'); scale.value = '1/4';"
        " scale.dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    tab.until("document.getElementById('screen').width <= 480", 120)


def costs_are_told(tab: Tab) -> float:
    """Choose a film of a quarter's size and have it measured; its bytes."""
    told = "document.getElementById('cost-list').textContent"
    choose_quarter(tab)
    tab.ask("document.getElementById('measure').click()")
    form = r"/^Square at 1\/4 size: about .* to make 0.5 s of film, ([0-9.]+) kB$/"
    return 1000 * float(tab.until(f"{form}.exec({told})?.[1]", 120))


def frames_come_as_zip(tab: Tab, url: str) -> None:
    tab.ask("document.getElementById('frames').click()")
    link = tab.until("document.querySelector('#frame-list a')?.getAttribute('href')", 120)
    told = tab.ask("document.getElementById('frame-list').textContent")
    assert told.startswith("Square at 1/4 size: Download 15 frames of 270 ")
    content = httpx.get(f"{url}{link}", timeout=60).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == 15
        last = np.array(Image.open(archive.open("film-frames/000014.png")))
    assert last.shape == (270, 270, 3)
    assert last[40, 100].tolist() == [14, 100 // 16, 40 // 16]


TABLE = "title,option.fps\n=Ann,24\nBen,25,\nCleo,nothing\nDora,24\n"


def makes_films_of_a_table(tab: Tab, url: str) -> None:
    """Each row is a film; what became of it is told, and only what failed is made again."""
    httpx.post(f"{url}/api/render/pause")
    tab.choose("table-file", ("names.csv", TABLE.encode()))
    tab.ask("document.getElementById('name').value = '{title} {row}'")
    tab.until("document.getElementById('go').textContent === 'Make the films of the table'")
    tab.ask("document.getElementById('go').click()")
    rows = (
        "[...document.querySelectorAll('#rows-body tr')].map((row) => row.innerText.split('\\t'))"
    )
    tab.until(f"{rows}.length === 4")
    states = [state for _, _, state in tab.ask(rows)]
    assert (states[0], states[3]) == ("Waiting", "Waiting")
    assert "more fields than the header" in states[1]
    assert "fps" in states[2]
    made = httpx.get(f"{url}/api/render?status=pending").json()["jobs"]
    assert [(job["config"]["output"], job["config"]["props"]) for job in made] == [
        ("Dora 4.mp4", {"title": "Dora"}),
        ("=Ann 1.mp4", {"title": "=Ann"}),
    ]
    assert tab.ask("document.getElementById('rows-again').disabled")
    httpx.delete(f"{url}/api/render/{made[0]['id']}")
    tab.until(f"{rows}[3][2] === 'Cancelled'")
    # The list of films is shorter than a batch may be: its rows are known all the same.
    later = [{"composition": "film.py:Film", "output": f"{n}.mp4"} for n in range(31)]
    httpx.post(f"{url}/api/batch", json=later)
    tab.until("document.querySelectorAll('.job').length > 31")
    tab.ask("document.dispatchEvent(new Event('visibilitychange'))")
    tab.until("document.querySelectorAll('.job').length === 30")
    tab.ask("document.getElementById('rows-again').click()")
    tab.until(f"{rows}[3][2] === 'Waiting'")
    fits(tab, DESK[0])
    tab.ask("document.getElementById('table-gone').click()")
    tab.until("document.getElementById('go').textContent === 'Make film'")


def test_a_song_is_heard_and_the_scene_moves_with_it(
    tmp_path: Path, browser: Browser, song: Path
) -> None:
    with studio(tmp_path, "aurora") as url:
        tab = Tab(browser, url, *DESK)
        tab.until("document.querySelector('input[value=aurora]')?.checked")
        tab.until("document.getElementById('playing').textContent === 'Demo.wav'")
        tab.until(f"{SHOWN}.frame === '0'", 400)
        choose_quarter(tab)
        tab.drop("#drop", song)
        tab.until("document.getElementById('playing').textContent === 'Morning.wav'")
        tab.until("document.getElementById('length').textContent === '0:01'")
        # While the song is listened to, the stage shows what moved with the one before.
        tab.until("document.getElementById('stage-note').hidden")
        tab.key("ArrowRight")
        mine = whole(tab, 1)
        film = {"type": "flat-1080p-landscape", "scale": "1/4", "fps": "30"}
        options = {"audio": str(song), **film}
        assert mine == digest(helios.still("aurora", None, options, frame=1))
        mixes_sounds(tab, song)
        moves_without_sound(tab)
        assert tab.problems == []


PEAKS = """(async () => {
  const reply = await fetch(studioAudio.src);
  const context = new OfflineAudioContext(1, 1, 48000);
  const heard = await context.decodeAudioData(await reply.arrayBuffer());
  const samples = heard.getChannelData(0);
  const peak = (from, to) => samples.slice(from * 48000, to * 48000)
    .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return [heard.duration, peak(0, 0.45), peak(0.55, 0.9)];
})()"""


def moves_without_sound(tab: Tab) -> None:
    """A browser that plays no sound is told of, and the picture moves; until it does play it."""
    tab.ask(
        "window.play = HTMLMediaElement.prototype.play;"
        " HTMLMediaElement.prototype.play = () =>"
        " Promise.reject(new DOMException('no hand was on it', 'NotAllowedError'));"
    )
    note = "document.getElementById('stage-note')"
    for key in ("k", "Home", " "):
        tab.key(key)
    tab.until(f"{note}.textContent.includes('plays no sound') && {TIME} > 0.2")
    tab.ask("HTMLMediaElement.prototype.play = window.play")
    for key in ("k", "Home", " "):
        tab.key(key)
    tab.until(f"{note}.hidden && {TIME} > 0.2")
    tab.key("k")


def mixes_sounds(tab: Tab, song: Path) -> None:
    """Another sound is laid beside the song; what is played is the film's mix."""
    # The player's sound is not in the page: it is found where it is told to play.
    tab.ask(
        "{ const play = HTMLMediaElement.prototype.play;"
        " HTMLMediaElement.prototype.play = function () { window.studioAudio = this;"
        " return play.call(this); }; document.getElementById('mix').open = true; }"
    )
    other = song.with_name(f"{LONG}.wav")
    other.write_bytes(song.read_bytes()[:-2] + b"\0\1")
    tab.choose("mix-file", other)
    tab.until("document.querySelectorAll('.sound').length === 2")
    tab.ask(
        "{ const [[volume, offset], [_volume, later]] = [...document.querySelectorAll('.sound')]"
        ".map((each) => each.querySelectorAll('input'));"
        " for (const [input, value] of [[volume, 0.5], [later, 0.5]]) { input.value = value;"
        " for (const kind of ['input', 'change'])"
        " input.dispatchEvent(new Event(kind, { bubbles: true })); } }"
    )
    tab.key("Home")
    tab.key("l")
    tab.until("window.studioAudio?.src.includes('/api/preview/sound/')", 120)
    length, before, after = tab.ask(PEAKS)
    level = 9000 / 32768
    assert length == pytest.approx(1, abs=0.01)
    assert before == pytest.approx(0.5 * level, rel=0.05)
    # A half and a whole of a tone, 4000 samples apart: an eighth of a radian each.
    together = abs(0.5 + np.exp(500j))
    assert after == pytest.approx(together * level, rel=0.05)
    fits(tab, DESK[0])
    made = json.loads(tab.saved("save"))["audioFile"]
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
    tmp_path: Path, browser: Browser
) -> None:
    with studio(tmp_path, "cosmicVoid") as url:
        tab = Tab(browser, url, *DESK)
        tab.until("document.getElementById('playing').textContent === 'Demo.wav'")
        tab.until("!document.getElementById('shape').hidden")
        tab.until("document.getElementById('stage-note').hidden")
        choose_quarter(tab)
        before = whole(tab, 0)
        tab.ask(
            "{ const slider = document.getElementById('shape-sky-brightness'); slider.value = 2;"
            " for (const name of ['input', 'change'])"
            " slider.dispatchEvent(new Event(name, { bubbles: true })); }"
        )
        tab.until(f"{SHOWN}.whole !== 'yes'")
        looked = whole(tab, 0)
        (demo,) = (tmp_path / "helios-data" / "demo").iterdir()
        film = {"type": "flat-1080p-landscape", "scale": "1/4", "fps": "30"}
        options = {"audio": str(demo), **film}
        props = {"sky": {"brightness": 2}}
        assert looked == digest(helios.still("cosmicVoid", None, options, frame=0, props=props))
        assert looked != before
        tab.ask("document.getElementById('undo').click()")
        tab.until(f"{SHOWN}.whole !== 'yes'")
        assert whole(tab, 0) == before
        assert tab.ask("document.getElementById('undo').disabled")
        tab.ask("document.getElementById('redo').click()")
        tab.until(f"{SHOWN}.whole !== 'yes'")
        assert whole(tab, 0) == looked
        # The other of two looks is the template's own, until it is changed.
        for seen in (before, looked):
            tab.ask("document.getElementById('swap').click()")
            tab.until(f"{SHOWN}.whole !== 'yes'")
            assert whole(tab, 0) == seen
        look_travels(tab, props)
        everybody_can_use_it(tab)
        assert tab.problems == []


SMALL = """[...document.querySelectorAll(
  "button, .button, input, select, summary, textarea, a[href], [role=slider]")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .map((e) => (["checkbox", "radio", "file"].includes(e.type) && e.closest("label")) || e)
  .map((e) => [e.id || e.className, e.getBoundingClientRect()])
  .filter(([_, { width, height }]) => Math.min(width, height) < 44).map(([name]) => name)"""


def everybody_can_use_it(tab: Tab) -> None:
    """Of all that can be opened: names, contrast and places for axe-core, sizes for fingers."""
    tab.ask("for (const each of document.querySelectorAll('details')) each.open = true")
    tab.ask("document.getElementById('loop').click()")
    tab.ask(f"{(install() / 'axe-core' / 'axe.min.js').read_text()}; 0")
    for width, height in (PHONE, (768, 1024), DESK):
        tab.resize(width, height)
        found = tab.ask(
            "axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>"
            " [id, ...nodes.map(({ html }) => html.slice(0, 200))]))"
        )
        assert found == [], width
        assert tab.ask(SMALL) == [], width
        fits(tab, width)


def look_travels(tab: Tab, props: dict[str, Any]) -> None:
    """A look is saved by name, exported, changed row by row, and taken from a file."""

    def look() -> Any:
        return json.loads(tab.saved("look-export"))["look"]

    assert look() == props
    tab.ask(
        "document.getElementById('look-save').click();"
        " document.getElementById('look-name').value = 'Bright';"
        " document.querySelector('#naming form').requestSubmit();"
    )
    tab.until("document.getElementById('looks').value === 'Bright'")
    tab.ask("document.querySelector('.feature button').click()")
    assert len(look()["features"]) == tab.ask("document.querySelectorAll('.feature').length")
    assert tab.ask("document.getElementById('looks').value") == ""
    tab.ask(
        "{ const looks = document.getElementById('looks'); looks.value = 'Bright';"
        " looks.dispatchEvent(new Event('change')); }"
    )
    assert look() == props
    file = {"heliosLook": 1, "template": "aurora", "look": {"exposure": 2, "odd": 1}, "more": 3}
    for given, told in ((file, "odd"), ({**file, "heliosLook": 2}, "newer"), ([], "JSON object")):
        tab.choose("look-file", ("a.look.json", json.dumps(given).encode()))
        tab.until(f"document.getElementById('look-note').textContent.includes('{told}')")
    assert tab.ask("document.querySelector('input[value=aurora]').checked")
    assert look() == file["look"]
