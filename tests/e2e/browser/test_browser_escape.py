"""Ways out of the browser that were tried, with and without a network namespace around it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from helios.browser.find import find_browser
from helios.browser.launch import Browser, BrowserConfig, launch
from helios.browser.page import Page, StageSettings
from helios.errors import CompositionNotFound
from helios.model.composition import Composition, CompositionKind
from helios.model.hosts import HostRule, is_address
from helios.process.confine import Isolation
from helios.remote.addresses import HostPolicy
from helios.remote.cache import RemoteCache
from helios.remote.fetch import Network, connect
from helios.remote.files import RemoteFiles

pytestmark = pytest.mark.browser
PUBLIC = "93.184.216.34"


@dataclass
class Witness:
    """A service of this machine that writes down whoever comes."""

    port: int
    udp_port: int
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def witness() -> Iterator[Witness]:
    found: Witness

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            super().setup()
            found.seen.append(f"connection from {self.client_address}")

        def do_GET(self) -> None:
            found.seen.append(f"{self.headers['Host']} {self.path}")
            moved = self.path.startswith("/to?")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", self.path.partition("?")[2])
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *_: object) -> None:
            return

    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    datagrams.settimeout(0.1)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Witness(server.server_port, datagrams.getsockname()[1])
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    found.seen.append(f"datagram from {datagrams.recvfrom(2048)[1]}")
                except TimeoutError:
                    continue

        threads = [threading.Thread(target=run) for run in (server.serve_forever, listen)]
        for thread in threads:
            thread.start()
        yield found
        done.set()
        server.shutdown()
        for thread in threads:
            thread.join()
    datagrams.close()


@pytest.fixture(scope="module", params=["namespace", "interception"])
def caged(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser with an empty network, and one that has only interception around it."""
    isolate = request.param == "namespace"
    config = BrowserConfig(executable=find_browser(), width=320, height=180, isolate=isolate)
    with launch(config) as browser:
        if isolate:
            assert browser.isolation is not Isolation.NONE
            theirs = Path(f"/proc/{browser.pid}/ns/net").readlink()
            assert theirs != Path("/proc/self/ns/net").readlink()
        yield browser


@dataclass
class Internet:
    """A public internet of one host: whatever the name, it is at ``PUBLIC``, which is us."""

    port: int
    answers: list[list[str]] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def resolve(self, host: str, _: int) -> list[str]:
        if is_address(host):
            return [host]
        return self.answers.pop(0) if self.answers else [PUBLIC]

    def connect(self, address: str, port: int, timeout_s: float) -> socket.socket:
        self.connected.append(address)
        if address == PUBLIC:
            return connect("127.0.0.1", self.port, timeout_s)
        return connect(address, port, timeout_s)


@pytest.fixture
def opened(
    caged: Browser, helpers: Any, tmp_path: Path, witness: Witness
) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []
    internet = Internet(witness.port)
    network = Network(resolver=internet.resolve, connector=internet.connect)
    caged.remote_files = RemoteFiles(network, RemoteCache(tmp_path / "cache"))

    def open_page(*rules: str, on_the_net: bool = False) -> Page:
        policy = HostPolicy(rules=tuple(map(HostRule.parse, rules)))
        settings = StageSettings(width=320, height=180, fps=Fraction(30), hosts=policy)
        composition = helpers.write(tmp_path, "<p>x")
        if on_the_net:
            # A page on http, so that Chromium does not refuse others on http before we do.
            url = f"http://page.example:{witness.port}/page"
            composition = Composition(kind=CompositionKind.PAGE, location=url)
        page = Page(caged, composition, settings)
        internet.connected.clear()
        witness.seen.clear()
        page.internet = internet  # type: ignore[attr-defined]
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()


def fetched(page: Page, url: str, **options: Any) -> Any:
    """The text, or the error."""
    return page.evaluate(
        f"fetch({json.dumps(url)}, {json.dumps(options)}).then(async (r) => "
        "({text: await r.text(), status: r.status, url: r.url})).catch((e) => String(e))"
    )


def test_no_file_outside_the_folder(opened: Callable[..., Page], tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (tmp_path / "link.txt").symlink_to(outside / "secret.txt")
    (tmp_path / "folder").symlink_to(outside)
    page = opened()
    name = outside.name
    for attempt in (
        f"../{name}/secret.txt",
        f"/../{name}/secret.txt",
        f"%2e%2e/{name}/secret.txt",
        f"..%2f{name}%2fsecret.txt",
        f"x/..%2f..%2f{name}/secret.txt",
        "link.txt",
        "folder/secret.txt",
        f"..%5c{name}%5csecret.txt",
        f"..%00/{name}/secret.txt",
        (outside / "secret.txt").as_uri(),
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "https://composition.invalid//etc/passwd",
        "view-source:file:///etc/passwd",
        "filesystem:https://composition.invalid/temporary/x",
        "chrome://version",
        f"https://composition.invalid/{outside}/secret.txt",
    ):
        for mode in ("cors", "no-cors"):
            found = fetched(page, attempt, mode=mode)
            assert isinstance(found, str) or found["status"] == 404, attempt
    assert list(page.server.inputs) == [str(tmp_path / "page.html")]


@pytest.mark.parametrize("on_the_net", [False, True])
def test_no_service_of_this_machine_its_network_or_its_cloud(
    opened: Callable[..., Page], witness: Witness, on_the_net: bool
) -> None:
    page = opened(on_the_net=on_the_net)
    for host in (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "169.254.169.254",
        "metadata.google.internal",
        "10.0.0.1",
        "192.168.0.1",
        "[fd00:ec2::254]",
        "foo.localhost",
    ):
        for mode in ("cors", "no-cors"):
            page.internet.answers[:] = [["127.0.0.1"]]  # type: ignore[attr-defined]
            url = f"http://{host}:{witness.port}/latest/meta-data/"
            assert isinstance(fetched(page, url, mode=mode), str), host
    assert witness.seen == []
    assert any("--allow-host 127.0.0.1" in line for line in page.warnings())


def test_no_other_way_out(
    opened: Callable[..., Page], helpers: Any, witness: Witness, tmp_path: Path
) -> None:
    (tmp_path / "worker.js").write_text(
        f"fetch('{witness.url}/worker'); onconnect = (e) => e.ports[0].postMessage('here');"
    )
    page = opened()
    where = f"url = '{witness.url}', port = {witness.port}, udp = {witness.udp_port}"
    ways = (helpers.pages / "ways_out.js").read_text()
    page.evaluate(f"{{ const {where}; {ways} }}; 0")
    # A refused peer connection says nothing at all.
    known = "const { peer, ...others } = outcomes; Object.values(others).every(Boolean)"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not page.evaluate(f"{{ {known} }}"):
        time.sleep(0.1)
    outcomes = page.evaluate("outcomes")
    assert outcomes["peer"] in ("", "refused")
    for name in ("socket", "events", "transport", "worker", "dedicated"):
        assert outcomes[name] == "refused", name
    assert witness.seen == []


def test_a_name_that_changes_its_meaning_is_not_followed(
    opened: Callable[..., Page], witness: Witness
) -> None:
    page = opened(on_the_net=True)
    page.internet.answers[:] = [[PUBLIC], ["127.0.0.1"], [PUBLIC, "127.0.0.1"]]  # type: ignore[attr-defined]
    assert fetched(page, f"http://rebind.example:{witness.port}/1")["text"] == "secret"
    for number in (2, 3):
        assert isinstance(fetched(page, f"http://rebind.example:{witness.port}/{number}"), str)
    assert page.internet.connected == [PUBLIC]  # type: ignore[attr-defined]
    assert [line for line in witness.seen if "rebind" in line] == [
        f"rebind.example:{witness.port} /1"
    ]


def test_redirects_are_judged_hop_by_hop(opened: Callable[..., Page], witness: Witness) -> None:
    page = opened(on_the_net=True)
    start = f"http://public.example:{witness.port}/to?"
    for target in (
        f"{witness.url}/hit",
        "http://169.254.169.254/hit",
        "file:///etc/passwd",
        f"{start}{witness.url}/hit",
        f"//127.0.0.1:{witness.port}/hit",
    ):
        for mode in ("cors", "no-cors"):
            assert isinstance(fetched(page, start + target, mode=mode), str), target
    final = f"http://other.example:{witness.port}/final"
    found = fetched(page, start + start + final)
    assert (found["text"], found["url"]) == ("secret", final)
    assert not [line for line in witness.seen if "/hit" in line and "/to?" not in line]
    assert set(page.internet.connected) == {PUBLIC}  # type: ignore[attr-defined]


def test_an_allowed_host_is_reached_by_us_and_only_at_its_port(
    opened: Callable[..., Page], witness: Witness
) -> None:
    page = opened(f"127.0.0.1:{witness.port}")
    assert fetched(page, f"{witness.url}/data")["text"] == "secret"
    assert isinstance(fetched(page, "http://127.0.0.1:1/data"), str)
    assert page.server.inputs[f"{witness.url}/data"]
    assert f"127.0.0.1:{witness.port} /data" in witness.seen


def test_the_page_of_a_development_server_reaches_its_own_origin_alone(
    caged: Browser, witness: Witness
) -> None:
    other = socket.socket()
    other.bind(("127.0.0.1", 0))
    other.listen()
    other.settimeout(0.05)
    composition = Composition(kind=CompositionKind.PAGE, location=f"{witness.url}/page")
    caged.remote_files = RemoteFiles()
    page = Page(caged, composition, StageSettings(width=320, height=180, fps=Fraction(30)))
    try:
        assert page.evaluate("document.body.textContent") == "secret"
        assert fetched(page, "/more")["text"] == "secret"
        assert isinstance(fetched(page, f"http://127.0.0.1:{other.getsockname()[1]}/"), str)
        refused = page.evaluate(
            f"new Promise((done) => {{ const s = new WebSocket('ws://127.0.0.1:{witness.port}');"
            "s.onopen = () => done(false); s.onerror = () => done(true); })"
        )
        assert refused
        with pytest.raises(TimeoutError):
            other.accept()
    finally:
        page.close()
        other.close()


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:9/", "http://169.254.169.254/", "http://x.invalid/"]
)
def test_a_page_that_is_not_there_is_said(caged: Browser, location: str) -> None:
    caged.remote_files = RemoteFiles(Network(timeout_s=2))
    composition = Composition(kind=CompositionKind.PAGE, location=location)
    with pytest.raises(CompositionNotFound, match="cannot open"):
        Page(caged, composition, StageSettings(width=320, height=180, fps=Fraction(30)))
