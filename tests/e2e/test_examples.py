"""The examples do what they say, without a warning."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from tests.commandline import EXAMPLES
from tests.ready import helios

from helios.media.probe import probe

SMALL = ("--width", 320, "--height", 180, "--json")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "seconds", "capture"),
    [
        ("demo", 12, "direct"),
        ("hello-world", 3, "paint"),
        ("simple-canvas-animation", 4, "direct"),
        ("simple-animation", 4, "paint"),
    ],
)
def test_a_page_declares_its_length_and_renders(
    tmp_path: Path, name: str, seconds: int, capture: str
) -> None:
    flags = ("--start-frame", 40, "--frame-count", 3)
    outcome = helios("render", EXAMPLES / name, "-o", "film.mp4", *SMALL, *flags, cwd=tmp_path)
    events = {event["event"]: event for event in outcome.events}
    assert "warning" not in events
    assert events["plan"]["capture"] == capture
    film = probe(tmp_path / "film.mp4")
    assert film.video is not None
    assert film.video.frame_count == 3
    helios(
        "render", EXAMPLES / name, "-o", "film.mp4", *SMALL, "--emit-job", "job.json", cwd=tmp_path
    )
    job = json.loads((tmp_path / "job.json").read_text())
    assert job["metadata"]["totalFrames"] == seconds * 30
    assert (film.audio is not None) == (name == "demo")


def test_the_python_example_declares_its_length_and_renders(tmp_path: Path) -> None:
    wave = f"{EXAMPLES}/python/wave.py:draw"
    helios("render", wave, "-o", "film.mp4", "--width", 64, "--height", 36, cwd=tmp_path)
    film = probe(tmp_path / "film.mp4")
    assert film.video is not None
    assert film.video.frame_count == 120
    assert film.video.fps == Fraction(30)
