"""What failed and what to do, where there is one line for both."""

from __future__ import annotations

import pytest

from helios.errors import in_sentences


@pytest.mark.parametrize(
    ("message", "hint", "line"),
    [
        ("no template 'x'", "There are: aurora.", "no template 'x'. There are: aurora."),
        ("It is full.", "Free some space.", "It is full. Free some space."),
        ("what is this?", "Ask.", "what is this? Ask."),
        ("it broke", "", "it broke"),
        ("it broke", None, "it broke"),
    ],
)
def test_message_and_hint_are_sentences(message: str, hint: str | None, line: str) -> None:
    assert in_sentences(message, hint) == line
