"""How a page is to be captured, where what decides fails."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from helios.browser import choose
from helios.errors import StepTimeout


def test_a_second_tab_that_is_never_drawn_leaves_what_the_first_showed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never_drawn(*_: Any) -> None:
        raise StepTimeout("getting ready took longer than it may")

    page: Any = SimpleNamespace(browser=None, settings=None)
    composition: Any = None
    monkeypatch.setattr(choose, "_drawn_differs", lambda *_: "it differs")
    monkeypatch.setattr(choose, "Page", never_drawn)
    assert choose._drawn_differs_twice(page, composition, 15, None, None) == "it differs"
