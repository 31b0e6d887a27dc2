from __future__ import annotations

import gzip
import json
import os
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.busy import BUSY

from helios.errors import AddressRefused, NotFetched
from helios.model.hosts import HostRule
from helios.remote.addresses import HostPolicy
from helios.remote.cache import RemoteCache
from helios.remote.fetch import Network, Request, connect, fetch, follow
from helios.remote.files import RemoteFiles

TLS = Path(__file__).parents[2] / "fixtures" / "tls"
BOMB = gzip.compress(bytes(50_000_000))


class Site(BaseHTTPRequestHandler):
    asked: list[str]
    content = b"one"
    stop = threading.Event()

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers.get('If-None-Match', '')}".strip())
        name = self.path.partition("?")[0].strip("/")
        getattr(self, f"say_{name}")()

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def say_plain(self) -> None:
        tag = f'"{type(self).content.decode()}"'
        if self.headers.get("If-None-Match") == tag:
            self.say(b"", 304, ETag=tag)
        else:
            self.say(type(self).content, ETag=tag)

    def say_packed(self) -> None:
        self.say(gzip.compress(b"unpacked"), Content_Encoding="gzip")

    def say_bomb(self) -> None:
        self.say(BOMB, Content_Encoding="gzip")

    def say_cut(self) -> None:
        self.say(gzip.compress(b"unpacked" * 100)[:-10], Content_Encoding="gzip")

    def say_secret(self) -> None:
        self.say(b"secret", ETag='"1"', Cache_Control="private, no-store")

    def say_headers(self) -> None:
        shown = {name.lower(): value for name, value in self.headers.items()}
        self.say(json.dumps(shown).encode())

    def say_personal(self) -> None:
        self.say((self.headers.get("Authorization") or "nobody").encode(), ETag='"1"')

    def say_dropped(self) -> None:
        if len(self.asked) > 1:
            self.say(b"here")

    def say_late(self) -> None:
        self.say(b"here", 404 if len(self.asked) == 1 else 200)

    def say_brotli(self) -> None:
        self.say(b"x", Content_Encoding="br")

    def say_part(self) -> None:
        self.say(b"x", Content_Length="5")

    def say_moved(self) -> None:
        self.say(b"", 302, Location=self.path.partition("?")[2])

    def say_round(self) -> None:
        self.say(b"", 302, Location="/round")

    def say_slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(600):
            self.wfile.write(b"x")
            if self.stop.wait(0.05):
                return

    def say_thoughtful(self) -> None:
        self.stop.wait(0.5)
        self.say(b"thought")

    def say_silent(self) -> None:
        self.stop.wait(30)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[tuple[str, type[Site]]]:
    handler: Any = type("Handler", (Site,), {"asked": [], "stop": threading.Event()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        handler.stop.set()
        server.shutdown()
        thread.join()


def own(url: str) -> HostPolicy:
    return HostPolicy(rules=(HostRule.of_url(url),))


def get(url: str, **limits: Any) -> bytes:
    return fetch(Request(url=url), own(url), Network(**limits)).body


def test_answers_come_decoded(site: tuple[str, type[Site]]) -> None:
    url, _ = site
    assert get(f"{url}/plain?a=b c") == b"one"
    assert get(f"{url}/packed") == b"unpacked"


@pytest.mark.parametrize(
    ("name", "limits", "said"),
    [
        ("plain", {"max_bytes": 2}, "more than 2 bytes"),
        ("bomb", {"max_bytes": 1_000_000}, "more than 1,000,000 bytes"),
        ("brotli", {}, "sends br"),
        ("part", {}, "only a part"),
        ("cut", {}, "only a part"),
        ("slow", {"timeout_s": 0.5}, r"took longer than 0\.5 s"),
        ("silent", {"timeout_s": 0.5}, r"took longer than 0\.5 s"),
    ],
)
def test_what_is_too_large_too_slow_or_broken_is_said(
    site: tuple[str, type[Site]], name: str, limits: dict[str, Any], said: str
) -> None:
    began = time.monotonic()
    with pytest.raises(NotFetched, match=said):
        get(f"{site[0]}/{name}", **limits)
    assert time.monotonic() - began < 2 * BUSY


def test_an_answer_may_take_longer_than_to_connect(
    site: tuple[str, type[Site]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helios.remote.fetch.CONNECT_TIMEOUT_S", 0.2)
    assert get(f"{site[0]}/thoughtful") == b"thought"


def test_redirects_are_judged_like_the_first_address(site: tuple[str, type[Site]]) -> None:
    url, handler = site
    assert follow(Request(url=f"{url}/moved?{url}/plain"), own(url)).body == b"one"
    for target in (
        "http://localhost:1/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "//[::1]/",
    ):
        with pytest.raises((AddressRefused, ValueError)):
            follow(Request(url=f"{url}/moved?{target}"), own(url))
    with pytest.raises(NotFetched, match="redirects"):
        follow(Request(url=f"{url}/round"), own(url))
    assert fetch(Request(url=f"{url}/moved?/x"), own(url)).status == 302
    assert not [line for line in handler.asked if line == "/x"]


def test_a_small_answer_that_grows_is_never_whole_in_memory(site: tuple[str, type[Site]]) -> None:
    tracemalloc.start()
    with pytest.raises(NotFetched, match="sends more than"):
        get(f"{site[0]}/bomb", max_bytes=1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_redirect_leaves_the_listed_hosts_no_more_than_a_first_address(
    site: tuple[str, type[Site]],
) -> None:
    url, _ = site
    listed = HostPolicy(rules=(HostRule.of_url(url),), public_hosts=False)
    with pytest.raises(AddressRefused, match="is not an allowed host"):
        follow(Request(url=f"{url}/moved?http://93.184.216.34/"), listed)


def test_the_connection_goes_to_the_address_that_was_judged(site: tuple[str, type[Site]]) -> None:
    url, handler = site
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    reached = []

    def reach(address: str, port: int, timeout_s: float) -> Any:
        reached.append(address)
        return connect("127.0.0.1", int(url.rpartition(":")[2]), timeout_s)

    network = Network(resolver=lambda *_: answers.pop(0), connector=reach)
    assert fetch(Request(url="http://name.example/plain"), HostPolicy(), network).body == b"one"
    with pytest.raises(AddressRefused):
        fetch(Request(url="http://name.example/plain"), HostPolicy(), network)
    assert reached == ["93.184.216.34"]
    assert handler.asked == ["/plain"]


def test_a_certificate_that_cannot_be_trusted_is_not() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    handler: Any = type("Handler", (Site,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"https://127.0.0.1:{server.server_port}/plain"
        with pytest.raises(NotFetched, match=r"certificate of 127\.0\.0\.1 cannot be trusted"):
            get(url)
        server.shutdown()
        thread.join()
    assert handler.asked == []


def test_files_are_fetched_once_and_confirmed_by_the_next_process(
    site: tuple[str, type[Site]], tmp_path: Path
) -> None:
    url, handler = site
    request = Request(url=f"{url}/plain")
    first = RemoteFiles(cache=RemoteCache(tmp_path))
    assert [first.get(request, own(url)).body for _ in range(3)] == [b"one"] * 3
    handler.content = b"two"
    assert first.get(request, own(url)).body == b"one"
    assert handler.asked == ["/plain"]
    for _ in range(2):
        assert RemoteFiles(cache=RemoteCache(tmp_path)).get(request, own(url)).body == b"two"
    assert handler.asked[1:] == ['/plain "one"', '/plain "two"']


def test_what_one_policy_loaded_is_not_given_to_another(
    site: tuple[str, type[Site]], tmp_path: Path
) -> None:
    files = RemoteFiles(cache=RemoteCache(tmp_path))
    request = Request(url=f"{site[0]}/plain")
    assert files.get(request, own(site[0])).body == b"one"
    with pytest.raises(AddressRefused):
        files.get(request, HostPolicy())


def test_what_must_not_be_stored_is_not(site: tuple[str, type[Site]], tmp_path: Path) -> None:
    files = RemoteFiles(cache=RemoteCache(tmp_path))
    for name in ("secret", "plain"):
        request = Request(url=f"{site[0]}/{name}")
        assert files.get(request, own(site[0])).status == 200
    assert [path.read_bytes() for path in tmp_path.glob("*.body")] == [b"one"]


def test_a_page_does_not_say_how_we_connect(site: tuple[str, type[Site]]) -> None:
    asked = {"Host": "evil.example", "connection": "upgrade", "TE": "trailers", "X-Own": "kept"}
    answer = fetch(Request(url=f"{site[0]}/headers", headers=asked), own(site[0]))
    sent = json.loads(answer.body)
    assert sent["host"] == site[0].removeprefix("http://")
    assert (sent["connection"], sent["x-own"]) == ("close", "kept")
    assert "te" not in sent


def test_what_one_login_loads_is_not_given_to_another(
    site: tuple[str, type[Site]], tmp_path: Path
) -> None:
    files = RemoteFiles(cache=RemoteCache(tmp_path))
    for who in ("one", "other"):
        request = Request(url=f"{site[0]}/personal", headers={"authorization": who})
        assert files.get(request, own(site[0])).body == who.encode()
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_a_moment_is_not_remembered(
    site: tuple[str, type[Site]], tmp_path: Path
) -> None:
    files, request = RemoteFiles(cache=RemoteCache(tmp_path)), Request(url=f"{site[0]}/late")
    assert [files.get(request, own(site[0])).status for _ in range(3)] == [404, 200, 200]
    assert len(site[1].asked) == 2


def test_a_failure_of_a_moment_is_not_remembered(
    site: tuple[str, type[Site]], tmp_path: Path
) -> None:
    files, request = RemoteFiles(cache=RemoteCache(tmp_path)), Request(url=f"{site[0]}/dropped")
    with pytest.raises(NotFetched):
        files.get(request, own(site[0]))
    assert files.get(request, own(site[0])).body == b"here"


def test_the_oldest_kept_files_make_room(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        (tmp_path / f"{name}.body").write_bytes(bytes(1000))
        os.utime(tmp_path / f"{name}.body", (time.time() - 60 * age,) * 2)
    RemoteCache(tmp_path, max_bytes=2500)._prune()
    assert {path.name for path in tmp_path.iterdir()} == {"new.body", "middle.body"}


def test_damaged_and_too_many_kept_files_do_no_harm(
    site: tuple[str, type[Site]], tmp_path: Path
) -> None:
    url, _ = site
    request = Request(url=f"{url}/plain")
    RemoteFiles(cache=RemoteCache(tmp_path)).get(request, own(url))
    (body,) = tmp_path.glob("*.body")
    body.write_bytes(b"evil")
    assert RemoteFiles(cache=RemoteCache(tmp_path)).get(request, own(url)).body == b"one"
    tight = RemoteCache(tmp_path, max_bytes=0)
    assert RemoteFiles(cache=tight).get(Request(url=f"{url}/plain?2"), own(url)).body == b"one"
    assert list(tmp_path.iterdir()) == []
    assert tight.clear() == 0
    nowhere = RemoteCache(Path("/proc/nowhere"))
    assert RemoteFiles(cache=nowhere).get(request, own(url)).body == b"one"
