"""Frames on command: HeadlessExperimental.beginFrame, one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from helios.browser.protocol import Connection, Message
from helios.errors import BrowserCrashed

_AHEAD_MS = 3_600_000.0
"""Ticks lie in the future: Blink takes a tick in the past for the real time of day."""
_INTERVAL_MS = 1000 / 60


class FrameGate:
    """One frame at a time in a whole browser: two at once end Chromium's GPU process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Future[Message] | None = None

    def issue(self, send: Callable[[], Future[Message]]) -> Future[Message]:
        """Send a frame as soon as those before it are drawn. Never waits."""
        drawn: Future[Message] = Future()
        with self._lock:
            previous, self._last = self._last, drawn
        if previous is None:
            _send(send, drawn)
        else:
            previous.add_done_callback(lambda _: _send(send, drawn))
        return drawn


class FrameDriver:
    """Draws frames of one tab that was started with control over them."""

    def __init__(self, connection: Connection, session: str, gate: FrameGate) -> None:
        self._connection = connection
        self._session = session
        self._gate = gate
        self._lock = threading.Lock()
        self._ticks_ms = time.monotonic() * 1000 + _AHEAD_MS
        self._last: Future[Message] | None = None
        self._is_over = False

    def draw(self, *, display: bool = False) -> None:
        """Let the page draw once, to the end if ``display``, unless it still is drawing.

        Never waits. Videos only hand out pictures while somebody displays them.
        """
        with self._lock:
            if not self._is_over and (self._last is None or self._last.done()):
                self._last = self._issue({} if display else {"noDisplayUpdates": True})

    def want(self, *, display: bool = False) -> None:
        """Draw once after what is being drawn now: the page waits for a frame of its own."""
        with self._lock:
            running = self._last
        if running is None or running.done():
            self.draw(display=display)
        else:
            running.add_done_callback(lambda _: self.draw(display=display))

    def paint(self, screenshot: Message | None = None) -> Future[Message]:
        """Draw a frame to the end; with ``screenshot`` the reply carries the picture."""
        with self._lock:
            self._last = self._issue({"screenshot": screenshot} if screenshot else {})
            return self._last

    def end(self) -> None:
        """The tab is gone: what it was drawing holds up no other."""
        with self._lock:
            self._is_over = True
            last = self._last
        if last is not None:
            _fail(last, BrowserCrashed("the tab was closed"))

    def _issue(self, params: Message) -> Future[Message]:
        return self._gate.issue(lambda: self._send(params))

    def _send(self, params: Message) -> Future[Message]:
        self._ticks_ms += _INTERVAL_MS
        values = {"frameTimeTicks": self._ticks_ms, "interval": _INTERVAL_MS, **params}
        return self._connection.send("HeadlessExperimental.beginFrame", values, self._session)


def _send(send: Callable[[], Future[Message]], drawn: Future[Message]) -> None:
    if not drawn.done():
        send().add_done_callback(lambda sent: _pass_on(sent, drawn))


def _pass_on(sent: Future[Message], drawn: Future[Message]) -> None:
    error = sent.exception()
    if error is not None:
        _fail(drawn, error)
        return
    with suppress(InvalidStateError):
        drawn.set_result(sent.result())


def _fail(drawn: Future[Message], error: BaseException) -> None:
    with suppress(InvalidStateError):
        drawn.set_exception(error)
