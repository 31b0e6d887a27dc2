"""More attacks: slow ones, small ones that grow, and names that want to be something else."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from tests.commandline import ended_with_block
from tests.headers import named

from helios.queue.job import RenderJob, utc_now
from helios.server import guard, run
from helios.server.client import HeliosClient
from helios.server.guard import Guard
from helios.server.notify import Messenger, UnsafeAddress
from helios.server.routes import events, previews
from helios.server.settings import ServerSettings

Served = Any
RAW = {"content-type": "application/octet-stream"}


def silence(minutes: int) -> bytes:
    """A FLAC file that is a few thousand times smaller than what it holds."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="flac") as container:
        out = container.add_stream(
            "flac", rate=48_000, layout="mono", options={"compression_level": "0"}
        )
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 480_000), np.int16), "s16", "mono")
        frame.sample_rate = 48_000
        for number in range(minutes * 6):
            frame.pts = number * 480_000
            container.mux(out.encode(frame))
        container.mux(out.encode(None))
    return stream.getvalue()


@pytest.mark.slow
def test_a_small_file_that_grows_is_given_up(serve: Callable[..., Served]) -> None:
    served = serve(decode_cpu_s=1)
    bomb = silence(60)
    assert len(bomb) < 3_000_000
    reply = served.http.post("/api/audio", content=bomb, headers=RAW, timeout=120)
    assert reply.status_code == 422, reply.text
    assert "takes too long" in reply.json()["error"]
    assert "shorter parts" in reply.json()["hint"]
    assert list((served.settings.data / "audio").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile {file}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nfile://{file}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nhttp://127.0.0.1:9/a.wav\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
        "<?xml version='1.0'?><MPD><Period><BaseURL>file://{file}</BaseURL></Period></MPD>",
    ],
)
def test_a_playlist_reads_no_other_file(served: Served, tmp_path: Path, text: str) -> None:
    sound = tmp_path / "private.flac"
    sound.write_bytes(silence(1))
    body = text.format(file=sound).encode()
    reply = served.http.post("/api/audio", content=body, headers=RAW, timeout=60)
    assert reply.status_code == 422, reply.text


async def answered(settings: ServerSettings, pauses: list[float]) -> tuple[int, int]:
    """(status, pieces taken) of an upload whose pieces come after these pauses."""
    now, sent = 0.0, []
    waits = iter(pauses)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        nonlocal now
        pause = next(waits, None)
        if pause is None:
            return {"type": "http.request", "body": b"", "more_body": False}
        now += pause
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message.get("status"))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/audio",
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1")],
    }
    await Guard(app, settings, clock=lambda: now)(scope, receive, send)
    return sent[0], len(pauses) - len(list(waits))


def test_an_upload_that_trickles_is_cut_off(tmp_path: Path) -> None:
    settings = ServerSettings(data=tmp_path)
    assert asyncio.run(answered(settings, [0.01] * 500)) == (200, 500)
    status, pieces = asyncio.run(answered(settings, [20.0] * 500))
    assert status == 408
    assert pieces < 5


def test_a_connection_that_says_nothing_is_closed(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "HEADERS_S", 0.2)
    served = serve()
    host, port = served.url.removeprefix("http://").split(":")
    with served.http.stream("GET", "/api/events", timeout=60) as watching:
        for text in (
            b"",
            b"GET / HTTP/1.1\r\nHost: ",
            b"POST /api/audio HTTP/1.1\r\nX: " + b"y" * 99,
        ):
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                connection.sendall(text)
                assert connection.recv(1000) == b""
        served.queue.pause()
        job_id = served.submit()
        assert any(job_id in line for line in watching.iter_lines() if line.startswith("data:"))


@pytest.mark.parametrize(
    "name",
    [
        'a"; filename="evil.exe.mp4',
        "a\\" + '".mp4',
        "ü 日本 %0d%0aX-Evil: 1.mp4",
        "a;b=c.mp4",
        "-rf.mp4",
        "..mp4",
    ],
)
def test_a_name_is_only_a_name(served: Served, name: str) -> None:
    job = served.ended(served.submit(outputName=name))
    assert job["status"] == "completed", job["error"]
    reply = served.http.get(f"/api/render/{job['id']}/download")
    assert named(reply.headers["content-disposition"]) == ("attachment", job["outputPath"])
    assert "x-evil" not in reply.headers


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1.mp4", "a\n.mp4", "a\x1b[2J.mp4", "a\x7f\x00.mp4"])
def test_control_characters_are_no_part_of_a_name(served: Served, name: str) -> None:
    body = {"composition": "film.py:draw", "outputName": name}
    assert served.http.post("/api/render", json=body).status_code in (400, 422)


def test_other_sites_are_told_nothing(served: Served) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/api/render", "/api/audio", "/api/events"):
        reply = served.http.options(path, headers=headers)
        assert reply.status_code == 403
    for reply in (
        served.http.get("/api/render", headers=headers),
        served.http.options("/api/render"),
    ):
        assert not [name for name in reply.headers if name.startswith("access-control")]
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"


def test_too_many_watchers_and_previews_are_put_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_CLIENTS", 1)
    monkeypatch.setattr(previews, "MAX_WAITING", 0)
    with served.http.stream("GET", "/api/events", timeout=60):
        deadline = time.monotonic() + 60
        while not served.app.state.context.hub.client_count:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        watcher = served.http.get("/api/events")
    still = served.http.post("/api/preview", json={"config": {"composition": "aurora"}})
    for reply in (watcher, still):
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) > 0


def test_secrets_are_compared_in_constant_time(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def seen(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    served = serve(token="a-long-enough-token-for-tests")
    monkeypatch.setattr(guard.hmac, "compare_digest", seen)
    for shown in ("x", "a-long-enough-token-for-test", "y" * 9999):
        headers = {"Authorization": f"Bearer {shown}"}
        assert served.http.get("/api/render", headers=headers).status_code == 401
    assert served.http.post("/api/login", json={"token": "x"}).status_code == 401
    # Digests of one length, whatever was shown; the cookie is compared as well.
    assert compared == [(32, 32)] * 7


JSON = [
    '{"composition": "film.py:draw", "props": ' + '{"a": ' * 900 + "1" + "}" * 900 + "}",
    '{"composition": "film.py:draw", "props": {"a": 1e999}}',
    '{"composition": "film.py:draw", "fps": 1e999}',
    '{"composition": "film.py:draw", "width": ' + "9" * 4000 + "}",
    '{"composition": "film.py:draw", "duration": "' + "9" * 100_000 + '"}',
    '{"composition": "film.py:draw", "priority": ' + "9" * 400 + "}",
    '{"composition": "' + "a/" * 50_000 + '"}',
    json.dumps({"composition": "film.py:draw", **{f"k{n}": n for n in range(50_000)}}),
    json.dumps({"composition": "film.py:draw", "types": ["shorts"] * 100_000}),
    json.dumps({"composition": "film.py:draw", "props": {"a": "x" * 3_000_000}}),
]


@pytest.mark.parametrize("body", JSON, ids=range(len(JSON)))
def test_json_that_is_too_much_breaks_nothing(served: Served, body: str) -> None:
    served.queue.pause()
    kind = {"content-type": "application/json"}
    reply = served.http.post("/api/render", content=body, headers=kind, timeout=60)
    assert reply.status_code < 500
    assert served.http.get("/api/render").status_code == 200
    assert len(reply.content) < 10_000


class _Rebinding:
    """A name that is public when it is looked up first, and this machine afterwards."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return ["93.184.216.34"] if self.asked == 1 else ["127.0.0.1"]


def ended_job() -> RenderJob:
    return RenderJob(id="a", config={}, created_at=utc_now(), status="completed")


def messenger(served: Served, answer: httpx.Response, seen: list[httpx.Request]) -> Messenger:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    return Messenger(
        served.queue, served.settings, resolver=_Rebinding(), transport=httpx.MockTransport(handle)
    )


def test_a_name_cannot_mean_something_else_when_it_is_used(served: Served) -> None:
    seen: list[httpx.Request] = []
    sender = messenger(served, httpx.Response(200), seen)
    sender._send(ended_job(), "webhook", "https://name.example:8443/hook?a=1")
    (request,) = seen
    assert (request.url.host, request.url.port) == ("93.184.216.34", 8443)
    assert request.headers["host"] == "name.example:8443"
    assert request.extensions["sni_hostname"] == "name.example"
    with pytest.raises(UnsafeAddress):
        sender._send(ended_job(), "webhook", "https://name.example:8443/hook")
    assert len(seen) == 1


def test_a_redirect_is_not_followed(served: Served) -> None:
    seen: list[httpx.Request] = []
    location = {"location": "http://169.254.169.254/latest/meta-data/"}
    sender = messenger(served, httpx.Response(307, headers=location), seen)
    with pytest.raises(Exception, match="it answered 307"):
        sender._send(ended_job(), "webhook", "http://name.example/")
    assert [request.url.host for request in seen] == ["93.184.216.34"]


TALKATIVE = """
import os

def draw(frame, context):
    print(sorted(os.environ.items()), flush=True)
    raise RuntimeError(str(sorted(os.environ.items())))
"""


@pytest.mark.slow
def test_secrets_are_in_no_log_and_no_child(tmp_path: Path) -> None:
    secrets = {
        "HELIOS_TOKEN": "secret-token-" + "t" * 20,
        "HELIOS_WEBHOOK_SECRET": "secret-hook-0123456789",
    }
    comps = tmp_path / "comps"
    comps.mkdir()
    (comps / "talk.py").write_text(TALKATIVE)
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "helios",
            "serve",
            "--port",
            "0",
            "--data",
            tmp_path / "data",
            "--compositions",
            comps,
            "--backoff",
            "0.1",
        ],
        stderr=subprocess.PIPE,
        env={**os.environ, **secrets},
        cwd=tmp_path,
    )
    with ended_with_block(server):
        assert server.stderr is not None
        url = server.stderr.readline().decode().split()[-1]
        with HeliosClient(url, token=secrets["HELIOS_TOKEN"]) as client:
            notify = {"webhook": "http://127.0.0.1:9/?secret-path"}
            job_id = client.submit(
                {"composition": "talk.py:draw", "frameCount": 1, "notify": notify}
            )
            deadline = time.monotonic() + 120
            while not (job := client.get(job_id)).is_final:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            log = client.log(job_id)
        assert job.status == "failed"
        assert "PATH" in log
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in secrets.values():
        assert secret.encode() not in said + written
    assert "secret-path" not in log + job.model_dump_json()
