"""Which fonts a page asks for and does not get, and which characters no font has."""

from __future__ import annotations

from typing import Any

from helios.browser import stage
from helios.browser.glyphs import boxes_at_start
from helios.browser.page import Page
from helios.browser.protocol import Message, wait_reply
from helios.remedies.table import Fault, remedy

NO_LETTERS = "no font has letters: text is not drawn at all"
_TIMEOUT_S = 10
_MAX_LISTS = 100
_GENERIC = frozenset(
    {
        "serif",
        "sans-serif",
        "monospace",
        "cursive",
        "fantasy",
        "system-ui",
        "ui-serif",
        "ui-sans-serif",
        "ui-monospace",
        "ui-rounded",
        "math",
        "emoji",
        "fangsong",
        "-apple-system",
        "blinkmacsystemfont",
        "-webkit-body",
        "-webkit-standard",
    }
)
_ASK = """((limit, drawsLetters) => {
  const lists = new Map();
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot);
      const own = [...element.childNodes].find((n) => n.nodeType === 3 && n.data.trim());
      if (!own || !element.checkVisibility?.()) continue;
      const list = getComputedStyle(element).fontFamily;
      if (list === ofControls && element.closest("button, input, select, textarea")) continue;
      if (!lists.has(list) && lists.size < limit) lists.set(list, own.data.trim().slice(0, 40));
    }
  };
  const make = (name) => document.createElementNS("http://www.w3.org/1999/xhtml", name);
  const box = make("div");
  box.id = "helios-fonts";
  box.style.cssText = "all: initial; position: fixed; left: 0; top: 0";
  document.documentElement.append(box);
  const usual = getComputedStyle(box).fontFamily;
  const control = make("button"); // what the browser's own style sheet names is nobody's wish
  control.style.setProperty("font-family", "revert", "important");
  box.append(control);
  const ofControls = getComputedStyle(control).fontFamily;
  control.remove();
  visit(document);
  const bare = (name) => name.trim().replace(/^["']|["']$/g, "");
  const loaded = new Set([...document.fonts].filter((face) => face.status !== "error")
    .map((face) => bare(face.family)));
  const asked = [];
  for (const [list, sample] of lists) {
    const names = list === usual ? [] : list.match(/"[^"]*"|'[^']*'|[^,]+/g) ?? [];
    const first = names.map((name) => name.trim()).find(Boolean);
    if (!first || loaded.has(bare(first))) continue;
    for (const family of [first, list]) {
      const span = make("span");
      span.style.cssText = `all: initial; font-family: ${family}`;
      span.textContent = `Aa0 ${sample}`;
      box.append(span);
    }
    asked.push({ family: bare(first), list });
  }
  box.getBoundingClientRect(); // only text that has a layout has fonts
  return { asked, isLost: [...lists.keys()].some((list) => !drawsLetters(list)) };
})"""


def font_warnings(page: Page) -> tuple[str, ...]:
    """For each font family that a text wants first and this machine has not: what it got instead;
    where there is no font at all, what installs some.

    Looks at the page as it is now, and leaves elements of its own in it.
    """
    found = page.evaluate(f"{_ASK}({_MAX_LISTS}, {stage.DRAWS_LETTERS})", "looking at fonts")
    if found["isLost"]:
        return (f"{NO_LETTERS}. {remedy(Fault.NO_LATIN)}",)
    asked: list[dict[str, str]] = found["asked"]
    named = [each for each in asked if each["family"].lower() not in _GENERIC]
    if not named:
        return ()
    for method in ("DOM.enable", "CSS.enable"):
        _call(page, method)
    root = _call(page, "DOM.getDocument", depth=0)["root"]["nodeId"]
    spans = _call(page, "DOM.querySelectorAll", nodeId=root, selector="#helios-fonts span")[
        "nodeIds"
    ]
    warnings = []
    for place, each in enumerate(asked):
        if each not in named:
            continue
        wanted = _fonts(page, spans[2 * place])
        if any(font.get("isCustomFont") or _is(font, each["family"]) for font in wanted):
            continue
        for font in _fonts(page, spans[2 * place + 1])[:1]:
            got = str(font["familyName"])
            warnings.append(f"the font {each['family']!r} is not there: {got!r} is used instead")
    return tuple(dict.fromkeys(warnings))


def glyph_warnings(page: Page, more: str = "") -> tuple[str, ...]:
    """One warning if there are characters that no font of this machine or page has.

    Looks at the text of the page as it is at its start, and at ``more``.
    """
    page.evaluate(stage.tell_boxes(more), "looking at characters")
    return boxes_at_start(page.events.boxes)


def _fonts(page: Page, node: int) -> list[dict[str, Any]]:
    fonts: list[dict[str, Any]] = _call(page, "CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
    return sorted(fonts, key=lambda font: -float(font.get("glyphCount", 0)))


def _is(font: dict[str, Any], family: str) -> bool:
    names = (font.get("familyName", ""), font.get("postScriptName", ""))
    return family.lower() in (str(name).lower() for name in names)


def _call(page: Page, method: str, **params: Any) -> Message:
    return wait_reply(page.send(method, params), _TIMEOUT_S, method)
