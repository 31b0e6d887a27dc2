"""A browser that now and then does not finish drawing."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from helios.browser.screenshot import PictureStalled
from helios.sources.page import MAX_STALLS, PageSource


class Tab:
    """Draws ``between`` frames, and then stalls."""

    page = None

    def __init__(self, between: int) -> None:
        self.between = between
        self.tries = 0

    def frames(self, start: int, stop: int) -> Iterator[Any]:
        self.tries += 1
        for frame in range(start, min(start + self.between, stop)):
            yield SimpleNamespace(frame=frame)
        if start + self.between < stop:
            raise PictureStalled("frame: the browser did not finish drawing")


def drawn(tab: Tab, count: int) -> list[int]:
    source: Any = SimpleNamespace(
        _chosen=tab, _painted=tab, _chosen_ends=inf, _close=lambda _: None, warnings=lambda: ()
    )
    return [picture.frame for picture in PageSource.frames(source, 0, count)]


@pytest.mark.parametrize("between", [1, 3])
def test_a_long_film_may_stall_often(between: int) -> None:
    tab = Tab(between)
    assert drawn(tab, 30) == list(range(30))
    assert tab.tries > MAX_STALLS + 1


def test_a_picture_that_never_comes_is_an_error() -> None:
    tab = Tab(0)
    with pytest.raises(PictureStalled):
        drawn(tab, 30)
    assert tab.tries == MAX_STALLS + 1
