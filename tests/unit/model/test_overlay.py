"""Overlays as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.errors import OptionError
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions, props_files
from helios.model.overlay import OverlayPage
from helios.planning.flags import argv_to_values, options_to_argv

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner),
    max_leaves=6,
)
PAGES = st.from_regex(r"[a-z ,.]{1,12}\.html", fullmatch=True)


@given(
    st.builds(
        OverlayPage,
        page=PAGES,
        picture=st.none() | st.sampled_from(["art.png", "a, b=c.jpg", "/x/song.mp3"]),
        lines=st.none() | st.sampled_from(["song.lrc", "a,b.srt"]),
        props=st.dictionaries(st.text(max_size=5).filter(str.isidentifier), JSON, max_size=3),
        capture=st.none() | st.sampled_from(CaptureMethod),
    )
)
def test_they_survive_their_short_form(overlay: OverlayPage) -> None:
    assert OverlayPage.parse(str(overlay)) == overlay


def test_the_command_line_keeps_their_order() -> None:
    text = ('a.html,props={"x": [1, 2]}', "title", "b.html,capture=paint")
    options = RenderOptions.read({"overlay": text})
    assert [each.page for each in options.overlay] == ["a.html", "title", "b.html"]
    _, values = argv_to_values(options_to_argv(options))
    assert RenderOptions.read(values) == options


@pytest.mark.parametrize("text", ["", ",props={}", "a,props=1", "a,props={", "a,capture=x"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(OptionError):
        OverlayPage.parse(text)


def test_they_are_read_from_documents_too() -> None:
    told = {"overlay": [{"page": "title", "props": {"title": "Hello"}}, "bars"]}
    first, second = RenderOptions.read(told).overlay
    assert (first.page, first.props, second.page) == ("title", {"title": "Hello"}, "bars")
    assert RenderOptions.read({"overlay": "title"}).overlay == (OverlayPage(page="title"),)
    with pytest.raises(OptionError, match="overlay"):
        RenderOptions.read({"overlay": [{"pages": "title"}]})
    with pytest.raises(OptionError, match="overlay"):
        RenderOptions.read({"overlay": [7]})


@pytest.mark.parametrize(
    ("values", "files"),
    [
        ({}, ()),
        ({"overlay": "title,props=@a b.json"}, ("a b.json",)),
        ({"overlay": ["bars", "title,capture=paint,props=@/x.json", {"page": "t"}]}, ("/x.json",)),
        ({"props": "@p.json", "overlay": ("title,props=@o.json",)}, ("p.json", "o.json")),
        ({"overlay": ["lyrics,lines=a.lrc,props=@b.json"]}, ("b.json",)),
        ({"props": "{}", "overlay": 'title,props={"a": "@x"}'}, ()),
    ],
)
def test_the_files_of_props_are_known(values: dict[str, object], files: tuple[str, ...]) -> None:
    assert props_files(values) == files
