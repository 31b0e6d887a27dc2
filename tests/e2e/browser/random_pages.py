"""Pages of any mix of what a page can do over time, for ``test_browser_random_pages.py``.

A page paints the frame number as a bar code (sixteen blocks of 20 x 20 in the first row), and each
of its parts draws what it knows in a cell of its own: sixteen small blocks for a number, and below
them a box for its elements. A part acts again and again, as its rhythm says.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from helios.model.facts import CaptureMethod

FILES = 8
"""Of each kind that pages load late, numbered from 0."""
FONT = Path(__file__).parents[3] / "examples/demo/jost.woff2"

PARTS = {
    # timers
    "count": "on((n) => show(n));",
    "clock": "on(() => show(Math.round(performance.now())));",
    "date": "on(() => show(Date.now() % 60000));",
    "nested timers": """on((n) => { let k = 0; const go = () => { show(64 * n + (k += 1));
        if (k < 7) setTimeout(go); }; go(); });""",
    "timers called off": """let last; on((n) => { clearTimeout(last);
        last = setTimeout(() => show(n), 21); });""",
    "frames called off": """let last; on((n) => { cancelAnimationFrame(last);
        last = requestAnimationFrame(() => show(n)); });""",
    "frame of a timer": "on((n) => setTimeout(() => requestAnimationFrame(() => show(n)), 9));",
    "timer of a frame": "on((n) => requestAnimationFrame(() => setTimeout(() => show(n), 9)));",
    "idle": "on((n) => requestIdleCallback(() => show(n)));",
    "microtasks": """on((n) => { let p = Promise.resolve(0);
        for (let k = 0; k < 9; k += 1) p = p.then((v) => v + n); p.then(show); });""",
    "scheduler": "on((n) => scheduler.postTask(() => show(n), { delay: 13 * (n % 3) }));",
    "chance": "on(() => show(Math.random() * 65536));",
    # observers
    "intersections": """box().style.overflow = "auto"; let seen = 0;
        const look = new IntersectionObserver((all) => { for (const e of all)
        seen += e.isIntersecting ? 1 : 16; show(seen); }, { root: box(), threshold: [0, 0.5] });
        for (let k = 0; k < 12; k += 1) look.observe(add("p", "height: 11px; margin: 0;" +
        `background: hsl(${30 * k} 90% 50%)`)); on((n) => { box().scrollTop = 7 * n % 120; });""",
    "crossings of the window": """const it = add("p", MARK); let seen = 0;
        new IntersectionObserver((all) => { for (const e of all)
        seen += 1 + Math.round(100 * e.intersectionRatio); show(seen); },
        { threshold: [0, 0.25, 1] }).observe(it);
        on((n) => { it.style.left = 9 * n % 100 - 20 + "px"; });""",
    "late targets": """let seen = 0; const look = new IntersectionObserver((all) => {
        seen += all.length; show(seen); }); on((n) => { const it = add("p", MARK);
        it.style.left = 5 * n % 70 + "px"; look.observe(it); if (n % 3 === 2) it.remove(); });""",
    "sizes": """const it = add("p", MARK); let told = 0;
        new ResizeObserver(([e]) => { told += 1; show(256 * told + e.contentRect.width); })
        .observe(it); on((n) => { it.style.width = 5 + 4 * (n % 5 >> 1) + "px"; });""",
    "sizes that follow": """const it = add("p", MARK), other = add("p", MARK); let told = 0;
        other.style.top = "14px"; new ResizeObserver(([e]) => {
        other.style.width = 2 * e.contentRect.width + "px"; }).observe(it);
        new ResizeObserver(([e]) => { told += 1; show(256 * told + e.contentRect.width); })
        .observe(other); on((n) => { it.style.width = 5 + 3 * n % 31 + "px"; });""",
    "size in a transition": """const it = add("p", MARK + "transition: width .13s"); let told = 0;
        new ResizeObserver(() => { told += 1; show(told); }).observe(it);
        on((n) => { it.style.width = n % 2 ? "50px" : "8px"; });""",
    "mutations": """let told = 0; new MutationObserver((all) => { told += all.length;
        show(told); }).observe(box(), { childList: true, subtree: true, attributes: true });
        on((n) => { const it = add("p", MARK); it.style.left = 3 * n % 70 + "px";
        if (n % 2) it.remove(); });""",
    # scrolling
    "scroll events": """box().style.overflow = "scroll"; add("p", "height: 900px"); let told = 0;
        box().addEventListener("scroll", () => { told += 1; show(256 * told + box().scrollTop); });
        on((n) => box().scrollTo(0, 5 * (n >> 1)));""",
    "scrolling into view": """box().style.overflow = "auto"; const all = [];
        for (let k = 0; k < 9; k += 1) all.push(add("p", "height: 13px; margin: 3px;" +
        `background: hsl(${40 * k} 90% 50%)`)); box().onscroll = () => show(box().scrollTop);
        on((n) => all[5 * n % 9].scrollIntoView({ block: "nearest" }));""",
    "scroll-driven": """box().style.overflow = "auto"; add("p", "height: 300px; margin: 0");
        const it = box().firstElementChild.appendChild(document.createElement("b"));
        it.style = MARK + "position: sticky; display: block; top: 3px";
        it.animate({ width: ["4px", "60px"] }, { timeline: new ScrollTimeline({ source: box() }),
        fill: "both" }); on((n) => { box().scrollTop = 11 * n % 250; });""",
    # queries
    "queries of media": """const it = add("iframe", "border: 0; width: 20px; height: 9px");
        let told = 0; for (let k = 0; k < 4; k += 1) it.contentWindow.matchMedia(
        `(min-width: ${25 + 10 * k}px)`).onchange = ({ matches }) => {
        told += matches ? 1 : 16; show(told); };
        on((n) => { it.style.width = 20 + 6 * n % 50 + "px"; });""",
    "frames that are sized": """const it = add("iframe", "border: 0; width: 20px; height: 9px");
        let told = 0; it.contentWindow.onresize = () => { told += 1; show(told); };
        on((n) => { it.style.width = 20 + 6 * (n >> 1) % 50 + "px"; });""",
    "queries of containers": """box().style.containerType = "inline-size"; rule(
        `@container (min-width: 40px) { .q${k} { background: #0f0 !important } }`);
        add("p", MARK).className = "q" + k;
        on((n) => { box().style.width = 20 + 9 * n % 50 + "px"; });""",
    # late resources
    "images": "const it = add('img', PICTURE); on((n) => { it.src = `p${n % 8}.png?${k}`; });",
    "images that tell": """on((n) => { const it = new Image(); it.onload = () => {
        show(256 * n + it.naturalWidth); box().replaceChildren(it); };
        it.src = `p${n % 8}.png?${k}-${n}`; });""",
    "backgrounds": """const it = add("p", PICTURE + "margin: 0"); on((n) => {
        it.style.backgroundImage = `url(p${n % 8}.png?${k})`; });""",
    "decoded images": """on(async (n) => { const it = new Image(); it.style = PICTURE;
        it.src = `p${n % 8}.png?${k}`; await it.decode(); show(n);
        box().replaceChildren(it); });""",
    "svg images": """box().innerHTML = `<svg width=70 height=24><image width=70 height=24 /></svg>`;
        const it = box().querySelector("image");
        on((n) => it.setAttribute("href", `p${n % 8}.png?${k}`));""",
    "style sheets": """add("p", PICTURE + "margin: 0").className = "late" + k % 4; on((n) => {
        const it = document.createElement("link"); it.rel = "stylesheet";
        it.href = `s${n % 8}.css?${k}`; it.onload = () => { show(n); last?.remove(); last = it; };
        document.head.append(it); }); let last;""",
    "rules": """const sheet = document.head.appendChild(document.createElement("style")).sheet;
        add("p", PICTURE + "margin: 0").id = "r" + k; on((n) => { if (sheet.cssRules.length)
        sheet.deleteRule(0); sheet.insertRule(`#r${k} { background: url(p${n % 8}.png?r${k}) }`);
        });""",
    "fetch": "on(async (n) => show(64 * n + (await (await fetch(`d${n % 8}.json`)).json())));",
    "fetches in a row": """on(async (n) => { let sum = n; for (let j = 0; j < 3; j += 1)
        sum += await (await fetch(`d${(n + j) % 8}.json?${k}`)).json(); show(sum); });""",
    "XMLHttpRequest": """on((n) => { const x = new XMLHttpRequest(); x.onload = () =>
        show(64 * n + Number(x.responseText)); x.open("GET", `d${n % 8}.json`); x.send(); });""",
    # Its box is there at once: a browser keeps no order of modules that are imported at one moment.
    "modules": "box(); on((n) => import(`./m${n % 8}.mjs`).then((m) => show(64 * n + m.number)));",
    "scripts": """on((n) => { window["on" + k] = (number) => show(64 * n + number);
        const it = document.createElement("script"); it.src = `c${n % 8}.js?${k}`;
        it.onload = () => { window["on" + k](window.came); }; document.head.append(it); });""",
    "fonts": """const it = add("p", "margin: 0; font: 18px serif"); it.textContent = "Rag 3";
        on((n) => { const face = new FontFace(`f${k}-${n}`, "url(font.woff2)");
        document.fonts.add(face); face.load().then(() => {
        it.style.fontFamily = n % 2 ? face.family : "serif"; show(it.offsetWidth); }); });""",
    "fonts of styles": """rule(`@font-face { font-family: g${k}; src: url(font.woff2?${k}) }`);
        const it = add("p", "margin: 0; font: 16px monospace"); it.textContent = "Wide 4";
        on((n) => { it.style.fontFamily = n % 2 ? "g" + k : "monospace"; });""",
    "frames": """on((n) => { box().innerHTML =
        `<iframe style="border: 0; width: 70px; height: 24px" src=f${n % 8}.html></iframe>`; });""",
    # overlays
    "moves": """const it = add("p", MARK); on((n) => { it.style.transform =
        `translate(${7 * n % 60}px, ${n % 9}px) rotate(${13 * n}deg)`; });""",
    "veil": """const it = document.body.appendChild(document.createElement("p"));
        it.style = "position: fixed; inset: 30px 60px; margin: 0; background: #06c";
        on((n) => { it.style.opacity = n % 5 / 8; });""",
    "comes and goes": """let it; on((n) => { if (it) { it.remove(); it = null; } else {
        it = document.body.appendChild(document.createElement("b")); it.textContent = n;
        it.style = "position: absolute; left: 99px; top: 66px; font: 30px sans-serif"; } });""",
    "popover": """const it = add("p", MARK + "inset: 66px auto auto 9px"); it.popover = "manual";
        on((n) => { if (n % 3 === 0) it.showPopover(); if (n % 3 === 2) it.hidePopover(); });""",
    "blends": """const it = add("p", MARK + "mix-blend-mode: difference; width: 60px");
        on((n) => { it.style.filter = n % 2 ? "blur(2px)" : ""; it.style.zIndex = n % 3; });""",
    "shadow root": """const root = add("p", "margin: 0").attachShadow({ mode: "closed" });
        on((n) => { root.innerHTML = `<style>b { animation: a .2s infinite; color: #fff }
        @keyframes a { to { margin-left: 40px } }</style><b>${n}</b>`; });""",
    # transitions and animations
    "transitions": """const it = add("p", MARK + "transition: all .11s linear"); let told = 0;
        it.addEventListener("transitionend", () => { told += 1; show(told); });
        on((n) => { it.style.marginLeft = n % 2 ? "50px" : 0;
        it.style.height = 6 + n % 7 + "px"; });""",
    "transitions of colours": """const it = add("p", PICTURE + "margin: 0;" +
        "transition: background-color .2s ease-in, opacity .07s .03s");
        on((n) => { it.style.backgroundColor = n % 2 ? "#fa0" : "#05f";
        it.style.opacity = n % 3 ? 1 : 0.4; });""",
    "key frames": """rule(`@keyframes k${k} { to { transform: translateX(50px) scaleY(.4) } }`);
        const it = add("p", MARK); let told = 0; for (const type of ["start", "iteration", "end"])
        it.addEventListener("animation" + type, () => { told += 1; show(told); });
        on((n) => { it.style.animation = n % 2 ? "none" :
        `k${k} .09s ${n % 3 * 20 - 20}ms 3 alternate`; });""",
    "starting style": """rule(`.n${k} { transition: translate .1s; translate: 40px;
        @starting-style { translate: 0px } }`); on(() => { box().replaceChildren();
        add("p", MARK).className = "n" + k; });""",
    "WAAPI": """const it = add("p", MARK); let told = 0; on((n) => { const a = it.animate(
        { left: ["0px", 20 + n % 40 + "px"] }, { duration: 40 + 30 * (n % 4), easing: "ease" });
        a.onfinish = () => { told += 1; show(told); }; });""",
    "WAAPI that is asked": """const it = add("p", MARK); const a = it.animate({ left: ["0px",
        "60px"] }, { duration: 300, iterations: 99 }); on((n) => {
        show(Math.round(a.currentTime)); if (n % 4 === 1) a.reverse(); if (n % 5 === 2) a.pause();
        if (n % 5 === 4) a.play(); });""",
    "WAAPI that is awaited": """const it = add("p", MARK); let told = 0; on(async (n) => {
        const a = it.animate({ height: ["4px", "20px"] }, { duration: 33, fill: "forwards" });
        await a.finished; told += 1; show(told); a.cancel(); });""",
    "WAAPI that begins": """const it = add("p", MARK); let told = 0, last; on((n) => {
        if (last) show(64 * told + Math.round(last.startTime)); last = it.animate({ left: ["0px",
        "60px"] }, 300); last.ready.then(() => { told += 1; }); });""",
    "WAAPI of another rate": """const it = add("p", MARK); const a = it.animate({ left: ["0px",
        "60px"] }, 900); on((n) => { a.updatePlaybackRate(1 + n % 3); show(a.playbackRate); });""",
    "SMIL": """box().innerHTML = `<svg width=70 height=24><rect width=9 height=9 fill=lime><animate
        attributeName=x values="0;60;0" dur=.3s repeatCount=indefinite /></rect></svg>`;
        on((n) => box().querySelector("rect").setAttribute("height", 4 + n % 15));""",
    # storage
    "localStorage": """on(() => { const key = "n" + k; localStorage[key] =
        Number(localStorage[key] ?? 0) + 1; show(Number(localStorage[key])); });""",
    "sessionStorage": """on(() => { const key = "n" + k; sessionStorage[key] =
        Number(sessionStorage[key] ?? 0) + 1; show(Number(sessionStorage[key])); });""",
    "cookies": """on(() => { const now = Number((/n=(\\d+)/.exec(document.cookie) ?? [0, 0])[1]);
        document.cookie = `n=${now + 1}`; show(now); });""",
    "IndexedDB": """let db; const o = indexedDB.open("d" + k); o.onupgradeneeded = () =>
        o.result.createObjectStore("s", { autoIncrement: true }); o.onsuccess = () => {
        db = o.result; }; on((n) => { if (!db) return; const s = db.transaction("s", "readwrite")
        .objectStore("s"); s.add(n); s.count().onsuccess = (e) => show(e.target.result); });""",
    "caches": """on(async (n) => { const c = await caches.open("c" + k);
        await c.put("/" + n % 3, new Response(String(n))); let sum = 0;
        for (const each of await c.matchAll()) sum += Number(await each.text()); show(sum); });""",
    "private files": """on(async (n) => { const d = await navigator.storage.getDirectory();
        const f = await d.getFileHandle("f" + k, { create: true }); const w =
        await f.createWritable({ keepExistingData: true }); await w.write({ type: "write",
        position: (await f.getFile()).size, data: "x" }); await w.close();
        show((await f.getFile()).size); });""",
    "locks": """on((n) => { for (let j = 0; j < 3; j += 1) navigator.locks.request("l" + k,
        async () => show(4 * n + j)); });""",
    # messages
    "MessageChannel": """const c = new MessageChannel(); c.port2.onmessage = ({ data }) =>
        data % 5 ? c.port1.postMessage(data + 1) : show(data);
        on((n) => c.port1.postMessage(5 * n + 1));""",
    "BroadcastChannel": """const from = new BroadcastChannel("b" + k), to =
        new BroadcastChannel("b" + k); to.onmessage = ({ data }) => show(data);
        on((n) => from.postMessage(n));""",
    "postMessage": """addEventListener("message", ({ data }) => {
        if (data?.k === k) show(data.n); });
        on((n) => postMessage({ k, n }));""",
    "messages of a frame": """const it = add("iframe", "width: 1px; height: 1px");
        it.contentWindow.onmessage = ({ data }) => it.contentWindow.parent.postMessage({ j: k, n:
        data }); addEventListener("message", ({ data }) => { if (data?.j === k) show(data.n); });
        on((n) => it.contentWindow.postMessage(n));""",
    "worker": """const w = new Worker("w.js"); w.onmessage = ({ data }) => show(data);
        on((n) => w.postMessage(n));""",
    "worker that fetches": """const w = new Worker("w.js"); w.onmessage = ({ data }) => show(data);
        on((n) => w.postMessage(`d${n % 8}.json`));""",
    "clock of a worker": """const w = new Worker("t.js"); w.onmessage = ({ data }) => show(data);
        on((n) => w.postMessage(5 + n % 20));""",
    "canvas of a worker": """const it = document.createElement("canvas"); it.width = 70;
        it.height = 24; box().append(it); const sheet = it.transferControlToOffscreen();
        const w = new Worker("o.js"); w.postMessage({ sheet }, [sheet]);
        on((n) => w.postMessage({ n }));""",
    "streams": """on(async (n) => { let size = 0; const packed = new Blob(["x".repeat(2e4 + n)])
        .stream().pipeThrough(new CompressionStream("gzip"));
        const r = packed.getReader(); for (;;) { const { done, value } = await r.read();
        if (done) break; size += value.length; } show(256 * n + size); });""",
    "FileReader": """on((n) => { const r = new FileReader(); r.onload = () =>
        show(256 * n + r.result.length); r.readAsText(new Blob(["y".repeat(n)])); });""",
    "bitmaps": """const it = document.createElement("canvas"); it.width = 70; it.height = 24;
        box().append(it); const ink = it.getContext("2d"); on(async (n) => { const blob = await
        (await fetch(`p${n % 8}.png?b${k}`)).blob(); ink.drawImage(await createImageBitmap(blob),
        0, 0); show(n); });""",
}

RHYTHMS = ("frame", "every other frame", "interval", "chain of timers", "once", "frame then timer")

PAGE = """<!doctype html><meta charset=utf-8><style>
html, body { margin: 0; background: #123; overflow: hidden }
.cell { position: absolute; width: 80px; height: 40px; overflow: hidden; outline: 1px solid #456 }
.cell i { float: left; width: 5px; height: 8px }
.box { position: absolute; left: 0; top: 8px; width: 80px; height: 32px; overflow: hidden }
.bars { position: absolute; left: 0; top: 0; width: 320px; height: 20px }
.bars i { float: left; width: 20px; height: 20px }
canvas#ground { display: block; position: absolute; left: 0; top: 0; z-index: -1 }
</style><body>%(ground)s<script>
const RATE = %(rate)s;
const MARK = `position: absolute; left: 0; top: 2px; margin: 0; width: 12px; height: 10px;
  background: #fd0;`;
const PICTURE = "display: block; width: 70px; height: 24px; background-size: 70px 24px;";
const ground = document.getElementById("ground");
const ink = ground?.getContext("2d", { alpha: false });
const lamps = (line) => {
  for (let bit = 0; bit < 16; bit += 1) line.append(document.createElement("i"));
  return [...line.children];
};
const light = (all, number) => all.forEach((lamp, bit) => {
  lamp.style.background = (number >> bit) & 1 ? "#fff" : "#000"; });
const paint = (left, top, width, height, number) => {
  for (let bit = 0; bit < 16; bit += 1) {
    ink.fillStyle = (number >> bit) & 1 ? "#fff" : "#000";
    ink.fillRect(left + width * bit, top, width, height);
  }
};
if (ground) {
  ink.fillStyle = "#123";
  ink.fillRect(0, 0, 320, 180);
}
const bars = ground ? null : document.body.appendChild(document.createElement("div"));
if (bars) bars.className = "bars";
const barLamps = bars && lamps(bars);
const showFrame = () => {
  const number = Math.round(performance.now() * RATE / 1000);
  if (bars) light(barLamps, number); else paint(0, 0, 20, 20, number);
  requestAnimationFrame(showFrame);
};
const rule = (text) => {
  document.head.appendChild(document.createElement("style")).textContent = text;
};
const rhythms = {
  frame: (act) => { const go = () => { act(); requestAnimationFrame(go); };
    requestAnimationFrame(go); },
  "every other frame": (act) => { let n = 0; const go = () => { if (n++ %% 2) act();
    requestAnimationFrame(go); }; requestAnimationFrame(go); },
  interval: (act, wait) => setInterval(act, wait),
  "chain of timers": (act, wait) => { const go = () => { act(); setTimeout(go, wait); }; go(); },
  once: (act, wait) => setTimeout(act, wait),
  "frame then timer": (act, wait) => { const go = () => { act(); setTimeout(() =>
    requestAnimationFrame(go), wait); }; requestAnimationFrame(go); },
};
const part = (k, rhythm, wait, start, end, begin) => {
  const left = k %% 4 * 80, top = 20 + Math.floor(k / 4) * 40;
  let cell, all, inner, isOver = false;
  const box = () => {
    if (!inner) {
      cell = document.body.appendChild(document.createElement("div"));
      cell.className = "cell";
      cell.style.left = left + "px"; cell.style.top = top + "px";
      if (!ground) all = lamps(cell);
      inner = cell.appendChild(document.createElement("div"));
      inner.className = "box";
    }
    return inner;
  };
  const show = (number) => {
    if (ground) paint(left, top, 5, 8, number); else { box(); light(all, number); }
  };
  const add = (name, style) => {
    const it = document.createElement(name);
    it.style = style;
    return box().appendChild(it);
  };
  const on = (act) => { let n = 0; rhythms[rhythm](() => { if (!isOver) act(n++); }, wait); };
  const go = () => begin({ k, box, show, add, on });
  if (start) setTimeout(go, start); else go();
  if (end) setTimeout(() => { isOver = true; cell?.remove(); }, end);
};
requestAnimationFrame(showFrame);
%(parts)s
</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that a page does; times are milliseconds."""

    kind: str
    rhythm: str
    wait_ms: int
    start_ms: int
    end_ms: int
    """When it ends and its box goes; 0: never."""

    def script(self, cell: int) -> str:
        values = ", ".join(
            json.dumps(each) for each in (self.rhythm, self.wait_ms, self.start_ms, self.end_ms)
        )
        body = PARTS[self.kind]
        return f"part({cell}, {values}, ({{ k, box, show, add, on }}) => {{ {body} }});"


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomPage:
    """A page, and how it is drawn."""

    parts: tuple[Part, ...]
    has_canvas: bool
    """The page is a canvas that fills the picture, and what lies over it."""
    fps: Fraction
    capture: CaptureMethod

    def html(self) -> str:
        return PAGE % {
            "ground": "<canvas id=ground width=320 height=180></canvas>" if self.has_canvas else "",
            "rate": float(self.fps),
            "parts": "\n".join(part.script(cell) for cell, part in enumerate(self.parts)),
        }


def part_strategy() -> st.SearchStrategy[Part]:
    return st.builds(
        Part,
        kind=st.sampled_from(sorted(PARTS)),
        rhythm=st.sampled_from(RHYTHMS),
        wait_ms=st.integers(3, 120),
        start_ms=st.one_of(st.just(0), st.integers(1, 400)),
        end_ms=st.one_of(st.just(0), st.integers(100, 700)),
    )


def pages() -> st.SearchStrategy[RandomPage]:
    """Pages of one to eight parts."""
    painted = st.sampled_from(
        [CaptureMethod.PAINT] * 9 + [CaptureMethod.BEGINFRAME] * 6 + [CaptureMethod.SCREENSHOT]
    )
    over_canvas = st.sampled_from([CaptureMethod.DIRECT] * 2 + [CaptureMethod.PAINT])
    return st.booleans().flatmap(
        lambda has_canvas: st.builds(
            RandomPage,
            parts=st.lists(part_strategy(), min_size=1, max_size=8).map(tuple),
            has_canvas=st.just(has_canvas),
            fps=st.sampled_from([Fraction(rate) for rate in (24, 25, 30, 60)])
            | st.just(Fraction(30000, 1001)),
            capture=(over_canvas if has_canvas else painted),
        )
    )


def write_files(folder: Path) -> None:
    """What pages load late, besides themselves."""
    shutil.copy(FONT, folder / "font.woff2")
    for number in range(FILES):
        hue = [30 * number, 255 - 30 * number, 90]
        pixels = np.full((24, 70 + number, 3), hue, np.uint8)
        pixels[:, : 9 * number] = 255
        Image.fromarray(pixels).save(folder / f"p{number}.png")
        texts = {
            f"s{number}.css": "".join(
                f".late{k} {{ background: url(p{number}.png?s);"
                f" border-left: {2 * number}px solid }}"
                for k in range(4)
            ),
            f"d{number}.json": f"{number}",
            f"m{number}.mjs": f"export const number = {number};",
            f"c{number}.js": f"came = {number};",
            f"f{number}.html": f"<body style='margin:0'><img src=p{number}.png><script>"
            f"setTimeout(() => document.body.append('{number}'), {9 * number})</script>",
        }
        for name, text in texts.items():
            (folder / name).write_text(text)
    (folder / "w.js").write_text(
        "onmessage = async ({ data }) => postMessage(typeof data === 'number' ? data"
        " : 64 + (await (await fetch(data)).json()));"
    )
    (folder / "t.js").write_text(
        "onmessage = ({ data }) => setTimeout(() => postMessage(Math.round(performance.now())),"
        " data);"
    )
    (folder / "o.js").write_text(
        "let ink; onmessage = ({ data }) => { if (data.sheet) { ink = data.sheet.getContext('2d');"
        " return; } ink.fillStyle = `hsl(${data.n * 40} 90% 50%)`;"
        " requestAnimationFrame(() => ink.fillRect(data.n * 7 % 60, 0, 12, 24)); };"
    )
