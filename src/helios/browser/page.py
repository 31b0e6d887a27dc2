"""One composition, open in one tab, with our clock in it."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any, Generic, overload

from helios.browser import stage
from helios.browser.events import LOOK, TELL, PageEvents, thrown_text
from helios.browser.flags import painted_ratio
from helios.browser.glyphs import boxes_later
from helios.browser.launch import Browser
from helios.browser.loading import DRIVE_EVERY_S, Loading
from helios.browser.preload import (
    PageSong,
    begin_script,
    preload_script,
    worker_script,
    worklet_script,
)
from helios.browser.protocol import Message, ProtocolError, wait_reply
from helios.browser.serve import LOADS_POLICY, PATTERNS, CompositionServer
from helios.browser.stage import Call, T
from helios.browser.tab import Tab
from helios.browser.workers import AUTO_ATTACH, WorkerSessions
from helios.errors import (
    BrowserCrashed,
    CaptureError,
    CaptureRefused,
    HeliosError,
    NotReadyError,
    ScriptError,
    StepTimeout,
)
from helios.model.composition import Composition
from helios.planning.panorama import Around
from helios.remote.addresses import HostPolicy

REPLAY_BUDGET_MS = 500
_FIRST_FRAMES = 2
"""A picture by screenshot is waited for after its frame is answered."""
_NOTHING: Message = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}}
_FAILURES: dict[str, type[HeliosError]] = {
    "HeliosNotReady": NotReadyError,
    "HeliosNotCaptured": CaptureError,
    "HeliosRefused": CaptureRefused,
}
"""Classes of js/failures.js: what they are here."""
_ADD_SCRIPT = "Page.addScriptToEvaluateOnNewDocument"
_PAGE_LEFT = "HeliosPageLeft"
"""What js/preload.js throws where the page that a canvas is drawn from is on its way elsewhere."""
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
    """Its frames come through a file in the browser's profile, unless another page of its origin
    has files there just now."""
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
    place: int = 0
    """0 for the composition's own page, n for the n-th over it: each has its own origin."""

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

    @property
    def told(self) -> dict[str, Any]:
        """What our scripts are told of the film, wherever the page is opened."""
        return {
            "fpsNum": self.fps.numerator,
            "fpsDen": self.fps.denominator,
            "seed": self.seed & 0xFFFFFFFF,
            "width": self.width,
            "height": self.height,
            "patience": self.patience_s * 1000,
            "loadsPolicy": LOADS_POLICY,
            "insideCanvas": self.inside_canvas,
            "transparent": self.transparent,
            "listenMs": self.listen_ms,
            "around": self.around and asdict(self.around),
        }


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What a page was asked, and may still be at."""

    reply: Future[Message]
    read: Callable[[Any], T]


class Page:
    """An open composition. Used by one thread."""

    def __init__(
        self,
        browser: Browser,
        composition: Composition,
        settings: StageSettings,
        tab: Tab | None = None,
    ) -> None:
        """``tab`` is one of this browser that had such a page, drawn into a canvas."""
        self.browser = browser
        self.settings = settings
        self._connection = browser.connection
        self.server = CompositionServer(
            composition,
            self._connection,
            settings.hosts,
            browser.remote_files,
            place=settings.place,
        )
        if settings.picture is not None:
            shown = {"picture": self.server.serve_picture(settings.picture)}
            self.settings = replace(settings, props={**settings.props, **shown})
        if settings.song is not None:
            self.server.serve_sound(settings.song.payload, settings.song.textures)
        self._tab = tab
        self.session = ""
        self.heir: Callable[[Tab], None] | None = None
        """Who takes its tab, emptied, when it is closed."""
        self._frames_answered = 0
        try:
            tab = self._tab = tab or Tab(browser, settings, self.server.origin)
            tab.pages += 1
            self.session, self.driver = tab.session, tab.driver
            self._config = self._stage_config()
            self._workers = WorkerSessions(
                self._connection,
                self.server,
                worker_script(self._config),
            )
            self.events = PageEvents(
                self._connection,
                self.session,
                self.server,
                self._workers,
                settings.fps,
                "" if settings.inside_canvas else tab.target,
            )
            self.events.driver = self.driver if browser.draws_on_command else None
            self._loading = Loading(self)
            self._prepare(tab)
            self._loading.run()
            self._let_run()
        except BaseException as error:
            if isinstance(error, HeliosError) and hasattr(self, "_loading"):
                error.warnings = self.warnings()
            self.close()
            raise

    def is_of(self, browser: Browser) -> bool:
        """Whether it lives in this browser as it runs now."""
        return self._connection is browser.connection and self._connection.is_open

    @property
    def has_files(self) -> bool:
        """Whether the files of its own that it writes lie on a disk, where others can map them."""
        return self._tab is not None and self._tab.has_files

    @property
    def tab(self) -> Tab:
        """Where it is, until it is closed."""
        assert self._tab is not None
        return self._tab

    # -- opening ---------------------------------------------------------------------------------

    def _prepare(self, tab: Tab) -> None:
        settings = self.settings
        # A tab that had such a page keeps all that it was told but for the last.
        commands = self._first_commands() if tab.pages == 1 else []
        if tab.has_files or tab.pages > 1:  # what those before it have left
            left = {"origin": self.server.origin, "storageTypes": "all"}
            commands.append(("Storage.clearDataForOrigin", left))
        begin = begin_script(self._config, settings.props, settings.song)
        commands.append((_ADD_SCRIPT, {"source": begin}))
        replies = [(m, self._connection.send(m, p, self.session)) for m, p in commands]
        for method, reply in replies:
            done = wait_reply(reply, 10, method)
            if method == _ADD_SCRIPT:
                tab.script = done["identifier"]

    def _first_commands(self) -> list[tuple[str, Message]]:
        """Those to a new tab."""
        settings = self.settings
        width, height = settings.layout
        metrics: Message = {"width": width, "height": height, "mobile": False}
        metrics["deviceScaleFactor"] = float(painted_ratio(settings.pixel_ratio))
        commands: list[tuple[str, Message]] = [
            ("Page.enable", {}),
            ("Runtime.enable", {}),
            ("Fetch.enable", {"patterns": PATTERNS}),
            ("Animation.enable", {}),
            ("Animation.setPlaybackRate", {"playbackRate": 0}),
            ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            ("Runtime.addBinding", {"name": TELL}),
            ("Target.setAutoAttach", AUTO_ATTACH),
            ("Emulation.setDeviceMetricsOverride", metrics),
            (_ADD_SCRIPT, {"source": preload_script()}),
        ]
        if settings.transparent:
            commands.append(("Emulation.setDefaultBackgroundColorOverride", _NOTHING))
        return commands

    def _stage_config(self) -> dict[str, Any]:
        return {
            **self.settings.told,
            "drawsOnCommand": self.browser.draws_on_command,
            "isolatedOrigin": self.server.isolated_origin,
            "emptyFile": self.server.serve_extra("empty", b""),
            "workletFile": self.server.serve_extra(
                "worklet.js", worklet_script(self.settings.told).encode()
            ),
            "ownFiles": self.server.own_files,
        }

    def _let_run(self) -> None:
        self.events.is_running = True
        self.server.before_flag = self._raise_flag
        for flag in sorted(self.server.flags):
            self._raise_flag(flag)

    def _raise_flag(self, flag: str) -> None:
        """What the page is asked to do next comes after it; nobody waits for it."""
        self.send("Runtime.evaluate", {"expression": stage.raise_flag(flag).text})

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

        Args:
            asked: what was begun.
            what: names it in errors.
            timeout_s: how long it may take; None: as long as a frame.
            frame: whose evaluation it is.

        Raises:
            ScriptError: the page raised, also elsewhere than in the expression.
            StepTimeout: no answer in time.
            BrowserCrashed: the tab or the browser is gone.
        """
        try:
            result = self.wait(asked.reply, timeout_s or self.frame_limit_s, what)
        except ProtocolError as error:
            if any(word in error.message for word in _GONE):
                raise self._left(what) from None
            raise
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            if details.get("exception", {}).get("className") == _PAGE_LEFT:
                raise self._left(what)
            raise self._explain(details, what)
        self.raise_page_errors(what, frame)
        if timeout_s is None:
            self._frames_answered += 1
        return asked.read(result["result"].get("value"))

    def _left(self, what: str) -> HeliosError:
        """Why the page is not there any more: what it said itself, if it did."""
        self.events.await_departure()
        said = None if self.events.is_gone else self.events.first_error()
        return said or self.events.left(what)

    @property
    def frame_limit_s(self) -> float:
        """How long a frame may take; the first ones longer: what WebGL draws with is compiled then,
        for seconds where there is no GPU."""
        limit_s = self.settings.step_timeout_s
        if self._frames_answered < _FIRST_FRAMES:
            return max(limit_s, self.settings.stability_timeout_s)
        return limit_s

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
                slice_s = DRIVE_EVERY_S if self.browser.draws_on_command else left
                return wait_reply(future, min(left, slice_s), what)
            except StepTimeout:
                self.drive()
            except BrowserCrashed:
                if self._connection.is_open:
                    raise self.events.left(what) from None
                raise self.browser.crash(what) from None
        self.events.raise_if_gone(what)
        raise StepTimeout(
            f"{what} took longer than it may: a script runs without end, or waits for ever",
            hint=self.events.console_tail(),
        )

    def drive(self) -> None:
        """Draw, in a browser that draws on command: what is awaited may need it."""
        if self.browser.draws_on_command:
            self.driver.draw()

    def _explain(self, details: Message, what: str) -> HeliosError:
        exception = details.get("exception", {})
        text = thrown_text(details)
        if (kind := _FAILURES.get(exception.get("className", ""))) is not None:
            reason = text.partition(": ")[2].splitlines()[0]
            whole = f"{what}: {reason}" if kind is CaptureError else reason
            return kind(whole, hint=self.events.console_tail())
        own = self.events.first_error()
        hint = self.events.console_tail() or LOOK
        return own or ScriptError(f"{what}: {text[:2000]}", hint=hint)

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

    def looks(self, start: int, stop: int) -> list[int] | None:
        """Of each frame from ``start`` on the first that looks like it.

        None if the page does not say which are the same: then each may differ, and needs those
        before it.
        """
        return self.evaluate(stage.looks(start, stop), f"pictures from {start}")

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
            for url in self._loading.unawaited_imports()
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

    def read_blob(self, expression: str, timeout_s: float = 30, what: str = "a blob") -> bytes:
        """The bytes of the Blob that ``expression``, or its promise, gives; ``what`` names it."""
        request = {"expression": expression, "awaitPromise": True}
        result = wait_reply(self.send("Runtime.evaluate", request), timeout_s, what)
        if "exceptionDetails" in result:
            raise self._explain(result["exceptionDetails"], what)
        handle = {"objectId": result["result"]["objectId"]}
        uuid = wait_reply(self.send("IO.resolveBlob", handle), timeout_s, what)["uuid"]
        parts: list[bytes] = []
        while True:
            request = {"handle": f"blob:{uuid}", "size": 1 << 25}
            reply = wait_reply(self.send("IO.read", request), timeout_s, what)
            data = reply.get("data", "")
            parts.append(base64.b64decode(data) if isinstance(data, str) else data)
            if reply.get("eof"):
                break
        self.send("IO.close", {"handle": f"blob:{uuid}"})
        self.send("Runtime.releaseObject", handle)
        return b"".join(parts)

    def close(self) -> None:
        """Close the tab, or leave it to the heir."""
        if self.session:
            self._connection.listen(self.session, None)
            self._workers.close()
        tab, self._tab = self._tab, None
        if tab is not None:
            if self.heir is not None and not self.events.is_gone and tab.empty():
                self.heir(tab)
            else:
                tab.close()
        self.server.close()
