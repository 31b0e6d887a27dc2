"""What a page that lives in the browser of who looks at it is given, and what it is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from helios.browser.live import LiveAnswer, answer
from helios.browser.page import StageSettings
from helios.model.live_page import LivePage
from helios.server.live import KEPT, LiveOrigins, LiveShelf

STUDIO = "http://127.0.0.1:8787"
TAG = b'<script src="/.helios/stage.js"></script>'


@pytest.fixture
def page(tmp_path: Path) -> LivePage:
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / ".env").write_text("secret")
    (folder / "a b.html").write_bytes(b"<!-- x --><!DOCTYPE html>\n<p>here")
    (folder / "old.htm").write_bytes(b"<p>as it was")
    (folder / "work.js").write_bytes(b"0123456789")
    return LivePage(
        file=folder / "a b.html",
        root=folder.resolve(),
        hosts=("cdn.example:8000",),
        width=1280,
        height=720,
        pixel_ratio=1.5,
        fps="30",
        total_frames=90,
        told=StageSettings(width=1920, height=1080, fps=30).told,
        flags=("hasTransitions",),
        props={"title": "</script>"},
        song_about='{"frameCount": 90}',
        song=b"abcdefgh",
    )


def asked(page: LivePage, path: str, query: str = "", **headers: str) -> LiveAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(page, path, query, named, origin="http://x.localhost:1", around=STUDIO)


def test_a_document_begins_with_our_clock_and_is_else_as_it_is(page: LivePage) -> None:
    told = asked(page, "/a%20b.html")
    assert told.body == b"<!-- x --><!DOCTYPE html>" + TAG + b"\n<p>here"
    assert asked(page, "/old.htm").body == TAG + b"<p>as it was", "it stays without a doctype"
    policy = told.headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {STUDIO}"), "nobody else shows it"
    assert "http://cdn.example:8000" in policy
    assert " https:" not in policy.replace(" https://", ""), "other hosts are not reached"


def test_its_scripts_are_those_of_the_render(page: LivePage) -> None:
    stage = asked(page, "/.helios/stage.js").body.decode()
    assert "helios.liveFrame = async" in stage
    assert '"timelineRuns": true' in stage
    assert "/*stage*/" not in stage
    assert "{/*" not in stage
    worker = asked(page, "/work.js", sec_fetch_dest="worker").body
    assert worker.endswith(b"\n0123456789")
    assert b"helios-worker:" in worker
    assert asked(page, "/work.js", sec_fetch_dest="script").body == b"0123456789"
    worklet = asked(page, "/.helios/worklet.js")
    assert worklet.headers["Content-Type"].startswith("text/javascript")
    assert b"helios.beginChance" in worklet.body


def test_parts_of_files_and_of_the_song_are_given(page: LivePage) -> None:
    part = asked(page, "/work.js", range="bytes=2-4")
    assert (part.status, part.body) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert asked(page, "/work.js", range="bytes=10-").status == 416
    assert asked(page, "/.helios/song", "0-2,6-8").body == b"abgh"


@pytest.mark.parametrize("path", ["/.env", "/%2e%2e/secret.txt", "/../secret.txt", "/no", "/%00"])
def test_what_is_none_of_its_files_is_not_given(page: LivePage, path: str) -> None:
    told = asked(page, path)
    assert (told.status, told.body) == (404, b"")


def test_each_page_has_an_origin_of_its_own_that_leads_nowhere_else(page: LivePage) -> None:
    async def studio(_: Scope, __: Receive, send: Send) -> None:
        headers: list[Any] = []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"the studio"})

    shelf = LiveShelf()
    client = TestClient(LiveOrigins(studio, shelf))

    def get(host: str, path: str = "/work.js", method: str = "GET") -> tuple[int, bytes]:
        headers: Mapping[str, str] = {"host": host}
        told = client.request(method, path, headers=headers)
        return told.status_code, told.content

    address = shelf.put(page, STUDIO)
    assert address is not None
    host, _, path = address.removeprefix("http://").partition("/")
    assert (host[32:], path) == (".localhost:8787", "a%20b.html")
    assert get(host) == (200, b"0123456789")
    assert get(host, method="POST")[0] == 405
    assert get(host, "/api/named") == (404, b""), "the studio is not reached from it"
    assert get(f"{'0' * 32}.localhost:8787") == (404, b"")
    assert get("127.0.0.1:8787") == (200, b"the studio")
    # The name leads to the machine of who looks: for one elsewhere that is another.
    assert shelf.put(page, "http://192.168.1.5:8787") is None
    for _ in range(KEPT):
        shelf.put(page, STUDIO)
    assert get(host) == (404, b""), "it was the longest not asked for"
