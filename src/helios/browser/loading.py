"""How a composition's document gets into its tab and becomes ready for its first frame."""

from __future__ import annotations

import time
from concurrent import futures
from typing import TYPE_CHECKING, NoReturn

from helios.browser import stage
from helios.browser.preload import paint_host
from helios.browser.protocol import wait_reply
from helios.errors import CompositionNotFound, HeliosError, NotReadyError, StepTimeout

if TYPE_CHECKING:
    from helios.browser.page import Page

DRIVE_EVERY_S = 0.02
"""A browser that draws on command draws so often while the page is waited for."""
_QUIET_LOOKS = 2
_MOST_LOADS = 6
_DEPARTS_WITHIN_S = 2.0
_REQUEST_WITHIN_S = 5.0
"""A page's own policy may forbid what it asks for: then no request ever comes."""


class Loading:
    """The loading of one page: as often as the page or its server wants it anew."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._settings = page.settings
        self._server = page.server
        self._events = page.events
        self._awaited: set[str] = set()
        self._left = 0

    def run(self) -> None:
        """Load the document until it is ready for its first frame.

        Raises:
            CompositionNotFound: it cannot be opened.
            NotReadyError: it never became ready, with what it waits for.
            ScriptError: it threw.
        """
        deadline = time.monotonic() + self._settings.stability_timeout_s
        for self._left in reversed(range(_MOST_LOADS)):
            self._navigate()
            try:
                self._arrive(deadline)
            except HeliosError:
                if not self._is_over():
                    raise
            if not self._is_over():
                break
            if self._events.wants_reload:
                # Its own request for the document must not be taken for ours.
                self._events.departed.wait(_DEPARTS_WITHIN_S)
            self._leave()
            self._awaited.clear()
            self._events.begin()
            self._server.begin()
        self._page.raise_page_errors()

    def unawaited_imports(self) -> list[str]:
        """Modules that were asked for and that the first frame did not wait for."""
        return [url for url in self._imports() if url not in self._awaited]

    def _is_over(self) -> bool:
        """Whether what was loaded is to be loaded again: the page says so, or its server."""
        return self._left > 0 and (self._server.loads.is_outdated or self._events.wants_reload)

    def _leave(self) -> None:
        """End the document that is there: what it still asks for is none of the next one's."""
        self._page.tab.ring = None
        self._events.loaded.clear()
        left = self._page.send("Page.navigate", {"url": "about:blank"})
        self._events.await_document(str(wait_reply(left, 30, "to leave")["loaderId"]))
        self._events.loaded.wait(_DEPARTS_WITHIN_S)

    def _navigate(self) -> None:
        if self._page.tab.ring is not None:
            self._show()
            return
        address = self._server.url
        if self._settings.document is not None:
            address = self._server.serve_extra("page.html", self._settings.document)
        if self._settings.inside_canvas:
            self._events.page_frame = ""
            size = (self._settings.width, self._settings.height)
            address = self._server.serve_extra("stage.html", paint_host(*size, address))
        reply = self._page.send("Page.navigate", {"url": address})
        try:
            result = self._page.wait(reply, self._settings.stability_timeout_s, "loading")
        except StepTimeout:
            self._never_ready("the page never finished loading")
        if result.get("errorText"):
            url = self._server.url
            raise CompositionNotFound(
                f"cannot open {url}: {self._server.loads.missing.get(url, result['errorText'])}",
                hint=self._server.loads.hints.get(url)
                or "Check the address; a development server must be running.",
            )
        self._events.await_document(str(result["loaderId"]))

    def _show(self) -> None:
        """Open the page in the document that was around the one before it."""
        loading = self._page.ask(stage.show()).reply
        loading.add_done_callback(lambda _: self._events.loaded.set())

    def _arrive(self, deadline: float) -> None:
        while not self._events.loaded.wait(DRIVE_EVERY_S):
            self._events.raise_if_gone("loading")
            if self._is_over():
                return
            self._raise_departure()
            self._page.drive()
            if time.monotonic() > deadline:
                self._never_ready("the page never finished loading")
        refusal = self._server.loads.missing.get(self._server.url)
        if refusal:
            raise CompositionNotFound(f"cannot open {self._server.url}: {refusal}")
        self._get_ready(deadline)
        if self._events.departed.is_set():
            self._events.await_departure()
        self._page.raise_page_errors()

    def _raise_departure(self) -> None:
        """A page that has asked for another one may never finish loading, nor become ready."""
        if self._events.departed.is_set():
            self._page.raise_page_errors()

    def _get_ready(self, deadline: float) -> None:
        # Nothing in a page tells that it imports a module, but here its request is seen.
        quiet = 0
        while quiet < _QUIET_LOOKS:
            left_ms = max(0.0, deadline - time.monotonic()) * 1000
            fresh = self.unawaited_imports()
            # One that comes after the page has stopped waiting for it asks for others only then.
            self._awaited.update(url for url in fresh if url not in self._server.loads.in_flight)
            asked = self._page.ask(stage.ready(round(left_ms), fresh))
            # A document that is to be loaded again may never become ready: its time is that of the
            # next one.
            while not futures.wait([asked.reply], DRIVE_EVERY_S).done:
                if self._is_over():
                    return
                self._raise_departure()
                if time.monotonic() > deadline:
                    break
                self._page.drive()
            missing = self._page.answer(asked, "getting ready", timeout_s=left_ms / 1000 + 2)
            coming = self._imports_in_flight() + self._imports_on_their_way()
            if missing or (coming and time.monotonic() > deadline):
                self._never_ready("the page never became ready", missing or coming)
            if self._is_over():
                return
            quiet = 0 if fresh or coming else quiet + 1

    def _imports_in_flight(self) -> list[str]:
        """A development server takes its time for a library that it has not bundled yet."""
        asked, frame = self._server.loads.modules, self._events.page_frame
        return [url for url in list(self._server.loads.in_flight) if asked.get(url) == frame]

    def _imports_on_their_way(self) -> list[str]:
        """On a busy machine the page has long been ready when a request of it is seen here."""
        told, now = list(self._events.asked_modules.items()), time.monotonic()
        seen = self._server.loads.requested
        return [url for url, at in told if url not in seen and now - at < _REQUEST_WITHIN_S]

    def _imports(self) -> list[str]:
        """Modules asked for so far that no element of the page stands for."""
        frame, known = self._events.page_frame, self._events.known_scripts
        asked = list(self._server.loads.modules.items())
        return [url for url, asker in asked if asker == frame and url not in known]

    def _never_ready(self, what: str, missing: list[str] | None = None) -> NoReturn:
        self._page.raise_page_errors()
        try:
            if self._server.url not in self._server.loads.in_flight:
                wait_reply(
                    self._page.send("Runtime.evaluate", {"expression": "1"}), 1, "a question"
                )
        except StepTimeout:
            raise NotReadyError(
                f"{what}: a script runs without end, or the page is too large",
                hint=self._events.console_tail() or "Raise --stability-timeout if it needs longer.",
            ) from None
        names = list(missing or self._pending_names())
        listed = ", ".join(names[:10]) if names else "unknown"
        raise NotReadyError(
            f"{what} within {self._settings.stability_timeout_s:g} s; still waiting for: {listed}",
            hint=self._events.console_tail() or "Raise --stability-timeout if it needs longer.",
        )

    def _pending_names(self) -> list[str]:
        # Not by the page's own ``ask``: what it has thrown meanwhile must not hide what is awaited.
        names = list(self._server.loads.in_flight)
        try:
            reply = self._page.send(
                "Runtime.evaluate",
                {"expression": stage.pending_labels().text, "returnByValue": True},
            )
            names += wait_reply(reply, 1, "a question")["result"].get("value") or []
        except HeliosError:
            pass
        return names
