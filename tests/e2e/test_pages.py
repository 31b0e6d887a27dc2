"""Every kind of page: no wrong frame, whatever the method, the chunks and the first frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.barcode import read_film
from tests.clicks import click_times_s, flash_times_s
from tests.commandline import ROOT
from tests.ready import helios

from helios.media.pictures import decode_pictures
from helios.media.probe import probe

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ROOT / "tests" / "compositions"
CANVASES = ("canvas2d", "webgl", "helios")
KINDS = ("canvas2d", "css", "waapi", "raf-dom", "webgl", "helios")
SIZE = ("--width", 320, "--height", 180, "--fps", 30)


def film(folder: Path, page: str, *flags: object) -> list[tuple[Fraction, int]]:
    helios("render", PAGES / f"{page}.html", "-o", "film.mp4", *SIZE, *flags, cwd=folder)
    return read_film(folder / "film.mp4")


def expected(start: int, count: int) -> list[tuple[Fraction, int]]:
    return [(Fraction(n, 30), start + n) for n in range(count)]


@pytest.mark.parametrize("page", KINDS)
def test_no_wrong_frame_of_150_in_one_chunk_or_four(tmp_path: Path, page: str) -> None:
    assert film(tmp_path, page, "--frame-count", 150) == expected(0, 150)
    # The second pair of chunks begins where the first one's pages stand.
    four = film(tmp_path, page, "--frame-count", 150, "--chunk-frames", 38, "--concurrency", 2)
    assert four == expected(0, 150)


@pytest.mark.parametrize("page", [*KINDS, "timers", "stateful", "shadow", "svg-smil"])
def test_no_wrong_frame_when_the_film_starts_later(tmp_path: Path, page: str) -> None:
    part = film(tmp_path, page, "--start-frame", 37, "--frame-count", 40, "--concurrency", 2)
    assert part == expected(37, 40)


@pytest.mark.parametrize("method", ["paint", "beginframe", "screenshot"])
@pytest.mark.parametrize("page", KINDS)
def test_every_method_that_fits_shows_the_same_frames(
    tmp_path: Path, page: str, method: str
) -> None:
    flags = ("--start-frame", 37, "--frame-count", 20, "--concurrency", 1, "--capture", method)
    assert film(tmp_path, page, *flags) == expected(37, 20)


@pytest.mark.parametrize("page", ["css", "stateful", "worker", "webgl"])
def test_chunks_drawn_one_after_the_other_are_those_drawn_at_once(
    tmp_path: Path, page: str
) -> None:
    """One process keeps the page open from chunk to chunk; of three, each opens its own."""
    shown = []
    for flags in (("--chunk-frames", 9), ("--concurrency", 3)):
        helios(
            "render",
            PAGES / f"{page}.html",
            "-o",
            "film.mkv",
            *SIZE,
            "--start-frame",
            11,
            "--frame-count",
            40,
            "--duration",
            2,
            "--video-codec",
            "ffv1",
            *flags,
            cwd=tmp_path,
        )
        assert [number for _, number in read_film(tmp_path / "film.mkv")] == [*range(11, 51)]
        shown.append([hash(p.planes[0].tobytes()) for p in decode_pictures(tmp_path / "film.mkv")])
    assert shown[0] == shown[1]


@pytest.mark.parametrize("page", CANVASES)
def test_a_canvas_that_fills_the_picture_is_read_directly(tmp_path: Path, page: str) -> None:
    outcome = helios(
        "render",
        PAGES / f"{page}.html",
        "-o",
        "f.mp4",
        *SIZE,
        "--frame-count",
        2,
        "--json",
        cwd=tmp_path,
    )
    plan = next(event for event in outcome.events if event["event"] == "plan")
    assert plan["capture"] == "direct"


def test_the_film_is_what_players_and_platforms_want(tmp_path: Path) -> None:
    film(tmp_path, "canvas2d", "--frame-count", 60, "--concurrency", 2)
    info = probe(tmp_path / "film.mp4")
    assert info.video is not None
    assert (info.video.codec, info.video.profile) == ("h264", "High")
    assert info.video.pixel_format == "yuv420p"
    assert info.video.first_pts == 0
    assert info.is_faststart
    colour = info.video.colour
    assert (colour.matrix, colour.primaries, colour.is_full_range) == (1, 1, False)
    assert list(info.video.key_frames) == list(range(0, 60, 15))


def test_eight_clicks_meet_their_flashes(tmp_path: Path) -> None:
    """Four of the eight lie on chunk borders; each sounds within 1 ms of its flash."""
    flags = ("--frame-count", 120, "--concurrency", 4)
    helios("render", PAGES / "clicks.html", "-o", "film.mp4", *SIZE, *flags, cwd=tmp_path)
    flashes = flash_times_s(tmp_path / "film.mp4")
    clicks = click_times_s(tmp_path / "film.mp4")
    assert len(flashes) == len(clicks) == 8
    for flash, click in zip(flashes, clicks, strict=True):
        assert abs(flash - click) < 0.001
    sound = probe(tmp_path / "film.mp4").audio
    assert sound is not None
    assert sound.sample_count == 4 * 48_000
