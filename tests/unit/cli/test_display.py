"""What is told while work goes on."""

from __future__ import annotations

import json
import logging

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
