"""A page of the film in the browser of who looks at it: what is answered there, and with our clock.

The scripts are those of the render; what Python tells and asks a page's stage over the browser's
protocol where it is rendered, ``js/live.js`` does there, at the word of the document around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from helios.browser.answers import asked_range, content_type, file_in
from helios.browser.preload import (
    PageSong,
    begin_script,
    live_script,
    preload_script,
    worker_script,
    worklet_script,
)
from helios.browser.serve import LOADS_POLICY
from helios.model.live_page import LivePage

_OWN = "/.helios/"
_STAGE = f'<script src="{_OWN}stage.js"></script>'.encode()
_BEFORE_ALL = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->)*<!doctype[^>]*>", re.IGNORECASE | re.DOTALL
)
"""What has to stand before a document's first element, lest it be laid out as of the 1990s."""
_MAX_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer:
    """What a request of the page is answered with."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def address_of(page: LivePage) -> str:
    """Where the page is, on its origin."""
    return f"/{quote(page.file.relative_to(page.root).as_posix())}"


def answer(
    page: LivePage, target: str, query: str, headers: dict[str, str], *, origin: str, around: str
) -> LiveAnswer:
    """Answer a request of a page, or for it.

    Args:
        page: whose it is.
        target: the path asked for, as the browser wrote it.
        query: what stands after it.
        headers: of the request, their names in lower case.
        origin: that of the page.
        around: the origin of the document that may show it in a frame.
    """
    policy = {"Content-Security-Policy": _policy(page, around), "Cache-Control": "no-store"}
    found = _found(page, target, query, origin, around)
    if found is None:
        return LiveAnswer(status=404, headers=policy | {"Content-Type": "text/plain"})
    kind, body = found
    policy |= {
        "Content-Security-Policy-Report-Only": LOADS_POLICY,
        "Content-Type": kind,
        "X-Content-Type-Options": "nosniff",
    }
    if kind.startswith("text/html"):
        return LiveAnswer(status=200, headers=policy, body=_with_stage(body))
    clock = _clock_for(headers.get("sec-fetch-dest", ""), page, origin)
    return _in_parts(clock + body, headers, policy)


def _clock_for(kind: str, page: LivePage, origin: str) -> bytes:
    """What runs before the script of a worker; nothing before others."""
    return f"{worker_script(_config(page, origin))}\n".encode() if kind == "worker" else b""


def _in_parts(body: bytes, asked: dict[str, str], headers: dict[str, str]) -> LiveAnswer:
    """The part that is asked for, or all of it."""
    wanted = asked_range(asked, len(body))
    if wanted is None:
        return LiveAnswer(status=200, headers=headers | {"Accept-Ranges": "bytes"}, body=body)
    start, end = wanted
    if start >= len(body):
        return LiveAnswer(status=416, headers=headers | {"Content-Range": f"bytes */{len(body)}"})
    span = {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}", "Accept-Ranges": "bytes"}
    return LiveAnswer(status=206, headers=headers | span, body=body[start:end])


def _found(
    page: LivePage, target: str, query: str, origin: str, around: str
) -> tuple[str, bytes] | None:
    """The kind and the content of what is asked for."""
    if target.startswith(_OWN):
        return _own(page, target.removeprefix(_OWN), query, origin, around)
    if page.document is not None and target == address_of(page):
        return "text/html; charset=utf-8", page.document
    path = file_in(page.root, unquote(target).lstrip("/"))
    if path is None or path.stat().st_size > _MAX_BYTES:
        return None
    return content_type(path), path.read_bytes()


def _own(
    page: LivePage, name: str, query: str, origin: str, around: str
) -> tuple[str, bytes] | None:
    """The same of what is ours."""
    match name:
        case "stage.js":
            return "text/javascript; charset=utf-8", _stage(page, origin, around)
        case "worklet.js":
            return "text/javascript; charset=utf-8", worklet_script(page.told).encode()
        case "empty":
            return "text/html", b""
        case "song":
            parts = (part.partition("-") for part in query.split(",") if part)
            ranges = [(int(start), int(stop)) for start, _, stop in parts]
            return "application/octet-stream", b"".join(page.song[a:b] for a, b in ranges)
    return None


def _with_stage(document: bytes) -> bytes:
    """A document whose first script is ours; nothing else of it is changed, nor is that left."""
    before = _BEFORE_ALL.match(document)
    at = before.end() if before else 0
    return document[:at] + _STAGE + document[at:]


def _stage(page: LivePage, origin: str, around: str) -> bytes:
    song = None
    if page.song_about is not None:
        song = PageSong(digest="", about=page.song_about, payload=b"")
    begin = begin_script(_config(page, origin), page.props, song)
    about = {"around": around, "flags": page.flags, "pixelRatio": page.pixel_ratio}
    return live_script(about, f"{preload_script()}\n{begin}").encode()


def _config(page: LivePage, origin: str) -> dict[str, Any]:
    own = f"{origin}{_OWN}"
    places = {
        "isolatedOrigin": "",
        "emptyFile": f"{own}empty",
        "workletFile": f"{own}worklet.js",
        "ownFiles": own,
    }
    return {**page.told, **places, "drawsOnCommand": False, "timelineRuns": True}


def _policy(page: LivePage, around: str) -> str:
    """It may load what it may where it is rendered, and be shown by the studio alone."""
    hosts = " ".join(f"{scheme}://{host}" for host in page.hosts for scheme in ("http", "https"))
    public = " http: https:" if page.public_hosts else ""
    allowed = f"'self' data: blob: 'unsafe-inline' 'unsafe-eval' {hosts}{public}".strip()
    return f"default-src {allowed}; frame-ancestors {around}"
