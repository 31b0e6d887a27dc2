"""A canvas that fills the picture, until something is over, under or around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser

LATE = 5
FRAMES = 9
PAGE = """<style>
  html, body { margin: 0; overflow: hidden }
  canvas { display: block }
  %(style)s
</style>%(body)s<canvas id=c width=320 height=180></canvas>%(after)s<script>
const ink = c.getContext("2d"%(attributes)s);
const at = (frame, act) => setTimeout(act, frame * 1000 / 30 - 1);
const rules = document.styleSheets[0];
let shown = 0;
const draw = () => {
  const n = Math.round(performance.now() * 30 / 1000);
  %(ground)s
  for (let i = 0; i < 16; i += 1) {
    ink.fillStyle = (n >> i) & 1 ? "#fff" : "#000";
    ink.fillRect(20 * i, 0, 20, 20);
  }
  requestAnimationFrame(draw);
};
requestAnimationFrame(draw);
%(script)s</script>"""
COVERED = "ink.fillStyle = '#135'; ink.fillRect(0, 0, 320, 180);"
CLEAR = "ink.clearRect(0, 0, 320, 180);"
BOX = """#box { position: absolute; left: 40px; top: 60px; width: 90px; height: 50px;
  background: #fc0 }"""
VEIL = "<p style='position:fixed;inset:9px;margin:0;background:#f0f'>"


def build(script: str = "", **parts: str) -> str:
    usual = {"style": "", "body": "", "after": "", "attributes": "", "ground": COVERED}
    return PAGE % (usual | parts | {"script": script})


BOX_AFTER = {"style": BOX, "after": "<div id=box></div>"}
KINDS = {
    "inserted": build(
        "at(5, () => document.body.append('a title'));",
        style="canvas { position: absolute; z-index: -1 }",
    ),
    "inserted before": build(
        "at(5, () => { const d = document.createElement('div'); d.id = 'box';"
        " document.body.insertBefore(d, c); });",
        style=BOX,
    ),
    "delayed animation": build(
        style=BOX + "#box { visibility: hidden; animation: v .01s .16s forwards }"
        "@keyframes v { to { visibility: visible } }",
        after="<div id=box></div>",
    ),
    "slides in": build(
        style=BOX
        + "#box { animation: in .1s .14s both } @keyframes in { from { translate: -400px } }",
        after="<div id=box></div>",
    ),
    "fades in by a script": build(
        "at(5, () => box.animate({ opacity: [0, 1] }, { duration: 90, fill: 'both' }));",
        style=BOX + "#box { opacity: 0 }",
        after="<div id=box></div>",
    ),
    "rule inserted": build(
        "at(5, () => rules.insertRule('#box { display: block !important }'));",
        style=BOX + "#box { display: none }",
        after="<div id=box></div>",
    ),
    "rule changed": build(
        "at(5, () => { rules.cssRules[rules.cssRules.length - 1].style.display = 'block'; });",
        style=BOX + "#box { display: none }",
        after="<div id=box></div>",
    ),
    "sheet adopted": build(
        "at(5, () => { const s = new CSSStyleSheet(); s.replaceSync('#box { display: block }');"
        " document.adoptedStyleSheets = [s]; });",
        style=BOX + ":where(#box) { display: none }",
        after="<div id=box></div>",
    ),
    "sheet switched on": build(
        "rules2 = document.styleSheets[1]; rules2.disabled = true;"
        "at(5, () => { rules2.disabled = false; });",
        style=":where(#box) { display: none }</style><style>" + BOX + "#box { display: block }",
        after="<div id=box></div>",
    ),
    "class switched": build(
        "at(5, () => document.documentElement.classList.add('on'));",
        style=BOX + "#box { display: none } .on #box { display: block }",
        after="<div id=box></div>",
    ),
    "popover": build(
        "at(5, () => box.showPopover());",
        style="#box { background: #fc0 }",
        after="<div id=box popover=manual>hello</div>",
    ),
    "popover in a veiled parent": build(
        "at(5, () => box.showPopover());",
        style="#box { background: #fc0 } p { opacity: 0 }",
        after="<p><b id=box popover=manual>hello</b></p>",
    ),
    "dialog": build("at(5, () => box.showModal());", after="<dialog id=box>hello</dialog>"),
    "shadow root filled": build(
        "const root = box.attachShadow({ mode: 'open' });"
        f'at(5, () => {{ root.innerHTML = "{VEIL}"; }});',
        after="<div id=box></div>",
    ),
    "closed shadow root": build(
        "const root = box.attachShadow({ mode: 'closed' });"
        f'at(5, () => {{ root.innerHTML = "{VEIL}"; }});',
        after="<div id=box></div>",
    ),
    "before": build(
        "at(5, () => document.body.classList.add('on'));",
        style="body.on::before { content: ''; position: fixed; inset: 30px; background: #0f0 }",
    ),
    "after of what is empty": build(
        "at(5, () => document.body.classList.add('on'));",
        style=".on i::after { content: 'x'; position: fixed; left: 9px; top: 40px; color: #fff }",
        after="<i></i>",
    ),
    "body colour": build(
        "at(5, () => { document.body.style.background = '#400'; });", ground=CLEAR
    ),
    "root colour over the body's": build(
        "at(5, () => { document.documentElement.style.background = '#040'; });",
        style="body { background: #400 }",
        ground=CLEAR,
    ),
    "gradient under": build(
        "at(5, () => { document.body.style.background = 'linear-gradient(#400, #004)'; });",
        ground=CLEAR,
    ),
    "dark scheme": build(
        "at(5, () => { document.documentElement.style.colorScheme = 'dark'; });", ground=CLEAR
    ),
    "box under a clear canvas": build(
        "at(5, () => { box.hidden = false; });",
        style=BOX + "canvas { position: relative; z-index: 1 }",
        body="<div id=box hidden></div>",
        ground=CLEAR,
    ),
    "canvas under its parent's colour": build(
        "at(5, () => { wrap.style.background = '#0aa'; });",
        style="canvas { position: fixed; inset: 0; z-index: -1 } #wrap { height: 180px }",
        body="<div id=wrap>",
        after="</div>",
    ),
    "opacity": build("at(5, () => { c.style.opacity = 0.5; });"),
    "filter of the root": build(
        "at(5, () => { document.documentElement.style.filter = 'invert(1)'; });"
    ),
    "moved by a script": build("at(5, () => { c.style.transform = 'translate(30px, 9px)'; });"),
    "motion path": build("at(5, () => { c.style.offsetPath = \"path('M 60 60 L 200 90')\"; });"),
    "clip": build("at(5, () => { c.style.clipPath = 'inset(30px)'; });"),
    "parent clips": build(
        "at(5, () => { wrap.style.height = '90px'; });",
        style="#wrap { overflow: hidden }",
        body="<div id=wrap>",
        after="</div>",
    ),
    "hidden": build("at(5, () => { c.style.visibility = 'hidden'; });"),
    "removed": build("at(5, () => c.remove());"),
    "shown smaller": build("at(5, () => { c.style.width = '200px'; });"),
    "of another size": build("at(5, () => { c.width = 300; });"),
    "padding": build(
        "at(5, () => { c.style.cssText = 'box-sizing: border-box; width: 320px; height: 180px;"
        " padding: 20px'; });"
    ),
    "object-fit": build("at(5, () => { c.style.objectViewBox = 'inset(40px)'; });"),
    "border": build(
        "at(5, () => { c.style.outline = '6px solid red'; c.style.outlineOffset = '-6px'; });"
    ),
    "second canvas": build(
        "at(5, () => { const d = document.createElement('canvas'); d.id = 'box'; d.width = 90;"
        " d.height = 50; document.body.append(d); });",
        style=BOX,
    ),
    "another canvas instead": build(
        "at(5, () => { const d = c.cloneNode(); d.getContext('2d').fillRect(50, 50, 60, 60);"
        " c.replaceWith(d); });"
    ),
    "scrolled": build(
        "at(5, () => document.scrollingElement.scrollTo(0, 40));",
        after="<div style='height:400px'></div>",
    ),
    "list marker": build(
        "at(5, () => { box.style.display = 'list-item'; });",
        style="#box { position: absolute; left: 60px; top: 60px; height: 30px; display: none }",
        after="<div id=box></div>",
    ),
    "text out of an empty box": build(
        "at(5, () => { box.textContent = 'a title'; });",
        style="#box { position: absolute; left: 60px; top: 60px; width: 0; height: 0; color: #fff;"
        " white-space: nowrap }",
        after="<div id=box></div>",
    ),
    "text of a boxless element": build(
        "at(5, () => { box.textContent = 'a title'; });",
        style="body { color: #fff } #box { display: contents } canvas { margin-bottom: -90px }",
        after="<div id=box></div>",
    ),
    "drawing beyond its box": build(
        "at(5, () => { box.innerHTML = '<circle cx=160 cy=90 r=30 fill=red />'; });",
        style="svg { position: absolute; left: 0; top: 0; overflow: visible }",
        after="<svg id=box width=1 height=1></svg>",
    ),
    "style element shown": build(
        "at(5, () => { mark.style.cssText = 'display: block; position: fixed; top: 90px;"
        " color: #fff'; });",
        after="<style id=mark>/* words */</style>",
    ),
    "picture loaded late": build(
        "at(5, () => { const d = new Image(); d.id = 'box'; d.src = 'data:image/svg+xml,' +"
        ' encodeURIComponent(\'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\');'
        " document.body.append(d); });",
        style=BOX,
    ),
    "written anew": build("at(5, () => { document.body.innerHTML = '<h1>The end</h1>'; });"),
    "focus ring": build(
        "at(5, () => c.focus());",
        style="canvas:focus { outline: auto 5px red; outline-offset: -9px }",
    ).replace("<canvas", "<canvas tabindex=0"),
    "comes and goes": build(
        "at(3, () => { box.hidden = false; }); at(5, () => { box.hidden = true; });"
        "at(6, () => { box.hidden = false; }); at(7, () => { box.hidden = true; });",
        style=BOX,
        after="<div id=box hidden></div>",
    ),
    "view transition": build(
        "at(5, () => document.startViewTransition(() => { box.hidden = false; }));",
        style=BOX,
        after="<div id=box hidden></div>",
    ),
}


UNREADABLE_ALONE = {"removed", "written anew", "another canvas instead", "of another size"}
"""Kinds whose canvas, alone, gives no film to compare with."""
RIGHT_ALONE = {"body colour", "root colour over the body's", "focus ring"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_film_is_what_the_page_shows_whatever_comes(
    source: Any, helpers: Any, tmp_path: Path, kind: str
) -> None:
    composition = helpers.write(tmp_path, KINDS[kind])
    painted = helpers.numbers_and_digests(source(composition, CaptureMethod.BEGINFRAME), 0, FRAMES)
    whole = source(composition, CaptureMethod.DIRECT)
    assert helpers.numbers_and_digests(whole, 0, FRAMES) == painted
    from_the_middle = source(composition, CaptureMethod.DIRECT)
    later = helpers.numbers_and_digests(from_the_middle, 6, FRAMES - 6)
    assert later == (painted[0][6:], painted[1][6:])
    if kind not in UNREADABLE_ALONE | RIGHT_ALONE:
        alone = source(composition, CaptureMethod.DIRECT, mode="canvas")
        assert helpers.numbers_and_digests(alone, 0, FRAMES) != painted


def test_a_canvas_of_webgl_lies_over_the_colour_of_each_frame(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>html, body { margin: 0; overflow: hidden; background: #400 }
        canvas { display: block }</style><canvas width=320 height=180></canvas><script>
        const gl = document.querySelector("canvas").getContext("webgl");
        const draw = () => { gl.clearColor(0, 0.2, 0, 0.4); gl.clear(gl.COLOR_BUFFER_BIT);
          requestAnimationFrame(draw); };
        draw();
        setTimeout(() => { document.body.style.background = "#00c"; }, 99);</script>""",
    )
    films = [
        [helpers.rgb(p)[90, 160].tolist() for p in source(composition, method).frames(0, 6)]
        for method in (CaptureMethod.DIRECT, CaptureMethod.BEGINFRAME)
    ]
    assert films[0] == films[1]
    assert films[0][0] != films[0][5]


def test_a_frame_of_a_plain_page_is_read_from_its_canvas(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    made = source(helpers.write(tmp_path, build()), CaptureMethod.DIRECT)
    assert helpers.numbers_and_digests(made, 0, 6)[0] == list(range(6))
    assert made._painted.page is None


DEEP_STYLE = """<style>
  html, body { margin: 0; background: #223; overflow: hidden }
  #space { position: absolute; left: 40px; top: 60px; width: 160px; height: 80px }
  #space b { position: absolute; width: 100px; height: 60px; background: #ff0 }
  #space b { transform: translateZ(20px) }
  #space b + b { left: 30px; top: 20px; background: #0f0; transform: translateZ(-20px) }
  .turned { rotate: y 20deg }
</style><div id=space><b></b><b></b></div><script>
const WORD = ["preserve", "3d"].join("-");
const at = (frame, act) => setTimeout(act, frame * 1000 / 30 - 1);
const rules = document.styleSheets[0];
at(5, () => space.classList.add("turned"));
%s</script>"""
DEEP = {
    "a style of its own": "at(5, () => space.style.setProperty('transform-style', WORD));",
    "a property": "at(5, () => { space.style.transformStyle = WORD; });",
    "an attribute": "at(5, () => space.setAttribute('style', `transform-style: ${WORD}`));",
    "a rule": "at(5, () => rules.insertRule(`#space { transform-style: ${WORD} }`));",
    "a rule that is changed": "at(5, () => { rules.cssRules[1].style.transformStyle = WORD; });",
    "a new style element": "at(5, () => document.body.insertAdjacentHTML('beforeend',"
    " `<style>#space { transform-style: ${WORD} }</style>`));",
    "an adopted sheet": "at(5, () => { const s = new CSSStyleSheet();"
    " s.replaceSync(`#space { transform-style: ${WORD} }`); document.adoptedStyleSheets = [s]; });",
    "key frames": "at(5, () => space.animate({ transformStyle: [WORD, WORD] }, 9999));",
    "a map of properties": "at(5, () => space.attributeStyleMap.set('transform-style', WORD));",
}
OTHERS = {
    "a filter of a dialog": "at(5, () => { const d = document.createElement('dialog');"
    " d.style.backdropFilter = 'invert(1)'; document.body.append(d); d.showModal(); });",
    "a view transition": "at(5, () => document.startViewTransition(() => space.remove()));",
}


@pytest.mark.parametrize("way", DEEP | OTHERS)
def test_paint_hands_over_what_a_canvas_cannot_show(
    source: Any, helpers: Any, tmp_path: Path, way: str
) -> None:
    composition = helpers.write(tmp_path, DEEP_STYLE % (DEEP | OTHERS)[way])
    _, painted = helpers.numbers_and_digests(source(composition, CaptureMethod.BEGINFRAME), 5, 4)
    made = source(composition, CaptureMethod.PAINT)
    _, whole = helpers.numbers_and_digests(made, 0, FRAMES)
    assert whole[5:] == painted
    assert made._chosen.page is None
    _, later = helpers.numbers_and_digests(source(composition, CaptureMethod.PAINT), 7, 2)
    assert later == whole[7:]


LATER_CANVAS = """<style>body { margin: 0; background: #0f0 } canvas { display: block }</style>
<div id=box><canvas width=100 height=60></canvas></div><script>
const canvas = box.firstChild, ink = canvas.getContext("2d");
let shown = 0;
requestAnimationFrame(function draw() {
  ink.clearRect(0, 0, 100, 60);
  for (const [at, colour] of [[0, "#f00"], [50, "#00f"]]) {
    ink.fillStyle = colour; ink.fillRect(at, at / 2, 50, 30); }
  ink.clearRect(shown * 3, 0, 6, 60);
  if (shown === 5) %s
  if (shown === 6) for (const changed of [box, canvas]) changed.removeAttribute("style");
  shown += 1;
  requestAnimationFrame(draw);
});</script>"""
LATER = {
    "size": "box.style.display = 'grid', canvas.style.width = '100%';",
    "place": "canvas.style.border = '6px solid #fff';",
    "zoom": "box.style.zoom = 1.5;",
    "ground": "canvas.style.background = '#ff0';",
}


@pytest.mark.parametrize("what", LATER)
def test_paint_hands_over_canvases_that_change(
    source: Any, helpers: Any, tmp_path: Path, what: str
) -> None:
    """In one frame; a chunk that begins after it goes on as the whole film does."""
    composition = helpers.write(tmp_path, LATER_CANVAS % LATER[what])
    _, painted = helpers.numbers_and_digests(
        source(composition, CaptureMethod.BEGINFRAME), 0, FRAMES
    )
    made = source(composition, CaptureMethod.PAINT)
    assert helpers.numbers_and_digests(made, 0, FRAMES)[1] == painted
    assert "frame 5: a canvas " in made.warnings()[0]
    later = source(composition, CaptureMethod.PAINT)
    assert helpers.numbers_and_digests(later, 7, 2)[1] == painted[7:]
    assert later._chosen.page is None


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


@pytest.mark.parametrize(
    ("markup", "count"),
    [
        ("<p class=it></p><p class=it></p>", 2),
        ("<p class=it></p><div id=outer></div>", 2),
        ("<p class=it></p>", 0),
    ],
    ids=["in the document", "in a shadow root", "only one"],
)
def test_a_selector_that_matches_several_elements_says_which_it_takes(
    source: Any, helpers: Any, tmp_path: Path, markup: str, count: int
) -> None:
    composition = helpers.write(
        tmp_path,
        "<style>body { margin: 0 } p { margin: 0; height: 90px; background: #f00 }</style>"
        f"{markup}<script>document.getElementById('outer')?.attachShadow({{ mode: 'open' }})"
        ".append(document.querySelector('.it').cloneNode());</script>",
    )
    made = source(composition, CaptureMethod.BEGINFRAME, selector=".it", mode="dom")
    (picture,) = made.frames(0, 1)
    assert tuple(helpers.rgb(picture)[90, 160]) == (255, 0, 0)
    said = [note for note in made.warnings() if "selector" in note]
    expected = f"the selector .it matches {count} elements: the first is taken"
    assert said == ([expected] if count else [])
