"""One page per clock, with every method that fits: right frames, equal bytes, from any start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helios.errors import CaptureError
from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
METHODS = (CaptureMethod.PAINT, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT)
PAGES = (
    "analyser",
    "iframe",
    "scroll-driven",
    "shadow",
    "stamps",
    "svg-image",
    "svg-smil",
    "timers",
)
CASES = [
    *((name, method) for name in PAGES for method in METHODS),
    ("view-transition", CaptureMethod.BEGINFRAME),
]


@pytest.mark.parametrize(("name", "method"), sorted(CASES, key=lambda case: case[1]))
def test_a_clock_follows_the_film(
    source: Any, helpers: Any, name: str, method: CaptureMethod
) -> None:
    helpers.check_film(source, f"{name}.html", method)


@pytest.mark.parametrize("method", [CaptureMethod.PAINT, CaptureMethod.SCREENSHOT])
def test_view_transitions_need_frames_on_command(
    source: Any, helpers: Any, method: CaptureMethod
) -> None:
    made = source(helpers.page("view-transition.html", helpers.compositions), method)
    with pytest.raises(CaptureError, match=r"frame 5: view transitions need .* beginframe"):
        list(made.frames(0, 8))


def test_modules_that_scripts_import_are_there_at_frame_0(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    (tmp_path / "first.mjs").write_text("export { begin } from './second.mjs';")
    (tmp_path / "second.mjs").write_text(
        """export const begin = (draw) => { requestAnimationFrame(function tick(t) {
        draw(Math.round(t * 30 / 1000)); requestAnimationFrame(tick); }); };"""
    )
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0; background: #000 }
        i { float: left; width: 20px; height: 20px }</style>
        <script type=module>
        const { begin } = await import("./first.mjs");
        const { default: empty } = await import("data:text/javascript,export default 0");
        const make = () => document.body.appendChild(document.createElement("i"));
        const cells = Array.from({ length: 16 }, make);
        begin((frame) => cells.forEach((cell, bit) => {
          cell.style.background = (frame >> bit) & 1 ? "#fff" : "#000"; }));
        </script>""",
    )
    for start in (0, 9):
        made = source(composition, CaptureMethod.PAINT)
        assert helpers.numbers_and_digests(made, start, 4)[0] == list(range(start, start + 4))
        assert made.warnings() == ()


def test_code_asked_for_while_the_film_runs_runs_once(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    """Waiting for a module joins its import; nothing else is imported by that."""
    count = "window.runs = window.runs ?? {}; runs.NAME = (runs.NAME ?? 0) + 1;"
    for name in ("module", "src", "attribute", "typed", "preloaded", "never"):
        (tmp_path / f"{name}.js").write_text(count.replace("NAME", name))
    (tmp_path / "paint.js").write_text(f"globalThis.window && (() => {{ {count} }})()")
    composition = helpers.write(
        tmp_path,
        """<script>const add = (name, more) => { const s = document.createElement("script");
        Object.assign(s, more); s.setAttribute("src", name + ".js"); document.head.append(s); };
        const preload = (href) => document.head.append(Object.assign(
          document.createElement("link"), { rel: "modulepreload", href }));
        setTimeout(() => import("./module.js"), 100); setTimeout(() => {
          document.head.append(Object.assign(document.createElement("script"), { src: "src.js" }));
          add("attribute"); add("typed", { type: "module" });
          preload("./never.js"); preload("./preloaded.js"); }, 200);
        setTimeout(() => import("./preloaded.js"), 250);
        setTimeout(() => { const context = new OfflineAudioContext(1, 1, 48000);
          context.audioWorklet.addModule("paint.js"); }, 280);
        setTimeout(() => { document.title = JSON.stringify(runs);
          const wanted = { module: 1, src: 1, attribute: 1, typed: 1, preloaded: 1 };
          for (const name of Object.keys({ ...wanted, ...runs }))
            if (runs[name] !== wanted[name]) throw Error(document.title); }, 400);</script>""",
    )
    made = source(composition, CaptureMethod.BEGINFRAME)
    assert len(list(made.frames(0, 15))) == 15
    assert not [line for line in made.warnings() if "/module.js" in line]


SVG = """<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'>
<animate attributeName='x' to='9' dur='1s'/></rect></svg>"""


def test_moving_backgrounds_are_warned_about(source: Any, helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "moving.svg").write_text(SVG)
    page = "<style>body { background: url(moving.svg) }</style><img src=moving.svg>"
    made = source(helpers.write(tmp_path, page), CaptureMethod.BEGINFRAME)
    list(made.frames(0, 1))
    (warning,) = made.warnings()
    assert "background" in warning
    assert "moving.svg moves by the machine's time" in warning
