"""Subtitles as transparent pictures, drawn by the browser."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from urllib.parse import quote

import numpy as np

from helios.browser import stage
from helios.browser.fonts import font_warnings, glyph_warnings
from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.browser.screenshot import Screenshots
from helios.browser.specimens import specimens
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import FontSpecimen
from helios.model.subtitles import Cue, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACES: tuple[Place, ...] = get_args(Place)
_KEPT = 16
_MOST_STYLED = 200
"""Cues whose own styles (bold, italic) are looked for; their characters are all looked at."""
_TAG = re.compile(r"<[^>]*>")
_SHOW = """(async (text) => {
  document.body.innerHTML = text;
  document.body.getBoundingClientRect();
  await document.fonts.ready;
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What lies over a picture: straight RGBA, and where its upper left corner is (even)."""

    x: int
    y: int
    pixels: NDArray[np.uint8]


class SubtitlePage:
    """Draws cues at one size, in a tab of its own; each set of cues once.

    ``style`` is a CSS file; what it loads lies in its folder.
    """

    def __init__(
        self, browser: Browser, width: int, height: int, *, file: Path, style: Path | None
    ) -> None:
        """``width`` and ``height`` in pixels; CSS pixels are those of the browser."""
        path = style or file
        root = path.parent.resolve()
        settings = StageSettings(
            width=width,
            height=height,
            pixel_ratio=browser.config.pixel_ratio,
            fps=Fraction(30),
            transparent=True,
            document=_document(style.resolve().name if style else None),
        )
        composition = Composition(
            kind=CompositionKind.PAGE, location=str(root / path.name), root=root
        )
        self._page = Page(browser, composition, settings)
        self._shots = Screenshots(self._page)
        self._shots.warm_up()
        self._drawn: dict[tuple[Cue, ...], Overlay | None] = {(): None}

    def draw(self, cues: tuple[Cue, ...]) -> Overlay | None:
        """What these cues look like together; None if nothing of them is seen.

        Raises:
            CaptureError, StepTimeout, BrowserCrashed: the browser cannot draw them.
        """
        if cues not in self._drawn:
            if len(self._drawn) > _KEPT:
                self._drawn = {(): None}
            text = self._page.literal(_markup(cues))
            self._page.evaluate(f"{_SHOW}({text})", "drawing subtitles")
            self._drawn[cues] = _cropped(self._shots.take("drawing subtitles"))
        return self._drawn[cues]

    def warnings(self, cues: tuple[Cue, ...] = ()) -> tuple[str, ...]:
        """Files that the style names and that are not there, fonts that this machine lacks.

        All text of ``cues`` is looked at.
        """
        page = self._page
        return (*page.warnings(), *glyph_warnings(page, _text(cues)), *font_warnings(page))

    def fonts(self, cues: tuple[Cue, ...]) -> tuple[FontSpecimen, ...]:
        """What letters look like in the fonts that the text of ``cues`` asks the machine for."""
        page = self._page
        shown = page.literal(_markup(cues[:_MOST_STYLED]))
        page.evaluate(f"{_SHOW}({shown})", "looking at fonts")
        asked = page.evaluate(stage.fonts_asked(_text(cues)), "looking at fonts")
        return specimens(page, asked)

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of what the style loaded, itself included."""
        return tuple(sorted(self._page.server.inputs.items()))

    def close(self) -> None:
        """Close the tab."""
        self._page.close()


def _text(cues: tuple[Cue, ...]) -> str:
    return "".join(html.unescape(_TAG.sub("", cue.html)) for cue in cues)


def _document(style: str | None) -> bytes:
    usual = (files("helios.browser") / "js" / "subtitles.css").read_text(encoding="utf-8")
    own = f'<link rel="stylesheet" href="/{quote(style)}">' if style else ""
    return f'<!doctype html><meta charset="utf-8"><style>{usual}</style>{own}<body>'.encode()


def _markup(cues: tuple[Cue, ...]) -> str:
    return "".join(
        f'<div class="subtitles {place}">'
        + "".join(
            f'<div class="cue {cue.side}"><span>{cue.html}</span></div>'
            for cue in cues
            if cue.place == place
        )
        + "</div>"
        for place in PLACES
    )


def _cropped(image: NDArray[np.uint8]) -> Overlay | None:
    """The part that is not empty, on even pixels so that halved colour fits."""
    if image.shape[2] == 3:
        return Overlay(x=0, y=0, pixels=np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]))
    rows = np.flatnonzero(image[:, :, 3].any(axis=1))
    columns = np.flatnonzero(image[:, :, 3].any(axis=0))
    if not rows.size:
        return None
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    bottom, right = (int(rows[-1]) // 2 + 1) * 2, (int(columns[-1]) // 2 + 1) * 2
    return Overlay(x=left, y=top, pixels=np.ascontiguousarray(image[top:bottom, left:right]))
