"""Faults planted in films are found, each with its moment; films as they should be have none."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from tests.faulty import FPS, HEIGHT, WIDTH, moving, plain, tone, write

from helios.errors import CompositionNotFound, UnknownFormatError
from helios.findings.finding import Finding
from helios.spatial.inject import inject_spatial_metadata
from helios.verifying.film import verify_film


def problems(path: Path) -> list[Finding]:
    return [finding for finding in verify_film(path) if finding.status == "problem"]


def only(path: Path) -> Finding:
    """The film's one problem."""
    found = problems(path)
    assert len(found) == 1, found
    assert found[0].what
    assert found[0].remedy
    return found[0]


def notes(path: Path) -> dict[str, Finding]:
    return {finding.check: finding for finding in verify_film(path) if finding.status == "note"}


def frames(count: int) -> list[np.ndarray]:
    return [moving(number) for number in range(count)]


def test_a_film_as_it_should_be(tmp_path: Path) -> None:
    film = write(tmp_path / "film.mp4", frames(90), sound=tone(3))
    assert problems(film) == []
    checks = {finding.check for finding in verify_film(film) if finding.status == "ok"}
    assert checks >= {"decodes", "frame rate", "lengths", "colour", "loudness", "pictures"}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
def test_a_film_that_was_cut_off(tmp_path: Path, suffix: str) -> None:
    import helios

    film = tmp_path / f"film.{suffix}"
    helios.render(moving, film, width=WIDTH, height=HEIGHT, fps=FPS, frame_count=90)
    assert problems(film) == []
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    finding = only(film)
    assert finding.check == "decodes"
    assert finding.start_s == pytest.approx(2, abs=0.4)


def test_a_film_whose_index_is_gone(tmp_path: Path) -> None:
    film = write(tmp_path / "film.mp4", frames(30))  # its index is at the end
    film.write_bytes(film.read_bytes()[:-2000])
    assert "index is missing" in only(film).what


def test_a_film_that_was_damaged(tmp_path: Path) -> None:
    film = write(tmp_path / "film.mp4", frames(90))
    with av.open(str(film)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    data = bytearray(film.read_bytes())
    start, size = packets[45].pos, packets[45].size
    assert start is not None
    data[start : start + size] = b"\xff" * size
    film.write_bytes(data)
    finding = only(film)
    assert finding.check == "decodes"
    assert finding.start_s == pytest.approx(45 / FPS, abs=0.1)
    assert "cannot be decoded" in finding.why


@pytest.mark.parametrize("text", ["", "no film\n" * 100, "<html></html>"])
def test_what_is_no_film(tmp_path: Path, text: str) -> None:
    film = tmp_path / "film.mp4"
    film.write_text(text)
    with pytest.raises(UnknownFormatError, match="no film"):
        verify_film(film)
    with pytest.raises(CompositionNotFound):
        verify_film(tmp_path / "none.mp4")


def test_frames_that_last_unequally_long(tmp_path: Path) -> None:
    starts = [number * 20 + (7 if number == 41 else 0) for number in range(60)]
    finding = only(write(tmp_path / "film.mp4", frames(60), starts=starts))
    assert finding.check == "frame rate"
    assert finding.start_s == pytest.approx(40 / FPS, abs=0.05)


def test_frames_that_drift(tmp_path: Path) -> None:
    """Each of them lasts almost as long as the others, and at the end it is a tenth of a second."""
    starts = [round(600 * (n / 30 + 0.1 * np.sin(np.pi * n / 599) ** 2)) for n in range(600)]
    finding = only(write(tmp_path / "film.mp4", frames(600), starts=starts))
    assert finding.check == "frame rate"
    assert "off a constant rate" in finding.what
    assert finding.start_s == pytest.approx(10, abs=1)


@pytest.mark.parametrize("rate", [24_000, 30_000])
def test_rates_that_a_clock_rounds(tmp_path: Path, rate: int) -> None:
    """Frames of 1001 / 24000 s on a clock of 1 / 600 s."""
    starts = [round(600 * n * 1001 / rate) for n in range(90)]
    assert problems(write(tmp_path / "film.mp4", frames(90), starts=starts)) == []


def test_a_film_that_is_blank(tmp_path: Path) -> None:
    finding = only(write(tmp_path / "film.mp4", [plain(255)] * 60))
    assert finding.check == "blank"


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("missing", [1, 4, 40])
def test_pictures_that_are_away(tmp_path: Path, level: int, missing: int) -> None:
    shown = [*frames(40), *[plain(level)] * missing, *frames(80)[40:]]
    finding = only(write(tmp_path / "film.mp4", shown))
    assert finding.check == "blank"
    assert finding.start_s == pytest.approx(40 / FPS, abs=0.02)
    assert finding.end_s == pytest.approx((40 + missing) / FPS, abs=0.02)


def test_fades_and_cuts_over_black_are_meant(tmp_path: Path) -> None:
    fade = np.concatenate([np.linspace(0, 1, 20), np.ones(40), np.linspace(1, 0, 20)])
    scene = [(moving(n) * gain).astype(np.uint8) for n, gain in enumerate(fade)]
    other = [pixels[::-1, ::-1] // 2 for pixels in scene]
    black = [plain()] * 10
    assert problems(write(tmp_path / "a.mp4", [*black, *scene, *black, *other, *black])) == []


def test_a_picture_that_freezes(tmp_path: Path) -> None:
    shown = [*frames(60), *[moving(59)] * 75, *frames(160)[135:]]
    finding = only(write(tmp_path / "film.mp4", shown))
    assert finding.check == "frozen"
    assert finding.start_s == pytest.approx(2, abs=0.1)
    assert finding.end_s == pytest.approx(4.5, abs=0.1)


def test_a_film_that_is_meant_to_be_still(tmp_path: Path) -> None:
    film = write(tmp_path / "film.mp4", [moving(7)] * 120)
    assert problems(film) == []
    assert "nothing ever changes" in notes(film)["frozen"].what


def test_what_is_held_is_no_fault(tmp_path: Path) -> None:
    """Slow to a stop, a hold, and off again; and slides."""
    eased = [round(60 - 60 * (1 - n / 45) ** 2) for n in range(46)]
    shown = [moving(n) for n in (*eased, *[60] * 90, *range(60, 90))]
    film = write(tmp_path / "hold.mp4", shown)
    assert problems(film) == []
    assert notes(film)["frozen"].start_s == pytest.approx(1.5, abs=0.4)
    slides = [moving(9 * (n // 75)) for n in range(300)]
    assert problems(write(tmp_path / "slides.mp4", slides)) == []


def test_a_thing_of_a_few_pixels_that_moves(tmp_path: Path) -> None:
    shown = []
    for number in range(120):
        pixels = plain(30)
        pixels[90:98, number * 2 : number * 2 + 8] = 250
        shown.append(pixels)
    film = write(tmp_path / "film.mp4", shown)
    assert problems(film) == []
    assert "frozen" not in notes(film)


def test_pictures_at_half_the_rate(tmp_path: Path) -> None:
    finding = only(write(tmp_path / "film.mp4", [moving(n // 2 * 2) for n in range(90)]))
    assert finding.check == "duplicate"
    assert "50%" in finding.what or "49%" in finding.what


@pytest.mark.parametrize(("frequency", "is_fault"), [(5, True), (2.5, False)])
def test_flashes(tmp_path: Path, frequency: float, is_fault: bool) -> None:
    shown = []
    for number in range(120):
        pixels = moving(number)
        if 30 <= number < 90 and int(number * 2 * frequency / FPS) % 2:
            pixels[:, : WIDTH // 2] = np.minimum(pixels[:, : WIDTH // 2].astype(int) + 150, 255)
        shown.append(pixels)
    found = problems(write(tmp_path / "film.mp4", shown))
    assert [finding.check for finding in found] == (["flashes"] if is_fault else [])
    if is_fault:
        assert found[0].start_s == pytest.approx(1, abs=0.3)
        assert found[0].end_s == pytest.approx(3, abs=0.3)


def test_small_flashes_are_none(tmp_path: Path) -> None:
    shown = [moving(n) for n in range(90)]
    for number, pixels in enumerate(shown):
        pixels[:60, :80] = 255 * (number // 3 % 2)
    assert problems(write(tmp_path / "film.mp4", shown)) == []


@pytest.mark.parametrize("seconds", [2.0, 4.0])
def test_sound_of_another_length(tmp_path: Path, seconds: float) -> None:
    finding = only(write(tmp_path / "film.mp4", frames(90), sound=tone(seconds)))
    assert finding.check == "lengths"
    assert ("longer" if seconds > 3 else "shorter") in finding.what


def test_sound_that_is_silent(tmp_path: Path) -> None:
    finding = only(write(tmp_path / "film.mp4", frames(90), sound=tone(3, 0)))
    assert finding.check == "silence"


def test_sound_that_clips(tmp_path: Path) -> None:
    sound = tone(3, 3.0).clip(-1, 1)
    found = problems(write(tmp_path / "film.mp4", frames(90), sound=sound))
    assert [finding.check for finding in found] == ["clipping"]


def test_sound_that_is_lost_for_a_while(tmp_path: Path) -> None:
    sound = tone(3)
    sound[48_000:72_000] = 0
    finding = only(write(tmp_path / "film.mp4", frames(90), sound=sound))
    assert finding.check == "silence"
    assert finding.start_s == pytest.approx(1, abs=0.05)
    assert finding.end_s == pytest.approx(1.5, abs=0.05)


def test_a_few_sounds_in_a_quiet_film_are_meant(tmp_path: Path) -> None:
    sound = np.zeros((6 * 48_000, 2), np.float32)
    for start in (1.0, 2.5, 5.0):
        at = round(start * 48_000)
        sound[at : at + 9600] = tone(0.2)
    assert problems(write(tmp_path / "film.mp4", frames(180), sound=sound)) == []


def test_colours_that_are_not_tagged(tmp_path: Path) -> None:
    finding = only(write(tmp_path / "film.mp4", frames(30), tagged=False))
    assert finding.check == "colour"


def test_metadata_that_does_not_fit_the_picture(tmp_path: Path) -> None:
    film = write(tmp_path / "film.mp4", frames(30))
    inject_spatial_metadata(film, force=True)
    finding = only(film)
    assert finding.check == "spherical"
    assert "stretched" in finding.what


def test_a_sphere_without_metadata(tmp_path: Path) -> None:
    pixels = np.zeros((2048, 4096, 3), np.uint8)
    pixels[::2] = 90
    pixels[:512, :512] = 200
    film = write(tmp_path / "film.mp4", [pixels, pixels[:, ::-1]])
    finding = only(film)
    assert finding.check == "spherical"
    assert "360-mono-4k" in finding.what
