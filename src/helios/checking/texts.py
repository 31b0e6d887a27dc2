"""Texts of a page: cut off, out of their boxes, out of the picture, too faint to read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from helios.findings.finding import Box, Finding, ok

if TYPE_CHECKING:
    from helios.browser.page import Page

SAFE_SHARE = 0.05
"""Of each side, that text keeps free: graphics safe area of EBU R 95."""
NARROW_SHARE = 0.02
"""Text nearer to the edge than this is cut off on some screens, and is no choice of design."""
LEAST_CONTRAST, LEAST_CONTRAST_LARGE = 4.5, 3.0
"""WCAG 1.4.3; large is 24 px, or 18.66 px in bold, of a picture 1080 high."""
_LARGE_PX, _LARGE_BOLD_PX = 24.0, 18.66
_REFERENCE_HEIGHT = 1080
_MAY_BE_CUT_PX = 2.0
_MAY_BE_CUT_EM = 0.35
"""Letters are lower than the box of their font."""
_RESTS_PX = 0.5
_SEEN_OFTEN = 3
_LEAST_BOX_PX = 4
_MOST_PIXELS = 20_000
"""Of a text, that are measured."""
_LETTERS_SHARE = 0.6
"""Of a line's box that letters cover at most: heavy capitals in a font without room around them."""

Pixels = NDArray[np.uint8]


@dataclass(slots=True)
class _Text:
    """One text, over all frames that were looked at."""

    text: str
    line: str
    """The block that it is in: words may be split into letters."""
    size: float
    bold: bool
    box: tuple[float, float, float, float]
    at_s: float
    cut: float = float("inf")
    """The least that was ever cut off."""
    out: float = float("inf")
    away: float = float("inf")
    """How far it reaches out of the picture, at least."""
    margin: float = -float("inf")
    """How near it comes to the picture's edge, at most."""
    contrast: float | None = None
    rested: bool = False
    seen: int = 0


@dataclass(slots=True)
class TextWatch:
    """Asks a page at some frames what its texts look like."""

    pixel_ratio: Fraction
    is_flat: bool
    _texts: dict[str, _Text] = field(default_factory=dict)
    _size: tuple[float, float] = (0.0, 0.0)
    tries: bool = False
    """Whether the page has what could move: scripts or animations."""
    broken: dict[str, float] = field(default_factory=dict)
    """Images that could not be decoded, and when that was seen."""

    def look(self, page: Page, at_s: float, pixels: Pixels | None) -> None:
        """Ask at the frame that the page is at; ``pixels`` is what it shows there."""
        told = page.evaluate(_script(), "looking at texts")
        self._size = (told["width"], told["height"])
        self.tries |= bool(told["tries"])
        for address in told["broken"]:
            self.broken.setdefault(address, at_s)
        for each in told["texts"]:
            self._note(each, at_s, pixels)

    def _note(self, each: dict[str, Any], at_s: float, pixels: Pixels | None) -> None:
        box = tuple(each["box"])
        width, height = self._size
        left, top, right, bottom = box
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            return
        text = self._texts.get(each["name"])
        if text is None or text.text != each["text"]:
            key = each["name"] if text is None else f"{each['name']}={each['text']}"
            text = self._texts.setdefault(
                key, _Text(each["text"], each["line"], each["size"], each["bold"], box, at_s)
            )
        text.rested |= text.seen > 0 and _distance(text.box, box) <= _RESTS_PX
        text.seen += 1
        allowed_y = _MAY_BE_CUT_EM * each["size"]
        cut = max(each["cutX"] - _MAY_BE_CUT_PX, each["cutY"] - allowed_y)
        away = max(
            max(-left, right - width) - _MAY_BE_CUT_PX, max(-top, bottom - height) - allowed_y
        )
        if max(cut, away, 0) <= max(min(text.cut, 1e9), min(text.away, 1e9), 0):
            text.box, text.at_s = box, at_s
        text.cut, text.away = min(text.cut, cut), min(text.away, away)
        text.out = min(text.out, each["out"] - _MAY_BE_CUT_PX)
        em = 0.2 * each["size"]
        text.margin = max(
            text.margin, min(left, right and width - right, top + em, height - bottom + em)
        )
        if pixels is None or each["colour"] is None or each["opacity"] < 0.5:
            return
        lines = [self._in_picture(tuple(line)) for line in each["lines"]]
        measured = _contrast(lines, each["colour"], each["opacity"], pixels)
        if measured is not None and (text.contrast is None or measured > text.contrast):
            text.contrast = measured

    def _in_picture(self, box: tuple[float, ...]) -> Box:
        left, top, right, bottom = (round(side * self.pixel_ratio) for side in box)
        return Box(x=left, y=top, width=right - left, height=bottom - top)

    def findings(self) -> Iterator[Finding]:
        """All that was found: of each line where it stands, and whether it can be read."""
        looked = [text for text in self._texts.values() if text.rested or text.seen >= _SEEN_OFTEN]
        count = 0
        lines: dict[str, list[_Text]] = {}
        for text in looked:
            lines.setdefault(text.line, []).append(text)
        for pieces in lines.values():
            found = [finding for text in pieces if (finding := self._misplaced(text))]
            # What is cut off lies on a ground that is not seen either.
            if not any(finding.check == "overflow" for finding in found):
                found += [finding for finding in (self._faint(pieces),) if finding]
            count += len(found)
            yield from found
        if looked and not count:
            yield ok("texts", f"{len(looked)} texts, none cut off, away or too faint")

    def _problem(self, check: str, text: _Text, what: str, why: str, remedy: str) -> Finding:
        shown = text.text if len(text.text) <= 40 else f"{text.text[:39]}…"
        return Finding(
            check=check,
            status="problem",
            what=f"“{shown}” {what}",
            start_s=text.at_s,
            why=why,
            remedy=remedy,
            box=self._in_picture(text.box),
        )

    def _misplaced(self, text: _Text) -> Finding | None:
        if text.cut > 0:
            return self._problem(
                "overflow",
                text,
                f"is cut off by {text.cut:.0f} px or more",
                "it is larger than the box that hides what overflows it, at every frame looked at",
                "Make the box larger, the text smaller, or let it wrap.",
            )
        if text.out > 0:
            return self._problem(
                "overflow",
                text,
                f"reaches {text.out:.0f} px out of its box",
                "the box has a ground or a border that the text does not keep to",
                "Make the box larger, the text smaller, or let it wrap.",
            )
        if self.is_flat and text.away > 0:
            return self._problem(
                "safe zone",
                text,
                f"leaves the picture by {text.away:.0f} px or more",
                "at every frame looked at",
                "Move it in, make it smaller, or let it wrap.",
            )
        side = min(self._size)
        if self.is_flat and text.margin < NARROW_SHARE * side:
            return self._problem(
                "safe zone",
                text,
                f"is {max(0.0, text.margin):.0f} px from the edge",
                f"screens and players cut off or cover the edge: keep {SAFE_SHARE:.0%} free "
                "(EBU R 95)",
                "Move it in.",
            )
        return None

    def _faint(self, pieces: list[_Text]) -> Finding | None:
        """A line is read as a whole: half of its pieces decide."""
        measured = sorted(
            ((text.contrast, text) for text in pieces if text.contrast is not None),
            key=lambda each: each[0],
        )
        if not measured:
            return None
        contrast, text = measured[len(measured) // 2]
        scale = min(self._size) / _REFERENCE_HEIGHT
        large = (_LARGE_BOLD_PX if text.bold else _LARGE_PX) * min(1, scale)
        least = LEAST_CONTRAST_LARGE if text.size >= large else LEAST_CONTRAST
        if contrast >= least:
            return None
        return self._problem(
            "contrast",
            text,
            # Rounded down: 4.499 is not the 4.5 that is asked for.
            f"has a contrast of {math.floor(contrast * 100) / 100:.2f}:1",
            f"{least:g}:1 is the least that can be read by most (WCAG 1.4.3); the highest of all "
            "frames looked at",
            "Make the text or its ground darker or lighter.",
        )


@cache
def _script() -> str:
    return files("helios.checking").joinpath("texts.js").read_text()


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _contrast(
    lines: Sequence[Box], colour: list[float], opacity: float, pixels: Pixels
) -> float | None:
    """The contrast of a text with the ground between its letters; None if it cannot be measured."""
    height, width = pixels.shape[:2]
    share = colour[3] * opacity
    parts = [
        pixels[max(0, box.y) : box.y + box.height, max(0, box.x) : box.x + box.width]
        for box in lines
        if min(box.y + box.height, height) - max(0, box.y) >= _LEAST_BOX_PX
        and min(box.x + box.width, width) - max(0, box.x) >= _LEAST_BOX_PX
    ]
    if not parts or share < 0.1:
        return None
    seen = np.concatenate([part.reshape(-1, 3) for part in parts])
    ground = seen[:: 1 + len(seen) // _MOST_PIXELS].astype(np.float64)
    text = np.array(colour[:3]) * share + ground * (1 - share)
    one, other = _luminance(text), _luminance(ground)
    contrasts = (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
    # The letters themselves are among what is seen there, and have none with their own colour.
    return float(np.quantile(contrasts, _LETTERS_SHARE))


def _luminance(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    value = colours / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    luminance: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return luminance
