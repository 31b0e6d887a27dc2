"""What a terminal would obey is written out."""

from __future__ import annotations

import logging

import pytest

from helios.cli.display import Display
from helios.cli.main import main
from helios.cli.visible import VisibleFormatter, on_one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x1b[2J\x1b[31mred", r"\x1b[2J\x1b[31mred"),
        ("one\rtwo", r"one\rtwo"),
        ("\x9b31m", r"\x9b31m"),
        ("film\u202e4pm", r"film\u202e4pm"),
        ("half \ud83d", r"half \ud83d"),
        ("two\nlines\tand größe ☀", "two\nlines\tand größe ☀"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    record = logging.LogRecord("a", logging.WARNING, "", 0, "%s", (text,), None)
    assert VisibleFormatter().format(record) == f"warning: {shown}"
    assert "\n" not in on_one_line(text)


def test_messages_results_and_errors_are_visible(capsys: pytest.CaptureFixture[str]) -> None:
    with Display() as display:
        display.warn("the page said \x1b[2J")
        display.result("film\x1b[2J.mp4")
    assert main(["render", "no\x1b[2Jthing.html", "-o", "film.mp4"]) == 2
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert (out + err).count(r"\x1b[2J") >= 3
