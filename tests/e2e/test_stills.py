"""``helios still`` and ``helios sheet``: the right frame of compositions and of films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.films import HEIGHT, WIDTH, number_in, numbered
from tests.ready import helios as run

import helios
from helios.errors import OptionError
from helios.rendering.stills import Moment

SIZE: dict[str, Any] = {"width": WIDTH, "height": HEIGHT, "fps": 30, "duration": 2}
SOURCE = "from tests.films import numbered\n\ndef draw(frame):\n    return numbered(frame)\n"
PAGE = """<html data-helios-duration=2 data-helios-fps=30 data-helios-width=160
data-helios-height=96><style>body{margin:0}</style><body><script>
let seen = 0;
const draw = () => { document.body.style.background = `rgb(${4 * seen},0,0)`; seen += 1;
  requestAnimationFrame(draw); };
requestAnimationFrame(draw);
</script>"""


def test_moments_are_frames() -> None:
    fps = Fraction(30)
    assert Moment(at_s=Fraction(1, 2)).number(fps, 60) == 15
    assert Moment(at_s=Fraction(499, 1000)).number(fps, 60) == 14
    assert Moment(at_s=Fraction(2)).number(fps, 60) == 59
    assert Moment(frame=59).number(fps, 60) == 59
    for moment in (Moment(at_s=Fraction(21, 10)), Moment(frame=60), Moment(frame=-1)):
        with pytest.raises(OptionError, match=r"there is no (second|frame)"):
            moment.number(fps, 60)


def test_a_still_is_the_frame_of_the_film(tmp_path: Path) -> None:
    for words, number in (({"at": "0.5"}, 15), ({"frame": 37}, 37), ({"at": 2}, 59), ({}, 0)):
        pixels = helios.still(numbered, tmp_path / "s.png", **words, **SIZE)
        assert number_in(pixels) == number
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "s.png")), pixels)


def test_a_still_of_a_scene_is_that_of_its_lossless_film(tmp_path: Path) -> None:
    """Bright lines of one pixel: half the resolution of colour would show."""
    size: dict[str, Any] = {"width": 96, "height": 54, "fps": 10, "duration": 1}
    film = tmp_path / "film.mkv"
    helios.render("neonPulse", film, video_codec="ffv1", start_frame=5, frame_count=1, **size)
    with av.open(str(film)) as opened:
        (shown,) = [each.to_ndarray(format="rgb24") for each in opened.decode(video=0)]
    np.testing.assert_array_equal(shown, helios.still("neonPulse", frame=5, **size))


def labelless(sheet: NDArray[np.uint8], index: int, columns: int) -> NDArray[np.uint8]:
    y, x = index // columns * (HEIGHT + 4), index % columns * (WIDTH + 4)
    part = sheet[y : y + HEIGHT, x : x + WIDTH].copy()
    part[: HEIGHT // 3 - 8] = part[HEIGHT // 3 - 8]  # the number goes on below the time
    return part


def test_a_sheet_shows_the_whole_film(tmp_path: Path) -> None:
    sheet = helios.sheet(
        numbered, tmp_path / "s.png", count=7, columns=3, frame_width=WIDTH, **SIZE
    )
    assert sheet.shape == (3 * HEIGHT + 8, 3 * WIDTH + 8, 3)
    shown = [number_in(labelless(sheet, index, 3)) for index in range(7)]
    assert shown == [0, 10, 20, 30, 39, 49, 59]
    short = helios.sheet(numbered, count=12, frame_width=WIDTH, **{**SIZE, "duration": "0.1"})
    assert short.shape == (HEIGHT, 3 * WIDTH + 8, 3)


@pytest.mark.parametrize("suffix", ["mp4", "webm", "mkv", "mov", "gif", "apng"])
def test_frames_of_films_are_found(tmp_path: Path, suffix: str) -> None:
    film = tmp_path / f"film.{suffix}"
    helios.render(numbered, film, **{**SIZE, "fps": 25})
    for frame in (0, 1, 24, 49):
        assert number_in(helios.still(film, frame=frame)) == frame
    assert number_in(helios.still(film, at="1.2")) == 30
    sheet = helios.sheet(film, count=4, frame_width=WIDTH)
    assert [number_in(labelless(sheet, index, 4)) for index in range(4)] == [0, 16, 33, 49]
    with pytest.raises(OptionError, match="no frame 50"):
        helios.still(film, frame=50)


@pytest.mark.browser
def test_stills_of_a_page_with_a_memory(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    pixels = helios.still(tmp_path / "page.html", at="1.0")
    assert pixels[48, 80].tolist() == [120, 0, 0]
    sheet = helios.sheet(tmp_path / "page.html", count=3, columns=1, frame_width=160)
    assert [int(sheet[48 + 100 * row, 80, 0]) for row in range(3)] == [0, 120, 236]


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE)
    size = ("--width", WIDTH, "--height", HEIGHT, "--duration", 2)
    said = run("still", "mine.py:draw", *size, "--at", "1.5", "-o", "out/s.jpg", cwd=tmp_path)
    assert said.out == "out/s.jpg: 160x96, frame 45 of 60 (1.5 s)\n"
    words = ("--duration", 2, "--columns", 2, "--count", 4, "--width", 80, "-o", "s.webp")
    said = run("sheet", "mine.py:draw", "--size", f"{WIDTH}x{HEIGHT}", *words, cwd=tmp_path)
    assert said.out == "s.webp: 164x100, 4 frames\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("still", "mine.py:draw", "--at", 1, "--frame", 2), "exclude each other"),
        (("still", "mine.py:draw", "-o", "s.tiff"), "no kind of still"),
        (("still", "mine.py:draw", "-o", "s.jpg", "--transparent"), "JPEG has no transparency"),
        (("still", "nothing.html"), "no composition at 'nothing.html'"),
        (("still", "broken.mp4"), "cannot read"),
        (("sheet", "mine.py:draw", "--size", "big"), "is no size"),
        (("sheet", "mine.py:draw", "--count", 0), "a sheet has 1 to"),
    ],
)
def test_what_cannot_be_drawn_is_told(tmp_path: Path, words: tuple[Any, ...], says: str) -> None:
    (tmp_path / "mine.py").write_text(SOURCE)
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 2000)
    told = run(*words, cwd=tmp_path, code=None)
    assert says in told.err
    assert told.code == 2


@pytest.mark.browser
def test_a_page_that_covers_itself_is_told(tmp_path: Path) -> None:
    asks = "setTimeout(() => fetch('http://127.0.0.1:9/a').catch(() => {}), 100)"
    page = f"<html data-helios-duration=1><body style='background: #fed'>x<script>{asks}</script>"
    (tmp_path / "page.html").write_text(page)
    words = ("--transparent", "--width", 64, "--height", 64)
    told = run("still", "page.html", *words, "--at", 0.5, cwd=tmp_path)
    assert "a background of its own: nothing is transparent" in told.err
    # What it asked for before that frame, and what came of it, which it keeps to itself.
    assert "warning: http://127.0.0.1:9/a: " in told.err
    (tmp_path / "page.html").write_text("<body style='background: #fed8'>x")
    told = run("still", "page.html", *words, cwd=tmp_path)
    assert told.err == ""
    assert np.asarray(Image.open(tmp_path / "still.png"))[32, 32].tolist() == [255, 238, 221, 136]
