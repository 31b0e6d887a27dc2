"""Pages that differ in words alone are captured alike: what was seen of one holds for the next.

Rows of a batch are such pages. To look at one costs as much as to draw two seconds of it, for three
tabs are opened: the page as painted, the page in a canvas for the comparison, and the page that is
drawn. Of a page that is like one that was compared, only the last is opened, in the tab of the one
before it. Of one that is like none the first is opened too: what was drawn of the last is compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Any

from helios.browser import stage
from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.browser.protocol import Connection
from helios.browser.stage import FontAsked
from helios.browser.tab import Tab
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.model.picture import Picture

_MOST_KNOWN = 8
_MOST_MISSES = 2
"""Pages in a row that were like none, and were captured otherwise or had a trace of the canvas:
the next will be so too, and what was drawn of it for nothing."""
_MOST_HELD_BYTES = 16 * 1920 * 1080 * 4
"""Of the pictures up to the compared frame, which are held until they are encoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """All of a page that may decide how it is captured, at the frame that is compared."""

    tree: str
    """Its elements with their attributes and styles, and which kinds of letters its words have."""
    inputs: tuple[tuple[str, str], ...]
    """(path or URL, SHA-256) of all that it has loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What was found of a page whose picture in a canvas had no trace of the canvas."""

    likeness: Likeness
    settings: StageSettings
    """Of the page as painted."""
    declared: dict[str, Any]
    facts: CompositionFacts
    asked: tuple[FontAsked, ...]
    """The fonts that its words ask for."""
    fonts: tuple[str, ...]
    """What to say of the fonts that its styles name."""


class KnownPages:
    """What is known of a composition's pages with other props. Used by one thread."""

    def __init__(self) -> None:
        self._asked: tuple[Connection, Composition, RenderOptions] | None = None
        self.others_follow = False
        """Whether it was said that other pages of the composition follow."""
        self._looks = 0
        self._misses = 0
        self._known: dict[Likeness, KnownPage] = {}
        self._memory: list[Picture] = []
        """What was held of the last page: written again, it costs half of what new memory does."""
        self._tab: Tab | None = None
        """Where the last page was that was like another."""

    def begin(self, browser: Browser, composition: Composition, options: RenderOptions) -> None:
        """A look begins; of another composition, or by other options, nothing is known."""
        asked = (browser.connection, composition, options.changed(props={}))
        if asked != self._asked:
            self._asked, self._known = asked, {}
            self._looks = self._misses = 0
            self._memory = []
            self.close_tab()
        self._looks += 1

    @property
    def are_wanted(self) -> bool:
        """Whether another page is likely to follow: one that is rendered alone pays nothing."""
        return (self.others_follow or self._looks > 1) and self._misses < _MOST_MISSES

    @property
    def any(self) -> KnownPage | None:
        """A page that the next one may be like."""
        known = next(reversed(self._known.values()), None)
        return known if self._misses < _MOST_MISSES else None

    def like(self, likeness: Likeness | None) -> KnownPage | None:
        """The page that is like this one."""
        known = self._known.get(likeness) if likeness else None
        self._misses = 0 if known else self._misses + 1
        return known

    def add(self, page: KnownPage) -> None:
        """A page was compared: where it was begun before, that cost no tab."""
        self._misses = 0
        if len(self._known) < _MOST_KNOWN:
            self._known[page.likeness] = page

    def hold(self, pictures: Iterable[Picture]) -> tuple[Picture, ...]:
        """A page's first pictures, valid until those of another are held."""
        return tuple(starmap(self._hold, enumerate(pictures)))

    def _hold(self, index: int, picture: Picture) -> Picture:
        if index == len(self._memory):
            self._memory.append(held(picture))
            return self._memory[index]
        planes = self._memory[index].planes
        for plane, shown in zip(planes, picture.planes, strict=True):
            plane[...] = shown
        return replace(picture, planes=planes)

    def keep_tab(self, tab: Tab) -> None:
        """Keep an empty tab for the next page."""
        self.close_tab()
        self._tab = tab

    def take_tab(self, settings: StageSettings) -> Tab | None:
        """The tab that was kept, if it is one for these settings and its browser still runs."""
        if self._tab is not None and self._tab.settings != replace(settings, props={}):
            self.close_tab()
        tab, self._tab = self._tab, None
        return tab if tab is not None and tab.connection.is_open else None

    def close_tab(self) -> None:
        """Close the tab that was kept: pages that are opened now are no rows."""
        tab, self._tab = self._tab, None
        if tab is not None and tab.connection.is_open:
            tab.close()


def likeness_of(page: Page) -> Likeness | None:
    """What decides how this page is captured; None if that may be more than can be listed.

    The page is one inside a canvas, as it is at the frame that is compared.
    """
    server = page.server
    if server.foreign or server.undigested or server.speaks_of_sound or server.speaks_of_song:
        return None
    if page.looks(0, 1) is not None:
        return None
    tree = page.evaluate(stage.likeness())
    return (
        None if tree is None else Likeness(tree=tree, inputs=tuple(sorted(server.inputs.items())))
    )


def can_hold(settings: StageSettings, frames: int) -> bool:
    """Whether so many pictures can be held until they are encoded."""
    return frames * settings.width * settings.height * 4 <= _MOST_HELD_BYTES


def held(picture: Picture) -> Picture:
    """A picture that is valid for as long as it is kept."""
    return replace(picture, planes=tuple(plane.copy() for plane in picture.planes))
