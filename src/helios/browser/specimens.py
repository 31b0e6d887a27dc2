"""Fonts of this machine as letters drawn with them: whoever draws frames of a film has the same.

Two machines may call different fonts by one name, or take different ones where a page asks for a
third that neither has, and nothing fails: the film just looks otherwise. What letters look like
shows it all: another font, another version of it, other settings of how it is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import astuple, replace
from typing import Any

from helios.browser.launch import Browser
from helios.browser.page import Page
from helios.browser.protocol import Connection, Message, wait_reply
from helios.browser.stage import FontAsked
from helios.errors import EnvironmentProblem
from helios.model.facts import FontSpecimen

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-&()\u00e4\u00e9"
_ASCII = "Aa0"
_TIMEOUT_S = 15
_MOST_TOLD = 3
_BOX = "helios-specimens"
_PLACE = f"""((samples) => {{
  const make = (name) => document.createElementNS("http://www.w3.org/1999/xhtml", name);
  const box = make("div");
  box.id = "{_BOX}";
  box.style.cssText = "all: initial; position: fixed; left: 0; top: 0";
  for (const [font, letters] of samples) {{
    const span = make("span");
    span.style.font = font;
    span.textContent = letters;
    box.append(span);
  }}
  document.documentElement.append(box);
  box.getBoundingClientRect(); // only text that has a layout has fonts
}})"""
_DRAW = """((samples) => {
  const WIDTH = 1280, LINE = 26, ON_LINE = 76;
  const sheet = new OffscreenCanvas(WIDTH, 2 * LINE).getContext("2d", { willReadFrequently: true });
  sheet.lang = "en";
  return samples.map(([font, letters]) => {
    const all = [...letters];
    const lines = [all.slice(0, ON_LINE), all.slice(ON_LINE)].filter((line) => line.length);
    sheet.clearRect(0, 0, WIDTH, 2 * LINE);
    sheet.font = font;
    lines.forEach((line, index) => sheet.fillText(line.join(""), 4, index * LINE + 19));
    let one = 0x811c9dc5, other = 5381;
    const { buffer } = sheet.getImageData(0, 0, WIDTH, lines.length * LINE).data;
    for (const pixel of new Uint32Array(buffer)) {
      one = Math.imul(one ^ pixel, 0x85ebca6b);
      one ^= one >>> 13;
      other = Math.imul(other ^ pixel, 0xc2b2ae35);
      other ^= other >>> 16;
    }
    return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  });
})"""
_Sample = tuple[str, str]
"""A font as CSS writes it, and letters."""


def specimens(page: Page, asked: Iterable[FontAsked]) -> tuple[FontSpecimen, ...]:
    """What the fonts that a page asks this machine for look like.

    Words for which the page has brought fonts of its own ask for none; these may be loaded for it.
    """
    tries = [each for font in asked for each in _tries(font)]
    if not tries:
        return ()
    samples = [(_css(style, families), letters) for style, families, letters, _ in tries]
    connection, session = page.browser.connection, page.session
    told = []
    names_found = _fonts_of(connection, session, samples)
    for (style, families, letters, others), names in zip(tries, names_found, strict=True):
        if names and others is not None:
            # Named: a page's face may be made of a font of the machine, by local(...).
            told.append((style, ", ".join((*map(json.dumps, names), others)), letters, names))
        elif names:
            told.append((style, families, letters, names))
    found = tuple(
        FontSpecimen(
            families=families, style=style, letters=letters, drawn_with=names, digest=digest
        )
        for (style, families, letters, names), digest in zip(
            told,
            _digests(
                connection,
                session,
                [(_css(style, families), letters) for style, families, letters, _ in told],
                page.tab.target,
            ),
            strict=True,
        )
    )
    page.browser.fonts_proven.update(found)
    return found


def merged(*found: Iterable[FontSpecimen]) -> tuple[FontSpecimen, ...]:
    """All of them once, in an order of their own."""
    return tuple(sorted({each for some in found for each in some}, key=astuple))


def demand_fonts(browser: Browser, planned: Iterable[FontSpecimen]) -> None:
    """Make sure that letters look here as they did where a film was planned.

    Each is drawn once for a browser.

    Raises:
        EnvironmentProblem: some do not.
    """
    unproven = [each for each in planned if each not in browser.fonts_proven]
    if not unproven:
        return
    connection = browser.connection
    samples = [(_css(each.style, each.families), each.letters) for each in unproven]
    target = connection.call("Target.createTarget", {"url": "about:blank"})["targetId"]
    try:
        attach = {"targetId": target, "flatten": True}
        session = str(connection.call("Target.attachToTarget", attach)["sessionId"])
        digests = _digests(connection, session, samples)
        others = [
            (each, sample)
            for each, sample, digest in zip(unproven, samples, digests, strict=True)
            if digest != each.digest
        ]
        if others:
            names = _fonts_of(connection, session, [sample for _, sample in others])
            here = [
                replace(each, drawn_with=found)
                for (each, _), found in zip(others, names, strict=True)
            ]
            raise _refusal(list(zip([each for each, _ in others], here, strict=True)))
    finally:
        connection.send("Target.closeTarget", {"targetId": target})
    browser.fonts_proven.update(unproven)


def _refusal(others: Sequence[tuple[FontSpecimen, FontSpecimen]]) -> EnvironmentProblem:
    """``others``: fonts where the film was planned, and here."""
    differing = []
    for there, here in others[:_MOST_TOLD]:
        if here.drawn_with == there.drawn_with:
            what = f"{here.found} in another version, or drawn with other settings"
        else:
            what = f"{here.found} instead of {there.found}"
        differing.append(f"for {there.asked} it has {what}")
    if (more := len(others) - _MOST_TOLD) > 0:
        differing.append(f"and {more} more")
    wanted = dict.fromkeys(name for there, _ in others for name in there.drawn_with)
    return EnvironmentProblem(
        "this machine has other fonts than the render was planned with: " + "; ".join(differing),
        hint=f"Install {' and '.join(wanted)} here, as where the film was planned; or put the "
        "fonts beside the page (@font-face) and plan it again; helios job run has --any-browser.",
    )


def _tries(font: FontAsked) -> Iterator[tuple[str, str, str, str | None]]:
    """Style, families and letters to look at; and, of a page's own font, what the others are."""
    if not font.page_font:
        yield font.style, font.families, _LATIN + font.characters, None
        return
    # Of such a font a machine's are seen only where it lacks characters.
    if font.is_latin:
        yield font.style, font.page_font, _ASCII, font.families
    if font.characters:
        yield font.style, font.page_font, font.characters, font.families


def _css(style: str, families: str) -> str:
    return f"{style} 16px {families}".strip()


def _digests(
    connection: Connection, session: str, samples: Sequence[_Sample], frame: str | None = None
) -> list[str]:
    """What the samples look like; ``frame`` is that of a page whose scripts must not be trusted."""
    asked: Message = {"expression": f"{_DRAW}({json.dumps(samples)})", "returnByValue": True}
    if frame is not None:
        world = connection.send("Page.createIsolatedWorld", {"frameId": frame}, session)
        asked["contextId"] = wait_reply(world, _TIMEOUT_S, "a look at fonts")["executionContextId"]
    reply = wait_reply(
        connection.send("Runtime.evaluate", asked, session), _TIMEOUT_S, "letters in their fonts"
    )
    digests: list[str] = reply["result"]["value"]
    return digests


def _fonts_of(
    connection: Connection, session: str, samples: Sequence[_Sample]
) -> list[tuple[str, ...]]:
    """With which of the machine's fonts the samples are drawn in a tab."""

    def send(method: str, **values: Any) -> Future[Message]:
        return connection.send(method, values, session)

    def call(method: str, **values: Any) -> Message:
        return wait_reply(send(method, **values), _TIMEOUT_S, method)

    call("Runtime.evaluate", expression=f"{_PLACE}({json.dumps(samples)})")
    for method in ("DOM.enable", "CSS.enable"):
        call(method)
    root = call("DOM.getDocument", depth=0)["root"]["nodeId"]
    spans = call("DOM.querySelectorAll", nodeId=root, selector=f"#{_BOX} span")["nodeIds"]
    replies = [send("CSS.getPlatformFontsForNode", nodeId=span) for span in spans]
    found = [wait_reply(reply, _TIMEOUT_S, "a font's name")["fonts"] for reply in replies]
    send("Runtime.evaluate", expression=f"document.getElementById('{_BOX}').remove()")
    return [
        tuple(sorted({str(font["familyName"]) for font in fonts if not font["isCustomFont"]}))
        for fonts in found
    ]
