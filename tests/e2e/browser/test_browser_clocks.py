"""One page per clock, with every method that fits: right frames, equal bytes, from any start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from tests.barcode import read_frame_number
from tests.ready import helios

from helios.browser.serve import CompositionServer
from helios.drawing.host import CompositionHost
from helios.errors import CaptureError
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.planning.resolve import resolve_frames

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


def test_view_transitions_need_frames_on_command(source: Any, helpers: Any) -> None:
    page = helpers.page("view-transition.html", helpers.compositions)
    made = source(page, CaptureMethod.SCREENSHOT)
    with pytest.raises(CaptureError, match=r"frame 5: view transitions need .* beginframe"):
        list(made.frames(0, 8))


def test_a_film_goes_over_to_begun_frames_where_a_view_transition_begins(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "compositions" / "view-transition.html"
    films = {}
    for method in ("paint", "beginframe"):
        film = tmp_path / f"{method}.mp4"
        words = ["--width", "320", "--height", "180", "--frame-count", "12", "--concurrency", "3"]
        helios("render", page, "-o", film, "--capture", method, *words, cwd=tmp_path)
        with av.open(str(film)) as container:
            pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert len(pictures) == 12
        films[method] = np.stack(pictures)
    assert np.array_equal(films["paint"], films["beginframe"])


def test_a_film_does_not_see_how_the_one_before_it_was_taken(helpers: Any, tmp_path: Path) -> None:
    page = helpers.page("view-transition.html", helpers.compositions)
    flags = {}
    with CompositionHost() as host:
        for method, first in ((CaptureMethod.SCREENSHOT, 0), (CaptureMethod.PAINT, 5)):
            options = RenderOptions(width=320, height=180, capture=method)
            facts = host.inspect(page, options, tmp_path)
            assert facts.browser is not None
            flags[method] = facts.browser.flags
            draw = resolve_frames(page.kind, options, facts).draw
            made = host.open_source(page, draw, facts, format=PixelFormat.RGB24)
            (picture,) = made.frames(first, 1)
            made.close()
    assert read_frame_number(helpers.rgb(picture)) == 5
    assert flags[CaptureMethod.PAINT] == flags[CaptureMethod.SCREENSHOT]


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


def test_a_module_whose_request_is_slow_to_reach_us_is_there_at_frame_0(
    source: Any, helpers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the page is there long before it is known what it has asked for."""
    request = CompositionServer.request

    def slow(server: CompositionServer, session: str, params: dict[str, Any]) -> None:
        if params["request"]["url"].endswith(".mjs"):
            threading.Timer(0.4, request, (server, session, params)).start()
        else:
            request(server, session, params)

    monkeypatch.setattr(CompositionServer, "request", slow)
    (tmp_path / "first.mjs").write_text("export { second } from './second.mjs';")
    (tmp_path / "second.mjs").write_text("export const second = 'white';")
    composition = helpers.write(
        tmp_path,
        """<style>body { background: black }</style><script type=module>
        const { second } = await import("./first.mjs"); document.body.style.background = second;
        </script>""",
    )
    made = source(composition, CaptureMethod.PAINT)
    assert [helpers.rgb(picture).mean() for picture in made.frames(0, 2)] == [255, 255]
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


CHANGES: dict[str, tuple[str, Callable[[float], float]]] = {
    "playbackRate": ("a.playbackRate = 2", lambda passed: 250 + 2 * passed),
    "updatePlaybackRate": ("a.updatePlaybackRate(0.5)", lambda passed: 250 + passed / 2),
    "reverse": ("a.reverse()", lambda passed: 250 - passed),
    "currentTime": ("a.currentTime = 700", lambda passed: 700 + passed),
    "startTime": ("a.startTime = 50", lambda passed: 200 + passed),
    "play": ("a.pause(); setTimeout(() => a.play(), 13)", lambda passed: 237 + passed),
    "finish": ("a.finish(); a.reverse()", lambda passed: 1000 - passed),
    "cancel": ("a.cancel(); a.play()", lambda passed: passed),
    "updateTiming": ("a.effect.updateTiming({ delay: 100 })", lambda passed: 150 + passed),
}
"""By what a script does to an animation at 250 ms, and where that one is some time later."""


@pytest.mark.parametrize("method", METHODS)
def test_what_a_timer_does_to_an_animation_acts_at_the_time_of_the_timer(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    changes = "".join(f"(a) => {{ {change} }}," for change, _ in CHANGES.values())
    composition = helpers.write(
        tmp_path,
        f"""<style>body {{ margin: 0; background: #000 }}
        i {{ position: absolute; width: 20px; height: 20px; background: #fff }}</style><script>
        [{changes}].forEach((change, row) => {{
          const block = document.body.appendChild(document.createElement("i"));
          block.style.top = row * 20 + "px";
          const a = block.animate({{ left: ["0", "300px"] }}, {{ duration: 1000, fill: "both" }});
          setTimeout(change, 250, a);
        }});</script>""",
    )

    def places(start: int, count: int) -> dict[int, list[int]]:
        return {
            picture.frame: [
                int(helpers.rgb(picture)[row * 20 + 10].mean(axis=1).argmax())
                for row in range(len(CHANGES))
            ]
            for picture in source(composition, method).frames(start, count)
        }

    whole, later = places(0, 14), places(10, 4)
    assert later == {frame: whole[frame] for frame in range(10, 14)}
    for frame in (8, 9, 13):
        right = [0.3 * at(frame * 1000 / 30 - 250) for _, at in CHANGES.values()]
        assert whole[frame] == pytest.approx(right, abs=1.01), frame


SMOOTH = {
    "window": "window.scrollTo({ top: 400, behavior: 'smooth' })",
    "by": "window.scrollBy({ top: 400, behavior: 'smooth' })",
    "style": "document.documentElement.style.scrollBehavior = 'smooth'; window.scrollTo(0, 400)",
    "into view": "mark.scrollIntoView({ block: 'start', behavior: 'smooth' })",
    "address": "document.documentElement.style.scrollBehavior = 'smooth'; location.hash = 'mark'",
    "element": "box.scrollTo({ top: 400, behavior: 'smooth' })",
    "property": "box.style.scrollBehavior = 'smooth'; box.scrollTop = 400",
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("way", SMOOTH)
def test_a_smooth_scroll_arrives_with_the_frame_that_asks(
    source: Any, helpers: Any, tmp_path: Path, way: str, method: CaptureMethod
) -> None:
    inner = "<p style='height:400px;background:#000'></p><p id=mark style='background:#fff'></p>"
    is_inside = way in ("element", "property")
    open_box = "<div id=box>" if is_inside else ""
    composition = helpers.write(
        tmp_path,
        f"""<style>body, p {{ margin: 0 }} p {{ height: 800px }}
        #box {{ height: 180px; overflow: hidden }}</style>{open_box}{inner}
        {"</div>" if is_inside else ""}
        <script>setTimeout(() => {{ {SMOOTH[way]} }}, 90);</script>""",
    )

    def light(start: int, count: int) -> list[int]:
        frames = source(composition, method).frames(start, count)
        return [int(helpers.rgb(picture).mean()) for picture in frames]

    assert light(0, 7) == light(0, 7) == [0, 0, 0, 255, 255, 255, 255]
    assert light(4, 3) == [255, 255, 255]


GREYS = """<style>body { margin: 0; background: #fff }
i, svg { position: absolute; left: 0; width: 320px; height: 20px; background: #000 }</style>"""


def greys(source: Any, helpers: Any, composition: Any, rows: int, *, start: int, count: int) -> Any:
    return [
        [int(helpers.rgb(picture)[row * 20 + 10, 160, 0]) for row in range(rows)]
        for picture in source(composition, CaptureMethod.SCREENSHOT).frames(start, count)
    ]


def test_a_transition_that_is_turned_back_goes_on_from_where_it_is(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    """By a timer between two frames: there is no frame in which it stands still."""
    composition = helpers.write(
        tmp_path,
        GREYS
        + """<style>i { transition: background 400ms linear } .on { background: #c8c8c8 }</style>
        <i></i><script>const it = document.querySelector("i");
        setTimeout(() => it.classList.add("on"), 190);
        setTimeout(() => it.classList.remove("on"), 390);
        it.ontransitionend = () => { it.style.color = "red"; };</script>""",
    )
    up = [[round(step * 200 / 12)] for step in range(6)]
    down = [[round(100 - step * 200 / 12)] for step in range(7)]
    for start in (6, 11):
        seen = greys(source, helpers, composition, 1, start=start, count=19 - start)
        assert np.allclose(seen, (up + down)[start - 6 :], atol=2)


def test_svg_animations_obey_scripts_and_begin_when_they_come(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    svg = """<svg style="top: {}px"><rect width=320 height=20 fill=black><animate
        attributeName=fill from=#000000 to=#f0f0f0 dur=1s fill=freeze begin={} /></rect></svg>"""
    composition = helpers.write(
        tmp_path,
        GREYS
        + "".join(svg.format(20 * row, "indefinite" if row == 3 else "0s") for row in range(4))
        + """<script>const [stops, waits, jumps, asked] = document.querySelectorAll("svg");
        const add = (top) =>
          document.body.insertAdjacentHTML("beforeend", LATE.replace(/TOP/, top));
        const LATE = `"""
        + svg.format("TOP", "0s")
        + """`;
        const check = (is) => { if (!is) throw new Error("another time than expected"); };
        setTimeout(() => stops.pauseAnimations(), 300);
        setTimeout(() => waits.pauseAnimations(), 200);
        setTimeout(() => { check(Math.abs(waits.getCurrentTime() - 0.2) < 1e-6);
          check(waits.animationsPaused()); waits.unpauseAnimations(); }, 400);
        setTimeout(() => jumps.setCurrentTime(0.6), 300);
        setTimeout(() => asked.querySelector("animate").beginElement(), 300);
        setTimeout(() => add(80), 290);
        requestAnimationFrame(function look(t) {
          if (t > 299) add(100); else requestAnimationFrame(look); });</script>""",
    )

    def right(frame: int) -> list[float]:
        time = frame / 30
        late = time - 0.3
        places = [min(time, 0.3), min(time, 0.2) + max(0, time - 0.4)]
        places += [time if late < -0.01 else 0.6 + late, max(0.0, late)]
        return [place * 240 for place in places] + [255.0 if late < -0.01 else late * 240] * 2

    for start in (0, 10):
        seen = greys(source, helpers, composition, 6, start=start, count=16 - start)
        for frame, row in enumerate(seen, start):
            assert np.allclose(row, right(frame), atol=2), frame


@pytest.mark.parametrize(
    "field", ["<input id=it value=abc>", "<div id=it contenteditable>abc</div>"]
)
@pytest.mark.parametrize("method", METHODS)
def test_a_caret_blinks_by_the_time_of_the_film(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod, field: str
) -> None:
    composition = helpers.write(
        tmp_path,
        f"""<style>body {{ margin: 0 }} #it {{ font: 60px monospace; outline: none;
        caret-color: #f00; width: 300px; border: 0 }}</style>{field}<script>
        document.getElementById("it").focus();
        setTimeout(() => document.execCommand("insertText", false, "x"), 1900);</script>""",
    )

    def is_seen(start: int, count: int) -> list[bool]:
        pictures = source(composition, method).frames(start, count)
        pixels = [helpers.rgb(picture).astype(int) for picture in pictures]
        return [bool(((each[..., 0] - each[..., 1]) > 150).any()) for each in pixels]

    assert is_seen(13, 4) == [True, True, False, False]
    assert is_seen(44, 2) == [True, False]
    # It was written at 1.9 s, frame 57: seen for half a second from there.
    assert is_seen(56, 2) == [False, True]
    assert is_seen(70, 4) == [True, True, False, False]


MACHINE = """{ const { onLine, hardwareConcurrency, deviceMemory, connection: c } = navigator;
const seen = [onLine, hardwareConcurrency, deviceMemory, c.downlink, c.effectiveType, c.rtt];
if (String(seen) !== "true,4,8,10,4g,50") throw new Error("seen otherwise: " + seen); }"""


def test_a_page_sees_the_same_machine_everywhere(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(
        tmp_path,
        f"""<script>if (navigator.webdriver) throw new Error("seen otherwise"); {MACHINE}
        new Worker(URL.createObjectURL(new Blob([{MACHINE!r}]))).onerror = (event) => {{
          throw new Error(event.message); }};
        navigator.getBattery().then(({{ level, charging }}) => {{
          if (level !== 1 || !charging) throw new Error("battery: " + level); }});</script>""",
    )
    assert len(list(source(composition, CaptureMethod.SCREENSHOT).frames(0, 3))) == 3


NOT_IN_FILMS = {
    "devices": "navigator.mediaDevices.enumerateDevices().then((found) => found.length)",
    "camera": """navigator.mediaDevices.getUserMedia({ video: true })
        .catch((error) => error instanceof DOMException ? 0 : 99)""",
    "place": "new Promise((end) => navigator.geolocation.getCurrentPosition(end, () => end(0)))",
    "notifications": "Notification.requestPermission().then((given) => given === 'granted')",
    "gamepads": "Promise.resolve(navigator.getGamepads().filter(Boolean).length)",
}


def test_what_no_film_has_is_refused_within_the_frame(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    asked = ",".join(NOT_IN_FILMS.values())
    composition = helpers.write(
        tmp_path,
        f"""<script>requestAnimationFrame(async function each() {{
          requestAnimationFrame(each); document.body.style.background = "red";
          const had = await Promise.all([{asked}]);
          document.body.style.background = had.some(Boolean) ? "blue" : "lime"; }});</script>""",
    )
    for picture in source(composition, CaptureMethod.PAINT).frames(0, 4):
        assert helpers.rgb(picture)[90, 160].tolist() == [0, 255, 0]


def test_what_the_browser_builds_moves_by_the_films_time(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0 } :root { interpolate-size: allow-keywords }
        details, input { position: absolute; left: 0; top: 0; width: 100px; margin: 0 }
        summary { height: 20px } i { display: block; height: 100px; background: #00f }
        details::details-content { height: 0; overflow: clip;
          transition: height 400ms linear, content-visibility 400ms allow-discrete }
        details[open]::details-content { height: auto }
        input { appearance: none; left: 120px }
        input::-webkit-slider-thumb { appearance: none; width: 40px; height: 20px;
          background: #000; transition: background 1s linear }
        input.on::-webkit-slider-thumb { background: rgb(0 150 0) }</style>
        <details><summary>x</summary><i></i></details><input type=range value=0><script>
        setTimeout(() => { document.querySelector("details").open = true;
          document.querySelector("input").className = "on"; }, 290);</script>""",
    )
    made = source(composition, CaptureMethod.PAINT)
    for start in (0, 12):
        for picture in made.frames(start, 18 - start):
            pixels = helpers.rgb(picture).astype(int)
            passed = max(0, picture.frame - 9) / 30
            assert abs((pixels[20:, 50, 0] < 100).sum() - passed / 0.4 * 100) <= 1, picture.frame
            assert abs(pixels[10, 130, 1] - 150 * passed) <= 1, picture.frame


def test_what_is_hidden_for_a_moment_loses_the_focus_in_unpainted_frames_too(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body { background: #f00 } body:focus-within { background: #00f }</style>
        <input><script>
          const field = document.querySelector("input");
          field.focus();
          setTimeout(() => { field.style.display = "none"; }, 90);
          setTimeout(() => { field.style.display = ""; }, 190);</script>""",
    )
    (focused,) = source(composition, CaptureMethod.PAINT).frames(0, 1)
    assert helpers.rgb(focused)[90, 160].tolist() == [0, 0, 255]
    (later,) = source(composition, CaptureMethod.PAINT).frames(8, 1)
    assert helpers.rgb(later)[90, 160].tolist() == [255, 0, 0]


def test_a_marquee_moves_by_the_films_time(source: Any, helpers: Any, tmp_path: Path) -> None:
    """By six pixels in 85 ms, from the right."""
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0 } marquee { display: block; width: 320px; height: 20px }
        b { display: inline-block; width: 30px; height: 20px; background: #00f }</style>
        <marquee><b></b></marquee>""",
    )
    for picture in source(composition, CaptureMethod.PAINT).frames(20, 3):
        seen = np.flatnonzero(helpers.rgb(picture)[10, :, 0] < 100)
        assert abs(seen[0] - (320 - 6 * picture.frame / 30 / 0.085)) <= 1.5


def test_what_follows_the_machines_time_or_none_is_named(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    pictures = [Image.new("RGB", (9, 9), colour) for colour in ("red", "lime")]
    for name in ("button", "drawn", "late"):
        pictures[0].save(tmp_path / f"{name}.gif", save_all=True, append_images=pictures[1:])
    composition = helpers.write(
        tmp_path,
        """<input type=image src=button.gif><svg><image href=drawn.gif /></svg>
        <progress></progress><progress value=0.5></progress><p>x</p>
        <iframe sandbox=allow-scripts srcdoc="<p>inner"></iframe><iframe srcdoc="<p>own"></iframe>
        <canvas></canvas>
        <script>setTimeout(() => {
          document.querySelector("p").style.background = "url(late.gif)"; }, 30);
          const canvas = document.querySelector("canvas"); canvas.getContext("2d");
          const stream = canvas.captureStream(); new MediaRecorder(stream).start();
          new MediaStreamTrackProcessor({ track: stream.getVideoTracks()[0] });</script>""",
    )
    made = source(composition, CaptureMethod.PAINT)
    list(made.frames(0, 3))
    warnings = made.warnings()
    recorders = [line.split()[0] for line in warnings if " records by the machine's time" in line]
    assert recorders == ["MediaRecorder", "MediaStreamTrackProcessor"]
    foreign, *moving = [line for line in warnings if line.split()[0] not in recorders]
    assert foreign.startswith("what moves in the frame with srcdoc <p>inner stands still")
    assert [
        line.partition(" moves by the machine's time")[0].rpartition("/")[::2] for line in moving
    ] == [
        ("", "<progress> without a value"),
        ("the SVG <image> https://composition.invalid", "drawn.gif"),
        ("the background https://composition.invalid", "late.gif"),
        ("the button's picture https://composition.invalid", "button.gif"),
    ]


LATE_CHANCE = """<p><script>setTimeout(() => {
  document.adoptedStyleSheets = [new CSSStyleSheet()];
  document.adoptedStyleSheets[0].insertRule("p { rotate: random(0deg, 9deg) }");
}, 40)</script>"""
FIXED_CHANCE = """<style>p { width: random(fixed 0.3, 10px, 90px) }</style><p>
<script>function random(a, b) { return b } random(1, 2)</script>"""


@pytest.mark.parametrize(
    ("page", "is_told"),
    [
        ("<style>p { width: random(10px, 90px) }</style><p>", True),
        ("<p style='left: calc(1px + random(--k, 0%, 9%))'>", True),
        (LATE_CHANCE, True),
        (FIXED_CHANCE, False),
    ],
    ids=["sheet", "attribute", "late rule", "fixed, and a script's own"],
)
def test_chance_in_styles_is_told(
    source: Any, helpers: Any, tmp_path: Path, page: str, is_told: bool
) -> None:
    made = source(helpers.write(tmp_path, page), CaptureMethod.PAINT)
    list(made.frames(0, 4))
    found = [line for line in made.warnings() if "random() in a style" in line]
    assert len(found) == is_told


def test_what_nothing_holds_is_let_go_when_the_browser_collects(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        """<p id=p></p><script>let told = 0; const keeper = new FinalizationRegistry(() => told++);
        const weak = (() => { const a = {}; keeper.register(a); return new WeakRef(a); })();
        requestAnimationFrame(function tick() {
          p.textContent = [typeof weak.deref(), told]; requestAnimationFrame(tick); });</script>""",
    )
    made = source(composition, CaptureMethod.BEGINFRAME)
    page = made._chosen.open()
    list(made.frames(0, 2))
    page.send("HeapProfiler.collectGarbage")
    list(made.frames(2, 3))
    assert page.evaluate("p.textContent") == "undefined,1"
