"""A tab of the browser, which may outlive the document in it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from helios.browser import stage
from helios.browser.frames import FrameDriver
from helios.browser.launch import Browser
from helios.browser.protocol import Message, wait_reply
from helios.errors import HeliosError

if TYPE_CHECKING:
    from helios.browser.page import StageSettings
    from helios.browser.ring import Ring

_CLOSES_WITHIN_S = 1.0
_EMPTIES_WITHIN_S = 1.0
_MOST_PAGES = 16
"""What documents leave in the memory of a tab's process goes with the tab."""


class Tab:
    """A tab with storage and channels of its own. Used by one thread at a time.

    To open one costs as much as to draw a third of a second. Pages that are drawn into a canvas may
    follow each other in one: the document around them stays, with the canvas and the worker that
    fills the ring. What a page can see of those before it, its storage and its name, is cleared
    in between.
    """

    def __init__(self, browser: Browser, settings: StageSettings, origin: str) -> None:
        """Open it for pages of an origin.

        Raises:
            HeliosError: the browser gives none.
        """
        self.connection = browser.connection
        self.target = ""
        self.script = ""
        """Identifies what lets our scripts begin in its documents, before their own do."""
        self.pages = 0
        """How many it has had, with the one that is there."""
        self.settings = replace(settings, props={})
        """Its pages have them all but for their props."""
        self.ring: Ring | None = None
        """What the worker of the document around its pages fills, if that is there."""
        self._context = ""
        self._storage: Lock | None = None
        try:
            self.session = self._open(browser, settings, origin)
        except BaseException:
            self._release()
            raise
        self.driver = FrameDriver(self.connection, self.session, browser.frames)
        """Draws its frames; its ticks go on from page to page."""

    @property
    def has_files(self) -> bool:
        """Whether files that its pages write lie on a disk, where others can map them."""
        return self._storage is not None

    def _open(self, browser: Browser, settings: StageSettings, origin: str) -> str:
        create: Message = {"url": "about:blank"}
        # Several pages of one origin may be open at a time, each with storage and channels of its
        # own. Only one can have those whose files lie in the profile; others' are in the browser.
        storage = browser.storage_of(origin)
        if settings.keeps_files and storage.acquire(blocking=False):
            self._storage = storage
        else:
            context = self.connection.call("Target.createBrowserContext", {"disposeOnDetach": True})
            self._context = create["browserContextId"] = context["browserContextId"]
        if browser.executable.is_headless_shell:
            create |= {"width": settings.layout[0], "height": settings.layout[1]}
        else:
            # A tab behind another one is not drawn.
            create["newWindow"] = True
        if browser.draws_on_command:
            create["enableBeginFrameControl"] = True
        self.target = self.connection.call("Target.createTarget", create)["targetId"]
        attach = {"targetId": self.target, "flatten": True}
        return str(self.connection.call("Target.attachToTarget", attach)["sessionId"])

    def empty(self) -> bool:
        """End the page that is there; whether the tab can have another one after it."""
        if self.ring is None or self.pages >= _MOST_PAGES:
            return False
        script, self.script = {"identifier": self.script}, ""
        self.connection.send("Page.removeScriptToEvaluateOnNewDocument", script, self.session)
        request = {"expression": stage.leave().text, "returnByValue": True}
        try:
            sent = self.connection.send("Runtime.evaluate", request, self.session)
            left = wait_reply(sent, _EMPTIES_WITHIN_S, "to leave")
        except HeliosError:
            return False
        return left["result"].get("value") is True

    def close(self) -> None:
        """Close it; one that hangs is not waited for long."""
        self._release()
        self.driver.end()

    def _release(self) -> None:
        if self.target and self.connection.is_open:
            closing = self.connection.send("Target.closeTarget", {"targetId": self.target})
            # A tab on its way out can disturb the next one.
            with contextlib.suppress(HeliosError):
                wait_reply(closing, _CLOSES_WITHIN_S, "to close")
            self.target = ""
        if self._storage is not None:
            self._storage.release()
            self._storage = None
        if self._context and self.connection.is_open:
            self.connection.send(
                "Target.disposeBrowserContext", {"browserContextId": self._context}
            )
            self._context = ""
