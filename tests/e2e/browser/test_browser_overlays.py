"""What appears over, under and around a canvas later in the film is seen, from its very frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser

APPEARS = 8
PAGE = """<style>html, body { margin: 0; overflow: hidden }
canvas { display: block; width: 320px; height: 180px }
@keyframes in { from { translate: -320px } to { translate: 0 } }
.late::after { content: ""; position: fixed; left: 40px; top: 90px; width: 90px; height: 40px;
  background: #fc0 }
.box { position: fixed; left: 40px; top: 90px; width: 90px; height: 40px; background: #fc0 }</style>
<div id=host></div><canvas id=c width=320 height=180></canvas><div id=box></div><script>
const ink = c.getContext("2d");
let first = (n) => {};
requestAnimationFrame(function tick() {
  const n = Math.round(performance.now() * 30 / 1000);
  ink.clearRect(0, 0, 320, 180);
  ink.fillStyle = "#000"; ink.fillRect(0, 0, 320, 60);
  ink.fillStyle = "#fff";
  for (let bit = 0; bit < 16; bit += 1) if (n >> bit & 1) ink.fillRect(20 * bit, 0, 20, 20);
  if (n === 8) first(n);
  requestAnimationFrame(tick);
});
</script>"""
BOX = "position:fixed;left:40px;top:90px;width:90px;height:40px;background:#fc0"
OVERLAYS = {
    "element": f"document.body.append(Object.assign(new Image(90, 40), {{ style: '{BOX}' }}));",
    "class": "box.className = 'box';",
    "generated": "document.body.className = 'late';",
    "rule": "document.styleSheets[0].insertRule('#box { " + BOX.replace(";", "; ") + " }');",
    "rule's style": "[...document.styleSheets[0].cssRules].find((r) => r.selectorText === 'canvas')"
    ".style.opacity = '0.5';",
    "adopted sheet": "const s = new CSSStyleSheet(); s.replaceSync('#box { " + BOX + " }');"
    "document.adoptedStyleSheets = [s];",
    "shadow root": "const r = host.attachShadow({ mode: 'closed' });"
    f"r.innerHTML = '<p style=\"{BOX}\"></p>';",
    "popover": "box.popover = 'manual'; box.textContent = 'Hello'; box.showPopover();",
    "dialog": "const d = document.createElement('dialog'); d.textContent = 'Hello';"
    "document.body.append(d); d.showModal();",
    "text": "document.body.append('Hello'); c.style.position = 'absolute';",
    "colour under": "document.body.style.background = '#08f';",
    "opacity": "c.style.opacity = '0.5';",
    "filter": "c.style.filter = 'invert(1)';",
    "moved": "c.style.transform = 'translateX(30px)';",
    "clipped": "c.style.clipPath = 'circle(50px)';",
    "hidden": "c.style.visibility = 'hidden';",
    "smaller": "c.style.width = '200px';",
    "second canvas": "const o = c.cloneNode(); o.style = 'position:fixed;left:0;top:90px';"
    "o.getContext('2d').fillRect(0, 0, 90, 40); document.body.append(o);",
    "replaced": "const o = document.createElement('canvas'); o.width = 320; o.height = 180;"
    "o.getContext('2d').fillRect(9, 90, 90, 40); c.replaceWith(o);",
    "animation": f"box.style = '{BOX};animation: in 300ms linear';",
    "delayed animation": f"box.style = '{BOX};opacity: 0';"
    "box.animate([{ opacity: 1 }, { opacity: 1 }],"
    " { delay: 100, duration: 200, fill: 'forwards' });",
    "transition": "document.startViewTransition(() => { box.className = 'box'; });",
}


@pytest.mark.parametrize("kind", sorted(OVERLAYS))
def test_a_canvas_that_is_no_longer_alone_is_not_read_alone(
    source: Any, helpers: Any, tmp_path: Path, kind: str
) -> None:
    script = f"<script>first = () => {{ {OVERLAYS[kind]} }};</script>"
    composition = helpers.write(tmp_path, PAGE + script)
    digests = helpers.numbers_and_digests
    _, painted = digests(source(composition, CaptureMethod.BEGINFRAME), 0, 20)
    assert len(set(painted[APPEARS:])) > 1 or kind in ("hidden", "replaced", "clipped")
    _, whole = digests(source(composition, CaptureMethod.DIRECT), 0, 20)
    assert [n for n in range(20) if whole[n] != painted[n]] == []
    for start in (5, APPEARS, 14):
        _, part = digests(source(composition, CaptureMethod.DIRECT), start, 4)
        assert part == whole[start : start + 4], f"from frame {start}"


def test_without_an_overlay_the_canvas_is_read(source: Any, helpers: Any, tmp_path: Path) -> None:
    made = source(helpers.write(tmp_path, PAGE), CaptureMethod.DIRECT)
    numbers, _ = helpers.numbers_and_digests(made, 0, 12)
    assert numbers == list(range(12))
    assert not made.warnings()


DEEP = """<style>body { margin: 0; perspective: 200px } #s { transform: rotateY(50deg) }
#s div { position: absolute; left: 60px; top: 40px; width: 120px; height: 90px; background: red }
#s div + div { background: blue; transform: translateZ(-60px) }
.deep { transform-style: preserve-3d }</style><div id=s><div></div><div></div></div><script>
requestAnimationFrame(function tick() {
  const n = Math.round(performance.now() * 30 / 1000);
  s.style.left = n + "px"; s.style.position = "relative";
  if (n === 8) DO;
  requestAnimationFrame(tick);
});</script>"""


@pytest.mark.parametrize(
    "how",
    [
        "s.className = 'deep'",
        "s.style.transformStyle = 'preserve-3d'",
        "document.styleSheets[0].insertRule('#s { transform-style: preserve-3d }')",
        (
            "document.body.insertAdjacentHTML('beforeend',"
            " '<style>#s { transform-style: preserve-3d }</style>')"
        ),
    ],
)
def test_boxes_that_are_sorted_in_depth_later_are_not_drawn_into_a_canvas(
    source: Any, helpers: Any, tmp_path: Path, how: str
) -> None:
    composition = helpers.write(tmp_path, DEEP.replace("DO", how))
    _, painted = helpers.numbers_and_digests(source(composition, CaptureMethod.BEGINFRAME), 0, 14)
    _, drawn = helpers.numbers_and_digests(source(composition, CaptureMethod.PAINT), 0, 14)
    assert drawn[APPEARS:] == painted[APPEARS:]
    _, part = helpers.numbers_and_digests(source(composition, CaptureMethod.PAINT), 10, 4)
    assert part == drawn[10:]


NESTED = """<style>body { margin: 0; background: #000 }</style><div id=outer></div><script>
const inner = document.createElement("div");
outer.attachShadow({ mode: "open" }).append(inner);
inner.attachShadow({ mode: "open" }).innerHTML =
  "<canvas id=deep width=320 height=180 style='position:fixed;left:0;top:0'></canvas>";
const ink = inner.shadowRoot.getElementById("deep").getContext("2d");
requestAnimationFrame(function tick() {
  const n = Math.round(performance.now() * 30 / 1000);
  ink.fillStyle = "#000"; ink.fillRect(0, 0, 320, 180); ink.fillStyle = "#fff";
  for (let bit = 0; bit < 16; bit += 1) if (n >> bit & 1) ink.fillRect(20 * bit, 0, 20, 20);
  requestAnimationFrame(tick);
});</script>"""


@pytest.mark.parametrize("method", [CaptureMethod.DIRECT, CaptureMethod.BEGINFRAME])
def test_a_selector_reaches_into_shadow_roots(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    composition = helpers.write(tmp_path, NESTED)
    mode = "canvas" if method is CaptureMethod.DIRECT else "dom"
    made = source(composition, method, selector="#deep", mode=mode)
    assert helpers.numbers_and_digests(made, 0, 6)[0] == list(range(6))
