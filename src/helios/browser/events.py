"""What a page does while we are not asking: errors, console, dialogs, leaving, dying."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from typing import Any

from helios.browser.frames import FrameDriver
from helios.browser.protocol import Connection, Message
from helios.browser.serve import CompositionServer
from helios.browser.workers import WorkerSessions
from helios.errors import BrowserCrashed, HeliosError, ScriptError

_CONSOLE_LINES = 20
_SHOWN_LINES = 8
TELL = "__helios_tell__"
"""What the page calls to tell us something."""


class PageEvents:
    """Listens to one tab, on the connection's reader thread."""

    def __init__(
        self,
        connection: Connection,
        session: str,
        server: CompositionServer,
        workers: WorkerSessions,
    ) -> None:
        self._connection = connection
        self._session = session
        self._server = server
        self.driver: FrameDriver | None = None
        self.loaded = threading.Event()
        self.main_frame = ""
        self.inner_frame = ""
        self.known_scripts: set[str] = set()
        """Scripts that belong to an element or a worker, so that the page waits by itself."""
        self.is_running = False
        self.console: deque[str] = deque(maxlen=_CONSOLE_LINES)
        self.dialogs: list[str] = []
        self.notes: set[str] = set()
        """What the page does that cannot be exact, for a warning."""
        self.without: dict[str, set[int]] = {}
        """What frames were taken without, as it had not come in time, with those frames."""
        self._errors: dict[int, tuple[int, ScriptError]] = {}
        self._frame = -1
        self._crashed = ""
        self._left = ""
        self._lock = threading.Lock()
        self._in_flight: set[Future[Message]] = set()
        self._handlers = {
            "Runtime.exceptionThrown": self._on_exception,
            "Runtime.exceptionRevoked": self._on_revoked,
            "Runtime.consoleAPICalled": self._on_console,
            "Runtime.bindingCalled": self._on_binding,
            "Fetch.requestPaused": self._on_request,
            "Page.loadEventFired": self._on_load,
            "Page.frameNavigated": self._on_navigated,
            "Page.javascriptDialogOpening": self._on_dialog,
            "Inspector.targetCrashed": self._on_crash,
            "Target.attachedToTarget": workers.attached,
            "Target.detachedFromTarget": workers.detached,
            "Helios.browserGone": self._on_gone,
        }
        connection.listen(session, self._listen)

    def watch(self, future: Future[Message]) -> None:
        """A reply that will never come if the tab dies."""
        with self._lock:
            self._in_flight.add(future)
        future.add_done_callback(self._in_flight.discard)

    def first_error(self, until_frame: int | None = None) -> ScriptError | None:
        """The first uncaught error, of all or of those up to a frame."""
        with self._lock:
            for frame, error in self._errors.values():
                if until_frame is None or frame <= until_frame:
                    return error
        return None

    def console_tail(self) -> str:
        """The console's last lines, for a hint."""
        lines = list(self.console)[-_SHOWN_LINES:]
        return "The page's console: " + " | ".join(lines) if lines else ""

    def raise_if_gone(self, what: str) -> None:
        """Raise if the tab died or went elsewhere.

        Raises:
            BrowserCrashed: the tab's process ended.
            ScriptError: it navigated away.
        """
        if self._crashed:
            raise BrowserCrashed(f"{self._crashed} during {what}", hint=self.console_tail())
        if self._left:
            raise self.left(what)

    def left(self, what: str) -> HeliosError:
        """The error for a page that is no longer there."""
        if self._crashed:
            return BrowserCrashed(f"{self._crashed} during {what}", hint=self.console_tail())
        where = f" to {self._left}" if self._left else ""
        return ScriptError(
            f"the page navigated away{where} or reloaded during {what}", hint=self.console_tail()
        )

    def _listen(self, method: str, params: Message) -> None:
        handler = self._handlers.get(method)
        if handler is not None:
            handler(params)

    def _on_exception(self, params: Message) -> None:
        details = params["exceptionDetails"]
        exception = details.get("exception", {})
        text = exception.get("description") or exception.get("value") or details.get("text")
        place = details.get("url") or ""
        where = f" ({place}:{details.get('lineNumber', 0) + 1})" if place else ""
        when = f"frame {self._frame}" if self._frame >= 0 else "while loading"
        message = f"the page raised an error, {when}: {str(text)[:1500]}{where}"
        with self._lock:
            key = int(details.get("exceptionId", len(self._errors)))
            error = ScriptError(message, hint=self.console_tail())
            self._errors[key] = (self._frame, error)

    def _on_revoked(self, params: Message) -> None:
        with self._lock:
            self._errors.pop(int(params.get("exceptionId", -1)), None)

    def _on_console(self, params: Message) -> None:
        words = " ".join(_console_word(item) for item in params.get("args", ()))
        self.console.append(f"{params.get('type', 'log')}: {words}"[:400])

    def _on_binding(self, params: Message) -> None:
        if params.get("name") != TELL:
            return
        word, _, rest = str(params.get("payload", "")).partition(" ")
        if word in ("frame", "display") and self.driver is not None:
            self.driver.want(display=word == "display")
        elif word == "note":
            self.notes.add(rest[:400])
        elif word == "without":
            frame, _, label = rest.partition(" ")
            self.without.setdefault(label[:200], set()).add(int(frame))
        elif word == "script":
            self.known_scripts.add(rest)
        elif word == "at" and rest.lstrip("-").isdigit():
            self._frame = int(rest)

    def _on_request(self, params: Message) -> None:
        self._server.request(self._session, params)

    def _on_load(self, _: Message) -> None:
        self.loaded.set()

    def _on_navigated(self, params: Message) -> None:
        frame = params["frame"]
        if not self.inner_frame and frame.get("parentId"):
            self.inner_frame = frame["id"]
        if self.is_running and frame["id"] == self.main_frame:
            self._left = str(frame.get("url", ""))

    def _on_dialog(self, params: Message) -> None:
        self.dialogs.append(f"{params.get('type')}: {params.get('message', '')}"[:200])
        self._connection.send("Page.handleJavaScriptDialog", {"accept": False}, self._session)

    def _on_crash(self, _: Message) -> None:
        self._fail("the page's process ended (it may have run out of memory)")

    def _on_gone(self, _: Message) -> None:
        self._crashed = "the browser ended"

    def _fail(self, text: str) -> None:
        self._crashed = text
        with self._lock:
            waiting = list(self._in_flight)
        for future in waiting:
            try:
                future.set_exception(BrowserCrashed(text, hint=self.console_tail()))
            except InvalidStateError:
                continue


def _console_word(item: dict[str, Any]) -> str:
    if "value" in item:
        return str(item["value"])
    return str(item.get("description") or item.get("type"))
