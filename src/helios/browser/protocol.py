"""Commands to the browser, replies and events from it, over a pair of pipes.

One reader thread takes everything the browser says. Replies complete futures; events go to
their session's listener, on the reader thread, so a listener must be quick and never wait.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from helios.browser.cbor import ENVELOPE_HEADER, decode, encode, envelope_size
from helios.errors import BrowserCrashed, BrowserError, StepTimeout

Message = dict[str, Any]
Listener = Callable[[str, Message], None]
CALL_TIMEOUT_S = 30.0


class ProtocolError(BrowserError):
    """The browser refused a command."""


class Connection:
    """A running conversation with one browser process."""

    def __init__(self, write_fd: int, read_fd: int) -> None:
        self._write_fd = write_fd
        self._read_fd = read_fd
        self._lock = threading.Lock()
        self._next_id = 0
        self._waiting: dict[int, Future[Message]] = {}
        self._listeners: dict[str, Listener] = {}
        self._gone = False
        self._reader = threading.Thread(target=self._read, name="helios-browser", daemon=True)
        self._reader.start()

    @property
    def is_open(self) -> bool:
        """Whether the browser still listens."""
        return not self._gone

    def listen(self, session: str, listener: Listener | None) -> None:
        """Send events of ``session`` ("" for the browser itself) to ``listener``."""
        if listener is None:
            self._listeners.pop(session, None)
        else:
            self._listeners[session] = listener

    def send(
        self, method: str, params: Message | None = None, session: str = ""
    ) -> Future[Message]:
        """Send a command; the future completes with its result or an error of our tree."""
        future: Future[Message] = Future()
        message: Message = {"method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        with self._lock:
            self._next_id += 1
            message = {"id": self._next_id, **message}
            self._waiting[self._next_id] = future
            try:
                if self._gone:
                    raise BrokenPipeError
                self._write(encode(message))
            except OSError:
                # Writing may fail before the reader has come to the end.
                self._gone = True
                self._waiting.pop(message["id"], None)
                future.set_exception(BrowserCrashed("the browser has ended"))
        return future

    def call(
        self,
        method: str,
        params: Message | None = None,
        session: str = "",
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Message:
        """Send a command and wait for its result.

        Raises:
            ProtocolError: the browser refused it.
            BrowserCrashed: the browser ended meanwhile.
            StepTimeout: no reply in time.
        """
        return wait_reply(self.send(method, params, session), timeout_s, method)

    def close(self) -> None:
        """Hang up; Chromium then ends by itself."""
        with self._lock:
            self._gone = True
            if self._write_fd >= 0:
                os.close(self._write_fd)
                self._write_fd = -1
        self._reader.join(5)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._write_fd, view) :]

    def _read(self) -> None:
        try:
            with os.fdopen(self._read_fd, "rb", buffering=1 << 16) as stream:
                while True:
                    header = stream.read(ENVELOPE_HEADER)
                    if len(header) < ENVELOPE_HEADER:
                        break
                    body = stream.read(envelope_size(header))
                    self._dispatch(decode(body))
        except (OSError, ValueError):
            pass
        finally:
            self._fail_all()

    def _dispatch(self, message: Message) -> None:
        if "id" in message:
            future = self._waiting.pop(message["id"], None)
            # A tab that died has failed its futures already.
            with contextlib.suppress(InvalidStateError):
                if future is not None:
                    _complete(future, message)
            return
        listener = self._listeners.get(message.get("sessionId", ""))
        if listener is not None:
            listener(message["method"], message.get("params", {}))

    def _fail_all(self) -> None:
        with self._lock:
            self._gone = True
            waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            with contextlib.suppress(InvalidStateError):
                future.set_exception(BrowserCrashed("the browser ended unexpectedly"))
        for listener in tuple(self._listeners.values()):
            listener("Helios.browserGone", {})


def _complete(future: Future[Message], message: Message) -> None:
    if "error" in message:
        future.set_exception(ProtocolError(str(message["error"].get("message", "refused"))))
    else:
        future.set_result(message.get("result", {}))


def wait_reply(future: Future[Message], timeout_s: float, what: str) -> Message:
    """The result of a command that was sent.

    Raises:
        StepTimeout: no reply in time.
        BrowserError: refused, or the browser ended.
    """
    try:
        return future.result(timeout_s)
    except FutureTimeout:
        raise StepTimeout(f"the browser did not answer {what} within {timeout_s:g} s") from None
