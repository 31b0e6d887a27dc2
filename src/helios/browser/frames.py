"""Frames on command: HeadlessExperimental.beginFrame, one at a time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

from helios.browser.protocol import Connection, Message

_AHEAD_MS = 3_600_000.0
"""Ticks lie in the future: Blink takes a tick in the past for the real time of day."""
_INTERVAL_MS = 1000 / 60


class FrameDriver:
    """Draws frames of one tab that was started with control over them."""

    def __init__(self, connection: Connection, session: str) -> None:
        self._connection = connection
        self._session = session
        self._lock = threading.Lock()
        self._ticks_ms = time.monotonic() * 1000 + _AHEAD_MS
        self._last: Future[Message] | None = None

    def draw(self, *, display: bool = False) -> None:
        """Let the page draw once, to the end if ``display``, unless it still is drawing.

        Never waits. Videos only hand out pictures while somebody displays them.
        """
        with self._lock:
            if self._last is None or self._last.done():
                self._last = self._send({} if display else {"noDisplayUpdates": True})

    def paint(self, screenshot: Message | None = None) -> Future[Message]:
        """Draw a frame to the end; with ``screenshot`` the reply carries the picture."""
        with self._lock:
            last = self._last
        if last is not None:
            last.exception(10)
        with self._lock:
            self._last = self._send({"screenshot": screenshot} if screenshot else {})
            return self._last

    def _send(self, params: Message) -> Future[Message]:
        self._ticks_ms += _INTERVAL_MS
        values = {"frameTimeTicks": self._ticks_ms, "interval": _INTERVAL_MS, **params}
        return self._connection.send("HeadlessExperimental.beginFrame", values, self._session)
