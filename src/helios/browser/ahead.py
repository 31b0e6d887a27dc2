"""A page opened for the render while the same page is still being looked at."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import suppress

from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.model.composition import Composition


class PageAhead:
    """Opens one page beside the caller's work and keeps it for whoever wants exactly that page."""

    def __init__(self) -> None:
        self._wanted: tuple[Browser, Composition, StageSettings] | None = None
        self._page: Future[Page] | None = None

    def open(self, browser: Browser, composition: Composition, settings: StageSettings) -> None:
        """Begin to open a page; one that was opened before and not taken is closed."""
        self.close()
        page: Future[Page] = Future()
        self._wanted, self._page = (browser, composition, settings), page

        def run() -> None:
            try:
                page.set_result(Page(browser, composition, settings))
            except BaseException as error:  # noqa: BLE001 - the page is opened again when needed
                page.set_exception(error)

        threading.Thread(target=run, name="helios-page-ahead", daemon=True).start()

    def take(
        self, browser: Browser, composition: Composition, settings: StageSettings
    ) -> Page | None:
        """The open page, if it is this one and all went well."""
        if self._wanted != (browser, composition, settings):
            self.close()
            return None
        future, self._wanted, self._page = self._page, None, None
        assert future is not None
        with suppress(Exception):
            page = future.result()
            if page.is_of(browser):
                return page
            page.close()
        return None

    def close(self) -> None:
        """Close the page if nobody took it."""
        future, self._wanted, self._page = self._page, None, None
        if future is not None:
            with suppress(Exception):
                future.result().close()
