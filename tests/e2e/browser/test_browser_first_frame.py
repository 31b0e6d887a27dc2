"""What is there before time starts: pictures wherever they hang, animations wherever they run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from helios.model.composition import CompositionKind
from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
METHODS = (CaptureMethod.PAINT, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT)
SHADE = "position:absolute;inset:0;margin:0;background:url(red.png)"
PLACES = {
    "shadow root": f"""<div id=a></div><script>
        a.attachShadow({{ mode: "closed" }}).innerHTML = `<p style="{SHADE}"></p>`;</script>""",
    "shadow root in a shadow root": f"""<div id=a></div><script>
        const inner = document.createElement("div");
        a.attachShadow({{ mode: "open" }}).append(inner);
        inner.attachShadow({{ mode: "open" }}).innerHTML = `<p style="{SHADE}"></p>`;</script>""",
    "before": f"<style>body::before {{ content: ''; {SHADE} }}</style>",
    "after": f"<style>p::after {{ content: ''; {SHADE} }}</style><p>",
    "content": "<style>body { margin: 0 } p::before { content: url(red.png) }</style>"
    "<p style='margin: 0'>",
    "lazy": "<img loading=lazy src=red.png style='position:absolute;left:0;top:0'>",
}


@pytest.fixture
def slow_site(tmp_path: Path) -> Iterator[str]:
    """The page at once, its picture after a third of a second."""
    red = BytesIO()
    Image.new("RGB", (2000, 2000), (255, 0, 0)).save(red, "PNG")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_picture = self.path.endswith(".png")
            if is_picture:
                time.sleep(0.3)
            body = red.getvalue() if is_picture else (tmp_path / "page.html").read_bytes()
            self.send_response(200)
            self.send_header("content-type", "image/png" if is_picture else "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", PLACES)
def test_the_first_frame_has_its_pictures(
    source: Any, helpers: Any, tmp_path: Path, slow_site: str, place: str, method: CaptureMethod
) -> None:
    page = helpers.write(tmp_path, PLACES[place])
    page = replace(page, location=slow_site, kind=CompositionKind.PAGE, root=None)
    (first,) = source(page, method).frames(0, 1)
    assert (helpers.rgb(first)[:170] == (255, 0, 0)).all()


FAR = "<p style='height:30000px'></p><img loading=lazy src=red.png>"


@pytest.mark.parametrize("is_shadow", [False, True])
def test_a_lazy_picture_far_below_is_there_when_time_starts(
    source: Any, helpers: Any, tmp_path: Path, slow_site: str, is_shadow: bool
) -> None:
    body = f"""<style>body {{ overflow: hidden }}</style><div id=a></div><script>
        const root = {"a.attachShadow({ mode: 'open' })" if is_shadow else "a"};
        root.innerHTML = "{FAR}";
        requestAnimationFrame(() => {{ document.documentElement.style.background =
            root.querySelector("img").naturalWidth === 2000 ? "#f00" : "#00f"; }});</script>"""
    page = helpers.write(tmp_path, body)
    page = replace(page, location=slow_site, kind=CompositionKind.PAGE, root=None)
    (first,) = source(page, CaptureMethod.BEGINFRAME).frames(0, 1)
    assert (helpers.rgb(first)[:170] == (255, 0, 0)).all()


def test_animations_of_style_sheets_in_shadow_roots_keep_time(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    body = """<style>body { margin: 0 } div { position: absolute; left: 0 }</style>
        <div id=a style="top: 0"></div><div id=b style="top: 20px"></div><script>
        const bits = [...Array(16).keys()].map((bit) => `<i style="left: ${bit * 20}px;
            animation-duration: ${2 * 2 ** bit / 30}s"></i>`).join("");
        const style = `<style>@keyframes k { from { background: #000 } to { background: #fff } }
            i { position: absolute; top: 0; width: 20px; height: 20px;
            animation: k steps(2, jump-none) infinite }</style>`;
        a.attachShadow({ mode: "closed" }).innerHTML = style + bits;
        const inner = document.createElement("div");
        b.attachShadow({ mode: "open" }).append(inner);
        inner.attachShadow({ mode: "closed" }).innerHTML = style + bits;</script>"""
    made = source(helpers.write(tmp_path, body), CaptureMethod.BEGINFRAME)
    for picture in [*made.frames(0, 3), *made.frames(61, 2)]:
        pixels = helpers.rgb(picture)
        assert [helpers.bar_number(pixels, top) for top in (0, 20)] == [picture.frame] * 2
