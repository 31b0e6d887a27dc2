"""What is known of pages with other props."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from helios.browser.alike import KnownPage, KnownPages, Likeness, can_hold
from helios.browser.page import StageSettings
from helios.browser.tab import Tab
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions

CARD = Composition(kind=CompositionKind.PAGE, location="card.html")


class FakeBrowser:
    def __init__(self) -> None:
        self.connection = object()


CARDS = StageSettings(width=64, height=36, fps=Fraction(30), props={"name": 1})


class FakeTab(Tab):
    def __init__(self, *, is_open: bool = True) -> None:
        connection: Any = SimpleNamespace(is_open=is_open)
        self.connection = connection
        self.settings = replace(CARDS, props={})
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


def a_page(tree: str) -> KnownPage:
    nothing: Any = None
    likeness = Likeness(tree=tree, inputs=())
    return KnownPage(
        likeness=likeness, settings=nothing, declared={}, facts=nothing, asked=(), fonts=()
    )


def known_of(browser: Any, looks: int) -> KnownPages:
    known = KnownPages()
    for row in range(looks):
        known.begin(browser, CARD, RenderOptions(props={"name": row}))
    known.add(a_page("card"))
    return known


def test_another_page_is_likely_once_a_second_was_looked_at() -> None:
    browser: Any = FakeBrowser()
    assert not known_of(browser, 1).are_wanted
    assert known_of(browser, 2).are_wanted


def test_another_page_is_likely_where_it_was_said() -> None:
    browser: Any = FakeBrowser()
    known = KnownPages()
    known.others_follow = True
    known.begin(browser, CARD, RenderOptions())
    assert known.are_wanted


def test_a_tab_is_kept_for_the_next_row_alone() -> None:
    browser: Any = FakeBrowser()
    known = known_of(browser, 2)
    first, second, third = FakeTab(), FakeTab(), FakeTab()
    known.keep_tab(first)
    known.begin(browser, CARD, RenderOptions(props={"name": "another"}))
    assert known.take_tab(CARDS) is first
    assert known.take_tab(CARDS) is None
    known.keep_tab(second)
    known.keep_tab(third)
    known.begin(browser, CARD, RenderOptions(seed=1))
    assert (first.is_closed, second.is_closed, third.is_closed) == (False, True, True)
    known.keep_tab(FakeTab(is_open=False))
    assert known.take_tab(CARDS) is None


def test_a_tab_is_kept_for_a_page_of_its_size() -> None:
    known, tab = KnownPages(), FakeTab()
    known.keep_tab(tab)
    assert known.take_tab(replace(CARDS, width=66)) is None
    assert tab.is_closed


@pytest.mark.parametrize("what", ["browser", "composition", "options"])
def test_nothing_holds_for_another(what: str) -> None:
    browser: Any = FakeBrowser()
    known = known_of(browser, 2)
    assert known.any is not None
    other: Any = FakeBrowser() if what == "browser" else browser
    place = "other.html" if what == "composition" else "card.html"
    composition = Composition(kind=CompositionKind.PAGE, location=place)
    known.begin(other, composition, RenderOptions(seed=1 if what == "options" else 0x12345678))
    assert known.any is None
    assert not known.are_wanted


def test_after_two_that_are_like_none_it_is_not_tried_again() -> None:
    browser: Any = FakeBrowser()
    known = known_of(browser, 2)
    assert known.like(Likeness(tree="other", inputs=())) is None
    assert known.like(Likeness(tree="card", inputs=())) is not None
    assert known.like(Likeness(tree="card", inputs=(("a.png", "1"),))) is None
    assert known.any is not None
    assert known.like(None) is None
    assert known.any is None
    assert not known.are_wanted


def test_large_pictures_are_not_held() -> None:
    full = StageSettings(width=1920, height=1080, fps=30)  # type: ignore[arg-type] # not read
    large = StageSettings(width=3840, height=2160, fps=30)  # type: ignore[arg-type] # not read
    assert can_hold(full, 16)
    assert not can_hold(large, 16)
