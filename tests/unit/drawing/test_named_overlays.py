"""What an overlay page raises says which page is meant, and what to do about one of ours."""

from __future__ import annotations

import pytest

from helios.drawing.overlays import _named
from helios.errors import ScriptError
from helios.model.overlay import OverlayPage

RAISED = (
    "the page raised an error, while loading: Error: the prop accent: 'blurple' is no colour\n"
    "    at overlay.js:7:11"
)
MEND = "Mend the page."


def told(page: str) -> ScriptError:
    with pytest.raises(ScriptError) as raised, _named(OverlayPage(page=page)):
        raise ScriptError(RAISED, hint=MEND)
    return raised.value


def test_a_page_of_ours_is_given_another_prop_and_not_mended() -> None:
    assert told("title").message == "overlay title: the prop accent: 'blurple' is no colour"
    assert told("title").hint == "Give it in --props, or as --overlay 'title,props={...}'."


def test_a_page_of_theirs_is_mended() -> None:
    assert told("mine.html").message == f"overlay mine.html: {RAISED}"
    assert told("mine.html").hint == MEND
