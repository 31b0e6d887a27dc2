"""Videos and animated pictures show the frame that belongs to the film's time."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageDraw
from tests.held import held, threads

from helios.browser import stage
from helios.browser.page import Page, StageSettings
from helios.browser.stage import STAGE
from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
ROWS = (0, 40, 80, 120)
PAGE = """<style>body { margin: 0; background: #222 }
img, video, canvas { position: absolute; left: 0; width: 320px; height: 40px }</style>
<video src=film.mp4 autoplay muted loop style="top: 0"></video>
<img src=moving.gif style="top: 40px"><img src=moving.webp style="top: 80px">
<canvas width=320 height=40 style="top: 120px"></canvas><script>
const video = document.querySelector("video");
const ink = document.querySelector("canvas").getContext("2d");
const draw = () => { ink.drawImage(video, 0, 0, 320, 40); requestAnimationFrame(draw); };
requestAnimationFrame(draw);</script>"""


def bars(number: int) -> Image.Image:
    image = Image.new("RGB", (320, 40), "#336")
    pen = ImageDraw.Draw(image)
    for bit in range(16):
        fill = "#fff" if number >> bit & 1 else "#000"
        pen.rectangle((bit * 20, 0, bit * 20 + 19, 39), fill=fill)
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = [bars(number) for number in range(15)]
    pictures[0].save(
        tmp_path / "moving.gif", save_all=True, append_images=pictures[1:], duration=100, loop=0
    )
    pictures[0].save(
        tmp_path / "moving.webp",
        save_all=True,
        append_images=pictures[1:],
        duration=100,
        loop=0,
        lossless=True,
    )
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "10", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 320, 40, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame.from_image(bars(number))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return tmp_path


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_videos_and_animated_pictures_keep_time(
    source: Any, helpers: Any, folder: Path, method: CaptureMethod
) -> None:
    made = source(helpers.write(folder, PAGE), method)
    for start in (0, 22):
        for picture in made.frames(start, 12):
            frame = picture.frame
            pixels = helpers.rgb(picture)
            seen = [helpers.bar_number(pixels, top + 10) for top in ROWS]
            film, still = frame % 30, frame // 3 % 15
            assert seen == [film, still, still, film]


def test_animated_pictures_that_are_one_of_several_keep_time(
    source: Any, helpers: Any, folder: Path
) -> None:
    """Chosen by <picture> from its sources, by srcset, and at two pixels for a CSS pixel."""
    bars(77).save(folder / "other.png")
    body = """<style>body { margin: 0 }
img { position: absolute; left: 0; top: 0; height: 40px }</style>
<picture><source srcset=other.png media="(min-width: 9000px)">
<source srcset="moving.webp, other.png 9x">
<img src=other.png></picture>
<img srcset="moving.gif 1x, other.png 9x" src=other.png style="top: 40px">
<img srcset="moving.gif 2x" style="top: 40px; height: auto; zoom: 2">"""
    made = source(helpers.write(folder, body), CaptureMethod.PAINT)
    for picture in made.frames(22, 9):
        pixels = helpers.rgb(picture)
        seen = [helpers.bar_number(pixels, top + 10) for top in ROWS[:3]]
        assert seen == [picture.frame // 3 % 15] * 3


def test_a_canvas_draws_the_first_picture_of_an_animated_one(
    source: Any, helpers: Any, folder: Path
) -> None:
    """As in a browser, in painted frames and others."""
    body = """<style>body { margin: 0 } img, canvas { position: absolute; left: 0; height: 40px }
</style><img src=moving.gif style="top: 0">
<canvas width=320 height=40 style="top: 40px"></canvas><script>
const [image, ink] = [document.images[0], document.querySelector("canvas").getContext("2d")];
let count = 0;
setInterval(() => { ink.globalCompositeOperation = count++ ? "lighten" : "copy";
  ink.drawImage(image, 0, 0); }, 100);</script>"""
    made = source(helpers.write(folder, body), CaptureMethod.PAINT)
    for start in (7, 22):
        for picture in made.frames(start, 4):
            pixels = helpers.rgb(picture)
            seen = [helpers.bar_number(pixels, top + 10) for top in ROWS[:2]]
            assert seen == [picture.frame // 3 % 15, 0]


def test_a_page_hears_once_that_an_animated_picture_is_there(
    source: Any, helpers: Any, folder: Path
) -> None:
    """By a listener of its own or above it, in a shadow root, in painted frames and others."""
    body = """<style>body { margin: 0 } #b { position: fixed; top: 60px; left: 0; height: 9px;
    background: #fff; width: calc(20px * var(--n)) }</style>
<img src=moving.gif onload=heard()><p id=host></p><div id=b></div><script>
let count = 0;
function heard() { b.style.setProperty("--n", ++count) }
document.addEventListener("load", (event) => event.target.localName === "img" && heard(), true);
host.attachShadow({ mode: "open" }).innerHTML = "<img src=moving.webp>";
host.shadowRoot.querySelector("img").addEventListener("load", heard);</script>"""
    made = source(helpers.write(folder, body), CaptureMethod.PAINT)
    for start in (0, 13):
        for picture in made.frames(start, 8):
            assert int((helpers.rgb(picture)[64, :, 0] > 200).sum()) == 3 * 20


def test_a_rate_that_changes_and_a_start_in_the_middle_are_followed(
    source: Any, helpers: Any, folder: Path
) -> None:
    composition = helpers.write(
        folder,
        """<style>body { margin: 0 }
        video { position: absolute; left: 0; width: 320px; height: 40px }</style>
        <video src=film.mp4 autoplay muted style="top: 0"></video>
        <video src=film.mp4 muted data-helios-seek=0.3 data-helios-offset=0.1 style="top: 40px">
        </video><script>const video = document.querySelector("video"); let n = -1;
        requestAnimationFrame(function tick() { n += 1; if (n === 6) video.playbackRate = 2;
          requestAnimationFrame(tick); });</script>""",
    )
    for start in (0, 9):
        for picture in source(composition, CaptureMethod.SCREENSHOT).frames(start, 14 - start):
            frame, pixels = picture.frame, helpers.rgb(picture)
            seen = [helpers.bar_number(pixels, top) for top in (10, 50)]
            assert seen == [max(frame, 2 * frame - 6), 9 + max(0, frame - 3)], frame


def test_scripts_see_media_play_on_our_clock(source: Any, helpers: Any, folder: Path) -> None:
    composition = helpers.write(
        folder,
        """<video src=film.mp4 muted></video><script>
        const video = document.querySelector("video"); const log = [];
        video.onplaying = () => log.push("playing"); video.onended = () => log.push("ended");
        setTimeout(() => video.play(), 500);
        let n = 0; const check = () => { n += 1;
          if (n === 1 && !video.paused) throw new Error("plays by itself");
          if (n === 31 && Math.abs(video.currentTime - 0.5) > 1e-6) throw new Error(
            "is at " + video.currentTime);
          if (n === 60 && (log.join() !== "playing,ended" || !video.ended)) throw new Error(log);
          requestAnimationFrame(check); };
        requestAnimationFrame(check);</script>""",
    )
    assert len(list(source(composition, CaptureMethod.BEGINFRAME).frames(0, 62))) == 62


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_callbacks_of_video_frames_come_with_their_frame(
    source: Any, helpers: Any, folder: Path, method: CaptureMethod
) -> None:
    composition = helpers.write(
        folder,
        """<style>body { margin: 0 } canvas { display: block } video { visibility: hidden }</style>
        <canvas width=320 height=120></canvas><video src=film.mp4 autoplay muted loop></video>
        <script>
        const video = document.querySelector("video");
        const ink = document.querySelector("canvas").getContext("2d");
        const bars = (top, number) => { for (let bit = 0; bit < 16; bit += 1) {
          ink.fillStyle = number >> bit & 1 ? "#fff" : "#000";
          ink.fillRect(bit * 20, top, 20, 40); } };
        video.requestVideoFrameCallback(function tick(now, { mediaTime, presentedFrames }) {
          ink.drawImage(video, 0, 0, 320, 40);
          bars(40, Math.round(mediaTime * 30)); bars(80, Math.round(now * 30 / 1000));
          video.requestVideoFrameCallback(tick); });</script>""",
    )
    for start in (0, 17):
        for picture in source(composition, method).frames(start, 4):
            pixels, frame = helpers.rgb(picture), picture.frame
            seen = [helpers.bar_number(pixels, top + 10) for top in (0, 40, 80)]
            assert seen == [frame % 30, frame % 30, frame]


def clip(path: Path, frames: int, rate: Fraction, *, options: dict[str, str]) -> None:
    """A clip whose frame N shows N."""
    codec = "libvpx" if path.suffix == ".webm" else "libx264"
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, options={"crf": "10", "b": "2M", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 320, 40, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_image(bars(number))
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


VIDEO = (
    "<style>body {{ margin: 0 }} video {{ display: block; width: 320px; height: 36px;"
    "object-fit: fill }}</style>"
    "<video autoplay muted {} src={}></video>"
)
ROW = 36
"""Height of a video of ``VIDEO``; five fill the picture."""


@pytest.mark.parametrize(
    ("rate", "names", "options"),
    [
        (Fraction(24), ("w24.webm", "ms24.mp4"), {"video_track_timescale": "1000"}),
        (Fraction(60), ("w60.webm", "ms60.mp4"), {"video_track_timescale": "1000"}),
        (Fraction(30_000, 1001), ("w2997.webm", "fine2997.mp4"), {}),
    ],
)
def test_stamps_rounded_to_milliseconds_show_the_frame_of_their_time(
    source: Any,
    helpers: Any,
    tmp_path: Path,
    rate: Fraction,
    names: tuple[str, str],
    options: dict[str, str],
) -> None:
    for name in names:
        clip(tmp_path / name, 30, rate, options=options if name.endswith("mp4") else {})
    composition = helpers.write(tmp_path, "".join(VIDEO.format("loop", name) for name in names))
    made = source(composition, CaptureMethod.SCREENSHOT, fps=rate)
    for picture in made.frames(0, 36):
        pixels = helpers.rgb(picture)
        seen = [helpers.bar_number(pixels, row * ROW + 8) for row in range(2)]
        assert seen == [picture.frame % 30] * 2, (names, picture.frame)


CHANGES = {
    "attribute": "video.setAttribute('src', 'second.mp4?0'); video.play();",
    "property": "video.src = 'second.mp4?1'; video.play();",
    "children": "video.removeAttribute('src'); video.innerHTML = '<source src=second.mp4?2>';"
    "video.load(); video.play();",
    "autoplay": "video.autoplay = true; video.src = 'second.mp4?3';",
    "a new element": "const next = video.cloneNode(); next.muted = next.autoplay = true;"
    "next.src = 'second.mp4?4'; video.replaceWith(next);",
}


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_another_source_starts_at_its_beginning(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    clip(tmp_path / "first.mp4", 40, Fraction(30), options={})
    clip(tmp_path / "second.mp4", 40, Fraction(25), options={})
    changes = ",".join(f"(video) => {{ {change} }}" for change in CHANGES.values())
    composition = helpers.write(
        tmp_path,
        "".join(VIDEO.format("", f"first.mp4?{row}") for row in range(len(CHANGES)))
        + """<script>const videos = [...document.querySelectorAll("video")]; let n = -1;
        const changes = [CHANGES];
        requestAnimationFrame(function tick() { n += 1;
          if (n === 10) videos.forEach((video, row) => changes[row](video));
          requestAnimationFrame(tick); });</script>""".replace("CHANGES", changes),
    )
    right = [*range(10), *(k * 25 // 30 for k in range(10))]
    for start in (0, 13):
        for picture in source(composition, method).frames(start, 20 - start):
            pixels = helpers.rgb(picture)
            for row, change in enumerate(CHANGES):
                number = helpers.bar_number(pixels, row * ROW + 8)
                assert number == right[picture.frame], (change, picture.frame)


LETS_GO = {
    "load": "video.removeAttribute('src'); video.load();",
    "pause": "video.pause(); video.removeAttribute('src'); video.load();",
    "children": "video.replaceChildren(); video.load();",
    "attribute": "video.removeAttribute('src');",
}


def test_a_video_that_is_let_go_is_gone_and_may_come_again(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    clip(tmp_path / "first.mp4", 40, Fraction(30), options={})
    changes = ",".join(f"(video) => {{ {change} }}" for change in LETS_GO.values())
    rows = [VIDEO.format("", f"first.mp4?{row}") for row in range(len(LETS_GO))]
    place = list(LETS_GO).index("children")
    rows[place] = VIDEO.format("", "").replace("src=></video>", "><source src=first.mp4?c></video>")
    composition = helpers.write(
        tmp_path,
        "<style>body { background: #00f }</style>"
        + "".join(rows)
        + """<script>const videos = [...document.querySelectorAll("video")]; let n = -1;
        const changes = [CHANGES];
        requestAnimationFrame(function tick() { n += 1;
          if (n === 6) videos.forEach((video, row) => changes[row](video));
          if (n === 9) { videos[0].src = "first.mp4?again"; videos[0].play(); }
          requestAnimationFrame(tick); });</script>""".replace("CHANGES", changes),
    )
    for start in (0, 8):
        for picture in source(composition, CaptureMethod.PAINT).frames(start, 12 - start):
            pixels = helpers.rgb(picture)
            for row, change in enumerate(LETS_GO):
                at = picture.frame
                comes_again = change == "load" and at >= 9
                seen = pixels[row * ROW + 8, 4]
                if at >= 6 and change != "attribute" and not comes_again:
                    assert abs(seen.astype(int) - (0, 0, 255)).max() < 30, (change, at)
                else:
                    right = at - 9 if comes_again else at
                    assert helpers.bar_number(pixels, row * ROW + 8) == right, (change, at)


def test_a_list_is_played_clip_by_clip(source: Any, helpers: Any, tmp_path: Path) -> None:
    for index, frames in enumerate((7, 5, 9)):
        clip(tmp_path / f"{index}.mp4", frames, Fraction(30), options={})
    composition = helpers.write(
        tmp_path,
        VIDEO.format("", "0.mp4")
        + """<script>const video = document.querySelector("video"); let at = 0;
        video.onended = () => { at += 1; if (at < 3) { video.src = `${at}.mp4`; video.play(); } };
        </script>""",
    )
    right = [*range(7), *range(5), *range(9), 8]
    for start in (0, 9):
        pictures = source(composition, CaptureMethod.SCREENSHOT).frames(start, 22 - start)
        seen = [helpers.bar_number(helpers.rgb(picture), 10) for picture in pictures]
        assert seen == right[start:]


def test_a_part_of_a_video_is_played_as_its_address_says(
    source: Any, helpers: Any, folder: Path
) -> None:
    part = "<video muted {} src={}></video>"
    ways = {
        part.format("autoplay", "film.mp4#t=0.3,0.5"): [*range(9, 15), *[15] * 9],
        part.format("autoplay loop", "film.mp4#t=0:00.8"): [*range(24, 30), *range(9)],
        part.format("", "film.mp4#track=1&t=npt:0.3"): [9] * 15,
        # A script that has sought is not sent back; one that plays on after the end is let go on.
        part.format("autoplay", "film.mp4#t=0.3,0.4")
        + """<script>{ const it = document.currentScript.previousElementSibling;
        it.onpause = () => {
          if (it.currentTime !== 0.4) throw new Error(it.currentTime); it.play(); };
        }</script>""": [*range(9, 24)],
    }
    style = "<style>body { margin: 0 } video { display: block; width: 320px; height: 40px }</style>"
    composition = helpers.write(folder, style + "".join(ways))
    for start in (0, 8):
        for picture in source(composition, CaptureMethod.SCREENSHOT).frames(start, 7):
            pixels = helpers.rgb(picture)
            seen = [helpers.bar_number(pixels, top + 10) for top in ROWS]
            assert seen == [right[picture.frame] for right in ways.values()], picture.frame


def test_what_scripts_see_of_a_play(source: Any, helpers: Any, folder: Path) -> None:
    composition = helpers.write(
        folder,
        """<script>
        const check = (is, text) => { if (!is) throw new Error(text); };
        const video = document.createElement("video"); video.muted = true;
        const log = []; const at = (type) => log.push(`${type}@${Math.round(performance.now())}`);
        for (const type of ["play", "pause", "ended", "ratechange", "seeked", "canplay"])
          video.addEventListener(type, () => at(type));
        document.body.append(video);
        setTimeout(() => { video.src = "film.mp4"; video.playbackRate = 2;
          video.play().then(() => at("resolved")); }, 110);
        setTimeout(() => { check(Math.abs(video.currentTime - 0.18) < 1e-6, video.currentTime);
          video.pause(); video.currentTime = 0.5; }, 200);
        setTimeout(() => { check(video.currentTime === 0.5, video.currentTime);
          video.playbackRate = 1; video.play(); }, 300);
        let n = 0; requestAnimationFrame(function tick() { n += 1;
          if (n === 30) check(log.join() === "ratechange@110,play@110,canplay@110,resolved@110,"
            + "pause@200,seeked@200,canplay@200,ratechange@300,play@300,pause@800,ended@800",
            log.join());
          requestAnimationFrame(tick); });</script>""",
    )
    assert len(list(source(composition, CaptureMethod.SCREENSHOT).frames(0, 32))) == 32


FOLLOWS = """requestAnimationFrame(function follow() { requestAnimationFrame(follow);
    video.currentTime = Math.round(performance.now() * 0.03) / 30 + 0.001; });"""
METHODS = [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT, CaptureMethod.BEGINFRAME]


# What pages that make their own films do: each picture is sought, and drawn when that is told.
SEEKERS = {
    "a listener": """video.onseeked = () => ink.drawImage(video, 0, 0, 320, 40);
      each((n) => { video.currentTime = (n + 0.2) / 30; });""",
    "a loop that awaits": """(async () => { for (;;) {
      const t = await new Promise(requestAnimationFrame);
      await to(t / 1000 + 0.005); ink.drawImage(video, 0, 0, 320, 40); } })();""",
    "several in a frame": """let isBusy = false; each(async (n) => {
      if (isBusy) return; isBusy = true;
      for (const k of [0, 9, n]) await to((k + 0.2) / 30);
      ink.drawImage(video, 0, 0, 320, 40); isBusy = false; });""",
    "the last of three": """video.onseeked = () => {
        if (!video.seeking) ink.drawImage(video, 0, 0, 320, 40); };
      each((n) => { for (const k of [3, 12, n]) video.currentTime = (k + 0.2) / 30; });""",
}


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_that_was_sought_is_there_when_it_is_told(
    source: Any, helpers: Any, folder: Path, method: CaptureMethod
) -> None:
    rows = "".join(
        f"""<canvas width=320 height=40></canvas><script>{{
        const video = document.createElement("video"); video.muted = true; video.src = "film.mp4";
        const ink = document.currentScript.previousSibling.getContext("2d");
        const to = (time) => new Promise((done) => {{ video.currentTime = time;
          video.addEventListener("seeked", done, {{ once: true }}); }});
        const each = (draw) => requestAnimationFrame(function tick(t) {{
          draw(Math.round(t * 0.03)); requestAnimationFrame(tick); }});
        {script} }}</script>"""
        for script in SEEKERS.values()
    )
    style = "<style>body { margin: 0 } canvas { display: block }</style>"
    made = source(helpers.write(folder, style + rows), method)
    for start in (0, 13):
        for picture in made.frames(start, 6):
            pixels = helpers.rgb(picture)
            seen = {
                way: helpers.bar_number(pixels, top + 10)
                for way, top in zip(SEEKERS, ROWS, strict=True)
            }
            assert seen == dict.fromkeys(SEEKERS, picture.frame), (start, picture.frame)


PLAYS = {
    "by itself": ("autoplay", ""),
    "by a script": ("", "video.play();"),
    "in a loop": ("autoplay loop", "video.playbackRate = 1;"),
    "sought by a script": ("", FOLLOWS),
}


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_videos_of_fresh_tabs_show_the_frame_of_their_time(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    clip(tmp_path / "film.webm", 30, Fraction(30), options={})
    body = "".join(
        f"<video id=it{row} muted {markup} src=film.webm?{row}></video>"
        f"<script>{{ const video = it{row}; {script} }}</script>"
        for row, (markup, script) in enumerate(PLAYS.values())
    )
    composition = helpers.write(
        tmp_path,
        "<style>body { margin: 0 } video { display: block; width: 320px; height: 40px }</style>"
        + body,
    )
    for start in (1, 6, 9):
        for picture in source(composition, method).frames(start, 3):
            pixels = helpers.rgb(picture)
            seen = {
                way: helpers.bar_number(pixels, top + 10)
                for way, top in zip(PLAYS, ROWS, strict=True)
            }
            assert seen == dict.fromkeys(PLAYS, picture.frame)


def test_a_video_that_plays_by_itself_begins_with_the_film(
    source: Any, helpers: Any, folder: Path
) -> None:
    composition = helpers.write(
        folder,
        VIDEO.format("id=it", "film.mp4")
        + """<script>requestAnimationFrame(function look() { const { currentTime } = it;
        if (Math.abs(currentTime - performance.now() / 1000) > 1e-9)
          throw new Error(`is at ${currentTime} s`);
        requestAnimationFrame(look); });</script>""",
    )
    for _ in range(6):
        assert len(list(source(composition, CaptureMethod.PAINT).frames(0, 3))) == 3


HELD_UP = """it.pause(); it.addEventListener("canplay", () => {
  let sum = 0; for (let i = 0; i < 2e8; i += 1) sum += i; console.log(sum); }, { once: true });"""


SHADOW = """<div></div><script>
const root = document.querySelector("div").attachShadow({ mode: "open" });
root.innerHTML = `VIDEO`; const it = root.querySelector("video");"""
FRAMED = (
    "<style>body { margin: 0 } iframe { border: 0; width: 320px }</style><iframe src=inner.html>"
)
STOPPED = {
    "document": VIDEO.format("id=it", "film.mp4") + f"<script>{HELD_UP}</script>",
    "shadow root": SHADOW.replace("VIDEO", VIDEO.format("", "film.mp4")) + f"{HELD_UP}</script>",
    "frame": FRAMED,
}


@pytest.mark.parametrize("body", STOPPED.values(), ids=STOPPED)
def test_a_video_that_a_script_stops_before_it_plays_stands_at_its_start(
    source: Any, helpers: Any, folder: Path, body: str
) -> None:
    helpers.write(folder, STOPPED["document"], name="inner.html")
    made = source(helpers.write(folder, body), CaptureMethod.SCREENSHOT)
    (picture,) = made.frames(3, 1)
    assert helpers.bar_number(helpers.rgb(picture), 10) == 0


GATE = """(() => { const stage = STAGE; const { presentVideos } = stage;
stage.presentVideos = async () => { window.isThere = true;
  while (!window.mayGo) await stage.nativeFrame();
  await presentVideos(); }; })()"""


def test_no_picture_is_taken_while_a_video_has_yet_to_hand_over_its_own(
    browser: Any, helpers: Any, folder: Path
) -> None:
    browser.require(begin_frame=False)
    composition = helpers.write(folder, VIDEO.format("", "film.mp4"))
    page = Page(browser, composition, StageSettings(width=320, height=180, fps=Fraction(30)))
    try:
        page.step(0)
        page.evaluate(GATE.replace("STAGE", STAGE))
        step = page.ask(stage.step(1))
        while not step.reply.done() and not page.evaluate("Boolean(window.isThere)"):
            time.sleep(0.01)
        with held(threads(browser.pid, "VideoFrameCompositor")):
            page.evaluate("window.mayGo = true")
            time.sleep(0.5)
            assert not step.reply.done()
        page.answer(step, "frame 1")
        assert page.warnings() == ()  # what we wait with is no stream of the page
    finally:
        page.close()


APPENDED = """<style>body { margin: 0 } video { display: block; width: 320px; height: 40px;
  object-fit: fill }</style><video id=it muted autoplay></video><script>
const source = new MediaSource(); it.src = URL.createObjectURL(source);
source.onsourceopen = async () => {
  const buffer = source.addSourceBuffer(TYPE);
  const data = new Uint8Array(await (await fetch("NAME")).arrayBuffer());
  const part = (from, to) => { buffer.appendBuffer(data.subarray(from, to));
    return new Promise((resolve) => { buffer.onupdateend = resolve; }); };
  for (let at = 0; at < HALF; at += 250) await part(at, Math.min(at + 250, HALF));
  setTimeout(() => part(HALF), 900);
  setTimeout(() => { it.currentTime = 0.2; }, 1200);
};</script>"""
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


@pytest.mark.parametrize(
    ("name", "kind", "options", "method"),
    [
        ("film.webm", "video/webm; codecs=vp8", {}, CaptureMethod.PAINT),
        ("film.mp4", "video/mp4; codecs=avc1.64000c", FRAGMENTS, CaptureMethod.BEGINFRAME),
        (
            "ms.mp4",
            "video/mp4; codecs=avc1.64000c",
            FRAGMENTS | {"video_track_timescale": "1000"},
            CaptureMethod.SCREENSHOT,
        ),
    ],
)
def test_what_a_script_appends_is_shown_to_its_end_and_then_waited_for(
    source: Any,
    helpers: Any,
    tmp_path: Path,
    name: str,
    kind: str,
    options: dict[str, str],
    method: CaptureMethod,
) -> None:
    clip(tmp_path / name, 36, Fraction(30), options=options)
    data = (tmp_path / name).read_bytes()
    # Twelve pictures go together: the cut is inside of the second twelve.
    cluster = b"\x1f\x43\xb6\x75" if name.endswith("webm") else b"moof"
    starts = [at for at in range(len(data)) if data.startswith(cluster, at)]
    half = starts[1] + 30 if len(starts) > 1 else len(data) * 2 // 3
    text = APPENDED.replace("NAME", name).replace("TYPE", f"'{kind}'").replace("HALF", str(half))
    seen = {}
    for start in (0, 25):
        for picture in source(helpers.write(tmp_path, text), method).frames(start, 41 - start):
            number = helpers.bar_number(helpers.rgb(picture), 10)
            assert seen.setdefault(picture.frame, number) == number
    shown = [seen[frame] for frame in range(41)]
    last = shown[26]
    assert last >= 11
    lead = (
        2 if name.endswith("mp4") else 0
    )  # pictures that are coded from later ones, without edits
    assert shown[:27] == [min(max(0, frame - lead), last) for frame in range(27)]
    assert shown[27:36] == pytest.approx([last + 1 + frame for frame in range(9)], abs=1)
    assert shown[36:] == [6 - lead + frame for frame in range(5)]


STREAMS = """<style>body { margin: 0 } video, canvas { position: absolute; left: 0 }
canvas[hidden] { display: none }</style>
<canvas id=ink width=320 height=40 hidden></canvas>
<canvas id=gl width=320 height=40 hidden></canvas>
<video id=first autoplay muted></video><video id=second muted style="top: 40px"></video>
<video id=slow autoplay muted style="top: 80px"></video>
<canvas id=copy width=320 height=40 style="top: 120px"></canvas><script>
const flat = ink.getContext("2d"); const deep = gl.getContext("webgl");
const copied = copy.getContext("2d"); deep.enable(deep.SCISSOR_TEST);
const draw = (time) => { const n = Math.round(time * 30 / 1000);
  copied.drawImage(first, 0, 0);
  for (let bit = 0; bit < 16; bit += 1) { const on = n >> bit & 1;
    flat.fillStyle = on ? "#fff" : "#000"; flat.fillRect(bit * 20, 0, 20, 40);
    deep.scissor(bit * 20, 0, 20, 40); deep.clearColor(on, on, on, 1); deep.clear(16384); }
  requestAnimationFrame(draw); };
requestAnimationFrame(draw);
first.srcObject = ink.captureStream(); slow.srcObject = ink.captureStream(15);
second.srcObject = gl.captureStream(30); second.play();</script>"""


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_a_video_shows_what_a_canvas_hands_to_it(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    made = source(helpers.write(tmp_path, STREAMS), method)
    for start in (0, 7):
        for picture in made.frames(start, 4):
            frame, pixels = picture.frame, helpers.rgb(picture)
            first, second, slow, copy = [helpers.bar_number(pixels, top + 10) for top in ROWS]
            assert (first, second, slow) == (frame, frame, frame // 2 * 2)
            if frame > 0:  # a script draws the picture that the video has, that of the frame before
                assert copy == frame - 1
    assert made.warnings() == ()


@pytest.mark.parametrize(
    "stream",
    [
        "new MediaStream()",
        "new MediaStream([new MediaStreamTrackGenerator({kind: 'video'})])",
        "Object.assign(document.createElement('video'), {src: 'film.mp4'}).captureStream()",
    ],
)
def test_a_page_whose_stream_has_no_picture_while_it_loads_is_drawn(
    source: Any, helpers: Any, folder: Path, stream: str
) -> None:
    composition = helpers.write(
        folder,
        f"""<style>body {{ background: lime }}</style><video id=film autoplay hidden></video>
        <script>const stream = {stream}; film.srcObject = stream;
        if (film.srcObject !== stream || film.paused) throw new Error("not what was set");
        </script>""",
    )
    made = source(composition, CaptureMethod.PAINT, stability_timeout_s=5.0)
    (picture,) = made.frames(0, 1)
    assert helpers.rgb(picture)[90, 160].tolist() == [0, 255, 0]
    assert any("srcObject" in warning for warning in made.warnings())
