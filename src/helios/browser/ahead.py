"""Pages opened before they are needed, while the same composition is still being looked at."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.model.composition import Composition

if TYPE_CHECKING:
    from helios.browser.capture import Capture
    from helios.model.picture import Picture

_Wanted = tuple[Browser, Composition, StageSettings]


@dataclass(frozen=True, slots=True)
class BegunPage:
    """An open page whose first frames were drawn already."""

    page: Page
    capture: Capture
    """What has drawn them, and draws those after."""
    pictures: tuple[Picture, ...]
    """From frame 0 on."""


class PageAhead:
    """Opens pages beside the caller's work and keeps them for whoever wants exactly such a page.

    Used by one thread; it keeps pages of one kind at a time.
    """

    def __init__(self) -> None:
        self._wanted: _Wanted | None = None
        self._pages: list[Future[Page]] = []
        self._begun: BegunPage | None = None

    def open(self, browser: Browser, composition: Composition, settings: StageSettings) -> None:
        """Begin to open a page; those of another kind are closed."""
        self._keep_only((browser, composition, settings))
        page: Future[Page] = Future()
        self._pages.append(page)

        def run() -> None:
            try:
                page.set_result(Page(browser, composition, settings))
            except BaseException as error:  # noqa: BLE001 - the page is opened again when needed
                page.set_exception(error)

        browser.do_beside(run, "helios-page-ahead")

    def take(
        self, browser: Browser, composition: Composition, settings: StageSettings
    ) -> Page | None:
        """An open page, if there is one of this kind and all went well."""
        self._keep_only((browser, composition, settings))
        if not self._pages:
            return None
        future = self._pages.pop(0)
        with suppress(Exception):
            page = future.result()
            if page.is_of(browser):
                return page
            page.close()
        return None

    def keep_begun(self, begun: BegunPage, composition: Composition) -> None:
        """Keep a page that has drawn frames; those that were kept are closed."""
        self._keep_only((begun.page.browser, composition, begun.page.settings))
        self._begun = begun

    @property
    def begun(self) -> BegunPage | None:
        """The page that has drawn frames, if there is one."""
        return self._begun

    def take_begun(
        self, browser: Browser, composition: Composition, settings: StageSettings
    ) -> BegunPage | None:
        """A page that has drawn frames, if there is one of this kind."""
        self._keep_only((browser, composition, settings))
        begun, self._begun = self._begun, None
        if begun is None or begun.page.is_of(browser):
            return begun
        begun.page.close()
        return None

    def close(self) -> None:
        """Close the pages that nobody took; one that is still being opened is not waited for."""
        self._keep_only(None)

    def _keep_only(self, wanted: _Wanted | None) -> None:
        if self._wanted != wanted:
            pages, self._pages = self._pages, []
            self._wanted = wanted
            for page in pages:
                page.add_done_callback(_close)
            begun, self._begun = self._begun, None
            if begun is not None:
                begun.page.close()


def _close(opened: Future[Page]) -> None:
    with suppress(Exception):
        opened.result().close()
