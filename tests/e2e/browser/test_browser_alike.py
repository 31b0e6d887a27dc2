"""A page that differs in its words alone is opened once, and drawn as it would be alone."""

from __future__ import annotations

from concurrent.futures import Future
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helios.browser.again import look_again
from helios.browser.ahead import PageAhead
from helios.browser.alike import KnownPages
from helios.browser.capture import PaintCapture
from helios.browser.inspect import inspect_page
from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.browser.tab import Tab
from helios.drawing.host import CompositionHost
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod, CompositionFacts
from helios.model.options import RenderOptions
from helios.sources.page import PageSettings, PageSource

pytestmark = pytest.mark.browser

CARD = """<!doctype html><style>
html { background: linear-gradient(#102040, #402060) fixed; color: #fff; font: 20px sans-serif }
h1 { position: absolute; left: 50%; top: 30px; margin: 0; animation: in 2s both }
@keyframes in { from { opacity: 0; transform: translateX(-60%) } }
</style><h1></h1><script>
const { name, after } = window.__HELIOS_PROPS__;
const h1 = document.querySelector("h1");
// What pages before it have left, each leaves more of.
const left = [sessionStorage.length, localStorage.length, history.length, top.name.length,
  document.cookie.length, navigation.entries().length, top.navigation.entries().length];
h1.textContent = `${name} ${left} ${history.state} ${location.hash}`;
sessionStorage.setItem(name, 1);
localStorage.setItem(name, 1);
top.name += "name";
document.cookie = `c${name.length}=1`;
history.replaceState(name, "", "#left");
const stored = [indexedDB.databases(), caches.keys(), navigator.storageBuckets.keys(),
  navigator.storage.getDirectory().then((root) => Array.fromAsync(root.keys()))];
const seen = Promise.all(stored).then((found) => {
  h1.append(found.map((each) => each.length));
  indexedDB.open(name);
  return Promise.all([caches.open(name), navigator.storageBuckets.open(`b${Date.now()}`),
    navigator.storage.getDirectory().then((root) => root.getFileHandle("f", { create: true }))]);
});
window.helios = { waitUntilStable: () => seen };
setTimeout(() => new Function("h1", after)(h1), 300);
</script>"""
OTHERS = {
    "a filter at frame 10": ("Ada", "h1.style.filter = 'blur(2px)'"),
    "a rule": ("Ada", "document.styleSheets[0].insertRule('h1 { letter-spacing: 2px }')"),
    "depth": ("Ada", "h1.style.transformStyle = 'preserve-3d'"),
    "another file": ("Ada", "fetch('other.txt')"),
    "a canvas": ("Ada", "document.body.append(document.createElement('canvas'))"),
    "other letters": ("日本", ""),
}


def options_of(name: str, after: str = "") -> RenderOptions:
    props = {"name": name, "after": after}
    return RenderOptions(width=320, height=180, fps=30, duration=1, props=props)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("card")
    (folder / "card.html").write_text(CARD)
    (folder / "other.txt").write_text("other")
    return folder


@pytest.fixture(scope="module")
def composition(place: Path) -> Composition:
    path = place / "card.html"
    return Composition(kind=CompositionKind.PAGE, location=str(path), root=place)


@pytest.fixture(scope="module")
def known(browser: Browser, composition: Composition) -> KnownPages:
    """What is known after a look, where it was said that others follow."""
    known = KnownPages()
    known.others_follow = True
    shelf = PageAhead()
    inspect_page(browser, composition, options_of("Ada Lovelace"), ahead=shelf, others=known)
    shelf.close()
    return known


def drawn(
    browser: Browser,
    composition: Composition,
    name: str,
    shelf: PageAhead | None,
    first: int = 0,
    after: str = "",
) -> list[np.ndarray[Any, Any]]:
    settings = PageSettings(
        width=320,
        height=180,
        fps=Fraction(30),
        total_frames=30,
        capture=CaptureMethod.PAINT,
        props=options_of(name, after).props,
    )
    made = PageSource(browser, composition, settings, shelf)
    try:
        return [picture.planes[0].copy() for picture in made.frames(first, 30 - first)]
    finally:
        made.close()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by a word for each page and tab that is opened."""
    opened: list[str] = []

    class Counted(Page):
        def __init__(self, *words: Any) -> None:
            opened.append("page")
            super().__init__(*words)

    class CountedTab(Tab):
        def __init__(self, *words: Any) -> None:
            opened.append("tab")
            super().__init__(*words)

    monkeypatch.setattr("helios.browser.page.Tab", CountedTab)
    for room in ("browser.again", "browser.ahead", "browser.inspect", "browser.choose"):
        monkeypatch.setattr(f"helios.{room}.Page", Counted)
    monkeypatch.setattr("helios.sources.page.Page", Counted)
    return opened


def test_a_page_alike_is_opened_once_and_is_what_it_is_alone(
    browser: Browser, composition: Composition, known: KnownPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Charles Babbage"
    alone = inspect_page(browser, composition, options_of(name))
    opened = counted(monkeypatch)

    def looked(name: str) -> tuple[CompositionFacts, PageAhead]:
        shelf = PageAhead()
        look = inspect_page(browser, composition, options_of(name), ahead=shelf, others=known)
        return look, shelf

    facts, shelf = looked(name)
    assert facts == alone
    assert facts.capture is CaptureMethod.PAINT
    pictures = drawn(browser, composition, name, shelf)
    assert opened == ["page", "tab"]
    assert np.array_equal(pictures, drawn(browser, composition, name, None))
    assert len({picture.tobytes() for picture in pictures}) == 30

    # In the tab of the page before it, of which it sees nothing.
    opened.clear()
    other = "Grace Hopper"
    later = drawn(browser, composition, other, looked(other)[1], 7)
    assert opened == ["page"]
    assert np.array_equal(later, drawn(browser, composition, other, None)[7:])
    known.close_tab()


def test_a_page_like_none_is_compared_as_it_was_begun(
    browser: Browser, composition: Composition, known: KnownPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = counted(monkeypatch)
    name = "Ada"
    for colour in ("red", "lime", "blue"):  # more than are tried where trying costs a tab
        after = f"h1.style.color = '{colour}'"
        opened.clear()
        shelf = PageAhead()
        facts = inspect_page(
            browser, composition, options_of(name, after), ahead=shelf, others=known
        )
        pictures = drawn(browser, composition, name, shelf, 9, after)
        assert opened.count("page") == 2
    known.close_tab()
    assert facts == inspect_page(browser, composition, options_of(name, after))
    assert np.array_equal(pictures, drawn(browser, composition, name, None, 9, after))


LEAVES = {
    "a longer history": "history.pushState(1, '')",
    "a variable around it": "top.left = 1",
    "another document around it": "top.document.title = 'left'",
}


def test_a_tab_has_another_page_only_if_nothing_of_the_one_before_it_is_left(
    browser: Browser, composition: Composition, monkeypatch: pytest.MonkeyPatch
) -> None:
    tabs: list[Tab] = []

    def opened(after: str = "") -> Page:
        settings = StageSettings(
            width=64,
            height=36,
            fps=Fraction(30),
            props={"name": "", "after": after},
            inside_canvas=True,
            keeps_files=True,
        )
        page = Page(browser, composition, settings, tabs.pop() if tabs else None)
        page.heir = tabs.append
        return page

    def is_left(page: Page) -> bool:
        page.close()
        return bool(tabs)

    def drawn_for_a_while(after: str = "") -> Page:
        page = opened(after)
        assert len(list(PaintCapture(page).frames([0, 12]))) == 2
        return page

    assert not is_left(opened())  # nothing was drawn of it
    kept = [is_left(drawn_for_a_while(after)) for after in ("", *LEAVES.values(), "")]
    assert kept == [True, False, False, False, True]
    monkeypatch.setattr("helios.browser.tab._MOST_PAGES", 2)
    assert not is_left(drawn_for_a_while())
    crashed = drawn_for_a_while()
    crashed.send("Page.crash")
    assert not is_left(crashed)


def test_what_may_be_captured_otherwise_is_compared(
    browser: Browser, composition: Composition, known: KnownPages
) -> None:
    other = known.any
    assert other is not None

    def alike(name: str, after: str = "") -> bool:
        shelf = PageAhead()
        options = options_of(name, after)
        facts = look_again(browser, composition, options, other, known, shelf)
        shelf.close()
        return facts is not None

    assert alike("Zoë, and Ada")
    assert [what for what, row in OTHERS.items() if alike(*row)] == []


def test_a_film_alone_is_not_looked_at_more(
    browser: Browser, composition: Composition, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Page] = []
    monkeypatch.setattr("helios.browser.choose.likeness_of", asked.append)
    shelf = PageAhead()
    alone = options_of("Ada")
    inspect_page(browser, composition, alone, ahead=shelf, others=KnownPages())
    shelf.close()
    assert asked == []


def test_a_host_that_is_told_of_others_opens_the_second_once(
    browser: Browser, composition: Composition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[CompositionFacts | None] = []

    def noted(*words: Any) -> CompositionFacts | None:
        seen.append(look_again(*words))
        return seen[-1]

    monkeypatch.setattr("helios.browser.again.look_again", noted)
    running: Future[Browser] = Future()
    running.set_result(browser)
    host = CompositionHost(running)  # not closed: the browser is that of all tests
    found = [
        host.inspect(composition, options_of(name), tmp_path, others_follow=True) for name in "AB"
    ]
    assert seen == [found[1]]
    shelf, known = host._page_ahead, host._known_pages
    assert shelf is not None
    assert known is not None
    shelf.close()
    known.close_tab()  # its files lie in the profile, where only one tab's can
