"""A machine with other fonts than a film was planned with is refused by name before it draws."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from helios.browser.inspect import inspect_page
from helios.browser.launch import Browser
from helios.browser.specimens import demand_fonts
from helios.drawing.host import CompositionHost
from helios.errors import EnvironmentProblem
from helios.model.composition import name_composition
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions

pytestmark = pytest.mark.browser

JOST = Path(__file__).parents[3] / "examples" / "demo" / "jost.woff2"
PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8"><style>
@font-face { font-family: Own; src: url(jost.woff2) }
body { font-family: Nowhere, sans-serif } .own { font-family: Own, monospace; font-style: italic }
h1::before { content: "x"; font-family: fantasy } input { font: 20px cursive }
</style><h1>A title</h1><p>Привет <i>and</i> <b hidden>more</b></p><p class="own">OWN</p>
<b class="own">\u2603</b><input value="z">
<iframe srcdoc="<p style='font-family: monospace'>inside</p>"></iframe><canvas></canvas><script>
const pen = document.querySelector("canvas").getContext("2d");
pen.font = "italic bold 20px Canvas, serif";
pen.fillText("words", 5, 20);
OffscreenCanvasRenderingContext2D.prototype.getImageData = () => { throw new Error("mine"); };
</script>"""


def looked_at(browser: Browser, folder: Path, text: str) -> CompositionFacts:
    (folder / "page.html").write_text(text, encoding="utf-8")
    composition = name_composition("page.html", folder)
    return inspect_page(browser, composition, RenderOptions())


def asked(facts: CompositionFacts) -> set[tuple[str, str]]:
    return {(font.families, font.style) for font in facts.fonts}


def test_whatever_asks_for_a_font_of_the_machine_is_noticed(
    browser: Browser, tmp_path: Path
) -> None:
    shutil.copy(JOST, tmp_path)
    facts = looked_at(browser, tmp_path, PAGE)
    usual = "Nowhere, sans-serif"
    asked = {(font.families, font.style): font for font in facts.fonts}
    (snowman,) = (each for each in facts.fonts if each.letters == "\u2603")
    assert set(asked) == {
        (usual, ""),
        (usual, "italic"),
        (usual, "700"),
        ("fantasy", "700"),
        ("cursive", ""),
        ("monospace", ""),
        ("Canvas, serif", "italic 700"),
        (f'"{snowman.drawn_with[0]}", monospace', "italic 700"),
    }
    assert "\u0430\u0431\u0433" in asked[usual, ""].letters
    assert all(font.drawn_with for font in facts.fonts)
    # In a tab without a page they look the same.
    browser.fonts_proven.clear()
    demand_fonts(browser, facts.fonts)
    assert browser.fonts_proven == set(facts.fonts)


def test_a_machine_that_draws_otherwise_says_which_font_differs(
    browser: Browser, tmp_path: Path
) -> None:
    (font,) = looked_at(browser, tmp_path, "<h1 style='font-family: Nowhere'>words").fonts
    there = replace(font, drawn_with=("Brand Sans",), digest="of another font")
    settings = replace(font, digest="of other settings")
    here = " and ".join(font.drawn_with)
    with pytest.raises(EnvironmentProblem) as refused:
        demand_fonts(browser, [font, there, settings])
    assert f"for Nowhere (700) it has {here} instead of Brand Sans" in refused.value.message
    assert f"for Nowhere (700) it has {here} in another version" in refused.value.message
    assert f"Install Brand Sans and {here} here" in refused.value.hint


def test_what_lies_over_a_film_asks_for_fonts_too(tmp_path: Path) -> None:
    (tmp_path / "bare.html").write_text("<hr>")
    (tmp_path / "over.html").write_text("<p style='font-family: Over'>words")
    (tmp_path / "style.css").write_text(".cue { font-family: Cues } i { font-family: Slanted }")
    cue = "{0}\n00:00:00,{0}00 --> 00:00:01,000\n{1}\n\n"
    cues = "".join(cue.format(*each) for each in ((1, "one"), (2, "<i>two</i> \u2603")))
    (tmp_path / "cues.srt").write_text(cues, encoding="utf-8")
    options = RenderOptions.read(
        {
            "width": 64,
            "height": 64,
            "duration": 1,
            "overlay": [str(tmp_path / "over.html")],
            "subtitles": str(tmp_path / "cues.srt"),
            "subtitles_style": str(tmp_path / "style.css"),
        }
    )
    composition = name_composition("bare.html", tmp_path)
    with CompositionHost() as host:
        fonts = host.inspect(composition, options, tmp_path).fonts
    assert {(font.families, font.style) for font in fonts} == {
        ("Over", ""),
        ("Cues", "500"),
        ("Slanted", "italic 500"),
    }
    assert all("\u2603" in font.letters for font in fonts if font.families != "Over")
