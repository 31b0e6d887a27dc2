"""Answers every request a page makes: its own folder from disk, the rest from the network.

Nothing listens anywhere: requests are taken inside the browser and answered over the pipe, on a
synthetic https origin, so that the page is a secure context with an origin of its own.
"""

from __future__ import annotations

import hashlib
import mimetypes
import threading
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from helios.browser.addresses import is_forbidden
from helios.browser.protocol import Connection, Message, ProtocolError, wait_reply
from helios.errors import BrowserError, CompositionNotFound
from helios.model.composition import Composition

ORIGIN = "https://composition.invalid"
_SHOWN = ("Image", "Media", "Document")
_MAX_PART = 8 << 20
_STREAMS = ("text/event-stream", "multipart/x-mixed-replace")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".cjs": "text/javascript",
    ".json": "application/json",
    ".css": "text/css",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".apng": "image/apng",
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".vtt": "text/vtt",
    ".md": "text/plain",
    ".glsl": "text/plain",
    ".vert": "text/plain",
    ".frag": "text/plain",
}
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "credentialless",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # What cannot be intercepted is not let out at all: sockets and peer connections.
    "Content-Security-Policy": "connect-src 'self' http: https: data: blob:; webrtc 'block'",
}
PATTERNS: list[dict[str, str]] = [
    {"urlPattern": "*", "requestStage": "Request"},
    {"urlPattern": "*", "requestStage": "Response"},
]


class CompositionServer:
    """The only thing a page can load from; keeps account of what was loaded."""

    def __init__(self, composition: Composition, connection: Connection) -> None:
        self._connection = connection
        self._root: Path | None = None
        self.url = composition.location
        if not composition.is_remote:
            path = Path(composition.location)
            self._root = (composition.root or path.parent).resolve()
            self.url = self.url_of(path)
        parts = urlsplit(self.url)
        self._own_host = (parts.hostname or "") if self._root is None else ""
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.inputs: dict[str, str] = {}
        self.undigested: set[str] = set()
        self.missing: dict[str, str] = {}
        self.foreign: set[str] = set()
        """Pictures and pages of other origins, which a canvas may not show."""
        self._extra: dict[str, bytes] = {}
        self.in_flight: dict[str, None] = {}
        self.modules: dict[str, str] = {}
        """Address of every module that a page asked for, in order, with the frame that asked."""
        self._worker_scripts: set[str] = set()
        self._queue: SimpleQueue[tuple[str, Message] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="helios-serve", daemon=True)
        self._thread.start()

    def url_of(self, path: Path) -> str:
        """The address of a file in the composition's folder.

        Raises:
            CompositionNotFound: it is not in the folder.
        """
        assert self._root is not None
        try:
            relative = path.resolve().relative_to(self._root)
        except ValueError:
            raise CompositionNotFound(f"{path} is outside {self._root}") from None
        return f"{ORIGIN}/{quote(relative.as_posix())}"

    def file_of(self, url: str) -> Path | None:
        """The file behind an address; None when there is none or it lies outside the folder."""
        parts = urlsplit(url)
        if self._root is None or f"{parts.scheme}://{parts.netloc}" != ORIGIN:
            return None
        path = (self._root / unquote(parts.path).lstrip("/")).resolve()
        if path != self._root and self._root not in path.parents:
            return None
        return path if path.is_file() else None

    def serve_extra(self, name: str, content: bytes) -> str:
        """Serve a document of our own on the composition's origin; gives its address."""
        address = f"{self.origin}/.helios/{name}"
        self._extra[address] = content
        return address

    def is_local(self, url: str) -> bool:
        """Whether an address belongs to the composition's folder."""
        return self._root is not None and url.startswith(f"{ORIGIN}/")

    def request(self, session: str, params: Message) -> None:
        """Take a ``Fetch.requestPaused`` event; called on the reader thread."""
        url = params["request"]["url"]
        self.in_flight[url] = None
        self._note_script(url, params)
        self._queue.put((session, params))

    def _note_script(self, url: str, params: Message) -> None:
        headers = {name.lower(): value for name, value in params["request"]["headers"].items()}
        kind, asker = params.get("resourceType"), headers.get("referer", "")
        if kind == "Other" or (kind == "Script" and asker in self._worker_scripts):
            self._worker_scripts.add(url)
        elif kind == "Script" and asker and "origin" in headers:
            self.modules.setdefault(url, str(params.get("frameId", "")))

    def close(self) -> None:
        """Stop serving."""
        self._queue.put(None)
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                return
            try:
                self._answer(*item)
            except (BrowserError, OSError):
                self._reply("Fetch.failRequest", *item, errorReason="Failed")
            url = item[1]["request"]["url"]
            if self.is_local(url) or _is_response(item[1]) or url in self.missing:
                self.in_flight.pop(url, None)

    def _answer(self, session: str, params: Message) -> None:
        url = params["request"]["url"]
        if not url.startswith(self.origin + "/") and params.get("resourceType") in _SHOWN:
            self.foreign.add(url)
        if url in self._extra:
            self._fulfil(session, params, 200, {"Content-Type": "text/html"}, self._extra[url])
        elif self.is_local(url):
            self._answer_file(session, params, url)
        elif url.startswith(("file:", "chrome")) or is_forbidden(url, self._own_host):
            self.missing[url] = "not allowed"
            self._reply("Fetch.failRequest", session, params, errorReason="AccessDenied")
        elif _is_response(params):
            self._pass_on(session, params, url)
        else:
            self._reply("Fetch.continueRequest", session, params)

    def _answer_file(self, session: str, params: Message, url: str) -> None:
        path = self.file_of(url)
        if path is None:
            name = unquote(urlsplit(url).path).lstrip("/")
            if name != "favicon.ico":
                self.missing[name] = "not found in the composition's folder"
            self._fulfil(session, params, 404, {"Content-Type": "text/plain"}, b"not found")
            return
        self._digest(path)
        headers = {"Content-Type": content_type(path), "Accept-Ranges": "bytes"}
        size = path.stat().st_size
        wanted = _range(params["request"].get("headers", {}), size)
        if wanted is None:
            self._fulfil(session, params, 200, headers, path.read_bytes())
            return
        start, end = wanted
        if start >= size:
            headers["Content-Range"] = f"bytes */{size}"
            self._fulfil(session, params, 416, headers, b"")
            return
        with path.open("rb") as stream:
            stream.seek(start)
            body = stream.read(min(end - start, _MAX_PART))
        headers["Content-Range"] = f"bytes {start}-{start + len(body) - 1}/{size}"
        self._fulfil(session, params, 206, headers, body)

    def _digest(self, path: Path) -> None:
        key = str(path)
        if key not in self.inputs:
            with path.open("rb") as stream:
                self.inputs[key] = hashlib.file_digest(stream, "sha256").hexdigest()

    def _pass_on(self, session: str, params: Message, url: str) -> None:
        status = params.get("responseStatusCode", 0)
        kinds = {h["name"].lower(): h["value"] for h in params.get("responseHeaders") or ()}
        if "responseErrorReason" in params or status >= 400:
            self.missing[url] = f"HTTP {status}" if status else params["responseErrorReason"]
        elif status in (204, 206, 301, 302, 303, 307, 308) or kinds.get(
            "content-type", ""
        ).startswith(_STREAMS):
            if status in (200, 206):
                self.undigested.add(url)
        else:
            try:
                reply = self._connection.send(
                    "Fetch.getResponseBody", {"requestId": params["requestId"]}, session
                )
                self.inputs[url] = _body_digest(wait_reply(reply, 30, f"the body of {url}"))
            except ProtocolError:
                self.undigested.add(url)
        self._reply("Fetch.continueRequest", session, params)

    def _fulfil(
        self, session: str, params: Message, status: int, headers: dict[str, str], body: bytes
    ) -> None:
        self._reply(
            "Fetch.fulfillRequest",
            session,
            params,
            responseCode=status,
            responseHeaders=[
                {"name": name, "value": value} for name, value in (_HEADERS | headers).items()
            ],
            body=body,
        )

    def _reply(self, method: str, session: str, params: Message, **more: Any) -> Future[Message]:
        return self._connection.send(method, {"requestId": params["requestId"], **more}, session)


def content_type(path: Path) -> str:
    """The MIME type of a file, by its suffix; text is UTF-8."""
    suffix = path.suffix.lower()
    kind = _TYPES.get(suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind == "application/json":
        return f"{kind}; charset=utf-8"
    return kind


def _is_response(params: Message) -> bool:
    return "responseStatusCode" in params or "responseErrorReason" in params


def _range(headers: dict[str, str], size: int) -> tuple[int, int] | None:
    """The half-open byte range asked for; None for the whole file."""
    text = next((value for name, value in headers.items() if name.lower() == "range"), "")
    unit, _, spec = text.partition("=")
    first, dash, last = spec.partition("-")
    if unit.strip() != "bytes" or not dash or "," in spec:
        return None
    try:
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(size, int(last) + 1 if last else size)
    except ValueError:
        return None


def _body_digest(reply: Message) -> str:
    body = reply.get("body", b"")
    if isinstance(body, str):
        import base64

        body = base64.b64decode(body) if reply.get("base64Encoded") else body.encode()
    return hashlib.sha256(body).hexdigest()
