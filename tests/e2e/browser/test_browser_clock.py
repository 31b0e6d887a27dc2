"""Frame n is at exactly n/fps seconds, whichever clock a page looks at."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios.browser.page import Page, StageSettings

pytestmark = pytest.mark.browser


@pytest.fixture
def stage(browser: Any, helpers: Any, tmp_path: Path) -> Iterator[Any]:
    pages: list[Page] = []

    def open_page(body: str, **settings: Any) -> Page:
        values: dict[str, Any] = {"width": 320, "height": 180, "fps": Fraction(30), **settings}
        composition = helpers.write(tmp_path, body, f"page{len(pages)}.html")
        pages.append(Page(browser, composition, StageSettings(**values)))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


def test_every_clock_of_scripts_shows_the_frame_time(stage: Any) -> None:
    page = stage("<script>requestAnimationFrame((t) => { window.first = t; });</script>")
    for frame in range(4):
        page.step(frame)
    assert 0 < page.evaluate("first") < 1e-15
    assert page.evaluate(
        "[performance.now(), Date.now(), new Date().getTime(), document.timeline.currentTime,"
        " new Event('x').timeStamp, performance.timeOrigin, Date().slice(0, 15)]"
    ) == [100, 1704067200100, 1704067200100, 100, 100, 1704067200000, "Mon Jan 01 2024"]
    assert page.evaluate("new Date(5).getTime() + (new Date() instanceof Date ? 1 : 0)") == 6


def test_fractional_rates_are_exact(stage: Any) -> None:
    page = stage("<p>x", fps=Fraction(30000, 1001))
    for frame in range(31):
        page.step(frame)
    assert page.evaluate("performance.now()") == pytest.approx(30 * 1001 / 30, abs=1e-9)


def test_counting_frames_by_flooring_is_never_one_short(stage: Any) -> None:
    page = stage(
        """<script>window.seen = []; const f = (t) => {
        seen.push(...[t / 1000 * 30, t * 30 / 1000, t / (1000 / 30)].map(Math.floor));
        requestAnimationFrame(f); }; requestAnimationFrame(f);</script>"""
    )
    page.replay(0, 1000)
    assert page.evaluate("seen") == [frame for frame in range(1000) for _ in range(3)]


def test_timers_fire_in_order_of_their_time(stage: Any) -> None:
    page = stage(
        """<script>
        window.log = [];
        const say = (name) => () => log.push(name + "@" + performance.now());
        setTimeout(say("c"), 50); setTimeout(say("b"), 20); setTimeout(say("a"), 0);
        const id = setInterval(() => {
          say("i")(); if (performance.now() > 60) clearInterval(id); }, 30);
        clearTimeout(setTimeout(say("never"), 10));
        setTimeout("log.push('text')", 90);
        setTimeout((x, y) => log.push(x + y), 95, 40, 2);
        </script>"""
    )
    assert page.evaluate("log") == ["a@0"]
    page.replay(0, 4)
    assert page.evaluate("log") == ["a@0", "b@20", "i@30", "c@50", "i@60", "i@90", "text", 42]


def test_a_page_is_looked_at_with_a_mouse(stage: Any) -> None:
    page = stage(
        """<style>p { width: 10px } @media (hover: hover) and (pointer: fine) { p { width: 90px } }
        @media (any-pointer: coarse), (any-hover: none) { p { height: 90px } }</style><p>"""
    )
    page.step(0)
    box = "document.querySelector('p').getBoundingClientRect()"
    assert page.evaluate(f"[{box}.width, {box}.height]") == [90, 0]
    assert page.evaluate("['ontouchstart' in window, navigator.maxTouchPoints]") == [False, 0]


HEAVY = """
function draw(canvas, kind) {
  const gl = canvas.getContext(kind), program = gl.createProgram();
  const parts = [
    [gl.VERTEX_SHADER, "attribute vec2 p; void main() { gl_Position = vec4(p, 0., 1.); }"],
    [gl.FRAGMENT_SHADER, `precision highp float; uniform float t; void main() { float v = t;
      for (int i = 0; i < 60; i++) v = sin(v * 1.1 + gl_FragCoord.x); gl_FragColor = vec4(v); }`]];
  for (const [type, source] of parts) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  const time = gl.getUniformLocation(program, "t");
  (function frame(now) {
    gl.uniform1f(time, now / 1000);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    requestAnimationFrame(frame);
  })(0);
  return () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}
"""
IN_A_WORKER = """const code = `${draw}
onmessage = ({ data }) => { onmessage = draw(data, "webgl2"); };`;
const worker = new Worker(URL.createObjectURL(new Blob([code])));
const canvas = c.transferControlToOffscreen();
worker.postMessage(canvas, [canvas]);
window.read = () => worker.postMessage(0);"""


@pytest.mark.parametrize("where", ["window.read = draw(c, 'webgl');", IN_A_WORKER])
def test_what_webgl_draws_does_not_pile_up_in_unpainted_frames(stage: Any, where: str) -> None:
    page = stage(f"<canvas id=c width=320 height=180></canvas><script>{HEAVY}{where}</script>")
    page.replay(0, 2)
    began = time.monotonic()
    page.replay(2, 30)
    lived = time.monotonic()
    page.evaluate("read()")
    page.step(30)
    assert time.monotonic() - lived < (lived - began) / 2


def test_chance_is_seeded_and_the_same_every_time(stage: Any) -> None:
    expression = (
        "[Math.random(), Math.random(), crypto.randomUUID(),"
        " [...crypto.getRandomValues(new Uint8Array(4))]]"
    )
    first, second = stage("<p>x").evaluate(expression), stage("<p>x").evaluate(expression)
    assert first == second
    assert stage("<p>x", seed=7).evaluate(expression) != first
    assert 0 <= first[0] < 1
    assert first[0] != first[1]


def test_animations_can_be_paused_sped_up_and_finished(stage: Any) -> None:
    page = stage(
        """<div id=d></div><script>
        window.log = [];
        window.a = d.animate({ opacity: [0, 1] }, 400);
        a.onfinish = () => log.push("finish@" + performance.now());
        a.finished.then(() => log.push("finished@" + performance.now()));
        window.b = d.animate({ left: ["0", "1px"] }, 1000); b.playbackRate = 2;
        window.c = d.animate({ top: ["0", "1px"] }, 1000);
        setTimeout(() => c.pause(), 100); setTimeout(() => c.play(), 300);
        window.e = d.animate({ width: ["0", "1px"] }, 1000); e.startTime = 50;
        </script>""",
        fps=Fraction(10),
    )
    for frame in range(3):
        page.step(frame)
    assert page.evaluate("[a, b, c, e].map((x) => Math.round(x.currentTime * 10) / 10)") == [
        200,
        400,
        100,
        150,
    ]
    assert page.evaluate("[c.playState, a.playState]") == ["paused", "running"]
    page.replay(3, 6)
    assert sorted(page.evaluate("log")) == ["finish@400", "finished@400"]
    assert page.evaluate("[Math.round(c.currentTime), a.playState]") == [300, "finished"]


def test_transitions_and_their_events_keep_time(stage: Any) -> None:
    page = stage(
        """<style>#d { opacity: 0; transition: opacity 200ms linear }</style><div id=d></div>
        <script>window.log = [];
        for (const type of ["transitionrun", "transitionstart", "transitionend"])
          d.addEventListener(type, (e) => log.push(type + "@" + performance.now()));
        setTimeout(() => { d.style.opacity = 1; }, 100);</script>""",
        fps=Fraction(20),
    )
    opacity = []
    for frame in range(8):
        page.step(frame)
        opacity.append(round(float(page.evaluate("getComputedStyle(d).opacity")), 3))
    assert opacity == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1]
    assert page.evaluate("log") == ["transitionrun@100", "transitionstart@100", "transitionend@300"]


def test_inline_smil_follows(stage: Any) -> None:
    page = stage(
        "<svg><rect id=r width=10 height=10>"
        "<animate attributeName=x from=0 to=100 dur=1s fill=freeze /></rect></svg>",
        fps=Fraction(10),
    )
    for frame in range(4):
        page.step(frame)
    assert page.evaluate("r.x.animVal.value") == pytest.approx(30)


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_smil_in_shadow_roots_follows(stage: Any, mode: str) -> None:
    page = stage(
        """<div id=a></div><script>window.root = a.attachShadow({ mode: "MODE" });
        root.innerHTML = `<svg><rect width=10 height=10>
            <animate attributeName=x from=0 to=100 dur=1s fill=freeze /></rect></svg>`;
        </script>""".replace("MODE", mode),
        fps=Fraction(10),
    )
    for frame in range(4):
        page.step(frame)
        x = page.evaluate("root.querySelector('rect').x.animVal.value")
        assert x == pytest.approx(10 * frame)


def test_a_callback_that_another_one_cancels_does_not_run(stage: Any) -> None:
    page = stage(
        """<script>window.log = [];
        requestAnimationFrame(() => { log.push("first"); cancelAnimationFrame(third); });
        requestAnimationFrame(() => log.push("second"));
        const third = requestAnimationFrame(() => log.push("third"));
        requestAnimationFrame(() => { const later = requestAnimationFrame(() => log.push("later"));
            requestAnimationFrame(() => log.push("last")); cancelAnimationFrame(later); });
        </script>"""
    )
    for frame in range(2):
        page.step(frame)
    assert page.evaluate("log") == ["first", "second", "last"]


def test_a_tick_waits_for_promises_messages_and_fetches(stage: Any, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('{"value": 5}')
    page = stage(
        """<script>
        window.log = [];
        requestAnimationFrame(async () => {
          await null; await new Promise((r) => setTimeout(r, 0)); log.push("timer");
          const channel = new MessageChannel();
          channel.port1.onmessage = () => { log.push("message"); };
          channel.port2.postMessage(1);
          const answer = await (await fetch("data.json")).json(); log.push(answer.value);
          const image = new Image(); image.onload = () => log.push("image");
          image.src = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>";
        });</script>"""
    )
    page.step(0)
    assert page.evaluate("log") == ["timer", "message", 5, "image"]


@pytest.mark.parametrize("way", ["channel", "window"])
def test_work_that_goes_on_by_messages_is_done_in_its_frame(stage: Any, way: str) -> None:
    send = {"channel": "channel.port2.postMessage(0)", "window": "window.postMessage('go', '*')"}
    page = stage(
        """<script>let left = 0; window.done = []; const channel = new MessageChannel();
        const work = () => { if (left === 0) return;
            left -= 1; if (left) send(); else done.push(Math.round(performance.now())); };
        channel.port1.onmessage = work; window.onmessage = ({ data }) => data === "go" && work();
        const send = () => SEND;
        requestAnimationFrame(function frame() { left = 60; send();
            requestAnimationFrame(frame); });</script>""".replace("SEND", send[way])
    )
    for frame in range(3):
        page.step(frame)
        assert page.evaluate("[done.length, left]") == [frame + 1, 0]


@pytest.mark.parametrize("call", ["parent.postMessage(1, '*')", "post(1)"])
def test_a_message_names_the_frame_that_sent_it(stage: Any, call: str) -> None:
    page = stage(
        f"""<script>window.log = []; onmessage = ({{ source, data }}) => {{
          log.push(source === frames[0], data); source.postMessage(2, "*"); }};</script>
        <iframe srcdoc="<script>const post = parent.postMessage.bind(parent);
        onmessage = ({{ data, source }}) => parent.log.push(source === parent, data);
        requestAnimationFrame(() => {call})</script>"></iframe>"""
    )
    page.step(0)
    assert page.evaluate("log") == [True, 1, True, 2]


def test_a_chain_of_timers_is_slowed_as_in_a_browser(stage: Any) -> None:
    page = stage(
        """<script>const chain = [];
        (function next() { setTimeout(() => { chain.push(performance.now());
            if (chain.length < 10) next(); }, 0); })();</script>"""
    )
    for frame in range(3):
        page.step(frame)
    expected = [0, 0, 0, 0, 0, 4, 8, 12, 16, 20]
    assert page.evaluate("chain") == pytest.approx(expected, abs=0.01)


def test_stability_hook_may_wait_for_frames_and_timers(stage: Any) -> None:
    page = stage(
        """<script>window.count = 0; window.helios = { async waitUntilStable() {
        await new Promise(requestAnimationFrame); await new Promise((r) => setTimeout(r, 500));
        count += 1; } };</script>"""
    )
    for frame in range(3):
        page.step(frame)
    assert page.evaluate("[count, performance.now() < 67]") == [3, True]


def test_props_reach_the_page(stage: Any) -> None:
    props = {"title": "Grüße \u2028 </script>", "list": [1, None, True]}
    page = stage("<script>window.got = window.__HELIOS_PROPS__;</script>", props=props)
    assert page.evaluate("got") == props


def test_fonts_and_pictures_are_ready_before_the_first_frame(stage: Any) -> None:
    page = stage(
        """<style>body { background: url("data:image/gif;base64,R0lGODlhAQABAAAAACw=") }</style>
        <img id=i src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><script>
        const face = new FontFace("missing", "url(gone.woff2)"); document.fonts.add(face);
        window.face = face;</script>"""
    )
    assert page.evaluate("[face.status, document.fonts.status, i.complete]") == [
        "error",
        "loaded",
        True,
    ]
    assert any(line.startswith("gone.woff2") for line in page.warnings())


def test_a_font_is_asked_for_in_the_frame_that_needs_it(stage: Any) -> None:
    font = Path(__file__).parents[3] / "examples/demo/jost.woff2"
    data = base64.b64encode(font.read_bytes()).decode()
    page = stage(
        f"""<style>@font-face {{ font-family: own; unicode-range: U+5A;
        src: url(data:font/woff2;base64,{data}) }} p {{ font: 60px own, monospace }}</style>
        <p id=text></p>"""
    )
    assert page.evaluate("document.fonts.status") == "loaded"
    # Whether the browser lays out by itself in between is the machine's time.
    looked = "text.textContent = 'ZZ', __helios_stage__.watchDocument(), document.fonts.status"
    assert page.evaluate(looked) == "loading"
