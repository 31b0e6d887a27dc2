"""What was meant is offered where a hand slipped, and nowhere else."""

from __future__ import annotations

import pytest

from helios.files.near import nearest


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("titel", ["title", "artist"], "title"),
        ("tikotk", ["square", "tiktok"], "tiktok"),
        ("frameCount", ["frame_count", "frames"], "frame_count"),
        ("--heigth", ["--height", "--width"], "--height"),
        ("intensitty", ["density", "intensity"], "intensity"),
        ("--lenght", ["--height"], None),
        ("--lyrics", ["--price"], None),
        ("--at", ["--draft"], None),
        ("frame", ["frameCount"], None),
        ("x", ["y"], None),
        ("title", [], None),
    ],
)
def test_near_is_a_slip_of_the_hand(typed: str, known: list[str], meant: str | None) -> None:
    assert nearest(typed, known) == meant


def test_the_suffix_of_a_file_tells_it_from_no_other() -> None:
    assert nearest("nope.html", ["c.html"], telling=4) is None
    assert nearest("a.mp4", ["b.mp4"], telling=1) is None
    assert nearest("sogn.wav", ["song.wav"], telling=4) == "song.wav"
