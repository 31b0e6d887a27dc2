"""Props that a shipped page does not read are told of, and a page that has nothing to show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from helios.drawing.overlays import (
    nothing_to_show,
    overlay_names,
    props_read,
    shows_silence,
    unread_props,
)
from helios.model.options import RenderOptions
from helios.model.overlay import OverlayPage
from helios.rendering.combined import combinations

DOCS = Path(__file__).parents[3] / "docs" / "overlays.md"
COMMON = {"colour", "accent", "shade", "font", "size", "margin", "picture"}


@pytest.mark.parametrize("page", overlay_names())
def test_what_a_page_reads_is_what_its_documentation_says(page: str) -> None:
    row = re.search(rf"^\| `{page}` \| (.*) \|$", DOCS.read_text(), re.MULTILINE)
    assert row is not None
    assert props_read(page) - {"duration"} == COMMON | set(re.findall(r"`([a-z]+)`", row[1]))


def test_the_pages_of_a_combination_are_told_only_what_is_read() -> None:
    for each in combinations():
        for pages in each.layouts.values():
            assert not unread_props([OverlayPage(page=p.page, props=p.props) for p in pages])


def test_a_prop_that_no_page_reads_is_told_once_with_what_was_meant() -> None:
    props = {"titel": "Hi", "count": 3}
    pages = [OverlayPage(page=name, props=props) for name in ("bars", "title")]
    assert unread_props(pages) == {1: ["the page reads no 'titel'; did you mean 'title'?"]}
    assert not unread_props([OverlayPage(page="own.html", props=props)])


@pytest.mark.parametrize(
    ("page", "told", "is_said"),
    [
        ("title", {}, True),
        ("title", {"artist": "Ada"}, False),
        ("captions", {}, True),
        ("captions,lines=a.srt", {}, False),
        ("captions", {"lines": [{"start": 0, "end": 1, "text": "Hi"}]}, False),
        ("end-card", {}, True),
        ("bars", {}, False),
        ("own.html", {}, False),
    ],
)
def test_a_page_with_nothing_to_show_is_told_of(
    page: str, told: dict[str, Any], is_said: bool
) -> None:
    overlay = OverlayPage.parse(page)
    said = list(nothing_to_show(overlay, {"picture": None, "props": told}))
    assert bool(said) is is_said
    with_art = {"picture": "art.png", "props": told}
    assert bool(list(nothing_to_show(overlay, with_art))) is (is_said and page != "end-card")


def test_pages_that_show_sound_are_told_of_where_there_is_none() -> None:
    silent, heard = RenderOptions(), RenderOptions.read({"audio": "song.mp3"})
    ring, title = OverlayPage.parse("ring"), OverlayPage.parse("title")
    assert list(shows_silence(ring, silent)) == ["no --audio: it shows silence"]
    assert not [*shows_silence(title, silent), *shows_silence(ring, heard)]
