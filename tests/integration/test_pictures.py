"""Pictures of foreign films: their length, what they show when, colours that nobody named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from helios.media.pictures import decode_pictures, film_length, pictures_at


def write(path: Path, levels: list[int], fps: Fraction, *, first_s: Fraction = Fraction(0)) -> Path:
    """A film of grey frames, of which the first is shown at ``first_s``."""
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"bf": "0", "crf": "1"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        begin = round(first_s * fps)
        for number, level in enumerate(levels):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 128, np.uint8), "yuv420p")
            np.frombuffer(frame.planes[0], np.uint8)[:] = level
            frame.pts, frame.time_base = begin + number, 1 / fps
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mp4"])
@pytest.mark.parametrize("first_s", [0, 2])
def test_seconds_are_counted_from_the_first_picture(
    tmp_path: Path, suffix: str, first_s: int
) -> None:
    levels = list(range(20, 220, 4))
    film = write(tmp_path / f"film.{suffix}", levels, Fraction(25), first_s=Fraction(first_s))
    asked = [0, 1, 12, 30, 49]
    found = pictures_at(film, [Fraction(number, 25) for number in asked])
    shown = [float(picture.planes[0].mean()) for picture in found]
    expected = [(levels[number] - 16) * 255 / 219 for number in asked]
    assert shown == pytest.approx(expected, abs=1.9)


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_lengths_in_rounded_milliseconds_are_whole_frames(
    tmp_path: Path, suffix: str, fps: Fraction
) -> None:
    for count in (1, 2, 7, 22, 49, 50):
        film = write(tmp_path / f"film.{suffix}", [100] * count, fps)
        assert film_length(film) == (fps, count)


def test_colours_that_nobody_named_are_those_of_bt_709(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    red = (63, 102, 240)  # of BT.709; of BT.601 it is 81, 90, 240
    with av.open(film, "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame(64, 64, "yuv420p")
        for plane, level in zip(frame.planes, red, strict=True):
            np.frombuffer(plane, np.uint8)[:] = level
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    for picture in (next(decode_pictures(film)), next(pictures_at(film, [Fraction(0)]))):
        assert picture.planes[0].reshape(-1, 3).mean(axis=0) == pytest.approx([255, 0, 0], abs=3)
