"""One composition, open in one tab, with our clock in it."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from threading import Lock
from typing import Any, Generic, NoReturn, overload

from helios.browser import stage
from helios.browser.events import TELL, PageEvents
from helios.browser.flags import painted_ratio
from helios.browser.frames import FrameDriver
from helios.browser.glyphs import boxes_later
from helios.browser.launch import Browser
from helios.browser.preload import (
    PageSong,
    paint_host,
    preload_script,
    worker_script,
    worklet_script,
)
from helios.browser.protocol import Message, ProtocolError, wait_reply
from helios.browser.serve import LOADS_POLICY, PATTERNS, CompositionServer
from helios.browser.stage import Call, T
from helios.browser.workers import AUTO_ATTACH, WorkerSessions
from helios.errors import (
    BrowserCrashed,
    CaptureError,
    CompositionNotFound,
    HeliosError,
    NotReadyError,
    ScriptError,
    StepTimeout,
)
from helios.model.composition import Composition
from helios.planning.panorama import Around
from helios.remote.addresses import HostPolicy

REPLAY_BUDGET_MS = 500
_DRIVE_EVERY_S = 0.02
_QUIET_LOOKS = 2
_MOST_LOADS = 6
_DEPARTS_WITHIN_S = 2.0
_REQUEST_WITHIN_S = 5.0
"""A page's own policy may forbid what it asks for: then no request ever comes."""
_NOTHING: Message = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}}
_FAILURES: dict[str, tuple[type[HeliosError], str]] = {
    "HeliosNotReady": (NotReadyError, "still waiting for "),
    "HeliosNotCaptured": (CaptureError, ""),
}
"""Classes of js/failures.js: what they are here, and what stands before their message."""
_GONE = ("navigated", "destroyed", "Cannot find context", "closed", "detached")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSettings:
    """What a page is told about the film it is in. ``width`` and ``height`` are its pixels."""

    width: int
    height: int
    pixel_ratio: Fraction = Fraction(1)
    """Pixels of the film for a CSS pixel of the page."""
    fps: Fraction
    seed: int = 0x12345678
    props: dict[str, Any] = field(default_factory=dict)
    stability_timeout_s: float = 30.0
    step_timeout_s: float = 10.0
    hosts: HostPolicy = field(default_factory=HostPolicy)
    """What it may load from besides its own origin."""
    keeps_files: bool = False
    """Its frames come through a file in the browser's profile, if no other page's do just now."""
    inside_canvas: bool = False
    """Open the composition inside a canvas that it can be drawn into."""
    transparent: bool = False
    """Keep what the page leaves uncovered transparent, instead of white."""
    listen_ms: float = 0.0
    """Listen to what the page plays, so many milliseconds of the film; its videos stand still."""
    song: PageSong | None = None
    """What the page reads of the film's sound; None: it is not asked about any."""
    picture: str | None = None
    """A file whose image, or cover art, it is served; its props say at which address."""
    around: Around | None = None
    """How a shader that can draw any direction is drawn."""
    document: bytes | None = None
    """A page of our own to open in the composition's place, on its origin."""

    @property
    def layout(self) -> tuple[int, int]:
        """Width and height of what the page is laid out in, CSS pixels."""
        return round(self.width / self.pixel_ratio), round(self.height / self.pixel_ratio)

    @property
    def painted(self) -> tuple[int, int]:
        """Width and height of the browser's pictures; those of small drafts are made smaller."""
        ratio = painted_ratio(self.pixel_ratio)
        width, height = self.layout
        return round(width * ratio), round(height * ratio)

    @property
    def patience_s(self) -> float:
        """How long a frame waits for what it can show."""
        return min(self.stability_timeout_s, self.step_timeout_s * 0.9)


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What a page was asked, and may still be at."""

    reply: Future[Message]
    read: Callable[[Any], T]


class Page:
    """An open composition. Used by one thread."""

    def __init__(self, browser: Browser, composition: Composition, settings: StageSettings) -> None:
        self.browser = browser
        self.settings = settings
        self._connection = browser.connection
        self.server = CompositionServer(
            composition, self._connection, settings.hosts, browser.remote_files
        )
        if settings.picture is not None:
            shown = {"picture": self.server.serve_picture(settings.picture)}
            self.settings = replace(settings, props={**settings.props, **shown})
        if settings.song is not None:
            self.server.serve_sound(settings.song.textures)
        self._context = ""
        self._storage: Lock | None = None
        self._target = ""
        self.session = ""
        self._awaited: set[str] = set()
        self._loads_left = 0
        try:
            self._attach()
            self.driver = FrameDriver(self._connection, self.session, browser.frames)
            self._config = self._stage_config()
            self._workers = WorkerSessions(
                self._connection,
                self.server,
                worker_script(self._config),
                worklet_script(self._config),
            )
            self.events = PageEvents(
                self._connection,
                self.session,
                self.server,
                self._workers,
                settings.fps,
                "" if settings.inside_canvas else self._target,
            )
            self.events.driver = self.driver if browser.draws_on_command else None
            self._prepare()
            self._load()
        except BaseException as error:
            if isinstance(error, HeliosError) and hasattr(self, "events"):
                error.warnings = self.warnings()
            self.close()
            raise

    def is_of(self, browser: Browser) -> bool:
        """Whether it lives in this browser as it runs now."""
        return self._connection is browser.connection and self._connection.is_open

    @property
    def has_files(self) -> bool:
        """Whether the files of its own that it writes lie on a disk, where others can map them."""
        return self._storage is not None

    # -- opening ---------------------------------------------------------------------------------

    def _attach(self) -> None:
        create: Message = {"url": "about:blank"}
        # Several pages of one composition are open at a time, each with storage and channels of its
        # own. Only one can have those whose files lie in the profile; others' are in the browser.
        storage = self.browser.own_storage
        if self.settings.keeps_files and storage.acquire(blocking=False):
            self._storage = storage
        else:
            context = self._connection.call(
                "Target.createBrowserContext", {"disposeOnDetach": True}
            )
            self._context = create["browserContextId"] = context["browserContextId"]
        if self.browser.executable.is_headless_shell:
            create |= {"width": self.settings.layout[0], "height": self.settings.layout[1]}
        else:
            # A tab behind another one is not drawn.
            create["newWindow"] = True
        if self.browser.draws_on_command:
            create["enableBeginFrameControl"] = True
        self._target = self._connection.call("Target.createTarget", create)["targetId"]
        attach = {"targetId": self._target, "flatten": True}
        self.session = self._connection.call("Target.attachToTarget", attach)["sessionId"]

    def _prepare(self) -> None:
        settings = self.settings
        commands: list[tuple[str, Message]] = [
            ("Page.enable", {}),
            ("Runtime.enable", {}),
            *self._clear_storage(),
            ("Fetch.enable", {"patterns": PATTERNS}),
            ("Animation.enable", {}),
            ("Animation.setPlaybackRate", {"playbackRate": 0}),
            ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            ("Runtime.addBinding", {"name": TELL}),
            ("Target.setAutoAttach", AUTO_ATTACH),
            (
                "Page.addScriptToEvaluateOnNewDocument",
                {"source": preload_script(self._config, settings.props, settings.song)},
            ),
        ]
        width, height = settings.layout
        metrics: Message = {"width": width, "height": height, "mobile": False}
        metrics["deviceScaleFactor"] = float(painted_ratio(settings.pixel_ratio))
        commands.append(("Emulation.setDeviceMetricsOverride", metrics))
        if settings.transparent:
            commands.append(("Emulation.setDefaultBackgroundColorOverride", _NOTHING))
        replies = [(m, self._connection.send(m, p, self.session)) for m, p in commands]
        for method, reply in replies:
            wait_reply(reply, 10, method)

    def _clear_storage(self) -> list[tuple[str, Message]]:
        """What the page before has left in the profile, if this one's is there."""
        if self._storage is None:
            return []
        everything = {"origin": self.server.origin, "storageTypes": "all"}
        return [("Storage.clearDataForOrigin", everything)]

    def _stage_config(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "fpsNum": settings.fps.numerator,
            "fpsDen": settings.fps.denominator,
            "seed": settings.seed & 0xFFFFFFFF,
            "width": settings.width,
            "height": settings.height,
            "patience": settings.patience_s * 1000,
            "loadsPolicy": LOADS_POLICY,
            "insideCanvas": settings.inside_canvas,
            "transparent": settings.transparent,
            "listenMs": settings.listen_ms,
            "around": settings.around and asdict(settings.around),
            "drawsOnCommand": self.browser.draws_on_command,
            "isolatedOrigin": self.server.isolated_origin,
            "emptyFile": self.server.serve_extra("empty", b""),
        }

    def _load(self) -> None:
        deadline = time.monotonic() + self.settings.stability_timeout_s
        for self._loads_left in reversed(range(_MOST_LOADS)):
            self._navigate()
            try:
                self._arrive(deadline)
            except HeliosError:
                if not self._is_over():
                    raise
            if not self._is_over():
                break
            if self.events.wants_reload:
                # Its own request for the document must not be taken for ours.
                self.events.departed.wait(_DEPARTS_WITHIN_S)
            self._leave()
            self._awaited.clear()
            self.events.begin()
            self.server.begin()
        self.raise_page_errors()
        self.events.is_running = True
        self.server.before_flag = self._raise_flag
        for flag in sorted(self.server.flags):
            self._raise_flag(flag)

    def _raise_flag(self, flag: str) -> None:
        """What the page is asked to do next comes after it; nobody waits for it."""
        self.send("Runtime.evaluate", {"expression": stage.raise_flag(flag).text})

    def _is_over(self) -> bool:
        """Whether what was loaded is to be loaded again: the page says so, or its server."""
        return self._loads_left > 0 and (self.server.loads.is_outdated or self.events.wants_reload)

    def _leave(self) -> None:
        """End the document that is there: what it still asks for is none of the next one's."""
        self.events.loaded.clear()
        self._connection.call("Page.navigate", {"url": "about:blank"}, self.session)
        self.events.loaded.wait(_DEPARTS_WITHIN_S)

    def _navigate(self) -> None:
        address = self.server.url
        if self.settings.document is not None:
            address = self.server.serve_extra("page.html", self.settings.document)
        if self.settings.inside_canvas:
            self.events.page_frame = ""
            size = (self.settings.width, self.settings.height)
            address = self.server.serve_extra("stage.html", paint_host(*size, address))
        reply = self.send("Page.navigate", {"url": address})
        try:
            result = self.wait(reply, self.settings.stability_timeout_s, "loading")
        except StepTimeout:
            self._never_ready("the page never finished loading")
        if result.get("errorText"):
            url = self.server.url
            raise CompositionNotFound(
                f"cannot open {url}: {self.server.loads.missing.get(url, result['errorText'])}",
                hint=self.server.loads.hints.get(url)
                or "Check the address; a development server must be running.",
            )

    def _arrive(self, deadline: float) -> None:
        while not self.events.loaded.wait(_DRIVE_EVERY_S):
            self.events.raise_if_gone("loading")
            if self._is_over():
                return
            self._raise_departure()
            self._drive()
            if time.monotonic() > deadline:
                self._never_ready("the page never finished loading")
        refusal = self.server.loads.missing.get(self.server.url)
        if refusal:
            raise CompositionNotFound(f"cannot open {self.server.url}: {refusal}")
        self._get_ready(deadline)
        self.raise_page_errors()

    def _raise_departure(self) -> None:
        """A page that has asked for another one may never finish loading, nor become ready."""
        if self.events.departed.is_set():
            self.raise_page_errors()

    def _get_ready(self, deadline: float) -> None:
        # Nothing in a page tells that it imports a module, but here its request is seen.
        quiet = 0
        while quiet < _QUIET_LOOKS:
            left_ms = max(0.0, deadline - time.monotonic()) * 1000
            fresh = [url for url in self._imports() if url not in self._awaited]
            # One that comes after the page has stopped waiting for it asks for others only then.
            self._awaited.update(url for url in fresh if url not in self.server.loads.in_flight)
            asked = self.ask(stage.ready(round(left_ms), fresh))
            # A document that is to be loaded again may never become ready: its time is that of the
            # next one.
            while not futures.wait([asked.reply], _DRIVE_EVERY_S).done:
                if self._is_over():
                    return
                self._raise_departure()
                if time.monotonic() > deadline:
                    break
                self._drive()
            missing = self.answer(asked, "getting ready", timeout_s=left_ms / 1000 + 2)
            coming = self._imports_in_flight() + self._imports_on_their_way()
            if missing or (coming and time.monotonic() > deadline):
                self._never_ready("the page never became ready", missing or coming)
            if self._is_over():
                return
            quiet = 0 if fresh or coming else quiet + 1

    def _imports_in_flight(self) -> list[str]:
        """A development server takes its time for a library that it has not bundled yet."""
        asked, frame = self.server.loads.modules, self.events.page_frame
        return [url for url in list(self.server.loads.in_flight) if asked.get(url) == frame]

    def _imports_on_their_way(self) -> list[str]:
        """On a busy machine the page has long been ready when a request of it is seen here."""
        told, now = list(self.events.asked_modules.items()), time.monotonic()
        seen = self.server.loads.requested
        return [url for url, at in told if url not in seen and now - at < _REQUEST_WITHIN_S]

    def _imports(self) -> list[str]:
        """Modules asked for so far that no element of the page stands for."""
        frame, known = self.events.page_frame, self.events.known_scripts
        asked = list(self.server.loads.modules.items())
        return [url for url, asker in asked if asker == frame and url not in known]

    def _never_ready(self, what: str, missing: list[str] | None = None) -> NoReturn:
        self.raise_page_errors()
        try:
            if self.server.url not in self.server.loads.in_flight:
                wait_reply(self.send("Runtime.evaluate", {"expression": "1"}), 1, "a question")
        except StepTimeout:
            raise NotReadyError(
                f"{what}: a script runs without end, or the page is too large",
                hint=self.events.console_tail() or "Raise --stability-timeout if it needs longer.",
            ) from None
        names = list(missing or self._pending_names())
        listed = ", ".join(names[:10]) if names else "unknown"
        raise NotReadyError(
            f"{what} within {self.settings.stability_timeout_s:g} s; still waiting for: {listed}",
            hint=self.events.console_tail() or "Raise --stability-timeout if it needs longer.",
        )

    def _pending_names(self) -> list[str]:
        names = list(self.server.loads.in_flight)
        try:
            reply = self.send(
                "Runtime.evaluate",
                {"expression": stage.pending_labels().text, "returnByValue": True},
            )
            names += wait_reply(reply, 1, "a question")["result"].get("value") or []
        except HeliosError:
            pass
        return names

    # -- talking ---------------------------------------------------------------------------------

    def send(self, method: str, params: Message | None = None) -> Future[Message]:
        """A command to this tab."""
        future = self._connection.send(method, params, self.session)
        self.events.watch(future)
        return future

    def ask(self, call: Call[T]) -> Asked[T]:
        """Begin to evaluate JavaScript; promises are awaited by the page."""
        request = {"expression": call.text, "awaitPromise": True, "returnByValue": True}
        return Asked(self.send("Runtime.evaluate", request), call.read)

    def answer(
        self,
        asked: Asked[T],
        what: str,
        timeout_s: float | None = None,
        frame: int | None = None,
    ) -> T:
        """The value of an evaluation begun with ``ask``; errors after ``frame`` wait their turn.

        Raises:
            ScriptError: the page raised, also elsewhere than in the expression.
            StepTimeout: no answer in time.
            BrowserCrashed: the tab or the browser is gone.
        """
        try:
            result = self.wait(asked.reply, timeout_s or self.settings.step_timeout_s, what)
        except ProtocolError as error:
            if any(word in error.message for word in _GONE):
                raise self.events.left(what) from None
            raise
        if "exceptionDetails" in result:
            raise self._explain(result["exceptionDetails"], what)
        self.raise_page_errors(what, frame)
        return asked.read(result["result"].get("value"))

    @overload
    def evaluate(self, call: Call[T], what: str = ..., timeout_s: float = ...) -> T: ...
    @overload
    def evaluate(self, call: str, what: str = ..., timeout_s: float = ...) -> Any: ...
    def evaluate(
        self, call: Call[Any] | str, what: str = "a question", timeout_s: float = 30
    ) -> Any:
        """``ask`` and ``answer``, also for JavaScript that is no entry point of the stage."""
        known = Call(call, lambda value: value) if isinstance(call, str) else call
        return self.answer(self.ask(known), what, timeout_s)

    def tell(self, call: Call[None]) -> None:
        """Evaluate at once, whatever the page is at; from any thread. What comes of it is lost."""
        request = {"expression": call.text, "returnByValue": True}
        with contextlib.suppress(HeliosError):
            told = self._connection.send("Runtime.evaluate", request, self.session)
            wait_reply(told, 2, "a word")

    def raise_page_errors(self, what: str = "loading", frame: int | None = None) -> None:
        """Raise what the page has thrown since it was opened, if anything.

        Raises:
            ScriptError: the first error, with the frame it came in.
        """
        self.events.raise_if_gone(what)
        error = self.events.first_error(frame)
        if error is not None:
            raise error

    def wait(self, future: Future[Message], timeout_s: float, what: str) -> Message:
        """The reply to a command of this tab.

        Raises:
            StepTimeout: not in time.
            BrowserCrashed: the tab or the browser is gone.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                slice_s = _DRIVE_EVERY_S if self.browser.draws_on_command else left
                return wait_reply(future, min(left, slice_s), what)
            except StepTimeout:
                self._drive()
            except BrowserCrashed:
                if self._connection.is_open:
                    raise self.events.left(what) from None
                raise self.browser.crash(what) from None
        self.events.raise_if_gone(what)
        raise StepTimeout(
            f"{what} took longer than it may: a script runs without end, or waits for ever",
            hint=self.events.console_tail(),
        )

    def _drive(self) -> None:
        if self.browser.draws_on_command:
            self.driver.draw()

    def _explain(self, details: Message, what: str) -> HeliosError:
        exception = details.get("exception", {})
        text = str(exception.get("description") or exception.get("value") or details.get("text"))
        if (known := _FAILURES.get(exception.get("className", ""))) is not None:
            kind, lead = known
            reason = text.partition(": ")[2].splitlines()[0]
            return kind(f"{what}: {lead}{reason}", hint=self.events.console_tail())
        own = self.events.first_error()
        return own or ScriptError(f"{what}: {text[:2000]}", hint=self.events.console_tail())

    # -- frames ----------------------------------------------------------------------------------

    def step(self, frame: int) -> None:
        """Advance to ``frame``; every frame before it must have been stepped or replayed."""
        self.answer(self.ask(stage.step(frame)), f"frame {frame}", frame=frame)

    def replay(self, start: int, stop: int) -> None:
        """Live through frames without painting them."""
        frame = start
        while frame < stop:
            asked = self.ask(stage.replay(frame, stop, REPLAY_BUDGET_MS))
            frame = self.answer(asked, f"replaying frames from {frame}")

    def changes(self, start: int, stop: int) -> list[int] | None:
        """``start``, and the frames before ``stop`` whose picture is not that of the one before.

        None if the page does not say which are the same: then each may differ, and needs those
        before it.
        """
        return self.evaluate(stage.changes(start, stop), f"pictures from {start}")

    def literal(self, value: Any) -> str:
        """A value as JavaScript."""
        return json.dumps(value)

    def warnings(self) -> tuple[str, ...]:
        """What a user should know and nothing stopped at: missing files, dismissed dialogs."""
        missing = [
            f"{name}: {why}{hint and f'. {hint}'}"
            for name, why in sorted(self.server.loads.missing.items())
            for hint in (self.server.loads.hints.get(name, ""),)
        ]
        dialogs = [f"the page opened a dialog, dismissed: {d}" for d in self.events.dialogs]
        late = [
            f"the page imported {url} while the film ran: nothing tells when it takes effect, so "
            "load it from the start"
            for url in self._imports()
            if url not in self._awaited
        ]
        lacking = [
            f"{label}: not there after {self.settings.patience_s:g} s; frames were taken without "
            f"it: {len(frames)}, the first is {min(frames)}"
            for label, frames in sorted(self.events.without.items())
        ]
        foreign = [
            f"what moves in the frame {url[:100]} stands still, for it is of another origin or in "
            "a sandbox: serve it from the page's own origin, without a sandbox"
            for url in sorted(self.events.foreign)
            if url not in self.server.loads.missing
        ]
        boxes = boxes_later(self.events.boxes)
        notes = sorted(self.events.notes)
        return (*missing, *dialogs, *late, *lacking, *foreign, *notes, *boxes)

    def read_blob(self, expression: str, timeout_s: float = 30) -> bytes:
        """The bytes of the Blob that ``expression``, or its promise, gives."""
        request = {"expression": expression, "awaitPromise": True}
        result = wait_reply(self.send("Runtime.evaluate", request), timeout_s, "a blob")
        if "exceptionDetails" in result:
            raise self._explain(result["exceptionDetails"], "reading a blob")
        handle = {"objectId": result["result"]["objectId"]}
        uuid = wait_reply(self.send("IO.resolveBlob", handle), timeout_s, "a blob")["uuid"]
        parts: list[bytes] = []
        while True:
            request = {"handle": f"blob:{uuid}", "size": 1 << 25}
            reply = wait_reply(self.send("IO.read", request), timeout_s, "a blob")
            data = reply.get("data", "")
            parts.append(base64.b64decode(data) if isinstance(data, str) else data)
            if reply.get("eof"):
                break
        self.send("IO.close", {"handle": f"blob:{uuid}"})
        self.send("Runtime.releaseObject", handle)
        return b"".join(parts)

    def close(self) -> None:
        """Close the tab."""
        if self.session:
            self._connection.listen(self.session, None)
            self._workers.close()
        if self._target and self._connection.is_open:
            closing = self._connection.send("Target.closeTarget", {"targetId": self._target})
            # A tab on its way out can disturb the next one; a hung one is not waited for long.
            with contextlib.suppress(HeliosError):
                wait_reply(closing, 1, "to close")
            self._target = ""
        if self._storage is not None:
            self._storage.release()
            self._storage = None
        if self._context and self._connection.is_open:
            self._connection.send(
                "Target.disposeBrowserContext", {"browserContextId": self._context}
            )
            self._context = ""
        if self.session:
            self.driver.end()
        self.server.close()
