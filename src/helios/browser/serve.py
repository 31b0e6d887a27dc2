"""Answers every request a page makes: its own folder from disk, allowed hosts by fetching for it.

Nothing listens anywhere and the browser itself has no network: requests are taken inside it and
answered over the pipe. A page on disk is on a synthetic https origin, so that it is a secure
context with an origin of its own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from helios.browser.answers import (
    asked_range,
    content_type,
    file_in,
    is_hidden,
    may_be_framed,
    sent_body,
)
from helios.browser.blur import may_blur
from helios.browser.protocol import Connection, Message
from helios.browser.speaks import flags_of, speaks_of_song, speaks_of_sound
from helios.errors import (
    AddressRefused,
    CompositionNotFound,
    HeliosError,
    NotFetched,
)
from helios.files.whole import file_sha256
from helios.model.composition import SHADER_SUFFIXES, Composition
from helios.model.hosts import HostRule, place_in
from helios.remote.addresses import HostPolicy
from helios.remote.fetch import REDIRECTS, Fetched, Request, follow
from helios.remote.files import RemoteFiles

_CODE = ("Document", "Stylesheet", "Script")
_SHOWN = ("Image", "Media", "Document")
_MAX_PART = 8 << 20
_FETCHERS = 6
_OUTDATED = 504
"""What Vite answers when it has bundled a library anew and wants the page to load again."""
# The browser takes no longer message than 100 MB.
_MAX_BODY = 96 << 20
_TOO_LARGE = f"larger than {_MAX_BODY >> 20} MiB, and not asked for in parts"
_READING = ("GET", "HEAD", "OPTIONS")
_NOT_FOUND = "not found in the composition's folder"
_HIDDEN = "names that begin with a dot (.env, .git) are not given to pages"
_INSIDE = ("data:", "blob:", "about:")
_NOT_PASSED_ON = frozenset(
    {
        "alt-svc",
        "connection",
        "content-encoding",
        "content-length",
        "keep-alive",
        "set-cookie",
        "strict-transport-security",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_HEADERS = {
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
LOADS_POLICY = (
    "img-src 'none'; style-src-elem 'unsafe-inline'; font-src 'none'; object-src 'none'; "
    "script-src-elem 'unsafe-inline'; connect-src 'none'"
)
"""Only reported, never enforced: by its reports a document or worker knows of every load that it
begins."""
# What cannot be intercepted is not let out at all: sockets and peer connections.
_POLICY = {
    "Content-Security-Policy": "connect-src 'self' http: https: data: blob:; webrtc 'block'",
    "Content-Security-Policy-Report-Only": LOADS_POLICY,
}
PATTERNS: list[dict[str, str]] = [{"urlPattern": "*", "requestStage": "Request"}]


def local_origin(place: int) -> str:
    """The origin of a page on disk: the composition's for 0, that of the n-th page over it for n.

    Pages of one film have nothing in common: neither what they store nor their channels.
    """
    return f"https://overlay-{place}.invalid" if place else "https://composition.invalid"


@dataclass(slots=True)
class DocumentLoads:
    """What one document of the page asked for, and what became of it."""

    in_flight: dict[str, None] = field(default_factory=dict)
    """Addresses that are not answered yet, in order."""
    requested: set[str] = field(default_factory=set)
    modules: dict[str, str] = field(default_factory=dict)
    """Address of every module that a page asked for, in order, with the frame that asked."""
    missing: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    """What to do about those of ``missing`` that were refused."""
    lost_code: dict[str, str] = field(default_factory=dict)
    """Scripts and style sheets that did not come, by address, and why."""
    is_outdated: bool = False
    """Whether the page's own server said that what was asked for has been made anew."""
    versions: dict[str, str] = field(default_factory=dict)
    """Of each library that has versions, the one that was asked for first."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A request that the browser holds until it is answered."""

    session: str
    params: Message
    loads: DocumentLoads

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.params["request"]["url"])

    @property
    def kind(self) -> str:
        """What the browser wants it for: ``Script``, ``Image``, ..."""
        return str(self.params.get("resourceType", ""))


_Requests = SimpleQueue[Paused | None]


class CompositionServer:
    """The only thing a page can load from; keeps account of what was loaded."""

    def __init__(
        self,
        composition: Composition,
        connection: Connection,
        policy: HostPolicy | None = None,
        files: RemoteFiles | None = None,
        *,
        place: int = 0,
    ) -> None:
        """``files`` may be shared by several pages; for ``place`` see ``local_origin``.

        Raises:
            ShaderError: it is a shader that cannot be read.
        """
        self._connection = connection
        self.inputs: dict[str, str] = {}
        self._extra: dict[str, bytes] = {}
        self._made: dict[str, Callable[[], bytes]] = {}
        """Documents of our own that are made when they are asked for."""
        self._files = files or RemoteFiles()
        self._root: Path | None = None
        self.local_origin = local_origin(place)
        """Of files on disk."""
        self.is_shader = False
        """Whether the page is one that was made for a shader."""
        self.url = composition.location
        if not composition.is_remote:
            path = Path(composition.location)
            self._root = (composition.root or path.parent).resolve()
            self.url = self.url_of(path)
            self._serve_shader(path)
        parts = urlsplit(self.url)
        self.policy = policy or HostPolicy()
        if self._root is None:
            own = HostRule.of_url(self.url)
            self.policy = replace(self.policy, rules=(own, *self.policy.rules))
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.undigested: set[str] = set()
        self.loads = DocumentLoads()
        """Those of the document that is there now."""
        self.foreign: set[str] = set()
        """Pictures and pages of other origins, which a canvas may not show."""
        self.before_foreign: Callable[[], None] = lambda: None
        """Called before one of these is handed to the page."""
        self.blurs = False
        """Whether something loaded may blur: each part of a picture then depends on much of it."""
        self.speaks_of_sound = False
        self.speaks_of_song = False
        self.flags: set[str] = set()
        """What the stage is told about the code that a page loads (``flags_of``)."""
        self.before_flag: Callable[[str], None] = lambda _: None
        """Called before the first code with a flag is handed to the page."""
        self._picture = ""
        self._columns = b""
        self._worker_scripts: set[str] = set()
        self._queue, self._remote = _Requests(), _Requests()
        self._fetchers: list[threading.Thread] = []
        self._thread = threading.Thread(
            target=self._serve, args=(self._queue, self._answer), name="helios-serve", daemon=True
        )
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
        return f"{self.local_origin}/{quote(relative.as_posix())}"

    def file_of(self, url: str) -> Path | None:
        """The file behind an address; None when there is none or it lies outside the folder."""
        parts = urlsplit(url)
        if self._root is None or f"{parts.scheme}://{parts.netloc}" != self.local_origin:
            return None
        return file_in(self._root, unquote(parts.path).lstrip("/"))

    @property
    def isolated_origin(self) -> str:
        """Whose documents may share memory as if cross-origin isolated; empty: nobody's."""
        return self.origin if self._root is not None else ""

    def serve_extra(self, name: str, content: bytes) -> str:
        """Serve a document, or a script (.js), on the composition's origin; gives its address."""
        address = f"{self.own_files}{name}"
        self._extra[address] = content
        return address

    def _serve_shader(self, path: Path) -> None:
        """Serve the page that draws a shader at the shader's own address, if it is one."""
        if path.suffix.lower() not in SHADER_SUFFIXES:
            return
        from helios.shader.page import page_of
        from helios.shader.read import read_shader

        shader = read_shader(path)
        self.is_shader = True
        self._extra[self.url] = page_of(shader)
        for address in shader.files:
            self._digest(path.parent / address)

    def serve_picture(self, file: str) -> str:
        """Serve an image, or the cover of a sound, which is read if it is asked for; gives its
        address."""
        self._picture = file
        return self._picture_address

    @property
    def _picture_address(self) -> str:
        return f"{self.own_files}picture"

    def serve_sound(self, columns: bytes, textures: Callable[[], bytes]) -> None:
        """Serve what a page reads of the film's sound: parts of its columns, and what shaders see
        of it, which is made if it is asked for."""
        self._columns = columns
        self._made[f"{self.own_files}sound"] = textures

    @property
    def own_files(self) -> str:
        """What the addresses of documents of our own begin with."""
        return f"{self.origin}/.helios/"

    def is_local(self, url: str) -> bool:
        """Whether an address belongs to the composition's folder."""
        return self._root is not None and url.startswith(f"{self.local_origin}/")

    def request(self, session: str, params: Message) -> None:
        """Take a ``Fetch.requestPaused`` event; called on the reader thread."""
        asked = Paused(session, params, self.loads)
        asked.loads.in_flight[asked.url] = None
        asked.loads.requested.add(asked.url)
        self._note_script(asked)
        self._queue.put(asked)

    def begin(self) -> None:
        """Forget what a document missed that is loaded once more, and what is outdated.

        Answers to the document before, which may still come, are nothing to the next one.
        """
        if self.loads.is_outdated:
            self._files.forget(self.origin)
        self.loads = DocumentLoads()

    def shown(self, url: str) -> str:
        """An address as its author wrote it, more or less."""
        return unquote(urlsplit(url).path).lstrip("/") if self.is_local(url) else url

    def remedy(self, url: str) -> str:
        """What may bring a file that did not come."""
        if not self.is_local(url) or self._root is None:
            known = self.loads.hints.get(url, "")
            own = url.startswith(f"{self.origin}/")
            return known or ("Look at its server's log." if own else "Put a copy beside the page.")
        name = self.shown(url)
        for wider in self._root.parents:
            if (wider / name).is_file():
                return f"It is in {wider}: add --root {wider} to let the page load from there."
        return f"The page may load from {self._root}: a wider folder is named with --root DIR."

    def load(self, url: str) -> bytes:
        """The content of a remote file that the page names.

        Raises:
            AddressRefused: the page may not have it.
            NotFetched: it is not there.
        """
        answer = follow(Request(url=url), self.policy, self._files.network)
        if answer.status >= 400:
            raise NotFetched(f"{url.partition('?')[0]}: HTTP {answer.status}")
        return answer.body

    def _note_script(self, asked: Paused) -> None:
        request, url, kind = asked.params["request"], asked.url, asked.kind
        headers = {name.lower(): value for name, value in request["headers"].items()}
        asker = headers.get("referer", "")
        if kind == "Other" or (kind == "Script" and asker in self._worker_scripts):
            self._worker_scripts.add(url)
        elif kind == "Script" and asker and "origin" in headers:
            asked.loads.modules.setdefault(url, str(asked.params.get("frameId", "")))
            self._note_version(url, asked.loads)

    def _note_version(self, url: str, loads: DocumentLoads) -> None:
        """Two versions of one library in a page are two libraries: Vite bundled it in between."""
        name, _, query = url.partition("?")
        version = parse_qs(query).get("v", [""])[0]
        if not version or not name.startswith(f"{self.origin}/"):
            return
        if loads.versions.setdefault(name, version) != version:
            loads.is_outdated = True

    def close(self) -> None:
        """Stop serving."""
        self._queue.put(None)
        for _ in self._fetchers:
            self._remote.put(None)
        self._thread.join(5)

    def _serve(
        self,
        requests: _Requests,
        answer: Callable[[Paused], bool],
    ) -> None:
        while (asked := requests.get()) is not None:
            done = True
            try:
                done = answer(asked)
            except Exception as error:  # noqa: BLE001 - one odd request must not end the serving
                asked.loads.missing[asked.url] = str(error) or type(error).__name__
                self._reply("Fetch.failRequest", asked, errorReason="Failed")
            if done:
                asked.loads.in_flight.pop(asked.url, None)

    def _answer(self, asked: Paused) -> bool:
        """Answer at once, or hand on; says which."""
        url = asked.url
        if not url.startswith(self.origin + "/") and asked.kind in _SHOWN:
            self.foreign.add(url)
        if url in self._made:
            self._extra[url] = self._made.pop(url)()
        if url in self._extra:
            self._answer_extra(asked, self._extra[url])
        elif self._columns and url.startswith(f"{self.own_files}song?"):
            self._answer_columns(asked)
        elif self._picture and url == self._picture_address:
            self._answer_picture(asked)
        elif self.is_local(url):
            self._answer_file(asked, url)
        elif url.startswith(_INSIDE):
            self._reply("Fetch.continueRequest", asked)
        elif url.startswith(("http://", "https://")):
            self._hand_on(asked)
            return False
        else:
            self._refuse(asked, "not allowed")
        return True

    def _hand_on(self, asked: Paused) -> None:
        self._remote.put(asked)
        if len(self._fetchers) < _FETCHERS:
            fetcher = threading.Thread(
                target=self._serve,
                args=(self._remote, self._answer_remote),
                name="helios-fetch",
                daemon=True,
            )
            self._fetchers.append(fetcher)
            fetcher.start()

    def _answer_remote(self, asked: Paused) -> bool:
        sent, url = asked.params["request"], asked.url
        headers = {str(k): str(v) for k, v in sent.get("headers", {}).items()}
        wanted = {k: v for k, v in headers.items() if k.lower() not in ("range", "if-range")}
        request = Request(url=url, method=sent["method"], headers=wanted, body=sent_body(sent))
        try:
            if "text/event-stream" in headers.get("Accept", ""):
                raise AddressRefused("streams without end are not loaded")
            if request.method not in _READING:
                self.policy.admit_sending(*place_in(url))
            answer = self._files.get(request, self.policy)
        except HeliosError as error:
            self._refuse(asked, error.message, error.hint)
            return True
        if answer.status >= 400:
            self._miss(asked, url, f"HTTP {answer.status}")
            if answer.status == _OUTDATED and url.startswith(f"{self.origin}/"):
                asked.loads.is_outdated = True
        elif answer.status == 200:
            self.inputs[url] = hashlib.sha256(answer.body).hexdigest()
            if request.method != "GET":
                self.undigested.add(url)
        if url in self.foreign:
            self.before_foreign()
        self._pass_on(asked, answer, headers)
        return True

    def _pass_on(self, asked: Paused, answer: Fetched, sent: dict[str, str]) -> None:
        status, body = answer.status, answer.body
        headers = [item for item in answer.headers if item[0] not in _NOT_PASSED_ON]
        if asked.url == self.url:
            headers = may_be_framed(headers)
        wanted = asked_range(sent, len(body)) if status == 200 else None
        if wanted is not None and wanted[0] < len(body):
            start, end = wanted
            status, body = 206, body[start : min(end, start + _MAX_PART)]
            span = f"bytes {start}-{start + len(body) - 1}/{len(answer.body)}"
            headers = [item for item in headers if item[0] != "content-range"]
            headers += [("content-range", span), ("accept-ranges", "bytes")]
        if len(body) > _MAX_BODY:
            self._refuse(asked, _TOO_LARGE)
            return
        if asked.kind == "Document":
            headers += _POLICY.items()
        shown = [{"name": name, "value": value} for name, value in headers]
        self._reply(
            "Fetch.fulfillRequest",
            asked,
            responseCode=status,
            responseHeaders=shown,
            body=b"" if status in REDIRECTS else body,
        )

    def _refuse(self, asked: Paused, reason: str, hint: str = "") -> None:
        self._miss(asked, asked.url, reason)
        if hint:
            asked.loads.hints[asked.url] = hint
        self._reply("Fetch.failRequest", asked, errorReason="AccessDenied")

    def _miss(self, asked: Paused, name: str, reason: str) -> None:
        """Note that something did not come, under the name that is shown for it."""
        asked.loads.missing[name] = reason
        if asked.kind in ("Script", "Stylesheet"):
            asked.loads.lost_code[asked.url] = reason

    def _answer_extra(self, asked: Paused, body: bytes) -> None:
        kind = "text/javascript" if asked.url.endswith(".js") else "text/html"
        self._fulfil(asked, 200, {"Content-Type": kind}, body)

    def _answer_columns(self, asked: Paused) -> None:
        """Parts of the sound's columns, one after the other: ``?0-400,5000-5400``."""
        parts = (part.partition("-") for part in urlsplit(asked.url).query.split(","))
        body = b"".join(self._columns[int(start) : int(stop)] for start, _, stop in parts)
        self._fulfil(asked, 200, {"Content-Type": "application/octet-stream"}, body)

    def _answer_picture(self, asked: Paused) -> None:
        from helios.media.cover import read_cover

        cover, path = read_cover(self._picture), Path(self._picture)
        of_file = "://" not in self._picture
        digest = file_sha256(path) if of_file else hashlib.sha256(cover.content).hexdigest()
        self.inputs[self._picture] = digest
        self._fulfil(asked, 200, {"Content-Type": cover.media_type}, cover.content)

    def _answer_file(self, asked: Paused, url: str) -> None:
        path = self.file_of(url)
        if path is None:
            name = unquote(urlsplit(url).path).lstrip("/")
            if name != "favicon.ico":
                is_refused = is_hidden(PurePosixPath(name))
                self._miss(asked, name, _HIDDEN if is_refused else _NOT_FOUND)
            self._fulfil(asked, 404, {"Content-Type": "text/plain"}, b"not found")
            return
        self._digest(path)
        headers = {"Content-Type": content_type(path), "Accept-Ranges": "bytes"}
        size = path.stat().st_size
        wanted = asked_range(asked.params["request"].get("headers", {}), size)
        if wanted is None and size > _MAX_BODY:
            self._refuse(asked, _TOO_LARGE)
            return
        if wanted is None:
            self._fulfil(asked, 200, headers, path.read_bytes())
            return
        start, end = wanted
        if start >= size:
            headers["Content-Range"] = f"bytes */{size}"
            self._fulfil(asked, 416, headers, b"")
            return
        with path.open("rb") as stream:
            stream.seek(start)
            body = stream.read(min(end - start, _MAX_PART))
        headers["Content-Range"] = f"bytes {start}-{start + len(body) - 1}/{size}"
        self._fulfil(asked, 206, headers, body)

    def _digest(self, path: Path) -> None:
        key = str(path)
        if key not in self.inputs:
            self.inputs[key] = file_sha256(path)

    def _fulfil(self, asked: Paused, status: int, headers: dict[str, str], body: bytes) -> None:
        self._reply(
            "Fetch.fulfillRequest",
            asked,
            responseCode=status,
            responseHeaders=[
                {"name": name, "value": value}
                for name, value in (_HEADERS | _POLICY | headers).items()
            ],
            body=body,
        )

    def _reply(self, method: str, asked: Paused, **more: Any) -> Future[Message]:
        if asked.kind in _CODE:
            code = more.get("body", b"")
            self.blurs = self.blurs or may_blur(code)
            self.speaks_of_sound = self.speaks_of_sound or speaks_of_sound(code)
            self.speaks_of_song = self.speaks_of_song or speaks_of_song(code)
            for flag in sorted(flags_of(code) - self.flags):
                self.flags.add(flag)
                self.before_flag(flag)
        values = {"requestId": asked.params["requestId"], **more}
        return self._connection.send(method, values, asked.session)
