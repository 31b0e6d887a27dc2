"""Subtitles over every kind of composition, at the right frames, from any chunk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFont
from tests.ready import helios

from helios.model.picture import Alpha, Picture, PixelFormat
from helios.model.subtitles import Cue, Subtitles
from helios.sources.rgb import to_rgb
from helios.sources.subtitled import SubtitledSource

pytestmark = pytest.mark.browser

SRT = "1\n00:00:00,200 --> 00:00:00,500\n████\n\n2\n00:00:00,500 --> 00:00:00,600\n{\\an8}████\n"
CSS = "body .cue { color: #f00; -webkit-text-stroke: 0; text-shadow: none }"
SIZE = ("--width", 160, "--height", 90, "--fps", 10, "--duration", "0.8")
GREY = """
import numpy as np

def draw(frame):
    return np.full((90, 160, 3), 60, np.uint8)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "words.srt").write_text(SRT)
    (tmp_path / "style.css").write_text(CSS)
    (tmp_path / "page.html").write_text("<style>body{background:#3c3c3c}</style>")
    (tmp_path / "grey.py").write_text(GREY)
    return tmp_path


def places(image: Path) -> str:
    """Where red is: top, bottom or nowhere."""
    pixels = np.asarray(Image.open(image).convert("RGB")).astype(int)
    red = (pixels[..., 0] > 150) & (pixels[..., 1] < 90)
    return "top" if red[:45].sum() > 20 else "bottom" if red[45:].sum() > 20 else ""


EXPECTED = ["", "", "bottom", "bottom", "bottom", "top", "", ""]


@pytest.mark.parametrize("composition", ["page.html", "grey.py:draw"])
def test_frames_show_the_cue_of_their_time(folder: Path, composition: str) -> None:
    words = ("--subtitles", "words.srt", "--subtitles-style", "style.css", "--frames", "png")
    helios("render", composition, *words, *SIZE, "--chunk-frames", 3, "-o", "cut", cwd=folder)
    helios("render", composition, *words, *SIZE, "-o", "whole", cwd=folder)
    cut, whole = sorted((folder / "cut").glob("*.png")), sorted((folder / "whole").glob("*.png"))
    assert [places(path) for path in cut] == EXPECTED
    assert [path.read_bytes() for path in cut] == [path.read_bytes() for path in whole]


def test_a_changed_file_is_drawn_again_and_a_job_finds_it(folder: Path) -> None:
    words = ("page.html", "--subtitles", "words.srt", *SIZE, "-o", "film.mkv", "--chunk-frames", 4)
    job = folder / "elsewhere" / "job.json"
    digests = []
    for text in (SRT, SRT.replace("████", "▄▄▄▄")):
        (folder / "words.srt").write_text(text)
        helios("render", *words, "--emit-job", job, cwd=folder)
        digests.append(json.loads(job.read_text())["digest"])
    assert digests[0] != digests[1]
    helios("job", "run", job, cwd=job.parent)
    assert (folder / "film.mkv").is_file()


def test_fonts_that_are_not_there_are_told(folder: Path) -> None:
    font = ImageFont.load_default(10)  # a real one, which Pillow carries along
    assert isinstance(font, ImageFont.FreeTypeFont)
    (folder / "mine.ttf").write_bytes(font.font_bytes)
    (folder / "style.css").write_text(".cue { font-family: 'Nowhere Sans', sans-serif }")
    (folder / "page.html").write_text(
        "<p style=\"font-family: 'Missing Serif', serif\">a</p><p style='font-family:serif'>b</p>"
        "<h1 style=\"font-family: 'Missing Serif', serif\">c</h1>"
        "<style>@font-face { font-family: Mine; src: url(mine.ttf) }</style>"
        "<p style='font-family: Mine, serif'>d</p><p style='font-family: system-ui, Foo'>e</p>"
    )
    told = helios(
        "render",
        "page.html",
        "--subtitles",
        "words.srt",
        "--subtitles-style",
        "style.css",
        "--frames",
        "png",
        "-o",
        "images",
        *SIZE,
        cwd=folder,
    )
    for family in ("Missing Serif", "Nowhere Sans"):
        assert told.err.count(f"the font '{family}' is not there: '") == 1
    assert told.err.count("is not there") == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--subtitles", "missing.srt"), "cannot read"),
        (("--subtitles", "page.html"), "holds no subtitles"),
        (("--subtitles", "words.srt", "--subtitles-style", "missing.css"), "cannot read"),
        (("--subtitles-style", "style.css"), "there are no subtitles"),
        (("--subtitles", "words.srt", "--type", "360-mono-4k"), "bent all around"),
    ],
)
def test_bad_subtitles_are_refused_before_the_page_is_opened(
    folder: Path, words: tuple[str, ...], says: str
) -> None:
    (folder / "page.html").write_text("<script>throw new Error('opened')</script>")
    refused = helios("render", "page.html", *words, "-o", "film.mp4", cwd=folder, code=2)
    assert says in refused.err
    assert "opened" not in refused.err


class _One:
    """A source of one picture, and a drawer of one overlay."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def frames(self, start_frame: int, frame_count: int) -> Any:
        yield self.picture

    def draw(self, cues: Any) -> Any:
        from helios.browser.subtitles import Overlay

        pixels = np.zeros((20, 40, 4), np.uint8)
        pixels[:, :20] = (250, 200, 30, 255)
        pixels[:, 20:] = (250, 200, 30, 128)
        return Overlay(x=10, y=6, pixels=pixels)

    def warnings(self) -> tuple[str, ...]:
        return ()

    def inputs(self) -> tuple[tuple[str, str], ...]:
        return ()

    def close(self) -> None:
        pass


def _picture(kind: PixelFormat, alpha: Alpha) -> Picture:
    if kind in (PixelFormat.YUV420P, PixelFormat.YUV420P10):
        scale, depth = (1, np.uint8) if kind is PixelFormat.YUV420P else (4, np.uint16)
        planes: Any = (
            np.full((48, 64), 102 * scale, depth),
            *[np.full((24, 32), 128 * scale, depth)] * 2,
        )
    else:
        channels = 3 if kind in (PixelFormat.RGB24, PixelFormat.RGB48) else 4
        level = 100 * 257 if kind in (PixelFormat.RGB48, PixelFormat.RGBA64) else 100
        planes = (np.full((48, 64, channels), level, np.uint16 if level > 255 else np.uint8),)
        if channels == 4:
            planes[0][..., 3] = np.iinfo(planes[0].dtype).max
    return Picture(frame=0, width=64, height=48, format=kind, planes=planes, alpha=alpha)


@pytest.mark.parametrize("kind", list(PixelFormat))
@pytest.mark.parametrize("alpha", list(Alpha))
def test_every_kind_of_picture_is_covered_alike(kind: PixelFormat, alpha: Alpha) -> None:
    if alpha is not Alpha.OPAQUE and kind not in (
        PixelFormat.RGBA,
        PixelFormat.BGRA,
        PixelFormat.RGBA64,
    ):
        alpha = Alpha.OPAQUE
    one = _One(_picture(kind, alpha))
    before = [plane.copy() for plane in one.picture.planes]
    subtitles = Subtitles(cues=(Cue(start_s=0, end_s=1, html="x"),))  # type: ignore[arg-type] # whole seconds
    (covered,) = SubtitledSource(one, one, subtitles, 30).frames(0, 1)  # type: ignore[arg-type] # a whole rate
    found = to_rgb(covered).astype(int)
    for x, colour in ((20, (250, 200, 30)), (40, (175, 150, 65)), (60, (100, 100, 100))):
        assert np.abs(found[16, x] - colour).max() <= 2, (x, found[16, x])
    for plane, old in zip(one.picture.planes, before, strict=True):
        np.testing.assert_array_equal(plane, old)


def test_words_over_nothing_are_the_only_thing_there(folder: Path) -> None:
    (folder / "page.html").write_text("<body>")
    helios(
        "render",
        "page.html",
        "--subtitles",
        "words.srt",
        "--subtitles-style",
        "style.css",
        "--transparent",
        "--frames",
        "png",
        "-o",
        "clear",
        *SIZE,
        cwd=folder,
    )
    pixels = np.asarray(Image.open(folder / "clear" / "00003.png"))
    assert pixels.shape == (90, 160, 4)
    assert pixels[:40, :, 3].max() == 0
    assert (pixels[pixels[..., 3] == 255][:, :3] == (255, 0, 0)).all()
    assert (pixels[..., 3] == 255).sum() > 20


def test_functions_of_this_process_have_subtitles_too(folder: Path) -> None:
    import helios as api

    def grey(frame: int) -> Any:
        return np.full((90, 160, 3), 60, np.uint8)

    film = folder / "film.mkv"
    size: dict[str, Any] = {"width": 160, "height": 90, "fps": 10, "duration": "0.8"}
    api.render(grey, film, subtitles=str(folder / "words.srt"), video_codec="ffv1", **size)
    shown = [int(api.still(film, frame=frame).max()) for frame in range(8)]
    assert [level > 200 for level in shown] == [False, False, True, True, True, True, False, False]


RIGHT_TO_LEFT = {
    "words.srt": "1\n00:00:00,000 --> 00:00:01,000\nשלום !\n- שלום\n",  # noqa: RUF001
    "words.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nשלום !\n- שלום\n",  # noqa: RUF001
    "words.ass": "[Script Info]\n[Events]\nFormat: Start, End, Text\n"
    "Dialogue: 0:00:00.00,0:00:01.00,שלום !\\N- שלום\n",
    "arabic.srt": "1\n00:00:00,000 --> 00:00:01,000\nمرحبا !\n- مرحبا\n",  # noqa: RUF001
}


@pytest.mark.parametrize("name", RIGHT_TO_LEFT)
def test_right_to_left_cues_have_their_marks_on_the_right_side(folder: Path, name: str) -> None:
    (folder / name).write_text(RIGHT_TO_LEFT[name], encoding="utf-8")
    words = ("--subtitles", name, "--subtitles-style", "style.css")
    size = ("--width", 640, "--height", 360)
    helios("still", "page.html", *words, *size, "--duration", 1, "-o", "x.png", cwd=folder)
    pixels = np.asarray(Image.open(folder / "x.png").convert("RGB")).astype(int)
    red = (pixels[..., 0] > 150) & (pixels[..., 1] < 90)
    rows = np.flatnonzero(red.any(axis=1))
    breaks = np.flatnonzero(np.diff(rows) > 2)
    first, last = red[rows[0] : rows[breaks[-1]] + 1], red[rows[breaks[-1] + 1] : rows[-1] + 1]
    left, right = np.flatnonzero(first.any(axis=0))[0], np.flatnonzero(last.any(axis=0))[-1]
    mark = first[:, left : left + 3]
    assert mark.any(axis=1).mean() > 0.5, "a narrow, tall mark stands at the left"
    dash = last[:, right - 3 : right + 1]
    assert 0 < dash.any(axis=1).sum() <= 5, "a flat mark stands at the right"
