"""What stands before every request: who asks, from where, how often and how much."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helios.errors import HeliosError
from helios.server.settings import MIB, ServerSettings, is_loopback

logger = logging.getLogger("helios.server")
COOKIE = "helios_session"
MAX_JSON_BYTES = 4 * MIB
BODY_IDLE_S = 30.0
BODY_S = 60.0
SLOWEST_UPLOAD_BYTES_PER_S = 32_768
"""An upload that is slower, beyond its first minute, holds a place that others need."""
_OPEN_PATHS = frozenset({"/healthz", "/api/login"})
OPEN_FOLDER = "/shared/"
"""Links to films, each of which proves itself."""
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        # pages of films that are being shaped (live.py)
        "frame-src http://*.localhost:*; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, error: str, **headers: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = headers


class Guard:
    """ASGI middleware: token, host and origin, rate and size of requests, headers of answers.

    Args:
        app: what answers the requests that are let through.
        settings: of the server.
        page: paths of the web page's own files, which need no token.
        clock: seconds, for the time that a body may take.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        page: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._settings = settings
        # The page has to be there before it can ask for the token; all else is closed.
        self._open_paths = _OPEN_PATHS | set(page)
        self._clock = clock
        self._rate = RateLimit(settings.writes_per_s, settings.write_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope, Headers(scope=scope))
            await self._app(scope, self._limited(scope, receive), answer)
        except Refused as refused:
            if not started:
                await _refuse(refused, answer)
        except RuntimeError as error:
            # What was sent is not the whole. An answer that is left unfinished is cut off.
            if not (started and isinstance(error.__cause__, HeliosError)):
                raise
            logger.warning("%s is cut off: %s", scope["path"], error.__cause__.message)

    def _check(self, scope: Scope, headers: Headers) -> None:
        method, path = scope["method"], scope["path"]
        if not self._knows_host(headers.get("host", "")):
            # A page elsewhere whose name was pointed at this machine.
            raise Refused(421, "this server is not called by that name")
        origin = headers.get("origin")
        is_foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
        if is_foreign and method in _WRITES | {"OPTIONS"}:
            raise Refused(403, "requests from other sites are not taken")
        client = scope["client"][0] if scope.get("client") else "?"
        if method in _WRITES:
            wait_s = self._rate.wait_s(client)
            if wait_s > 0:
                raise Refused(429, "too many requests", **{"retry-after": str(int(wait_s) + 1)})
        is_open = path in self._open_paths or path.startswith(OPEN_FOLDER)
        if not is_open and not self.is_known(headers):
            raise Refused(401, "a token is needed", **{"www-authenticate": "Bearer"})

    def is_known(self, headers: Headers) -> bool:
        """Whether a request shows the token, in its header or cookie."""
        token = self._settings.token
        if token is None:
            return True
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same_secret(shown.strip(), token):
            return True
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return same_secret(cookie, session_of(token))

    def _knows_host(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        settings = self._settings
        if settings.token is not None and not is_loopback(settings.host):
            return True
        return is_loopback(name) or name in (settings.host, *settings.hosts)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        is_upload = scope["path"] in ("/api/audio", "/api/render")
        allowed = self._settings.max_upload_bytes if is_upload else MAX_JSON_BYTES
        # A form has words beside the sound.
        most = allowed + MIB if is_upload else allowed
        larger = f"the request is larger than {allowed / MIB:.3g} MiB"
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > most:
            raise Refused(413, larger)
        taken, began = 0, self._clock()

        async def limited() -> Message:
            nonlocal taken
            if scope.get("helios.body_read"):
                return await receive()
            left_s = BODY_S + taken / SLOWEST_UPLOAD_BYTES_PER_S - (self._clock() - began)
            try:
                message = await asyncio.wait_for(receive(), max(0, min(BODY_IDLE_S, left_s)))
            except TimeoutError:
                raise Refused(408, "the request took too long") from None
            taken += len(message.get("body", b""))
            if taken > most:
                raise Refused(413, larger)
            if not message.get("more_body", False):
                scope["helios.body_read"] = True
            return message

        return limited


class RateLimit:
    """A bucket of requests for each client."""

    _CLIENTS = 4096

    def __init__(
        self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Count a request; seconds to wait if it is one too many, else 0."""
        if self._per_s <= 0:
            return 0.0
        now = self._clock()
        left, then = self._buckets.pop(client, (float(self._burst), now))
        left = min(self._burst, left + (now - then) * self._per_s)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        if len(self._buckets) > self._CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._per_s


def same_secret(shown: str, secret: str) -> bool:
    """Compare in a time that tells nothing, not even the length."""
    one, other = (hashlib.sha256(text.encode()).digest() for text in (shown, secret))
    return hmac.compare_digest(one, other)


def session_of(token: str) -> str:
    """What the cookie of someone who showed the token holds: not the token."""
    return hmac.new(token.encode(), b"helios session", "sha256").hexdigest()


async def _refuse(refused: Refused, send: Send) -> None:
    body = json.dumps({"error": refused.error}).encode()
    headers = {"content-type": "application/json", "connection": "close", **refused.headers}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
