"""Characters that no font has are one warning that names them and what to install."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fonts import no_fonts
from tests.ready import helios

from helios.browser.fonts import NO_LETTERS
from helios.browser.glyphs import boxes_at_start, boxes_later
from helios.browser.inspect import inspect_page
from helios.drawing.host import CompositionHost
from helios.model.composition import name_composition
from helios.model.options import RenderOptions
from helios.remedies.table import Fault, remedy

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


def test_a_machine_without_any_font_is_told_what_installs_some(tmp_path: Path) -> None:
    with no_fonts(), CompositionHost() as host:
        told = [_of(text, host, tmp_path) for text in ("<p>Hello", "<hr>")]
    assert [line for line in told[0] if NO_LETTERS in line] == [
        f"{NO_LETTERS}. {remedy(Fault.NO_LATIN)}"
    ]
    assert not any(NO_LETTERS in line for line in told[1])


def _of(text: str, host: CompositionHost, folder: Path) -> tuple[str, ...]:
    (folder / "page.html").write_text(text)
    composition = name_composition("page.html", folder)
    return host.inspect(composition, RenderOptions(), folder).warnings


WRITTEN = """<meta charset=utf-8><style>#before::before { content: "A" }
#attr::after { content: attr(data-word) }</style>
<p id=before>x<p id=attr data-word=B>x<svg><text y=20>C</text></svg><input placeholder=D>
<iframe srcdoc="<p>E</p>"></iframe><canvas id=here></canvas><canvas id=there></canvas>
<p hidden>Y</p><title>Z</title><script>
here.getContext("2d").fillText("F", 5, 20);
const worker = new Worker(URL.createObjectURL(new Blob([
  "onmessage = ({ data }) => { data.getContext('2d').strokeText('G', 5, 20); };"])));
const moved = there.transferControlToOffscreen(); worker.postMessage(moved, [moved]);
</script>"""
LATE = """<meta charset=utf-8><p id=text>x</p><p id=shown hidden>B</p><div id=host></div>
<canvas id=sheet></canvas><style id=style></style><script>
const late = [() => { text.firstChild.data = "A"; }, () => { shown.hidden = false; },
  () => { host.attachShadow({ mode: "closed" }).innerHTML = "<b>C</b>"; },
  () => { sheet.getContext("2d").fillText("D", 5, 20); },
  () => { style.sheet.insertRule("#text::after { content: 'E' }"); },
  () => { document.body.insertAdjacentHTML("beforeend", "<iframe srcdoc='F'></iframe>"); }];
let frame = 0; requestAnimationFrame(function next() { late[frame - 25]?.(); frame += 1;
  text.style.marginLeft = `${frame}px`; requestAnimationFrame(next); });</script>"""
# A script each: of one script only the first frame is told.
SCRIPTS = ["𒀀", "𐀀", "𔐀", "𐤀", "𐊀", "𐩠", "𐪀"]


def _with(text: str, letters: str) -> str:
    for letter, character in zip(letters, SCRIPTS, strict=False):
        for before, after in ('"', '"'), ("'", "'"), (">", "<"), ("=", ">"), ("=", " "):
            text = text.replace(f"{before}{letter}{after}", f"{before}{character}{after}")
    return text


def test_whatever_writes_a_character_is_looked_at(
    browser: Any, helpers: Any, tmp_path: Path
) -> None:
    text = _with(WRITTEN, "ABCDEFG").replace("Y", "\U00012100").replace("Z", "\U00012200")
    (line,) = _told(inspect_page(browser, helpers.write(tmp_path, text), RenderOptions()).warnings)
    assert [character for character in SCRIPTS if character not in line] == []
    assert "\U00012100" not in line
    assert "\U00012200" not in line


def test_what_is_written_late_is_told_with_its_frame_once(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(_with(LATE, "ABCDEF"), encoding="utf-8")
    words = ("--width", 64, "--height", 64, "--fps", 10, "--duration", 3.1, "--concurrency", 1)
    told = _told(
        helios("render", "page.html", "-o", "x.mp4", *words, cwd=tmp_path).err.splitlines()
    )
    assert len(told) == 6
    for character, frame in zip(SCRIPTS, range(25, 31), strict=False):
        (line,) = [each for each in told if character in each]
        assert f"from frame {frame} on" in line


def test_of_a_script_its_first_frame_is_told() -> None:
    found = {"\U00012001": 40, "\U00012000": 40, "\U00012002": 41, "\ud55c": 50, "\u6f22": 0}
    assert boxes_at_start(found) == boxes_at_start({"\u6f22": -1})
    (start,) = boxes_at_start(found)
    assert "fonts-noto-cjk" in start
    cuneiform, korean = boxes_later(found)
    assert "\U00012000\U00012001 (Cuneiform)" in cuneiform
    assert "frame 40 on" in cuneiform
    assert "\ud55c (Korean)" in korean
    assert "frame 50 on" in korean
    assert boxes_later({"\u6f22": 0, "\u4e2d": 9}) == ()


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
