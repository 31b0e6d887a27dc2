"""Videos and animated pictures show the frame that belongs to the film's time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageDraw

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
