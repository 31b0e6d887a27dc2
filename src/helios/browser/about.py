"""What a page says of itself: the props that it takes, and what it tells its console."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from helios.browser.inspect import read_declared, stage_settings_of
from helios.browser.launch import Browser
from helios.browser.page import Page
from helios.errors import HeliosError
from helios.files.documents import parse_json, read_json
from helios.model.composition import Composition
from helios.model.options import RenderOptions
from helios.model.page_words import PageWords
from helios.model.props_form import props_form

_SCHEMA = """JSON.stringify(window.helios?.schema ?? JSON.parse(
  document.querySelector("[data-composition-variables]")?.dataset.compositionVariables ?? "null"
)) ?? "null\""""
_READY_S = 10.0


def listen_to_page(browser: Browser, composition: Composition, options: RenderOptions) -> PageWords:
    """Open a page as its film begins, and read what it says and what is wrong with it.

    A page that fails has said something nonetheless; why it failed is told where it is drawn.
    """
    form = _form_beside(composition)
    settings = replace(stage_settings_of(options), stability_timeout_s=_READY_S)
    try:
        page = Page(browser, composition, settings)
    except HeliosError as error:
        said = error.hint.removeprefix("The page's console: ")
        console = tuple(said.split(" | ")) if said != error.hint else ()
        return PageWords(form=form or props_form(None), loaded=False, console=console)
    try:
        if form is None:
            form = props_form(_schema(page))
        declared = _declared(page)
        wrong = (f"warning: {warning}" for warning in page.warnings())
        return PageWords(
            form=form,
            width=declared.get("width"),
            height=declared.get("height"),
            fps=str(declared["fps"]) if "fps" in declared else None,
            console=(*page.events.console, *wrong),
        )
    finally:
        page.close()


def _declared(page: Page) -> dict[str, Any]:
    with suppress(HeliosError):
        return read_declared(page)[0]
    return {}


def _schema(page: Page) -> Any:
    with suppress(HeliosError):
        return parse_json(page.evaluate(_SCHEMA), "the page's schema")
    return None


def _form_beside(composition: Composition) -> dict[str, Any] | None:
    """The JSON Schema in a file beside the page, named for it or for its props."""
    if composition.is_remote:
        return None
    page = Path(composition.location)
    for file in (page.with_suffix(".schema.json"), page.with_name("props.schema.json")):
        if file.is_file():
            with suppress(HeliosError):
                return props_form(read_json(file, file.name))
    return None
