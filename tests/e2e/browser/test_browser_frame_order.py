"""The order of one frame: late loads, late results, observers; the same from any chunk start."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
METHODS = (CaptureMethod.PAINT, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT)
BARS = """<style>body { margin: 0; background: #000; overflow: hidden }
.bar { position: absolute; left: 0; width: 320px; height: 20px; background-size: 320px 20px }
.bar i { float: left; width: 20px; height: 20px }</style><script>
const bar = (row, number) => {
  let line = document.getElementById("row" + row);
  if (!line) {
    line = document.body.appendChild(document.createElement("div"));
    line.id = "row" + row; line.className = "bar"; line.style.top = row * 20 + "px";
    for (let bit = 0; bit < 16; bit += 1) line.append(document.createElement("i"));
  }
  [...line.children].forEach((cell, bit) => {
    cell.style.background = (number >> bit) & 1 ? "#fff" : "#000"; });
};
const frameNow = () => Math.round(performance.now() * 30 / 1000);
const each = (draw) => requestAnimationFrame(function tick() {
  draw(frameNow()); requestAnimationFrame(tick); });
</script>"""
BELOW = "position:absolute;left:0;top:20px;width:320px;height:20px;background-size:320px 20px"


def picture_of(folder: Path, number: int) -> None:
    cells = np.zeros((20, 320, 3), np.uint8)
    for bit in range(16):
        if number >> bit & 1:
            cells[:, 20 * bit : 20 * bit + 20] = 255
    Image.fromarray(cells).save(folder / f"n{number}.png")


def second_row(helpers: Any, made: Any, start: int, count: int) -> list[int]:
    return helpers.numbers_and_digests(made, start, count, top=20)[0]


LATE = {
    "background": f"""<div id=a style="{BELOW}"></div><script>each((n) => {{
        a.style.backgroundImage = `url(n${{n}}.png)`; }});</script>""",
    "class": f"""<style>{"".join(f".s{n} {{ background-image: url(n{n}.png) }} " for n in range(9))}
        </style><div id=a style="{BELOW}"></div><script>each((n) => {{
        a.className = "s" + n; }});</script>""",
    "svg image": f"""<svg style="{BELOW}"><image id=a width=320 height=20 /></svg>
        <script>each((n) => a.setAttribute("href", `n${{n}}.png`));</script>""",
    "shadow root": f"""<div id=a></div><script>const root = a.attachShadow({{ mode: "closed" }});
        each((n) => {{ root.innerHTML =
        `<p style="{BELOW};margin:0;background-image:url(n${{n}}.png)"></p>`; }});</script>""",
    "lazy image": f"""<div id=a></div><script>each((n) => {{ a.innerHTML =
        `<img loading=lazy style="{BELOW}" src=n${{n}}.png>`; }});</script>""",
    "style sheet": f"""<div id=a style="{BELOW}"></div><script>each((n) => {{
        const link = document.createElement("link"); link.rel = "stylesheet";
        link.href = `s${{n}}.css`; document.head.append(link); }});</script>""",
    "frame": f"""<div id=a></div><script>each((n) => {{ a.innerHTML =
        `<iframe style="{BELOW};border:0" src=f${{n}}.html></iframe>`; }});</script>""",
    "object": f"""<div id=a></div><script>each((n) => {{ a.innerHTML =
        `<object style="{BELOW}" data=n${{n}}.png></object>`; }});</script>""",
    "embedded": f"""<div id=a></div><script>each((n) => {{ a.innerHTML =
        `<embed style="{BELOW}" src=n${{n}}.png>`; }});</script>""",
    "style sheet of a blob": f"""<div id=a style="{BELOW}"></div><script>each((n) => {{
        const link = document.createElement("link"); link.rel = "stylesheet";
        link.href = URL.createObjectURL(new Blob(["/*", "x".repeat(1e6),
        `*/#a {{ background-image: url(${{new URL("n" + n + ".png", location)}}) }}`],
        {{ type: "text/css" }})); document.head.append(link); }});</script>""",
    "blob": f"""<div id=a style="{BELOW}"></div><script>each(async (n) => {{
        const blob = await (await fetch(`n${{n}}.png`)).blob();
        a.style.backgroundImage = `url(${{URL.createObjectURL(blob)}})`; }});</script>""",
    "module": """<script>each((n) => import(`./m${n}.mjs`).then((m) => bar(1, m.number)));
        </script>""",
    "module that uses another": """<script>each(async (n) => {
        const { outer } = await import(`./u${n}.mjs`); bar(1, outer); });</script>""",
    "module by a timer": """<script>const next = (n) => setTimeout(async () => { bar(1, n);
        const { number } = await import(`./m${n}.mjs`); bar(1, number); next(n + 1); },
        n && 1000 / 30); bar(1, 0); next(0);</script>""",
    "module that waits": """<script>each(async (n) => {
        const { late } = await import(`./w${n}.mjs`); bar(1, late); });</script>""",
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", LATE)
def test_a_frame_waits_for_what_it_loads_late(
    source: Any, helpers: Any, tmp_path: Path, kind: str, method: CaptureMethod
) -> None:
    for number in range(9):
        picture_of(tmp_path, number)
        rule = f"#a {{ background-image: url(n{number}.png) }}"
        (tmp_path / f"s{number}.css").write_text(rule)
        (tmp_path / f"f{number}.html").write_text(
            f"<style>body{{margin:0}}</style>"
            f"<img style='position:absolute;left:0;top:0' src=n{number}.png>"
        )
        (tmp_path / f"m{number}.mjs").write_text(f"export const number = {number};")
        (tmp_path / f"u{number}.mjs").write_text(
            f"export {{ number as outer }} from './m{number}.mjs'"
        )
        (tmp_path / f"w{number}.mjs").write_text(
            f"await (await fetch('m{number}.mjs')).text(); export const late = {number};"
        )
    composition = helpers.write(tmp_path, BARS + LATE[kind])
    assert second_row(helpers, source(composition, method), 0, 8) == list(range(8))
    assert second_row(helpers, source(composition, method), 5, 3) == [5, 6, 7]


LARGE = '" /*" + "x".repeat(5e5) + "*/"'
IN_WORKER = """const w = new Worker(URL.createObjectURL(new Blob([`onmessage = async ({ data: n }
    ) => postMessage((await import(WHAT)).number)`]))); w.onmessage = ({ data }) => bar(1, data);
    each((n) => w.postMessage(n));"""
IMPORTED = {
    "JSON": """each((n) => import(`./j${n}.json`, { with: { type: "json" } })
        .then((m) => bar(1, m.default.number)));""",
    "a style sheet": """each((n) => import(`./c${n}.css`, { with: { type: "css" } })
        .then((m) => bar(1, Number(m.default.cssRules[0].style.zIndex))));""",
    "data that imports data": f"""each((n) => {{ let of = "export const number = " + n;
        for (let k = 0; k < 4; k += 1) of = "export {{ number }} from 'data:text/javascript," +
        encodeURIComponent(of).replaceAll("'", "%27") + "';" + {LARGE};
        import("data:text/javascript," + encodeURIComponent(of))
        .then((m) => bar(1, m.number)); }});""",
    "a large blob": """const code = "(function () { return 1 + 2 });".repeat(2e4); each((n) => {
        const all = new Blob(["export const number = ", n, ";", code], { type: "text/javascript" });
        const url = URL.createObjectURL(all); import(url).then((m) => bar(1, m.number));
        URL.revokeObjectURL(url); });""",
    "a blob that imports a file": """each((n) => import(URL.createObjectURL(new Blob([
        `export { number } from "${new URL("m" + n + ".mjs", location)}"`],
        { type: "text/javascript" }))).then((m) => bar(1, m.number)));""",
    "by a worker": IN_WORKER.replace("WHAT", '"${new URL("m", location)}" + n + ".mjs"'),
    "data by a worker": IN_WORKER.replace(
        "WHAT", '"data:text/javascript,export const number=" + n + "/*" + "x".repeat(5e5) + "*/"'
    ),
}


@pytest.mark.parametrize("kind", IMPORTED)
def test_a_frame_waits_for_what_is_imported(
    source: Any, helpers: Any, tmp_path: Path, kind: str
) -> None:
    large = "x" * 500_000
    for number in range(6):
        (tmp_path / f"m{number}.mjs").write_text(f"export const number = {number} /*{large}*/")
        (tmp_path / f"j{number}.json").write_text(f'{{"number": {number}, "more": "{large}"}}')
        (tmp_path / f"c{number}.css").write_text(f"a {{ z-index: {number} }} /*{large}*/")
    composition = helpers.write(tmp_path, f"{BARS}<script>{IMPORTED[kind]}</script>")
    for start in (0, 3):
        made = source(composition, CaptureMethod.PAINT)
        assert second_row(helpers, made, start, 3) == list(range(start, start + 3))


def test_modules_run_in_the_order_in_which_they_are_named(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    """A small one that is there before a large one must not run before it."""
    for number in range(4):
        first, second = f"first{number}.mjs", f"second{number}.mjs"
        (tmp_path / f"m{number}.mjs").write_text(f"import './{first}'; import './{second}'")
        (tmp_path / first).write_text(f"window.last = 'first' /* {'x' * 5_000_000} */")
        (tmp_path / second).write_text("window.last = 'second'")
    script = (
        """each((n) => import(`./m${n}.mjs`).then(() => bar(1, last === "second" ? n : 99)));"""
    )
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    assert second_row(helpers, source(composition, CaptureMethod.PAINT), 0, 4) == [0, 1, 2, 3]


def test_a_blob_of_code_that_is_not_imported_is_not_run(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    """Waiting for one of them must not run the others, which may be meant for workers."""
    script = """bar(1, 0); const blob = (text) => URL.createObjectURL(new Blob([text],
        { type: "text/javascript" })); window.ran = 0; const other = blob("ran = 1");
        each((n) => { bar(1, ran ? 99 : n); const url = blob("export const number = " + n);
        import(url).then((m) => bar(1, ran ? 99 : m.number + 1)); if (n === 9) import(other); });"""
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    made = source(composition, CaptureMethod.PAINT)
    assert second_row(helpers, made, 0, 5) == [1, 2, 3, 4, 5]


COMES = {
    "FileReader": """each((n) => { const r = new FileReader(); r.onload = () => bar(1, n);
        r.readAsText(new Blob([new Uint8Array(2e6)])); });""",
    "toBlob": """const c = document.createElement("canvas"); c.width = c.height = 900;
        c.getContext("2d"); each((n) => c.toBlob(() => bar(1, n)));""",
    "Blob.text": "each((n) => new Blob(['x'.repeat(3e6)]).text().then(() => bar(1, n)));",
    "digest": """each((n) => crypto.subtle.digest("SHA-256", new Uint8Array(5e6))
        .then(() => bar(1, n)));""",
    "BroadcastChannel": """const from = new BroadcastChannel("x"), to = new BroadcastChannel("x");
        to.onmessage = ({ data }) => bar(1, data); each((n) => from.postMessage(n));""",
    "BroadcastChannel of a frame": """const c = new BroadcastChannel("x");
        const frame = document.createElement("iframe");
        frame.srcdoc = `<script>const c = new BroadcastChannel("x");
          c.onmessage = ({ data }) => { if (data >= 0) c.postMessage(-1 - data); }</scr` + "ipt>";
        document.body.append(frame);
        c.onmessage = ({ data }) => bar(1, -1 - data); each((n) => c.postMessage(n));""",
    "MessageChannel": """const c = new MessageChannel(); c.port2.onmessage = ({ data }) =>
        bar(1, data); each((n) => c.port1.postMessage(n));""",
    "caches": """each(async (n) => { const c = await caches.open("x");
        await c.put("/k", new Response(String(n)));
        bar(1, Number(await (await c.match("/k")).text())); });""",
    "IndexedDB": """let db; const o = indexedDB.open("x");
        o.onupgradeneeded = () => o.result.createObjectStore("s");
        o.onsuccess = () => { db = o.result; };
        each((n) => { const s = db.transaction("s", "readwrite").objectStore("s");
        s.put(n, "k"); s.get("k").onsuccess = (e) => bar(1, e.target.result); });""",
    "scheduler.yield": "each(async (n) => { await scheduler.yield(); bar(1, n); });",
    "yields without end": """(async () => { for (;;) await scheduler.yield(); })();
        each((n) => bar(1, n));""",
    "CompressionStream": """each(async (n) => { const packed = new Blob(["x".repeat(2e6)])
        .stream().pipeThrough(new CompressionStream("gzip"));
        await new Response(packed).arrayBuffer(); bar(1, n); });""",
    "stream reads": """each(async (n) => { const r = (await fetch("page.html")).body.getReader();
        while (!(await r.read()).done); bar(1, n); });""",
    "parts of a stream": """each(async (n) => { let size = 0; const packed = new Blob([
        new Uint8Array(2e6)]).stream().pipeThrough(new CompressionStream("deflate"));
        for await (const part of packed) size += part.length; bar(1, size > 99 ? n : 0); });""",
    "a stream that is piped": """each(async (n) => { let size = 0; await new Blob([new Uint8Array(
        2e6)]).stream().pipeThrough(new CompressionStream("gzip")).pipeTo(new WritableStream({
        write: (part) => { size += part.length; } })); bar(1, size > 99 ? n : 0); });""",
    "a body that is piped": """each(async (n) => { let size = 0;
        const { body } = await fetch("page.html"); await body.pipeTo(new WritableStream({
        write: (part) => { size += part.length; } })); bar(1, size > 99 ? n : 0); });""",
    "a piped stream that takes its time": """bar(1, 0); each(async (n) => {
        await new Blob(["x"]).stream().pipeTo(new WritableStream({ write: () =>
        new Promise((r) => setTimeout(r, 1000 / 30)) })); bar(1, n + 1); });""",
    "another time line": """const t = new DocumentTimeline({ originTime: -2000 / 30 });
        each((n) => bar(1, Math.round(t.currentTime * 0.03) - 2));""",
    "an animation of another time line": """const t = new DocumentTimeline(), a = new Animation(
        new KeyframeEffect(document.body, { opacity: [1, 1] }, 9e5), t); a.play();
        each((n) => bar(1, a.timeline === t ? Math.round(a.currentTime * 0.03) : 99));""",
    "an animation that is put on another time line": """const a = document.body.animate({ opacity:
        [1, 1] }, 9e5); each((n) => { if (n === 2) a.timeline = new DocumentTimeline({
        originTime: -1000 }); bar(1, Math.round(a.currentTime * 0.03) - (n < 2 ? 0 : 30)); });""",
    "animate on another time line": """const timeline = new DocumentTimeline({ originTime: -1000 });
        const a = document.body.animate({ opacity: [1, 1] }, { duration: 9e5, timeline });
        each((n) => bar(1, n && Math.round(a.startTime) !== 1000 ? 99
        : Math.round(a.currentTime * 0.03)));""",
    "keys": """each((n) => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true,
        ["sign"]).then(({ publicKey }) => crypto.subtle.exportKey("jwk", publicKey))
        .then(({ kty }) => bar(1, kty === "EC" ? n : 99)));""",
    "devices": """each(async (n) => { await navigator.mediaDevices.enumerateDevices();
        await navigator.getBattery(); bar(1, n); });""",
    "an offer": """each((n) => { const peer = new RTCPeerConnection();
        peer.createDataChannel("a"); peer.createOffer().then(() => { peer.close(); bar(1, n); });
        });""",
    "locks": "each((n) => navigator.locks.request('a', () => bar(1, n)));",
    "locks in a row": """each((n) => { for (let k = 0; k < 5; k += 1)
        navigator.locks.request("a", async () => bar(1, k < 4 ? 0 : n)); });""",
    "a lock that is held": """navigator.locks.request("a", () => new Promise(() => {}));
        navigator.locks.request("a", () => bar(1, 99)); each((n) => bar(1, n));""",
    "WebSocket": """each((n) => { new WebSocket("wss://composition.invalid/").onerror =
        () => bar(1, n); });""",
    "EventSource": """each((n) => { const s = new EventSource("/events");
        s.onerror = () => { s.close(); bar(1, n); }; });""",
    "private files": """each(async (n) => { const d = await navigator.storage.getDirectory();
        const f = await d.getFileHandle("f", { create: true });
        const w = await f.createWritable(); await w.write(String(n)); await w.close();
        bar(1, Number(await (await f.getFile()).text())); });""",
    "ImageDecoder": """const c = document.createElement("canvas"); c.getContext("2d");
        each(async (n) => { c.width = n + 1; const blob = await new Promise((r) => c.toBlob(r));
        const data = await blob.arrayBuffer(); const { image } =
        await new ImageDecoder({ data, type: "image/png" }).decode();
        bar(1, image.codedWidth - 1); });""",
    "convertToBlob": """const c = new OffscreenCanvas(900, 900); c.getContext("2d");
        each((n) => c.convertToBlob().then(() => bar(1, n)));""",
    "Request bodies": """each(async (n) => bar(1, Number(
        await new Request("/", { method: "POST", body: String(n) }).text())));""",
    "cursors and indexes": """let db; const o = indexedDB.open("x"); o.onupgradeneeded = () =>
        o.result.createObjectStore("s", { keyPath: "k" }).createIndex("i", "v");
        o.onsuccess = () => { db = o.result; };
        each((n) => { const s = db.transaction("s", "readwrite").objectStore("s");
        for (let k = 0; k < 9; k += 1) s.put({ k, v: n + k }); let last = 0;
        s.index("i").openCursor().onsuccess = ({ target: { result } }) => {
        if (result) { last = result.value.v; result.continue(); } else bar(1, last - 8); }; });""",
    "Date in a worker": """const w = new Worker(URL.createObjectURL(new Blob([
        "onmessage = () => postMessage(Date.now())"]))); const start = Date.now();
        w.onmessage = ({ data }) => bar(1, Math.round((data - start) * 30 / 1000));
        each(() => w.postMessage(0));""",
    "Intl in a worker": """const w = new Worker(URL.createObjectURL(new Blob([
        `const f = new Intl.DateTimeFormat("en", { second: "numeric", fractionalSecondDigits: 3 });
        onmessage = () => postMessage(Number(f.format()))`])));
        w.onmessage = ({ data }) => bar(1, Math.round(data * 30)); each(() => w.postMessage(0));""",
    "Date in a late frame": """let inner; each((n) => { inner = document.createElement("iframe");
        inner.srcdoc = "<script>when = Date.now()<" + "/script>"; inner.style.top = "99px";
        inner.onload = () => bar(1, Math.round((inner.contentWindow.when % 60000) * 30 / 1000));
        document.body.append(inner); });""",
    "postTask that is called off": """each((n) => { const c = new TaskController();
        scheduler.postTask(() => bar(1, 99), { delay: 20, signal: c.signal })
        .catch(() => bar(1, n)); c.abort(); });""",
    "postTask": """each((n) => scheduler.postTask(() => bar(1, n)));""",
    "postTask with delay": """const step = (n) => { bar(1, n);
        scheduler.postTask(() => step(n + 1), { delay: 1000 / 30 }); }; step(0);""",
    "AbortSignal.timeout": """const step = (n) => { bar(1, n);
        AbortSignal.timeout(1000 / 30).onabort = () => step(n + 1); }; step(0);""",
    "Intl": """const f = new Intl.DateTimeFormat("en", { second: "numeric",
        fractionalSecondDigits: 3 }); each(() => bar(1, Math.round(Number(f.format()) * 30)));""",
    "Intl of a place": """const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions();
        each((n) => bar(1, timeZone === "UTC" && locale === "en-US"
        && new Date(0).toLocaleString() === "1/1/1970, 12:00:00 AM" ? n : 99));""",
    "formatToParts": """const f = new Intl.DateTimeFormat("en", { fractionalSecondDigits: 3,
        second: "numeric" }); each(() => bar(1, Math.round(Number(f.formatToParts()
        .map((part) => part.value).join("")) * 30)));""",
    "an animation is ready": """each((n) => document.body.animate({ opacity: [1, 1] }, 300)
        .ready.then(() => bar(1, n)));""",
    "an animation has begun": """let last; each((n) => {
        bar(1, last ? Math.round(last.startTime * 30 / 1000) + 1 : 0);
        last = document.body.animate({ opacity: [1, 1] }, 300); });""",
    "rate of an animation": """const a = document.body.animate({ opacity: [1, 1] }, 9e5);
        each((n) => { bar(1, a.playbackRate - 1); a.updatePlaybackRate(n + 2); });""",
    "rate of an animation between frames": """const a = document.body.animate({ opacity: [1, 1] },
        9e6); let k = 0, isRight = true; const step = () => { if (k && a.playbackRate !== k)
        isRight = false; a.updatePlaybackRate(k += 1); setTimeout(step, 7); }; step();
        each((n) => bar(1, isRight ? n : 99));""",
    "transitions between frames": """const p = document.body.appendChild(document.createElement(
        "p")); each((n) => { bar(1, n === 0 || p.getAnimations().length ? n : 99);
        setTimeout(() => { p.style.cssText = "opacity: 0"; }, 5); setTimeout(() => {
        p.style.cssText = "opacity: 1; transition: opacity 9s"; }, 10); });""",
    "key frames between frames": """document.head.append(Object.assign(document.createElement(
        "style"), { textContent: "@keyframes k { to { opacity: 1 } }" })); const p = document.body
        .appendChild(document.createElement("p")); let begun = 0, last = null; each((n) => {
        const [now] = p.getAnimations(); if (now && now !== last) begun += 1; last = now ?? null;
        bar(1, n === 0 || begun === n ? n : 99); setTimeout(() => {
        p.style.animation = "none"; }, 5); setTimeout(() => { p.style.animation = "k 9s"; },
        10); });""",
    "transitions of late code": """const p = document.body.appendChild(document.createElement(
        "p")); p.className = "p"; let last; each((n) => { const [now] = p.getAnimations();
        bar(1, n < 3 || (now && now !== last) ? n : 99); last = now; if (n === 1) {
        const s = document.createElement("link"); s.rel = "stylesheet"; s.href = "late.css";
        document.head.append(s); } setTimeout(() => { p.style.opacity = 0; }, 5);
        setTimeout(() => { p.style.opacity = n ? 0.9 : 0.1; }, 10); });""",
    "an animation turns": """const a = document.body.animate({ opacity: [1, 1] }, 9e5);
        each((n) => { bar(1, n % 2 === Number(a.playbackRate < 0) ? n : 99); a.reverse(); });""",
    "an animation rests": """const a = document.body.animate({ opacity: [1, 1] }, 9e5);
        each((n) => { if (n % 2) a.play(); else a.pause(); a.ready.then(() => bar(1, n)); });""",
    "an animation turns when it is over": """const a = document.body.animate({ opacity: [1, 1] },
        100); each((n) => { if (n === 4) a.reverse(); const left = Math.round(a.currentTime * 0.03);
        bar(1, n < 5 || left === Math.max(0, 7 - n) ? n : 99); });""",
    "an animation in no document": """const p = document.createElement("p"); const go = (n) => {
        bar(1, n); p.animate({ opacity: [1, 1] }, 1000 / 30).finished.then(() => go(n + 1)); };
        go(0);""",
    "bitmaps in order": """const sizes = [3000, 1]; each((n) => { const came = []; sizes.forEach(
        async (size) => { came.push((await createImageBitmap(new ImageData(size, size))).width);
        if (came.length === 2) bar(1, came[0] === 3000 ? n : 99); }); });""",
    "bodies in order": """const urls = [3e7, 1].map((size) => URL.createObjectURL(new Blob([
        new Uint8Array(size)]))); each((n) => { const came = []; urls.forEach(async (url) => {
        came.push((await (await fetch(url)).arrayBuffer()).byteLength);
        if (came.length === 2) bar(1, came[0] === 3e7 ? n : 99); }); });""",
    "decoded images in order": """const sizes = [2500, 1], urls = sizes.map((size) => {
        const c = document.createElement("canvas"); c.width = c.height = size; c.getContext("2d");
        return c.toDataURL(); }); each((n) => { const came = []; urls.forEach(async (url) => {
        const i = new Image(); i.src = url + "#" + n; await i.decode(); came.push(i.width);
        if (came.length === 2) bar(1, came[0] === 2500 ? n : 99); }); });""",
    "tasks of low priority": """each((n) => { let told = 0; for (let k = 0; k < 500; k += 1)
        scheduler.postTask(() => { told += 1; }, { priority: "background" });
        setTimeout(() => bar(1, told === 500 ? n + 1 : 99), 20); }); bar(1, 0);""",
    "cookies": """let now = -1;
        cookieStore.onchange = ({ changed: [{ value }] }) => bar(1, +value);
        each(async (n) => { await cookieStore.set("n", String(n));
        now = +(await cookieStore.get("n")).value; if (now !== n) bar(1, 99); });""",
    "permissions": """each(async (n) => {
        await navigator.permissions.query({ name: "geolocation" });
        await navigator.mediaCapabilities.decodingInfo({ type: "file", video: { bitrate: 1,
        contentType: "video/webm; codecs=vp8", framerate: 9, height: 90, width: 90 } });
        bar(1, n); });""",
    "coded video": """const c = new OffscreenCanvas(64, 64), k = c.getContext("2d");
        let pictures = 0;
        const error = (e) => console.error(e), output = (f) => { bar(1, pictures++); f.close(); };
        const out = new VideoDecoder({ output, error }); const made = new VideoEncoder({ error,
        output: (chunk, { decoderConfig: d }) => { if (d) out.configure(d); out.decode(chunk); } });
        made.configure({ codec: "vp8", width: 64, height: 64, latencyMode: "realtime" });
        each((n) => { k.fillRect(n, n, 9, 9); const f = new VideoFrame(c, { timestamp: n * 33333 });
        made.encode(f); f.close(); });""",
    "emptied coders": """const c = new OffscreenCanvas(64, 64), k = c.getContext("2d");
        each(async (n) => { const output = () => bar(1, n), error = (e) => console.error(e);
        const made = new VideoEncoder({ output, error }); k.fillRect(0, 0, 9, 9);
        const config = { codec: "vp8", width: 64, height: 64 };
        if (!(await VideoEncoder.isConfigSupported(config)).supported) return;
        made.configure(config); const f = new VideoFrame(c, { timestamp: 0 }); made.encode(f);
        f.close(); await made.flush(); made.close(); });""",
    "dates of files": """const then = Date.now(); each((n) => {
        const { lastModified } = new File([], "");
        const isOurs = lastModified === Date.now() && Math.abs(Date.parse(document.lastModified
        + "Z") - lastModified) < 1000; bar(1, isOurs && then <= lastModified ? n : 99); });""",
    "observed marks": """new PerformanceObserver((list) => bar(1, list.getEntries().at(-1).detail))
        .observe({ entryTypes: ["mark", "paint"] });
        each((n) => performance.mark("m", { detail: n }));""",
    "times of loading": """for (const size of [9e6, 1]) fetch(URL.createObjectURL(new Blob([
        new Uint8Array(size)])) + "#" + size); each((n) => { const { timing } = performance;
        const found = performance.getEntries().filter((e) => e.entryType !== "mark");
        const names = performance.getEntriesByType("resource").map(({ name }) => name);
        const isOurs = found.some((e) => e.entryType === "navigation") && found.every((e) =>
        !e.startTime && !e.duration && !e.responseEnd && !JSON.parse(JSON.stringify(e)).responseEnd)
        && timing.loadEventEnd === timing.navigationStart && performance.timeOrigin ===
        timing.toJSON().domComplete && !performance.getEntriesByType("paint").length
        && String(names) === String(names.toSorted())
        && performance.measure("m", "domInteractive").startTime === 0
        && performance.measure("m", { start: "fetchStart", end: "domComplete" }).duration === 0
        && JSON.parse(JSON.stringify(performance)).timeOrigin === performance.timeOrigin;
        performance.clearMeasures(); bar(1, isOurs ? n : 99); });""",
    "idle time": """let left = 0; const work = (deadline) => {
        while (deadline.timeRemaining() > 1) left += 1; requestIdleCallback(work); };
        requestIdleCallback(work); each((n) => bar(1, n));""",
}


ASKED = {
    "images": "const i = new Image(); i.onload = () => came(k); i.src = `p${k}.png?${n}`;",
    "XMLHttpRequest": """const x = new XMLHttpRequest(); x.onload = () => came(k);
        x.open("GET", `p${k}.png?${n}`); x.send();""",
    "scripts": """const s = document.createElement("script"); s.onload = () => came(k);
        s.src = `s${k}.js?${n}`; document.head.append(s);""",
    "style sheets": """const l = document.createElement("link"); l.rel = "stylesheet";
        l.onload = () => came(k); l.href = `s${k}.css?${n}`; document.head.append(l);""",
    "modules": "import(`./s${k}.js?${n}`).then(() => came(k));",
    "fetch": "fetch(`p${k}.png?${n}`).then((r) => r.blob()).then(() => came(k));",
}


AT_ONCE = [
    "images",
    "XMLHttpRequest",
    "scripts",
    "images XMLHttpRequest",
    "XMLHttpRequest images",
    "scripts images",
    "fetch",
]


def write_unequal_files(folder: Path) -> None:
    """Four pictures, scripts and style sheets, of which the first takes longest to come."""
    for number, size in enumerate((1500, 1, 700, 1)):
        noise = np.random.default_rng(1).integers(0, 256, (size, size, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"p{number}.png")
        for kind in ("js", "css"):
            (folder / f"s{number}.{kind}").write_text("/*" + "x" * size * size + "*/")


@pytest.mark.parametrize("kinds", AT_ONCE)
def test_what_is_asked_for_at_once_comes_in_the_order_of_asking(
    source: Any, helpers: Any, tmp_path: Path, kinds: str
) -> None:
    write_unequal_files(tmp_path)
    asked = [ASKED[kind] for kind in kinds.split()]
    both = "".join(f"{{ const k = {k}; {asked[k % len(asked)]} }}" for k in range(4))
    script = f"""bar(1, 0); each((n) => {{ let row = "";
        const came = (k) => {{ row += k;
        if (row.length === 4) bar(1, row === "0123" ? n + 1 : 99); }}; {both} }});"""
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    for start in (0, 5):
        made = source(composition, CaptureMethod.PAINT)
        expected = list(range(start + 1, start + 6))
        assert second_row(helpers, made, start, 5) == expected


def test_modules_imported_at_one_moment_all_come_within_the_frame(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    write_unequal_files(tmp_path)
    script = f"""bar(1, 0); each((n) => {{ let row = [];
        const came = (k) => {{ row.push(k);
        if (row.length === 4) bar(1, row.sort().join("") === "0123" ? n + 1 : 99); }};
        for (let k = 0; k < 4; k += 1) {{ {ASKED["modules"]} }} }});"""
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    for start in (0, 5):
        made = source(composition, CaptureMethod.PAINT)
        assert second_row(helpers, made, start, 5) == list(range(start + 1, start + 6))


@pytest.mark.parametrize("kind", ASKED)
def test_what_timers_ask_for_comes_in_their_order(
    source: Any, helpers: Any, tmp_path: Path, kind: str
) -> None:
    write_unequal_files(tmp_path)
    script = f"""bar(1, 0); each((n) => {{ let row = "";
        const came = (k) => {{ row += k;
        if (row.length === 4) bar(1, row === "0123" ? n + 1 : 99); }};
        for (let k = 0; k < 4; k += 1) setTimeout(() => {{ {ASKED[kind]} }}, 3 * k + 3); }});"""
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    for start in (0, 5):
        made = source(composition, CaptureMethod.PAINT)
        assert second_row(helpers, made, start, 5) == list(range(start, start + 5))


@pytest.mark.parametrize("kind", COMES)
def test_results_come_by_the_films_time(
    source: Any, helpers: Any, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "late.css").write_text(".p { transition: opacity 9s }")
    composition = helpers.write(tmp_path, f"{BARS}<script>{COMES[kind]}</script>")
    for start in (0, 7):
        made = source(composition, CaptureMethod.PAINT)
        assert second_row(helpers, made, start, 5) == list(range(start, start + 5))


SEEN = {
    "intersections": """<style>body { height: 3000px } .t { position: absolute; height: 30px;
        width: 9px }</style><script>let seen = 0; for (let k = 0; k < 20; k += 1) {
        const t = document.body.appendChild(document.createElement("p")); t.className = "t";
        t.style.top = 60 * k + "px"; new IntersectionObserver(([e]) => { seen += e.isIntersecting;
        bar(1, seen); }).observe(t); }
        each((n) => { scrollTo(0, 30 * n); row1.style.top = 20 + 30 * n + "px"; });</script>""",
    "sizes": """<div id=a style="height: 9px"></div><script>bar(1, 0); let told = 0;
        new ResizeObserver(([e]) => { told += 1; bar(1, told); }).observe(a);
        each((n) => { a.style.width = 50 + 10 * (n >> 1) + "px"; });</script>""",
    "scroll events": """<div id=a style="height: 30px; width: 9px; overflow: scroll">
        <p style="height: 900px"></p></div><script>bar(1, 0); let told = 0;
        a.addEventListener("scroll", () => { told += 1; bar(1, told); });
        each((n) => { a.scrollTop = 5 * (n >> 1); });</script>""",
    "handlers in late markup": """<div id=a></div><script>bar(1, 0); let told = 0;
        setTimeout(() => { a.innerHTML = `<div id=b style="height: 30px; overflow: scroll"
        onscroll="bar(1, told += 1)"><p style="height: 900px"></p></div>`; }, 60);
        each((n) => { if (window.b) b.scrollTop = 5 * (n >> 1); });</script>""",
    "handlers set as attributes": """<div id=a style="height: 30px; overflow: scroll">
        <p style="height: 900px"></p></div><script>bar(1, 0); let told = 0;
        setTimeout(() => a.setAttribute("onscroll", "bar(1, told += 1)"), 60);
        each((n) => { a.scrollTop = 5 * (n >> 1); });</script>""",
    "queries of media": """<iframe id=a style="position: absolute; top: 60px"></iframe><script>
        bar(1, 0); let told = 0; for (let k = 0; k < 9; k += 1) a.contentWindow.matchMedia(
        `(min-width: ${70 + 10 * k}px)`).onchange = () => { told += 1; bar(1, told); };
        each((n) => { a.style.width = 50 + 10 * (n >> 1) + "px"; });</script>""",
    "sizes that change themselves": """<div id=a style="height: 9px; width: 9px"></div><script>
        bar(1, 0); let told = 0; new ResizeObserver(() => { told += 1; bar(1, told);
        a.style.width = 9 + told + "px"; }).observe(a); each(() => {});</script>""",
    "sizes of frames": """<iframe id=a style="position: absolute; top: 60px"></iframe><script>
        bar(1, 0); let told = 0; a.contentWindow.onresize = () => { told += 1; bar(1, told); };
        each((n) => { a.style.width = 50 + 10 * (n >> 1) + "px"; });</script>""",
    "scroll time lines": """<style>@keyframes wide { to { width: 310px } }
        #a { height: 30px; overflow: scroll; scroll-timeline: --a } body { timeline-scope: --a }
        #b { height: 9px; width: 0; animation: wide linear both; animation-timeline: --a }</style>
        <div id=a><p style="height: 300px"></p></div><div id=b></div><script>let sum = 0;
        each((n) => { a.scrollTop = 9 * n; bar(1, sum += b.offsetWidth); });</script>""",
    "view time lines of scripts": """<style>p { margin: 0 }</style><div id=a style="height: 30px;
        overflow: scroll"><p style="height: 40px"></p><p id=c style="height: 90px"></p>
        <p style="height: 300px"></p></div><div id=b style="height: 9px"></div><script>let sum = 0;
        b.animate({ width: ["0px", "310px"] },
        { fill: "both", timeline: new ViewTimeline({ subject: c }) });
        each((n) => { a.scrollTop = 9 * n; bar(1, sum += b.offsetWidth); });</script>""",
    "contents out of sight": """<div id=a style="height: 30px; overflow: scroll"></div><script>
        let told = 0; for (let k = 0; k < 60; k += 1) { const c = document.createElement("p");
        c.style = "height: 20px; margin: 0; content-visibility: auto"; a.append(c);
        c.addEventListener("contentvisibilityautostatechange", () => { bar(1, told += 1); }); }
        each((n) => { a.scrollTop = 17 * n; });</script>""",
    "sizes of contents out of sight": """<div id=a style="height: 30px; overflow: scroll"></div>
        <script>let sum = 0; for (let k = 0; k < 60; k += 1) {
        const c = document.createElement("p");
        c.style = "margin: 0; content-visibility: auto; contain-intrinsic-size: auto 20px";
        c.innerHTML = `<i style="display: block; height: ${23 + k}px"></i>`; a.append(c); }
        each((n) => { a.scrollTop = 60 * n; sum += a.scrollHeight;
        bar(1, sum % 65536); });</script>""",
    "snaps": """<div id=a style="height: 30px; overflow: scroll; scroll-snap-type: y mandatory">
        </div><script>let told = 0; for (let k = 0; k < 60; k += 1) {
        const c = document.createElement("p"); a.append(c);
        c.style = "height: 20px; margin: 0; scroll-snap-align: start"; }
        a.addEventListener("scrollsnapchange", () => { bar(1, told += 1); });
        each((n) => { a.scrollTop = 17 * n; });</script>""",
    "states of scrolling": """<style>#a { height: 30px; overflow: scroll } .t { position: sticky;
        top: 0; container-type: scroll-state; height: 9px } i { display: block; width: 5px;
        height: 5px } @container scroll-state(stuck: top) { i { width: 77px } }</style><div id=a>
        <p style="height: 60px"></p><div class=t><i id=b></i></div><p style="height: 900px"></p>
        </div><script>let sum = 0; each((n) => { a.scrollTop = 15 * (n % 9);
        bar(1, sum += b.offsetWidth); });</script>""",
    "replaced animations": """<div id=a style="height: 9px"></div><script>let told = 0;
        each((n) => { const way = { width: [`${n}px`, "9px"] };
        const made = a.animate(way, { duration: 40, fill: "both" });
        made.onremove = () => { bar(1, told += 1); }; });</script>""",
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", SEEN)
def test_what_an_update_of_the_rendering_tells_is_told_unpainted_too(
    source: Any, helpers: Any, tmp_path: Path, kind: str, method: CaptureMethod
) -> None:
    composition = helpers.write(tmp_path, BARS + SEEN[kind])
    whole = second_row(helpers, source(composition, method), 0, 14)
    assert len(set(whole)) > 4
    assert second_row(helpers, source(composition, method), 9, 5) == whole[9:]


@pytest.mark.parametrize(("own", "rate"), [(30, 60), (60, 30), (24, 48)])
def test_a_page_counts_its_own_frames(
    source: Any, helpers: Any, tmp_path: Path, own: int, rate: int
) -> None:
    script = f"window.helios = {{ fps: {own}, seek: (n) => bar(1, n) }};"
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    made = source(composition, CaptureMethod.PAINT, fps=Fraction(rate))
    expected = [frame * own // rate for frame in range(8)]
    assert second_row(helpers, made, 0, 8) == expected


ANSWERS = {
    "a callback": "requestAnimationFrame(go)",
    "two callbacks": "requestAnimationFrame(() => requestAnimationFrame(go))",
    "a timer": "setTimeout(go, 5)",
    "an idle callback": "requestIdleCallback(go)",
    "a task": "scheduler.postTask(() => {}, { delay: 20 }).then(go)",
    "a channel": "{ const both = new MessageChannel(); both.port1.onmessage = go;"
    " both.port2.postMessage(0); }",
    "a worker": "{ worker.onmessage = go; worker.postMessage(n); }",
    "a size": "new ResizeObserver(go).observe(document.body)",
    "a crossing": "new IntersectionObserver(go).observe(document.body)",
    "a picture": "{ const i = new Image(); i.onload = go; i.src = `n${n % 4}.png`; }",
}


@pytest.mark.parametrize("hook", ["seek", "waitUntilStable"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_hook_gets_what_it_waits_for(
    source: Any, helpers: Any, tmp_path: Path, answer: str, hook: str
) -> None:
    for number in range(4):
        picture_of(tmp_path, number)
    script = f"""const code = new Blob(["onmessage = () => postMessage(0)"]);
        const worker = new Worker(URL.createObjectURL(code));
        let now = 0;
        const wait = async (n) => {{
          await new Promise((go) => {{ {ANSWERS[answer]} }});
          bar(1, n);
        }};
        const seek = (n) => {{ now = n; }};
        window.helios = "{hook}" === "seek" ? {{ fps: 30, seek: wait }}
          : {{ fps: 30, seek, waitUntilStable: () => wait(now) }};"""
    composition = helpers.write(tmp_path, f"{BARS}<script>{script}</script>")
    assert second_row(helpers, source(composition, CaptureMethod.PAINT), 0, 6) == list(range(6))
    assert second_row(helpers, source(composition, CaptureMethod.PAINT), 4, 2) == [4, 5]


def test_a_transition_goes_on_from_its_frame_whenever_styles_are_worked_out(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    """A browser works them out for a frame of its own too, which comes by chance."""
    seen = []
    for look in ("0", "it.offsetWidth"):
        (tmp_path / str(len(seen))).mkdir()
        body = f"""<p id=it style="{BELOW};margin:0;background:#05f;
            transition:background-color .2s ease-in"></p><script>each((n) => bar(2, n)); let n = 0;
            setInterval(() => {{ it.style.backgroundColor = n++ % 2 ? "#fa0" : "#05f"; {look}; }},
            70);</script>"""
        composition = helpers.write(tmp_path / str(len(seen)), BARS + body)
        made = source(composition, CaptureMethod.PAINT)
        seen.append(helpers.numbers_and_digests(made, 0, 12, top=40))
    assert seen[0] == seen[1]
