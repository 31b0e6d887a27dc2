"""A page that lost a part of itself, or left, is an error that names the address."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.ready import helios

from helios.browser.events import PageEvents
from helios.errors import ScriptError
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod
from helios.model.hosts import HostRule
from helios.remote.addresses import HostPolicy

METHODS = (CaptureMethod.BEGINFRAME, CaptureMethod.PAINT)
LOST = {
    "<script src='gone.js'></script>": r"script gone\.js is missing",
    "<script type=module src='../lib/gone.js'></script>": r"script lib/gone\.js is missing",
    "<link rel=stylesheet href='gone.css'>": r"style sheet gone\.css is missing",
    "<script type=module src='uses.js'></script>": r"script uses\.js cannot do without gone\.js",
    "<script type=module>import './gone.js'</script>": r"cannot do without gone\.js",
    "<style>@import 'gone.css';</style>": r"cannot do without gone\.css",
    "<script type=module>await import('./gone.js')</script>": r"gone\.js",
    "<script src='https://cdn.invalid/gsap.js'></script><script>gsap.to(1)</script>": (
        r"https://cdn\.invalid/gsap\.js is missing"
    ),
    "<script>const s = document.createElement('script'); s.src = 'gone.js';"
    "document.head.append(s)</script>": r"gone\.js is missing",
}
DONE_WITHOUT = (
    "<script src='gone.js' onerror='this.x = 1'></script>",
    (
        "<script>const s = document.createElement('script'); s.src = 'gone.js';"
        "s.addEventListener('error', () => {}); document.head.append(s)</script>"
    ),
    "<script type=module>try { await import('./gone.js') } catch {}</script>",
    "<script async src='https://cdn.invalid/gtag.js'></script>",
    "<link rel=stylesheet href='https://fonts.invalid/css2?family=Inter'>",
    "<img src='gone.png'>",
    "<style>@font-face { font-family: F; src: url(gone.woff2) } p { font-family: F }</style><p>x",
)
GONE = {
    "<script>location.href = 'there.html'</script>": "there.html",
    "<script>location.replace('there.html')</script>": "there.html",
    "<meta http-equiv=refresh content='0;url=there.html'>": "there.html",
    "<form action='there.html'><input name=a></form><script>document.forms[0].submit()</script>": (
        "there.html"
    ),
    "<a href='there.html'>x</a><script>document.querySelector('a').click()</script>": "there.html",
    "<script>location.reload()</script>": "reloaded itself",
}
STAYS = (
    "<script>if (!sessionStorage.seen) { sessionStorage.seen = 1; location.reload() }</script>",
    "<script>location.hash = 'a'; history.pushState({}, '', '/elsewhere')</script>",
    (
        "<script>navigation.addEventListener('navigate', (e) => e.intercept());"
        "setTimeout(() => { location.href = 'route' }, 50)</script>"
    ),
    "<meta http-equiv=refresh content='3600'>",
    "<a download href='data:,x'>x</a><script>document.querySelector('a').click()</script>",
)


@pytest.mark.parametrize("method", METHODS)
def test_lost_code_is_an_error_that_names_it(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    (tmp_path / "uses.js").write_text("import './gone.js'")
    for body, message in LOST.items():
        with pytest.raises(ScriptError, match=message):
            source(helpers.write(tmp_path, body), method)


def test_what_a_page_does_without_is_a_warning(source: Any, helpers: Any, tmp_path: Path) -> None:
    for body in DONE_WITHOUT:
        made = source(helpers.write(tmp_path, body), CaptureMethod.BEGINFRAME)
        assert len(list(made.frames(0, 2))) == 2
        assert any("gone" in line or "invalid" in line for line in made.warnings()), body


@pytest.mark.parametrize("method", METHODS)
def test_leaving_while_loading_is_an_error(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    (tmp_path / "there.html").write_text("<p>elsewhere")
    for body, where in GONE.items():
        with pytest.raises(ScriptError, match=f"navigated away.*{where}"):
            source(helpers.write(tmp_path, body), method)


@pytest.mark.parametrize("body", ["location.href = 'there.html'", "location.reload()"])
def test_leaving_is_told_though_its_signs_come_late(
    source: Any, helpers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    on_leaving, begin = PageEvents._on_leaving, PageEvents.begin

    def after_its_request(self: PageEvents, kind: str, url: str) -> None:
        Timer(0.2, on_leaving, (self, kind, url)).start()

    def before_the_end_of_the_last(self: PageEvents) -> None:
        begin(self)
        self._on_load({})

    monkeypatch.setattr(PageEvents, "_on_leaving", after_its_request)
    monkeypatch.setattr(PageEvents, "begin", before_the_end_of_the_last)
    (tmp_path / "there.html").write_text("<p>elsewhere")
    where = "there.html" if "href" in body else "reloaded itself"
    with pytest.raises(ScriptError, match=f"navigated away.*{where}"):
        source(helpers.write(tmp_path, f"<script>{body}</script>"), CaptureMethod.PAINT)


@pytest.mark.parametrize("method", METHODS)
def test_losses_and_leaving_come_at_their_frame(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    acts = (
        "location.href = 'there.html'",
        "location.reload()",
        "document.head.append(Object.assign(document.createElement('script'), {src: 'gone.js'}))",
    )
    for act in acts:
        body = f"<script>setTimeout(() => {{ {act} }}, 200)</script>"
        pictures = source(helpers.write(tmp_path, body), method).frames(0, 20)
        assert [next(pictures).frame for _ in range(6)] == list(range(6))
        with pytest.raises(ScriptError, match="frame 6"):
            next(pictures)
    body = "<meta http-equiv=refresh content='1;url=there.html'>"
    with pytest.raises(ScriptError, match=r"there\.html.*frame 30"):
        list(source(helpers.write(tmp_path, body), method).frames(0, 40))


@pytest.mark.parametrize("method", METHODS)
def test_pages_that_stay_are_drawn(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    for body in STAYS:
        made = source(helpers.write(tmp_path, body), method)
        assert len(list(made.frames(0, 6))) == 6, body


def test_a_wider_root_is_named_and_works(tmp_path: Path) -> None:
    site = tmp_path / "site"
    page = site / "films" / "page.html"
    page.parent.mkdir(parents=True)
    (site / "assets").mkdir()
    (site / "assets" / "app.js").write_text("document.body.style.background = '#0f0'")
    page.write_text("<!doctype html><body><script type=module src='../assets/app.js'></script>")
    still = ("still", page, "-o", "x.png", "--width", 64, "--height", 64, "--duration", 1)
    failed = helios(*still, cwd=tmp_path, code=2)
    assert "assets/app.js" in failed.err
    assert f"--root {site}" in failed.err
    helios(*still, "--root", "site", cwd=tmp_path)
    assert np.asarray(Image.open(tmp_path / "x.png"))[32, 32].tolist() == [0, 255, 0]
    outside = helios(*still, "--root", site / "assets", cwd=tmp_path, code=2)
    assert "--root" in outside.err


def test_a_job_knows_the_wider_root(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "app.js").write_text("requestAnimationFrame(() => { document.body.id = 'x' })")
    (tmp_path / "films" / "page.html").write_text("<body><script src='../app.js'></script>")
    size = ("--width", 64, "--height", 64, "--duration", 1, "--root", ".")
    words = ("films/page.html", "-o", "jobs/film.mp4", *size, "--emit-job", "jobs/job.json")
    helios("render", *words, cwd=tmp_path)
    job = (tmp_path / "jobs" / "job.json").read_text()
    assert '"--root",\n        ".."' in job
    helios("job", "run", "jobs/job.json", cwd=tmp_path)
    assert (tmp_path / "jobs" / "film.mp4").is_file()


def test_warnings_are_told_when_a_page_fails(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<body><img src=gone.png><script>nothing()</script>")
    failed = helios("render", "page.html", "-o", "x.mp4", cwd=tmp_path, code=2)
    assert "warning: gone.png" in failed.err
    assert "nothing is not defined" in failed.err


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h1>still", "nothing changes in the film"),
        ("", "the film is blank"),
        ("<script>setTimeout(() => { document.body.append('x') }, 900)</script>", ""),
    ],
)
def test_a_film_in_which_nothing_changes_is_told(tmp_path: Path, body: str, said: str) -> None:
    (tmp_path / "page.html").write_text(f"<!doctype html><body>{body}")
    size = ("--width", 64, "--height", 64, "--duration", 1, "--concurrency", 2)
    made = helios("render", "page.html", "-o", "x.mp4", *size, cwd=tmp_path)
    lines = [line for line in made.err.splitlines() if line.startswith("warning")]
    assert [said in line for line in lines] == ([True] if said else [])
    one = helios("render", "page.html", "-o", "x.mp4", *size[:5], "0.03", cwd=tmp_path)
    assert "warning" not in one.err


class _Bundler(BaseHTTPRequestHandler):
    """Behaves as a fresh Vite server: what was bundled first is outdated at the first request."""

    loads = 0
    broken = False
    mixes = False
    """Answers the old version too, so that a late part of the page gets another copy."""

    slow = ""
    """A module asked for after loading, by what framework code does, that takes 3 s to bundle."""
    headers_of_page: tuple[tuple[str, str], ...] = ()
    lags = False
    """Takes its time to say of another library that it is outdated."""

    def do_GET(self) -> None:
        status, kind, body = 200, "text/javascript", "document.body.id = 'up'"
        if self.path == "/":
            type(self).loads += 1
            kind, body = "text/html", "<!doctype html><body><script type=module src=/m.js></script>"
        elif self.path == "/m.js":
            body = f"import '/dep.js?v={min(type(self).loads, 2)}'"
            body += "; await import('/late.js')" if self.mixes and not self.slow else ""
            body += f"; {self.slow}" if self.slow else ""
            if self.lags and type(self).loads == 1:
                body = f"import '/lagging.js?v=1'; {body}"
        elif self.path == "/slow.js":
            time.sleep(3)
            body = "document.body.style.background = '#f00'"
            body += "; import '/dep.js?v=2'" if self.mixes else ""
        elif self.path == "/late.js":
            body = "import '/dep.js?v=2'"
        elif self.mixes:
            body = "window.copies = (window.copies ?? 0) + 1; if (copies > 1) throw Error('two')"
        elif self.path.startswith("/lagging.js"):
            time.sleep(0.5)
            status, body = 504, ""
        elif self.path == "/dep.js?v=1" or self.broken:
            status, body = 504, ""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        for header in self.headers_of_page if self.path == "/" else ():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bundler() -> Iterator[str]:
    _Bundler.loads, _Bundler.broken, _Bundler.mixes = 0, False, False
    _Bundler.slow, _Bundler.headers_of_page, _Bundler.lags = "", (), False
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bundler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("method", [CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT])
@pytest.mark.parametrize("mixes", [False, True])
def test_a_page_whose_server_bundled_anew_is_loaded_again(
    source: Any, bundler: str, method: CaptureMethod, mixes: bool
) -> None:
    _Bundler.mixes = mixes
    composition = Composition(kind=CompositionKind.PAGE, location=bundler)
    hosts = HostPolicy(rules=(HostRule.of_url(bundler),))
    made = source(composition, method, hosts=hosts)
    assert len(list(made.frames(0, 2))) == 2
    assert _Bundler.loads == 2
    assert made.warnings() == ()


def test_what_is_said_late_of_a_document_that_is_gone_loads_no_other(
    source: Any, bundler: str
) -> None:
    _Bundler.lags = True
    _Bundler.slow = "import('/slow.js')"
    composition = Composition(kind=CompositionKind.PAGE, location=bundler)
    hosts = HostPolicy(rules=(HostRule.of_url(bundler),))
    made = source(composition, CaptureMethod.BEGINFRAME, hosts=hosts, stability_timeout_s=30.0)
    assert len(list(made.frames(0, 1))) == 1
    assert _Bundler.loads == 2
    assert made.warnings() == ()


def test_a_server_that_never_gets_there_is_an_error(source: Any, bundler: str) -> None:
    _Bundler.broken = True
    composition = Composition(kind=CompositionKind.PAGE, location=bundler)
    hosts = HostPolicy(rules=(HostRule.of_url(bundler),))
    with pytest.raises(ScriptError, match=r"dep\.js.*504"):
        source(composition, CaptureMethod.BEGINFRAME, hosts=hosts)


@pytest.mark.parametrize("mixes", [False, True])
@pytest.mark.parametrize(
    "slow",
    [
        # As an effect of React, which its scheduler runs by a message.
        (
            "const channel = new MessageChannel();"
            "channel.port1.onmessage = () => import('/slow.js'); channel.port2.postMessage(0)"
        ),
        "fetch('/late.js').then(() => import('/slow.js'))",
        "addEventListener('load', () => import('/slow.js'))",
    ],
)
def test_a_library_that_its_server_bundles_late_is_there_at_frame_0(
    source: Any, helpers: Any, bundler: str, slow: str, mixes: bool
) -> None:
    _Bundler.slow, _Bundler.mixes = slow, mixes
    composition = Composition(kind=CompositionKind.PAGE, location=bundler)
    hosts = HostPolicy(rules=(HostRule.of_url(bundler),))
    made = source(composition, CaptureMethod.BEGINFRAME, hosts=hosts, stability_timeout_s=30.0)
    picture = next(made.frames(0, 1))
    assert tuple(helpers.rgb(picture)[90, 160]) == (255, 0, 0)
    assert made.warnings() == ()
    assert _Bundler.loads == 2


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("X-Frame-Options", "DENY"),),
        (("Content-Security-Policy", "img-src *; frame-ancestors 'none'"),),
        (
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Embedder-Policy", "require-corp"),
        ),
        (("Cross-Origin-Resource-Policy", "same-origin"),),
    ],
)
def test_a_page_of_a_server_is_drawn_into_a_canvas(
    source: Any, bundler: str, headers: tuple[tuple[str, str], ...]
) -> None:
    _Bundler.loads, _Bundler.headers_of_page = 1, headers
    composition = Composition(kind=CompositionKind.PAGE, location=bundler)
    hosts = HostPolicy(rules=(HostRule.of_url(bundler),))
    made = source(composition, CaptureMethod.PAINT, hosts=hosts)
    assert len(list(made.frames(0, 2))) == 2
    assert made.warnings() == ()
