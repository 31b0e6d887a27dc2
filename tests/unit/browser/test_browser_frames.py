"""Frames on command: one at a time, none lost, none after the end."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from helios.browser.frames import FrameDriver, FrameGate
from helios.errors import BrowserCrashed


class Browser:
    """Takes commands and answers when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Future[Any]]] = []

    def send(self, method: str, params: Any, session: str) -> Future[Any]:
        assert method == "HeadlessExperimental.beginFrame"
        assert params["frameTimeTicks"] > 0
        self.asked.append((session, Future()))
        return self.asked[-1][1]

    def answer(self) -> None:
        next(reply for _, reply in self.asked if not reply.done()).set_result({})


def tabs(*names: str) -> tuple[Any, ...]:
    browser, gate = Browser(), FrameGate()
    connection: Any = browser
    return (browser, *(FrameDriver(connection, name, gate) for name in names))


def test_a_frame_that_is_wanted_while_one_is_drawn_comes_next() -> None:
    browser, tab = tabs("a")
    tab.draw()
    tab.draw()
    assert len(browser.asked) == 1
    tab.want()
    tab.want()
    browser.answer()
    assert len(browser.asked) == 2
    browser.answer()
    assert len(browser.asked) == 2


def test_tabs_take_turns() -> None:
    browser, first, second = tabs("a", "b")
    first.draw()
    picture = second.paint()
    assert [name for name, _ in browser.asked] == ["a"]
    browser.answer()
    assert [name for name, _ in browser.asked] == ["a", "b"]
    browser.answer()
    assert picture.result(0) == {}


@pytest.mark.timeout(60)
def test_the_end_of_a_tab_frees_the_others_and_draws_no_more() -> None:
    browser, first, second = tabs("a", "b")
    drawn = first.paint()
    first.want()
    waiting = second.paint()
    first.end()
    with pytest.raises(BrowserCrashed):
        drawn.result(0)
    assert [name for name, _ in browser.asked] == ["a", "b"]
    browser.asked[1][1].set_result({})
    assert waiting.done()
    first.draw()
    first.want()
    assert len(browser.asked) == 2
