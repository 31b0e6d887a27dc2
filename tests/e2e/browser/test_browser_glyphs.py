"""Characters that no font has are one warning that names them and what to install."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.commandline import helios

from helios.browser.inspect import inspect_page
from helios.model.options import RenderOptions

# Scripts that hardly a machine has fonts for.
RARE = {"\U00012000": "Cuneiform", "\U00010000": "Linear", "\U00014400": "Anatolian"}


def _told(warnings: tuple[str, ...] | list[str]) -> list[str]:
    return [line for line in warnings if "no font has" in line]


def test_characters_without_a_glyph_are_named(browser: Any, helpers: Any, tmp_path: Path) -> None:
    for character, script in RARE.items():
        text = f"<meta charset=utf-8><p>Hello é {character}</p>"
        facts = inspect_page(browser, helpers.write(tmp_path, text), RenderOptions())
        (line,) = _told(facts.warnings)
        assert character in line
        assert script in line
        assert "fonts-noto-core" in line
        assert "é" not in line
    inside = (
        "<meta charset=utf-8><div id=host></div><script>host.attachShadow({mode: 'open'})"
        f".innerHTML = '{''.join(RARE)}'.split('').length && '<b>{''.join(RARE)}</b>'</script>"
    )
    (line,) = _told(
        inspect_page(browser, helpers.write(tmp_path, inside), RenderOptions()).warnings
    )
    assert all(character in line for character in RARE)


def test_text_that_has_its_glyphs_is_not_told(browser: Any, helpers: Any, tmp_path: Path) -> None:
    text = (
        "<meta charset=utf-8><p>Größe — naïve… “x” Привет ελ\u0301 a\u200db \ufeff\ue000</p>"
        f"<p hidden>{''.join(RARE)}</p><script>'{''.join(RARE)}'</script>"
    )
    assert not _told(inspect_page(browser, helpers.write(tmp_path, text), RenderOptions()).warnings)


def test_all_cues_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>x")
    cues = (
        "1\n00:00:00,000 --> 00:00:01,000\nhello\n\n2\n00:00:01,000 --> 00:00:02,000\n<i>{}</i>\n"
    )
    size = ("--width", 64, "--height", 64, "--duration", 2, "-o", "x.png")
    for character in RARE:
        (tmp_path / "words.srt").write_text(cues.format(character), encoding="utf-8")
        made = helios("still", "page.html", "--subtitles", "words.srt", *size, cwd=tmp_path)
        (line,) = _told(made.err.splitlines())
        assert character in line
