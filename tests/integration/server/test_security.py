"""Attacks that were tried, and what came of them."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from helios.errors import OptionError
from helios.model.hosts import HostRule
from helios.remote.addresses import HostPolicy
from helios.server.guard import RateLimit, same_secret
from helios.server.notify import UnsafeAddress, check_url, public_address, signature
from helios.server.settings import ServerSettings

Served = Any
TOKEN = "a-long-enough-token-for-tests"


def test_other_addresses_need_a_token(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="needs a token"):
        ServerSettings(data=tmp_path, host="0.0.0.0").checked()
    with pytest.raises(OptionError, match="16 characters"):
        ServerSettings(data=tmp_path, host="0.0.0.0", token="short").checked()
    for host in ("127.0.0.1", "localhost", "::1", "127.3.2.1"):
        ServerSettings(data=tmp_path, host=host).checked()


def test_secrets_do_not_appear_in_the_settings_text(tmp_path: Path) -> None:
    settings = ServerSettings(
        data=tmp_path, token=TOKEN, webhook_secret="hush-hush", database="postgresql://u:pw@h/d"
    )
    assert not {TOKEN, "hush-hush", "pw"} & set(repr(settings).replace("'", " ").split())
    assert TOKEN not in repr(settings)


def test_nothing_is_shown_without_the_token(serve: Callable[..., Served]) -> None:
    served = serve(token=TOKEN)
    for path in ("/api/render", "/api/events", "/metrics", "/api/openapi.json", "/events"):
        assert served.http.get(path).status_code == 401
    for shown in ("", "Bearer", "Bearer x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"):
        reply = served.http.get("/api/render", headers={"Authorization": shown})
        assert reply.status_code == 401
    reply = served.http.get("/api/render", headers={"Authorization": f"Bearer {TOKEN}"})
    assert reply.status_code == 200
    assert served.http.get("/healthz").status_code == 200


def test_the_cookie_is_not_the_token_and_opens_the_door(serve: Callable[..., Served]) -> None:
    served = serve(token=TOKEN)
    for wrong in ({"token": "wrong"}, {"token": 5}, {"token": None}, {}):
        assert served.http.post("/api/login", json=wrong).status_code == 401
    reply = served.http.post("/api/login", json={"token": TOKEN})
    cookie = reply.headers["set-cookie"]
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert served.http.get("/api/render").status_code == 200


def test_secrets_are_compared_whole() -> None:
    assert same_secret("abc", "abc")
    assert not same_secret("abcd", "abc")
    assert not same_secret("", "abc")
    assert not same_secret("é", "e")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "x"])
def test_a_page_elsewhere_whose_name_points_here_is_refused(served: Served, host: str) -> None:
    assert served.http.get("/api/render", headers={"Host": host}).status_code == 421


def test_other_sites_cannot_write(served: Served) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        reply = served.http.post("/api/render/pause", headers={"Origin": origin})
        assert reply.status_code == 403
        assert "access-control-allow-origin" not in reply.headers
    assert not served.queue.is_paused
    assert served.http.post("/api/render/pause", headers={"Origin": served.url}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../secret.py:draw",
        "/etc/passwd",
        "film.py:draw/../../x",
        "etherealFlame/../../x.json",
        "http://169.254.169.254/latest",
        "https://example.com/page.html",
        "file:///etc/passwd",
        "os:system",
        "film.py:draw\n",
        "link.py:draw",
        "../data/jobs/x.html",
    ],
)
def test_compositions_outside_the_folder_are_refused(
    served: Served, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret.py").write_text("def draw(frame): ...\n")
    (tmp_path / "comps" / "link.py").symlink_to(tmp_path / "secret.py")
    reply = served.http.post("/api/render", json={"composition": name})
    assert reply.status_code == 422
    assert "no template" in reply.text or "no composition" in reply.text
    assert served.queue.list_jobs() == []


def test_without_the_operators_word_only_templates_are_drawn(serve: Callable[..., Served]) -> None:
    served = serve(compositions=None)
    for name in ("film.py:draw", "page.html", "https://example.com", "os:getcwd"):
        assert served.http.post("/api/render", json={"composition": name}).status_code == 422


@pytest.mark.parametrize(
    "name", ["../../evil.mp4", "/tmp/evil.mp4", "..\\evil.mp4", "a/b/evil.mp4"]
)
def test_films_stay_in_their_folder(served: Served, tmp_path: Path, name: str) -> None:
    job = served.ended(served.submit(outputPath=name))
    assert job["outputPath"] == "evil.mp4"
    (film,) = tmp_path.rglob("evil.mp4")
    assert film.parent == tmp_path / "data" / "jobs" / job["id"]


@pytest.mark.parametrize("sound", ["/etc/passwd", "../queue.db", "http://10.0.0.1/a.mp3", "a.mp3"])
def test_sounds_are_uploads_and_nothing_else(served: Served, sound: str) -> None:
    asked = {"audio": sound, "reactTo": sound, "audioPath": sound, "stem": f"drums={sound}"}
    for key, value in asked.items():
        reply = served.http.post("/api/render", json={"composition": "film.py:draw", key: value})
        assert reply.status_code == 422
        assert "no sound" in reply.text


@pytest.mark.parametrize(
    ("key", "told"), [("subtitles", "no subtitles"), ("subtitlesStyle", "no file of this server")]
)
def test_files_of_the_server_are_no_subtitles(served: Served, key: str, told: str) -> None:
    for path in ("/etc/passwd", "../queue.db", "words.srt"):
        reply = served.http.post("/api/render", json={"composition": "film.py:draw", key: path})
        assert reply.status_code == 422
        assert told in reply.text


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("props", "@{}"),
        ("overlay", "title,props=@{}"),
        ("overlay", ["bars", "title,props=@{}"]),
        ("overlay", ["title,capture=screenshot,props=@{}"]),
    ],
)
def test_files_of_the_server_are_no_props(
    served: Served, tmp_path: Path, key: str, form: str | list[str]
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"key": "hidden"}')
    parts = [form] if isinstance(form, str) else form
    named = [part.format(secret) for part in parts]
    asked = {"composition": "etherealFlame", key: named[0] if isinstance(form, str) else named}
    replies = [
        served.http.post("/api/render", json=asked),
        served.http.post("/api/preview", json={"config": asked}),
        served.http.post("/api/batch", json=[asked]),
    ]
    for reply in replies:
        assert "hidden" not in reply.text
        assert "no file of this server is read" in reply.text
    assert served.http.get("/api/render").json()["jobs"] == []


def test_overlays_by_request_name_no_files(served: Served) -> None:
    for named in ({"picture": "/etc/hostname"}, {"lines": "/etc/hostname"}):
        body = {"composition": "film.py:draw", "overlay": [{"page": "title", **named}]}
        reply = served.http.post("/api/render", json=body)
        assert reply.status_code == 422, reply.text
        assert "no file of this server" in reply.text


@pytest.mark.parametrize("page", ["/etc/passwd", "page.html", "http://10.0.0.1/a.html"])
def test_overlays_by_request_are_those_that_ship(served: Served, page: str) -> None:
    for value in (page, [{"page": page}]):
        body = {"composition": "film.py:draw", "overlay": value}
        reply = served.http.post("/api/render", json=body)
        assert reply.status_code == 422
        assert "no such page" in reply.text


def test_the_sandbox_cannot_be_switched_off(served: Served) -> None:
    body = {"composition": "film.py:draw", "sandbox": False}
    assert served.http.post("/api/render", json=body).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/..%2f..%2fqueue.db",
        "/%2e%2e/%2e%2e/queue.db",
        "/....//x",
        "/api/render/..%2f..%2fqueue.db/download",
        "/api/audio/..%2f..%2fqueue.db",
        "/api/render/%2e%2e/log",
        "/static/../../queue.db",
    ],
)
def test_paths_lead_nowhere_else(served: Served, path: str) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        reply = b""
        while piece := connection.recv(65536):
            reply += piece
    assert reply.split()[1] in (b"404", b"422", b"400")
    assert b"SQLite format" not in reply


def test_too_large_requests_are_refused(serve: Callable[..., Served]) -> None:
    served = serve(max_upload_bytes=100_000)
    big = b"x" * 2_000_000

    def stream() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    raw = {"content-type": "application/octet-stream"}
    assert served.http.post("/api/audio", content=big, headers=raw).status_code == 413
    assert served.http.post("/api/audio", content=stream(), headers=raw).status_code == 413
    part = f"/api/audio?upload={'5' * 32}&size=100001"
    refused = served.http.post(part, content=b"x", headers=raw)
    assert (refused.status_code, "0.0954 MiB" in refused.text) == (413, True), "before it is sent"
    form = served.http.post("/api/render", files={"audio": ("a.mp3", big)}, data={"config": "{}"})
    assert form.status_code == 413
    kind = {"content-type": "application/json"}
    huge = b'{"a": "' + b"x" * 5_000_000 + b'"}'
    assert served.http.post("/api/batch", content=huge, headers=kind).status_code == 413
    parts = (huge[at : at + 500_000] for at in range(0, len(huge), 500_000))
    assert served.http.post("/api/batch", content=parts, headers=kind).status_code == 413
    assert list((served.settings.data).glob("audio/.upload-*")) == []


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 50000000", b""),
        (b"Transfer-Encoding: chunked", b"400001\r\n" + b" " * 0x400001),
    ],
)
def test_json_that_is_too_large_is_refused_before_it_has_come(
    served: Served, head: bytes, body: bytes
) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        words = (b"POST /api/batch HTTP/1.1", b"Host: " + host.encode() + b":" + port.encode())
        connection.sendall(
            b"\r\n".join((*words, b"Content-Type: application/json", head, b"", b""))
        )
        connection.sendall(body)
        assert connection.recv(65536).split()[1] == b"413"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 100_000,
        b'{"composition": NaN}',
        b"\xff\xfe",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"",
        b"null",
        b"7",
        b'"x"',
    ],
)
def test_broken_json_is_the_clients_mistake(served: Served, body: bytes) -> None:
    for path in ("/api/render", "/api/preview", "/api/login", "/api/batch"):
        kind = {"content-type": "application/json"}
        reply = served.http.post(path, content=body, headers=kind)
        assert 400 <= reply.status_code < 500
        assert reply.json()["error"]


def test_what_is_no_sound_is_refused_and_not_kept(served: Served) -> None:
    raw = {"content-type": "application/octet-stream"}
    for body in (b"", b"not a sound", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"\x00" * 10_000):
        reply = served.http.post("/api/audio", content=body, headers=raw)
        assert reply.status_code == 422
        assert str(served.settings.data) not in reply.text
    assert list(served.settings.data.glob("audio/*")) == []


def test_a_client_that_asks_too_often_waits(serve: Callable[..., Served]) -> None:
    served = serve(writes_per_s=0.1, write_burst=3)
    codes = [served.http.post("/api/render/resume").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert served.http.get("/api/render").status_code == 200


def test_the_rate_limit_fills_up_again() -> None:
    now = 0.0
    limit = RateLimit(2.0, 4, clock=lambda: now)
    assert [limit.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert limit.wait_s("b") == 0
    now = 1.0
    assert [limit.wait_s("a") for _ in range(3)] == [0, 0, 0.5]
    now = 86_400.0  # silence saves up no more than the burst
    assert [limit.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fd00:ec2::254",
    "255.255.255.255",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_webhooks_do_not_reach_private_addresses(address: str) -> None:
    with pytest.raises(UnsafeAddress, match="not on the public internet"):
        public_address("name.example", 80, lambda *_: ["93.184.216.34", address])


def test_webhooks_reach_public_addresses() -> None:
    assert public_address("a.example", 443, lambda *_: ["93.184.216.34"]) == "93.184.216.34"


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost"])
def test_odd_spellings_of_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises(UnsafeAddress):
        public_address(host, 80)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://",
        "//a",
        "http://u:p@a.example/",
        7,
        "gopher://a",
        "http://a:99999/",
        "http://[::1",
        "",
        "http://a:0/",
        "javascript:alert(1)",
    ],
)
def test_only_web_addresses_are_webhooks(url: object) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(url)


class _Receiver(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[dict[str, str], bytes]]
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).seen.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[tuple[str, Any]]:
    handler = type("Handler", (_Receiver,), {"seen": [], "answers": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_webhooks_are_signed_and_repeated(
    serve: Callable[..., Served], receiver: tuple[str, Any]
) -> None:
    url, handler = receiver
    served = serve(webhook_secret="hush-hush", webhook_hosts=("127.0.0.1",))
    served.app.state.messenger._retry_after_s = (0, 0.05, 0.05)
    handler.answers[:] = [500, 302]
    job_id = served.submit(notify={"webhook": url})
    served.ended(job_id)
    deadline = time.monotonic() + 120
    while len(handler.seen) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    headers, body = handler.seen[2]
    stamp = headers["x-helios-timestamp"]
    expected = hmac.new(b"hush-hush", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["x-helios-signature"] == f"sha256={expected}"
    assert signature("hush-hush", stamp, body) == f"sha256={expected}"
    told = json.loads(body)
    assert (told["event"], told["job"]["id"]) == ("job.completed", job_id)
    job = served.http.get(f"/api/render/{job_id}")
    assert url not in job.text


def test_a_webhook_into_the_private_network_is_not_sent(
    served: Served, receiver: tuple[str, Any]
) -> None:
    url, handler = receiver
    job_id = served.submit(notify={"webhook": url, "ntfy": "http://localhost:1/topic"})
    served.ended(job_id)
    deadline = time.monotonic() + 120
    while "could not be told" not in served.http.get(f"/api/render/{job_id}/log").text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert handler.seen == []


def test_answers_forbid_what_pages_must_not_do(served: Served) -> None:
    for path in ("/", "/api/render"):
        headers = served.http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_page_itself_needs_no_token_and_all_else_does(serve: Callable[..., Served]) -> None:
    served = serve(token=TOKEN)
    page = served.http.get("/")
    assert page.status_code == 200
    folder = Path(str(files("helios.server") / "ui"))
    own = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(own) > 5
    for file in own:
        reply = served.http.get(f"/{file.relative_to(folder)}")
        assert (reply.status_code, reply.content) == (200, file.read_bytes())
    for path in (
        "/api",
        "/api/",
        "/api/render",
        "/apis",
        "/events",
        "/metrics",
        "/nothing.js",
        "/api.js/../api/render",
        "//api/render",
        "/docs",
    ):
        assert served.http.get(path).status_code == 401, path


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "fe80::1", "100.100.100.200", "224.0.0.1"]
)
def test_a_host_that_webhooks_may_reach_is_still_no_way_to_metadata(
    tmp_path: Path, address: str
) -> None:
    settings = ServerSettings(data=tmp_path, webhook_hosts=("inner.example", "10.0.0.7"))
    hosts = HostPolicy(rules=tuple(HostRule.parse(text) for text in settings.webhook_hosts))
    assert public_address("inner.example", 80, lambda *_: ["10.0.0.1"], hosts) == "10.0.0.1"
    assert public_address("10.0.0.7", 80, lambda *_: ["10.0.0.7"], hosts) == "10.0.0.7"
    with pytest.raises(UnsafeAddress, match="not on the public internet"):
        public_address("inner.example", 80, lambda *_: [address], hosts)
