"""What is told while work goes on."""

from __future__ import annotations

import json
import logging
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
