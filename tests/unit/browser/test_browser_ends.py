"""A browser that is closed leaves nobody behind who works with it."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from helios.browser.ahead import PageAhead
from helios.browser.launch import Browser, BrowserConfig
from helios.errors import BrowserCrashed


def a_browser(monkeypatch: pytest.MonkeyPatch) -> tuple[Browser, threading.Event]:
    """One without a process; what is beside it hears of its end."""
    ended = threading.Event()
    process = SimpleNamespace(close=ended.set)
    monkeypatch.setattr("helios.browser.launch._start_process", lambda *_: process)
    executable: Any = SimpleNamespace(is_headless_shell=True)
    monkeypatch.setattr("helios.browser.launch.find_browser", lambda **_: executable)
    return Browser(BrowserConfig()), ended


def opening(ended: threading.Event) -> Any:
    """A page that is being opened until the browser has ended, and a while longer."""

    def page(*_: object) -> None:
        assert ended.wait(60)
        threading.Event().wait(0.2)
        raise BrowserCrashed("the browser was closed")

    return page


def alive(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_pages_that_nobody_waits_for_are_gone_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, ended = a_browser(monkeypatch)
    monkeypatch.setattr("helios.browser.ahead.Page", opening(ended))
    wanted: Any = None
    shelves = [PageAhead(), PageAhead()]
    for shelf in shelves:
        shelf.open(browser, wanted, wanted)
        shelf.close()
    assert len(alive("helios-page-ahead")) == 2
    browser.close()
    assert not alive("helios-page-ahead")


def test_whatever_is_done_beside_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, ended = a_browser(monkeypatch)
    seen: list[bool] = []

    def work() -> None:
        assert ended.wait(60)
        threading.Event().wait(0.2)
        seen.append(True)

    browser.do_beside(work, "helios-test-beside")
    browser.close()
    browser.close()
    assert seen == [True]
    assert not alive("helios-test-beside")
