"""Workers live on the film's time, and a frame waits for what they draw and answer."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from helios.browser.page import Page, StageSettings
from helios.browser.serve import CompositionServer
from helios.errors import HeliosError, NotReadyError
from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
PAINTED = (CaptureMethod.PAINT, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT)
CASES = [
    *(("worker.html", method) for method in PAINTED),
    *(("offscreen.html", method) for method in CaptureMethod),
]
WORKER = "new Worker(URL.createObjectURL(new Blob([`%s`])))"


@pytest.mark.parametrize(("name", "method"), sorted(CASES, key=lambda case: case[1]))
def test_a_worker_follows_the_film(
    source: Any, helpers: Any, name: str, method: CaptureMethod
) -> None:
    helpers.check_film(source, name, method)


@pytest.fixture
def opened(browser: Any, helpers: Any, tmp_path: Any) -> Any:
    pages: list[Page] = []

    def make(script: str, **settings: Any) -> Page:
        values: dict[str, Any] = {"width": 320, "height": 180, "fps": 10, **settings}
        composition = helpers.write(tmp_path, f"<script>window.log = []; {script}</script>")
        pages.append(Page(browser, composition, StageSettings(**values)))
        return pages[-1]

    yield make
    for page in pages:
        page.close()


def test_the_first_worker_waits_until_the_browser_has_its_document(
    opened: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is begun in the first moment would be lost, now and then, on a busy machine."""
    asked: list[str] = []
    request = CompositionServer.request

    def note(server: CompositionServer, session: str, params: dict[str, Any]) -> None:
        asked.append(params["request"]["url"].rpartition("/")[2])
        request(server, session, params)

    monkeypatch.setattr(CompositionServer, "request", note)
    (tmp_path / "w.js").write_text("postMessage(1);")
    opened("const one = new Worker('w.js'), two = new Worker('w.js');")
    assert [name for name in asked if name in ("empty", "w.js")] == ["empty", "w.js", "w.js"]


def test_messages_are_answered_within_the_frame(opened: Any) -> None:
    echo = WORKER % "onmessage = ({ data }) => postMessage([data, performance.now()]);"
    page = opened(
        f"""const worker = {echo};
        worker.addEventListener("message", (event) => {{
          log.push([...event.data, performance.now()].map(Math.round));
          if (event.data[0] % 10 < 3) worker.postMessage(event.data[0] + 1); }});
        setInterval(() => worker.postMessage(Math.round(performance.now())), 200);"""
    )
    page.replay(0, 5)
    assert page.evaluate("log") == [
        *([200 + n, 200, 200] for n in range(4)),
        *([400 + n, 400, 400] for n in range(4)),
    ]


SLOW_MACHINE = "__helios_stage__.native.performanceNow = () => (looks++ ? 2000 : 0)"
"""On which two seconds have gone by when the time is looked at again."""


@pytest.mark.parametrize("busy_ms", [0, 60])
@pytest.mark.parametrize(
    "begin", ["it.decode()", "createImageBitmap(blob)", "crypto.subtle.digest('SHA-512', bytes)"]
)
def test_what_a_page_begins_itself_comes_before_a_worker_answers(
    opened: Any, begin: str, busy_ms: int
) -> None:
    """However quick either is: a decode of 16 million pixels, or a worker that thinks first."""
    slow = f"let n = 0; for (let k = 0; k < {busy_ms} * 1e6; k += 1) n += k;"
    echo = WORKER % f"onmessage = () => {{ {slow} postMessage(n); }};"
    page = opened(
        f"""let blob, bytes, it, worker; const sheet = new OffscreenCanvas(4000, 4000);
        sheet.getContext("2d").fillRect(9, 9, 9, 9);
        sheet.convertToBlob().then(async (made) => {{
          blob = made; bytes = new Uint8Array(5e7); it = new Image();
          it.src = URL.createObjectURL(blob); worker = {echo};
          worker.onmessage = () => log.push("worker");
        }});
        let n = 0, looks; const go = () => {{ requestAnimationFrame(go); if (++n !== 3) return;
          looks = 0; worker.postMessage(0); {begin}.then(() => log.push("page")); }}; go();"""
    )
    if not busy_ms:
        page.evaluate(SLOW_MACHINE)
    page.replay(0, 5)
    assert page.evaluate("log") == ["page", "worker"]


def test_modules_nested_workers_and_late_workers_keep_time(opened: Any, tmp_path: Any) -> None:
    (tmp_path / "part.mjs").write_text("export const twice = (value) => 2 * value;")
    (tmp_path / "module.mjs").write_text(
        """import { twice } from "./part.mjs";
        const source = "onmessage = () => postMessage(Math.round(performance.now()));";
        const inner = new Worker(URL.createObjectURL(new Blob([source])));
        inner.onmessage = ({ data }) => postMessage([twice(data), Math.round(performance.now()),
          Date.now() - 1704067200000, import.meta.url.slice(-10)]);
        setInterval(() => inner.postMessage(0), 100);"""
    )
    page = opened(
        """setTimeout(() => { new Worker("module.mjs", { type: "module" })
          .addEventListener("message", ({ data }) => log.push(data)); }, 200);"""
    )
    page.replay(0, 5)
    assert page.evaluate("log") == [
        [200, 100, 1704067200300 - 1704067200000, "module.mjs"],
        [400, 200, 1704067200400 - 1704067200000, "module.mjs"],
    ]
    assert page.warnings() == ()


def test_a_file_as_a_worker_of_a_worker_is_refused(opened: Any, tmp_path: Any) -> None:
    (tmp_path / "inner.js").write_text("")
    (tmp_path / "outer.js").write_text("onmessage = () => new Worker('inner.js');")
    with pytest.raises(HeliosError, match=r"inner\.js: cannot be loaded"):
        opened("new Worker('outer.js').postMessage(0);")


def test_a_worker_that_fetches_is_waited_for(opened: Any, tmp_path: Any) -> None:
    (tmp_path / "data.json").write_text('{"value": 5}')
    (tmp_path / "fetch.js").write_text(
        """onmessage = async () => { const answer = await fetch("data.json");
        const { value } = await answer.json(); postMessage(value + performance.now()); };"""
    )
    page = opened(
        """const worker = new Worker("fetch.js"); worker.onmessage = ({ data }) => log.push(data);
        setTimeout(() => worker.postMessage(0), 300);"""
    )
    page.replay(0, 4)
    assert page.evaluate("log") == [305]


def test_chance_differs_between_workers_and_not_between_runs(opened: Any) -> None:
    script = f"""for (let n = 0; n < 2; n += 1) {{
        const worker = {WORKER % "postMessage(Math.random())"};
        worker.onmessage = ({{ data }}) => log.push(data); }}"""
    runs = []
    for _ in range(2):
        page = opened(script)
        page.step(0)
        runs.append(page.evaluate("log"))
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 2


HURRIED = {
    "timer": "onmessage = ({ data }) => setTimeout(() => postMessage(data), 5000);",
    "interval": """onmessage = ({ data }) => { let left = 3; const id = setInterval(() => {
        if (left -= 1) return; clearInterval(id); postMessage(data); }, 40); };""",
    "frames": """onmessage = async ({ data }) => {
        await new Promise((resolve) => setTimeout(resolve, 70));
        requestAnimationFrame(() => requestAnimationFrame(() => postMessage(data))); };""",
}


def test_a_hook_may_wait_on_timers_of_workers(opened: Any) -> None:
    workers = ", ".join(f"{name}: {WORKER % text}" for name, text in HURRIED.items())
    page = opened(
        f"""const workers = {{ {workers} }}; const hooked = (name, n) => new Promise((resolve) => {{
          workers[name].onmessage = ({{ data }}) => {{ log.push([name, data, performance.now()]);
            resolve(); }}; workers[name].postMessage(n); }});
        const ticking = {WORKER % "setInterval(() => postMessage(performance.now()), 100)"};
        const ticks = []; ticking.onmessage = ({{ data }}) => ticks.push(Math.round(data));
        window.helios = {{ seek: async (n) => {{
          for (const name in workers) await hooked(name, n); }} }};"""
    )
    page.replay(0, 4)
    log = [[name, n, round(at)] for name, n, at in page.evaluate("log")]
    assert log == [[name, n, 100 * n] for n in range(4) for name in HURRIED]
    assert page.evaluate("ticks") == [100, 200, 300]


def test_who_waits_for_shared_memory_goes_on_in_the_frame(opened: Any) -> None:
    waker = WORKER % "onmessage = ({ data }) => Atomics.notify(data, 1);"
    page = opened(
        f"""const cells = new Int32Array(new SharedArrayBuffer(8)), waker = {waker};
        const wait = async (cell, limit) => {{ for (;;) {{
          const {{ value }} = Atomics.waitAsync(cells, cell, 0, limit);
          log.push([cell, await value, Math.round(performance.now())]); }} }};
        wait(0, 150); wait(1);
        setTimeout(() => Atomics.notify(cells, 0, 1), 250);
        for (const at of [200, 500]) setTimeout(() => waker.postMessage(cells), at);"""
    )
    page.replay(0, 1)
    time.sleep(0.2)  # the time of the machine ends no wait
    page.replay(1, 7)
    log = sorted(page.evaluate("log"), key=lambda entry: (entry[2], entry[0]))
    assert log == [
        [0, "timed-out", 150],
        [1, "ok", 200],
        [0, "ok", 250],
        [0, "timed-out", 400],
        [1, "ok", 500],
        [0, "timed-out", 550],
    ]


def test_a_worker_can_be_ended_and_can_end_itself(opened: Any) -> None:
    page = opened(
        f"""const beat = {WORKER % "setInterval(() => postMessage(1), 100);"};
        beat.onmessage = () => log.push(Math.round(performance.now()));
        setTimeout(() => beat.terminate(), 250);
        const once = {WORKER % "onmessage = () => { postMessage(1); close(); };"};
        once.onmessage = () => log.push("once"); once.postMessage(1); once.postMessage(2);"""
    )
    page.replay(0, 6)
    assert page.evaluate("log") == ["once", 100, 200]


def test_errors_in_workers_end_the_film(opened: Any) -> None:
    page = opened(
        f"const worker = {WORKER % 'onmessage = () => { missing(); };'};"
        "setTimeout(() => worker.postMessage(1), 150);"
    )
    with pytest.raises(HeliosError, match=r"frame 2: .*worker blob:.*missing is not defined"):
        page.replay(0, 4)


def test_a_worker_that_never_answers_is_named(opened: Any) -> None:
    page = opened(
        f"const worker = {WORKER % 'onmessage = () => { for (;;); };'};"
        "setTimeout(() => worker.postMessage(1), 150);",
        step_timeout_s=2.0,
    )
    with pytest.raises(NotReadyError, match="worker blob:"):
        page.replay(0, 4)


def test_what_works_in_no_film_is_warned_about(opened: Any) -> None:
    page = opened("new SharedWorker(URL.createObjectURL(new Blob([''])));")
    page.step(0)
    assert any("shared worker" in warning for warning in page.warnings())


RAIN = """registerPaint("rain", class {
  static get inputProperties() { return ["--shift"]; }
  paint(ink, { width, height }, properties) {
    const lit = +new Date() === Date.now() && +new Date(5) === 5 ? 255 : 0;
    for (let x = 0; x < width; x += 16) {
      ink.fillStyle = `rgb(${lit}, ${Math.floor(Math.random() * 256)}, 0)`;
      ink.fillRect((x + Number(String(properties.get("--shift")))) % width, 0, 16, height);
    }
  }
});"""
TONE = """registerProcessor("tone", class extends AudioWorkletProcessor {
  process(inputs, [output]) {
    output[0].fill(0.25);
    this.port.postMessage(Math.random());
    return true;
  }
});"""


@pytest.mark.parametrize("method", PAINTED)
def test_worklets_paint_and_sound_with_the_films_chance(
    source: Any, helpers: Any, tmp_path: Any, method: CaptureMethod
) -> None:
    (tmp_path / "rain.js").write_text(RAIN)
    (tmp_path / "tone.js").write_text(TONE)
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0 } #rain { position: fixed; inset: 0; background: paint(rain) }
        #mark { position: fixed; inset: 50% 0 0; background: red }</style>
        <div id=rain></div><div id=mark></div><script>
        CSS.paintWorklet.addModule("rain.js");
        const context = new AudioContext();
        context.audioWorklet.addModule("tone.js").then(() => {
          new AudioWorkletNode(context, "tone").connect(context.destination);
          mark.style.background = "lime";
        });
        (function move(now) {
          rain.style.setProperty("--shift", Math.floor(now / 10));
          requestAnimationFrame(move);
        })(performance.now());</script>""",
    )

    def film(start: int, count: int) -> list[Any]:
        made = source(composition, method)
        return [np.array(helpers.rgb(each)) for each in made.frames(start, count)]

    whole = film(0, 6)
    for picture in whole:
        assert (picture[-4, :] == (0, 255, 0)).all()
        assert (picture[4, :, 0] == 255).all()
        assert len(np.unique(picture[4, :, 1])) > 8
    assert (whole[0] != whole[5]).any()
    assert all(map(np.array_equal, film(3, 3), whole[3:]))
