"""A page of a server is drawn in the same ways as the same page of a folder."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios.browser.ahead import PageAhead
from helios.browser.inspect import inspect_page
from helios.browser.launch import Browser
from helios.browser.page import Page, StageSettings
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod
from helios.model.hosts import HostRule
from helios.model.options import RenderOptions
from helios.remote.addresses import HostPolicy

pytestmark = pytest.mark.browser
PAGE = """<style>body { margin: 0; background: #000 } i { float: left; width: 20px; height: 20px }
</style><script>
for (let bit = 0; bit < 16; bit += 1) document.body.append(document.createElement("i"));
requestAnimationFrame(function tick() {
  const n = Math.round(performance.now() * 30 / 1000);
  [...document.querySelectorAll("i")].forEach((cell, bit) => {
    cell.style.background = (n >> bit) & 1 ? "#fff" : "#000"; });
  requestAnimationFrame(tick);
});</script>"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    isolates = False

    def end_headers(self) -> None:
        if self.isolates:
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class _Isolated(_Quiet):
    isolates = True


@pytest.fixture(params=[_Quiet, _Isolated], ids=["plain", "isolated"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "page.html").write_text("<!doctype html><body>" + PAGE)
    handler = functools.partial(request.param, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/page.html"
        server.shutdown()


def test_it_is_drawn_into_a_canvas(
    browser: Browser, source: Any, helpers: Any, address: str, tmp_path: Path
) -> None:
    composition = Composition(kind=CompositionKind.PAGE, location=address)
    options = RenderOptions.read({"width": 320, "height": 180, "duration": 1})
    ahead = PageAhead()
    try:
        facts = inspect_page(browser, composition, options, sounds_dir=tmp_path, ahead=ahead)
    finally:
        ahead.close()
    assert facts.capture is CaptureMethod.PAINT, facts.capture_reason
    numbers, _ = helpers.numbers_and_digests(source(composition, CaptureMethod.PAINT), 0, 8)
    assert numbers == list(range(8))


def test_memory_is_shared_by_who_asks_for_it(
    browser: Browser, address: str, request: pytest.FixtureRequest
) -> None:
    asks = "isolated" in request.node.callspec.id
    composition = Composition(kind=CompositionKind.PAGE, location=address)
    page = Page(browser, composition, StageSettings(width=320, height=180, fps=Fraction(30)))
    try:
        found = page.evaluate("[crossOriginIsolated, typeof SharedArrayBuffer]")
    finally:
        page.close()
    assert found == [asks, "function" if asks else "undefined"]


_SHOWS = """<iframe src="{address}"></iframe>
<script>addEventListener("message", ({{ data }}) => {{ window.told = data; }});</script>"""


def test_a_page_on_disk_shows_frames_of_other_origins(
    browser: Browser, helpers: Any, tmp_path: Path
) -> None:
    text = "<script>parent.postMessage(typeof SharedArrayBuffer, '*')</script>"
    (tmp_path / "inner.html").write_text(text)
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/inner.html"
        composition = helpers.write(tmp_path, _SHOWS.format(address=address))
        hosts = HostPolicy(rules=(HostRule.of_url(address),))
        settings = StageSettings(width=320, height=180, fps=Fraction(30), hosts=hosts)
        page = Page(browser, composition, settings)
        try:
            assert page.evaluate("window.told") == "undefined"
        finally:
            page.close()
            server.shutdown()
