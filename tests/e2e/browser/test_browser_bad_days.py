"""Bad days: each ends in a right film or in an error that says what, where and what to do."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.barcode import read_film
from tests.commandline import ROOT, environment, helios, processes_of, start_helios

from helios.browser.find import BrowserExecutable, find_browser
from helios.browser.inspect import inspect_page
from helios.browser.launch import Browser, BrowserConfig, launch
from helios.browser.page import Page, StageSettings
from helios.errors import (
    BrowserCrashed,
    BrowserNotFound,
    CaptureError,
    CompositionNotFound,
    EnvironmentProblem,
    NotReadyError,
    RenderError,
)
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions

pytestmark = pytest.mark.browser
BEGIN = CaptureMethod.BEGINFRAME
PAGE = ROOT / "tests" / "compositions" / "canvas2d.html"
TLS = ROOT / "tests" / "fixtures" / "tls"
SMALL = ("--width", 320, "--height", 180, "--fps", 30)


def warnings_of(browser: Browser, composition: Composition) -> tuple[str, ...]:
    options = RenderOptions.read({"width": 320, "height": 180, "page_audio": False})
    return inspect_page(browser, composition, options).warnings


@contextmanager
def https_site() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>x")

        def log_message(self, *_: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_host_that_never_answers_is_named(browser: Browser) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/page"
        composition = Composition(kind=CompositionKind.PAGE, location=url)
        settings = StageSettings(width=320, height=180, fps=Fraction(30), stability_timeout_s=1.0)
        with pytest.raises(NotReadyError, match="never finished loading within 1 s") as caught:
            Page(browser, composition, settings)
        assert url in caught.value.message


def test_a_browser_that_ends_while_a_page_is_opened_is_said(
    browser: Browser, helpers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object) -> None:
        raise BrowserCrashed("the browser ended")

    monkeypatch.setattr(Page, "_prepare", ends)
    settings = StageSettings(width=320, height=180, fps=Fraction(30))
    with pytest.raises(BrowserCrashed, match="the browser ended"):
        Page(browser, helpers.page("canvas.html"), settings)


def test_a_broken_certificate_is_named(
    browser: Browser, source: Any, helpers: Any, tmp_path: Path
) -> None:
    with https_site() as port:
        url = f"https://127.0.0.1:{port}/"
        with pytest.raises(
            CompositionNotFound, match=r"certificate of 127\.0\.0\.1 cannot be trusted"
        ):
            source(Composition(kind=CompositionKind.PAGE, location=url), BEGIN)


def test_a_page_that_allocates_without_end(
    helpers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel refuses the memory; only the page's process ends."""
    from helios.sources.page import PageSettings, PageSource

    monkeypatch.setattr("helios.browser.launch.MAX_DATA_BYTES", 768 << 20)
    composition = helpers.write(
        tmp_path,
        "<script>const all = []; setTimeout(() => { for (;;) "
        "{ const part = new Uint8Array(16 << 20); part.fill(1); all.push(part); } }, 100)</script>",
    )
    settings = PageSettings(
        width=320, height=180, fps=Fraction(30), total_frames=30, capture=BEGIN, step_timeout_s=30
    )
    with launch(BrowserConfig(executable=find_browser(), width=320, height=180)) as own:
        made = PageSource(own, composition, settings)
        with pytest.raises(RenderError, match=r"frame \d+.*(memory|allocation)|memory.*frame \d+"):
            list(made.frames(0, 10))
        made.close()


def test_every_kind_of_dialog_is_dismissed(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(
        tmp_path,
        "<p id=p>x<script>addEventListener('beforeunload', (e) => e.preventDefault());"
        "alert('a'); setTimeout(() => { p.textContent = [confirm('b'), prompt('c', 'd')].join();"
        "print(); }, 50)</script>",
    )
    made = source(composition, BEGIN)
    assert len(list(made.frames(0, 4))) == 4
    assert made._chosen.open().evaluate("p.textContent") == "false,"
    assert [line.partition("dismissed: ")[2] for line in made.warnings()] == [
        "alert: a",
        "confirm: b",
        "prompt: c",
    ]
    made.close()


def test_a_page_that_wants_to_be_asked_before_it_leaves_still_leaves(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    from helios.errors import ScriptError

    composition = helpers.write(
        tmp_path,
        "<script>onbeforeunload = (e) => e.preventDefault();"
        "setTimeout(() => location.replace('other.html'), 100)</script>",
    )
    (tmp_path / "other.html").write_text("<p>other")
    with pytest.raises(ScriptError, match="navigated away"):
        list(source(composition, BEGIN).frames(0, 40))


@pytest.mark.parametrize("method", [BEGIN, CaptureMethod.DIRECT])
def test_a_lost_webgl_context_is_an_error_with_its_frame(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    composition = helpers.write(
        tmp_path,
        "<style>body{margin:0}</style><canvas width=320 height=180></canvas><script>"
        "const gl = document.querySelector('canvas').getContext('webgl'); let n = 0;"
        "const draw = () => { if (n++ === 5) gl.isContextLost = () => true;"
        "gl.clearColor(1, 0, 0, 1); gl.clear(gl.COLOR_BUFFER_BIT); requestAnimationFrame(draw); };"
        "requestAnimationFrame(draw);</script>",
    )
    with pytest.raises(CaptureError, match=r"frame 5: a canvas lost its WebGL context"):
        list(source(composition, method).frames(0, 10))


@pytest.mark.parametrize("method", [BEGIN, CaptureMethod.DIRECT])
def test_a_context_that_its_page_gives_up_and_takes_back_is_followed(
    source: Any, helpers: Any, tmp_path: Path, method: CaptureMethod
) -> None:
    composition = helpers.write(
        tmp_path,
        """<style>body { margin: 0; background: #fff } canvas { display: block }</style>
        <canvas width=320 height=180></canvas><script>
        const canvas = document.querySelector("canvas"); const gl = canvas.getContext("webgl");
        const extension = gl.getExtension("WEBGL_lose_context"); let back = 0;
        canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
        canvas.addEventListener("webglcontextrestored", () => { back = 1; });
        setTimeout(() => extension.loseContext(), 90);
        setTimeout(() => extension.restoreContext(), 190);
        const draw = () => { gl.clearColor(1, back, 0, 1); gl.clear(gl.COLOR_BUFFER_BIT);
          requestAnimationFrame(draw); };
        requestAnimationFrame(draw);</script>""",
    )
    red, white, yellow = [255, 0, 0], [255, 255, 255], [255, 255, 0]
    made = source(composition, method)
    for start in (0, 4):
        for picture in made.frames(start, 8 - start):
            frame = picture.frame
            expected = red if frame < 3 else white if frame < 6 else yellow
            assert helpers.rgb(picture)[90, 160].tolist() == expected, frame


def test_a_context_given_up_with_its_canvas_is_no_error(
    source: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(
        tmp_path,
        "<canvas></canvas><script>const canvas = document.querySelector('canvas');"
        "const gl = canvas.getContext('webgl'); setTimeout(() => { canvas.remove();"
        "gl.getExtension('WEBGL_lose_context').loseContext(); }, 50)</script>",
    )
    assert len(list(source(composition, BEGIN).frames(0, 4))) == 4


def test_fonts_that_are_not_there_are_named(browser: Browser, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(
        tmp_path,
        "<style>@font-face { font-family: Lost; src: url(lost.woff2) }</style>"
        "<p style='font-family: Nowhere Sans, sans-serif'>a<p style='font-family: Lost'>b"
        "<p style='font-family: Nowhere Sans, DejaVu Sans'>c<p style='font-family: serif'>d<p>e"
        "<button><b>the browser's own choice</b></button>",
    )
    warnings = warnings_of(browser, composition)
    fonts = [line for line in warnings if line.startswith("the font")]
    assert any("'Nowhere Sans' is not there" in line for line in fonts)
    assert not any("DejaVu Sans' is not there" in line for line in fonts)
    assert not any("'Arial'" in line for line in fonts)
    assert any(line.startswith("lost.woff2: not found") for line in warnings)


def test_a_video_of_unknown_kind_is_named(browser: Browser, helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40)
    composition = helpers.write(tmp_path, "<video src=clip.mp4></video>")
    assert any("clip.mp4" in line for line in warnings_of(browser, composition))


def test_a_canvas_with_a_foreign_picture_is_still_right(
    browser: Browser, source: Any, helpers: Any, tmp_path: Path
) -> None:
    """It cannot be read, so the page is taken as it is painted."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (
                b"<svg xmlns='http://www.w3.org/2000/svg' width='320' height='180'>"
                b"<rect width='320' height='180' fill='#0a0'/></svg>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host = f"127.0.0.1:{server.server_port}"
        composition = helpers.write(
            tmp_path,
            (
                "<style>body{margin:0}canvas{display:block}</style><canvas width=320 height=180>"
                "</canvas><script>const image = new Image(); image.src = 'HOST/green.svg';"
                "image.onload = () => document.querySelector('canvas').getContext('2d')"
                ".drawImage(image, 0, 0);</script>"
            ).replace("HOST", f"http://{host}"),
        )
        values = {"width": 320, "height": 180, "page_audio": False, "allow_host": [host]}
        facts = inspect_page(browser, composition, RenderOptions.read(values))
        assert facts.capture is not CaptureMethod.DIRECT
        assert facts.capture is not CaptureMethod.PAINT
        from helios.browser.inspect import host_policy

        policy = host_policy(RenderOptions.read(values))
        made = source(composition, facts.capture, hosts=policy)
        (picture,) = made.frames(0, 1)
        assert tuple(helpers.rgb(picture)[90, 160]) == (0, 0xAA, 0)
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_fifty_megabytes_of_page(source: Any, helpers: Any, tmp_path: Path) -> None:
    composition = helpers.write(tmp_path, "<p>here" + ("<p hidden>" + "word " * 2000) * 5_000)
    made = source(composition, BEGIN, stability_timeout_s=120.0, step_timeout_s=60.0)
    assert len(list(made.frames(0, 2))) == 2


@pytest.mark.slow
def test_little_or_no_shared_memory(tmp_path: Path) -> None:
    """On a file system of its own, as containers have it."""
    for size in ("64m", "64k"):
        script = (
            f"mount -t tmpfs -o size={size} helios /dev/shm && {sys.executable} -m helios render "
            f"{PAGE} -o {size}.mp4 {' '.join(map(str, SMALL))} --frame-count 20 && ls -A /dev/shm"
        )
        done = subprocess.run(
            ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
        assert [number for _, number in read_film(tmp_path / f"{size}.mp4")] == list(range(20))
        assert "helios-browser" not in done.stdout


FAKE = """#!{python}
import os, sys
sys.path.insert(0, {source!r})
if "--version" in sys.argv:
    print("Chromium {version}.0.1.2 on a test")
    sys.exit()
if {mode!r} == "silent":
    sys.exit(1)
from helios.browser.cbor import ENVELOPE_HEADER, decode, encode, envelope_size
while header := os.read(3, ENVELOPE_HEADER):
    call = decode(os.read(3, envelope_size(header)))
    os.write(4, encode({{"id": call["id"], "result": {{"product": "Chrome/{version}.0.1.2"}}}}))
"""


def fake_browser(folder: Path, version: int, mode: str = "answers") -> BrowserExecutable:
    path = folder / f"browser-{version}-{mode}"
    path.write_text(
        FAKE.format(python=sys.executable, source=str(ROOT / "src"), version=version, mode=mode)
    )
    path.chmod(0o755)
    return BrowserExecutable(path=path, is_headless_shell=False)


@pytest.mark.parametrize("mode", ["answers", "silent"])
def test_a_browser_that_is_too_old_is_said(tmp_path: Path, mode: str) -> None:
    fake = fake_browser(tmp_path, 90, mode)
    with pytest.raises(BrowserNotFound, match="is Chromium 90; 120 or newer is needed") as caught:
        launch(BrowserConfig(executable=fake, sandbox=False))
    assert "HELIOS_CHROMIUM" in caught.value.hint


def test_a_browser_newer_than_we_know_is_tried(tmp_path: Path) -> None:
    fake = fake_browser(tmp_path, 999)
    with launch(BrowserConfig(executable=fake, sandbox=False)) as browser:
        assert browser.version == "Chrome/999.0.1.2"
    with pytest.raises(BrowserCrashed, match="did not start"):
        launch(BrowserConfig(executable=fake_browser(tmp_path, 999, "silent"), sandbox=False))


BOXLESS = """#!/bin/sh
case "$*" in *--version*) echo "Chromium 999.0.1.2 on a test"; exit ;; esac
echo "[1:1:FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! If this is Debian" >&2
exit 1
"""


def test_a_system_without_a_sandbox_is_said_with_what_a_container_needs() -> None:
    # In the sandbox a browser has a user of its own, who cannot enter the folders of the tests.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        fake = Path(folder) / "browser"
        fake.write_text(BOXLESS)
        for path in (fake.parent, fake):
            path.chmod(0o755)
        with pytest.raises(EnvironmentProblem, match="gives Chromium no sandbox") as caught:
            launch(BrowserConfig(executable=BrowserExecutable(path=fake, is_headless_shell=False)))
    for said in ("user namespaces", "--security-opt seccomp=seccomp.json", "No usable sandbox!"):
        assert said in caught.value.hint


@pytest.mark.slow
def test_a_browser_killed_in_the_middle_is_said_and_the_render_goes_on_later(
    tmp_path: Path,
) -> None:
    words = [
        "render",
        PAGE,
        "-o",
        "film.mp4",
        *SMALL,
        "--frame-count",
        360,
        "--chunk-frames",
        60,
        "--json",
    ]
    with start_helios(*words, cwd=tmp_path) as process:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(".helios-*/*.commit.json")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        for pid in browsers_below(process.pid):
            os.kill(pid, signal.SIGKILL)
        out, _ = process.communicate(timeout=120)
    if process.returncode:
        assert process.returncode == 4
        assert "the browser ended" in out
        assert processes_of(tmp_path) == []
    done = helios(*words, cwd=tmp_path).events[-1]
    assert done["event"] == "done"
    assert [number for _, number in read_film(tmp_path / "film.mp4")] == list(range(360))


def browsers_below(ancestor: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "stat").read_text()
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(entry.name)] = (int(text.rpartition(")")[2].split()[1]), line)
    found = []
    for pid, (parent, line) in parents.items():
        above = parent
        while above in parents and above != ancestor:
            above = parents[above][0]
        if above == ancestor and b"--remote-debugging-pipe" in line and b"--type=" not in line:
            found.append(pid)
    assert found
    return found


@pytest.mark.slow
def test_two_renders_at_once_do_not_meet(tmp_path: Path) -> None:
    words = ("render", PAGE, *SMALL, "--frame-count", 30)
    with ExitStack() as stack:
        started = [
            stack.enter_context(start_helios(*words, "-o", f"{name}.mp4", cwd=tmp_path))
            for name in "ab"
        ]
        for process in started:
            _, err = process.communicate(timeout=200)
            assert process.returncode == 0, err
    for name in "ab":
        film = read_film(tmp_path / f"{name}.mp4")
        assert [number for _, number in film] == list(range(30))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]
