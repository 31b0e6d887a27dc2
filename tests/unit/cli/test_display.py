"""What is told while work goes on."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from helios.cli.display import Display


def test_logged_warnings_are_events(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("helios.audio.normalise")
    with Display(as_json=True):
        log.warning("the mix reaches %.1f LUFS", -11.1)
        log.info("not worth an event")
    log.warning("after the end")
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events == [{"event": "warning", "message": "the mix reaches -11.1 LUFS"}]


def test_a_film_that_was_made_is_told_in_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (True, False):
        Display(as_json=as_json).made(
            Path("film.mp4"), frames=30, seconds=1.23456, duration_s=1.0, note=", kept", type="vr"
        )
    event, line = capsys.readouterr().out.splitlines()
    assert json.loads(event) == {
        "event": "done",
        "output": "film.mp4",
        "frames": 30,
        "seconds": 1.235,
        "duration": 1.0,
        "type": "vr",
    }
    assert line == "film.mp4: 30 frames, 1.000 s of film in 1.2 s (24.3 fps), kept"

    Display().made(Path("film.mp4"), frames=30, seconds=1, duration_s=1.0, replaced=True)
    assert capsys.readouterr().out.endswith("(30.0 fps), replaced the one before\n")


def test_commands_that_make_films_load_no_events_before_they_are_told() -> None:
    """They are built from their own source, which takes longer than a small film's first frame."""
    code = "import helios.cli.render, helios.cli.export, helios.cli.job, sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "helios.cli.job" in ran.stdout.split()
    assert "helios.agents.events" not in ran.stdout.split()
