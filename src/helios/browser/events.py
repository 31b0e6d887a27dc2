"""What a page does while we are not asking: errors, losses, console, dialogs, leaving, dying."""

from __future__ import annotations

import math
import re
import threading
import time
from collections import Counter, deque
from concurrent.futures import Future, InvalidStateError
from fractions import Fraction
from typing import Any

from helios.browser.frames import FrameDriver
from helios.browser.inner_animations import InnerAnimations
from helios.browser.protocol import Connection, Message
from helios.browser.serve import CompositionServer
from helios.browser.workers import WorkerSessions
from helios.errors import (
    BrowserCrashed,
    CompositionError,
    HeliosError,
    ScriptError,
    ShaderError,
)

_CONSOLE_LINES = 20
_SHOWN_LINES = 8
_DEPARTURE_S = 2.0
"""For the browser to tell of a departure that the page shows already."""
_MOST_RELOADS = 3
_LONGEST_WORD = 10_000
_KINDS = {"script": "script", "style-sheet": "style sheet"}
_OF_SHADERS = "HeliosShaderError"
"""The class of what ``shader/js/draw.js`` throws: its message says all, whatever the script."""
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
        fps: Fraction,
        page_frame: str,
    ) -> None:
        """``page_frame`` is the frame that holds the page; empty for the first one in the tab's."""
        self._fps = fps
        self._connection = connection
        self._session = session
        self._server = server
        self.driver: FrameDriver | None = None
        self.loaded = threading.Event()
        self.page_frame = page_frame
        self.known_scripts: set[str] = set()
        """Scripts that belong to an element or a worker, so that the page waits by itself."""
        self.is_running = False
        self.console: deque[str] = deque(maxlen=_CONSOLE_LINES)
        self.dialogs: list[str] = []
        self.notes: set[str] = set()
        """What the page does that cannot be exact, for a warning."""
        self.foreign: set[str] = set()
        """Frames that have no clock of ours: of other origins, or in a sandbox."""
        self.boxes: dict[str, int] = {}
        """Characters that no font has, with the first frame that has each."""
        self.without: dict[str, set[int]] = {}
        """What frames were taken without, as it had not come in time, with those frames."""
        self.asked_modules: dict[str, float] = {}
        """Modules that the page said to have asked for while it loads, and when it did."""
        self.wants_reload = False
        """Whether the page has asked to be loaded again, which it may a few times."""
        self._reloads = 0
        self._errors: dict[int, tuple[int, CompositionError]] = {}
        self._losses: list[tuple[int, ScriptError]] = []
        """What is missing of the page itself: code that did not come, the page gone elsewhere."""
        self._refreshes: set[str] = set()
        self.departed = threading.Event()
        """Set once the page has asked for a document in its place, which it does not get."""
        self._documents: Counter[str] = Counter()
        """How many documents each frame has asked for since the page was opened."""
        self._document = ""
        """The loader of the document that is in the tab."""
        self._frame = -1
        self._crashed = ""
        self._left = ""
        self._lock = threading.Lock()
        self._in_flight: set[Future[Message]] = set()
        self._collected = {
            "note": self.notes,
            "foreign": self.foreign,
            "script": self.known_scripts,
        }
        self._inner = InnerAnimations(connection, session, server)
        self._handlers = {
            "Runtime.exceptionThrown": self._on_exception,
            "Runtime.exceptionRevoked": self._on_revoked,
            "Runtime.consoleAPICalled": self._on_console,
            "Runtime.bindingCalled": self._on_binding,
            "Fetch.requestPaused": self._on_request,
            "Page.loadEventFired": self._on_load,
            "Animation.animationStarted": self._inner.started,
            "Page.frameNavigated": self._on_navigated,
            "Page.frameScheduledNavigation": self._on_scheduled,
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

    def begin(self) -> None:
        """The page is loaded once more: what went wrong before is over."""
        with self._lock:
            self._errors.clear()
            self._losses.clear()
            self._frame = -1
        self.wants_reload = False
        self._documents.clear()
        self.departed.clear()
        self.known_scripts.clear()
        self.asked_modules.clear()
        self.notes.clear()
        self.foreign.clear()
        self.boxes.clear()
        self.loaded.clear()

    def await_document(self, loader: str) -> None:
        """The document by this loader comes into the tab, or is there: only its own end of loading
        counts, not that of the one before it, which may be told late."""
        with self._lock:
            if self._document != loader:
                self.loaded.clear()

    def first_error(self, until_frame: int | None = None) -> CompositionError | None:
        """The first uncaught error up to a frame, or to where the page is.

        What a page lacks comes before the errors that follow from it.
        """
        with self._lock:
            until = self._frame if until_frame is None else until_frame
            raised = [item for item in self._errors.values() if item[0] <= until]
            lost = [item for item in self._losses if item[0] <= until]
        if lost and (not raised or lost[0][0] <= raised[0][0]):
            return _with_consequence(lost[0][1], raised[0][1] if raised else None)
        return raised[0][1] if raised else None

    def console_tail(self) -> str:
        """The console's last lines, for a hint."""
        lines = list(self.console)[-_SHOWN_LINES:]
        return "The page's console: " + " | ".join(lines) if lines else ""

    @property
    def is_gone(self) -> bool:
        """Whether the tab died or went elsewhere."""
        return bool(self._crashed or self._left)

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

    def await_departure(self) -> None:
        """Wait until it is known where the page goes, though not for long: its own word may come
        after its request."""
        until = time.monotonic() + _DEPARTURE_S
        while not self._says_where() and time.monotonic() < until:
            time.sleep(0.02)

    def _says_where(self) -> bool:
        with self._lock:
            return bool(self.is_gone or self.wants_reload or self._losses)

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
        if exception.get("className") == _OF_SHADERS:
            text = str(exception.get("description")).partition("Error: ")[2]
            self._note_error(details, ShaderError(text.partition("\n    at ")[0]))
            return
        text = thrown_text(details)
        place = details.get("url") or ""
        line = f"{place}:{details.get('lineNumber', 0) + 1}"
        where = f" ({line})" if place and line not in text else ""
        message = f"the page raised an error, {_when(self._frame)}: {text[:1500]}{where}"
        lost = next((url for url in list(self._server.loads.lost_code) if url in message), None)
        hint = self._server.remedy(lost) if lost else self.console_tail() or LOOK
        # Files of the composition by their names: nobody gave it the origin that it has here.
        told = message.replace(f"{self._server.local_origin}/", "")
        self._note_error(details, ScriptError(told, hint=hint))

    def _note_error(self, details: Message, error: CompositionError) -> None:
        with self._lock:
            key = int(details.get("exceptionId", len(self._errors)))
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
        elif word == "animations":
            self._inner.hand_over()
        elif word == "module":
            self.asked_modules.setdefault(rest, time.monotonic())
        elif word in self._collected:
            self._collected[word].add(rest[:_LONGEST_WORD])
        elif word == "without":
            frame, _, label = rest.partition(" ")
            self.without.setdefault(label[:200], set()).add(int(frame))
        elif word == "boxes":
            frame, _, characters = rest.partition(" ")
            for character in characters:
                self.boxes.setdefault(character, int(frame))
        elif word == "lost":
            self._on_lost(*rest.partition(" ")[::2])
        elif word == "leaves":
            self._on_leaving(*rest.partition(" ")[::2])
        elif word == "at" and rest.lstrip("-").isdigit():
            self._frame = int(rest)

    def _on_lost(self, kind: str, url: str) -> None:
        server = self._server
        lost_code = server.loads.lost_code
        lost = {url: lost_code[url]} if url in lost_code else dict(lost_code)
        what = f"the page's {_KINDS.get(kind, kind)}"
        if url:
            what += f" {server.shown(url)}"
        if not lost:
            self._lose(
                f"{what} is not usable: the browser refused it",
                "Its server may have answered with something else, such as an error page.",
            )
            return
        missing, reason = next(iter(lost.items()))
        if missing == url:
            self._lose(f"{what} is missing: {reason}", server.remedy(missing))
        else:
            self._lose(
                f"{what} cannot do without {server.shown(missing)}: {reason}",
                server.remedy(missing),
            )

    def _on_leaving(self, kind: str, url: str) -> None:
        if url in self._refreshes:
            return  # said when it was announced
        is_reload = kind == "reload" or _bare(url) == _bare(self._server.url)
        if is_reload and not self.is_running and self._reloads < _MOST_RELOADS:
            self._reloads += 1
            self.wants_reload = True
            return
        if is_reload:
            text = "the page navigated away: it reloaded itself"
            self._lose(text, "Keep it from reloading: a film has no use for that.")
        else:
            self._lose(f"the page navigated away to {self._server.shown(url)}", _STAY)

    def _on_scheduled(self, params: Message) -> None:
        if params.get("frameId") != self.page_frame or "Refresh" not in str(params.get("reason")):
            return
        url, delay_s = str(params["url"]), Fraction(params.get("delay", 0))
        self._refreshes.add(url)
        frame = math.ceil(delay_s * self._fps) if delay_s else -1
        shown = self._server.shown(url)
        self._lose(f"the page navigated away to {shown}, as its <meta> refresh says", _STAY, frame)

    def _lose(self, text: str, hint: str, frame: int | None = None) -> None:
        frame = self._frame if frame is None else frame
        error = ScriptError(f"{text}, {_when(frame)}", hint=hint)
        with self._lock:
            self._losses.append((frame, error))

    def _on_request(self, params: Message) -> None:
        if self._is_departure(params):
            # The page stays where it is; the error that says so comes in its turn.
            values = {"requestId": params["requestId"], "errorReason": "Aborted"}
            self._connection.send("Fetch.failRequest", values, self._session)
            self.departed.set()
            return
        self._server.request(self._session, params)

    def _is_departure(self, params: Message) -> bool:
        """Whether the page asks for another document in its place.

        The page's own word that it leaves takes another way and may come after its request.
        """
        if params.get("resourceType") != "Document" or params.get("redirectedRequestId"):
            return False
        frame = str(params.get("frameId"))
        self._documents[frame] += 1
        return frame == self.page_frame and self._documents[frame] > 1

    def _on_load(self, _: Message) -> None:
        with self._lock:
            self.loaded.set()

    def _on_navigated(self, params: Message) -> None:
        frame = params["frame"]
        if not frame.get("parentId"):
            self._on_new_document(str(frame["loaderId"]))
        elif not self.page_frame:
            self.page_frame = frame["id"]
        if self.is_running and frame["id"] == self.page_frame:
            self._left = str(frame.get("url", ""))

    def _on_new_document(self, loader: str) -> None:
        """What the document before still said may have come only now: none of it counts."""
        with self._lock:
            self._document = loader
            self.loaded.clear()
            if not self.is_running:
                self._errors.clear()
                self._losses.clear()

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


LOOK = "Mend the page, and look at it with helios still."
"""What to do about an error of a page that says nothing more itself."""
_OWN_FRAMES = re.compile(r"\n +at (?![^\n]*\beval at )[^\n]*<anonymous>[^\n]*")
"""Lines of a stack within our scripts, which have no address, and within the browser."""


def thrown_text(details: Message) -> str:
    """What was thrown, with those places of its stack that are the page's."""
    exception = details.get("exception", {})
    text = exception.get("description") or exception.get("value") or details.get("text")
    return _OWN_FRAMES.sub("", str(text))


_STAY = "Render that address instead, or keep the page from leaving."


def _when(frame: int) -> str:
    return f"frame {frame}" if frame >= 0 else "while loading"


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _with_consequence(loss: ScriptError, raised: CompositionError | None) -> ScriptError:
    if raised is None:
        return loss
    first_line = raised.message.splitlines()[0]
    return ScriptError(loss.message, hint=f"{loss.hint} Then {first_line}".strip())


def _console_word(item: dict[str, Any]) -> str:
    if "value" in item:
        value = item["value"]
        # JavaScript has one kind of number.
        return str(int(value) if isinstance(value, float) and value.is_integer() else value)
    return str(item.get("description") or item.get("type"))
