"""Pages of films that are being shaped, each on an origin of its own: ``ID.localhost``.

Such a name leads to the machine of who looks, and nowhere else: so it is given only to those who
reach the server by a name of this machine. The number is not to be guessed, and is all that a page
is let in by: the studio's own addresses and cookies are those of another site.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from helios.browser.live import address_of, answer
from helios.model.live_page import LivePage
from helios.server.settings import is_loopback

KEPT = 16
_NAME = re.compile(r"([0-9a-f]{32})\.localhost(:\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    page: LivePage
    around: str
    """The origin of the studio that shows it."""


class LiveShelf:
    """The pages that were asked for last."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, _Shown] = OrderedDict()

    def put(self, page: LivePage, around: str) -> str | None:
        """The address of a page for the studio of an origin; None where it could not be reached."""
        parts = urlsplit(around)
        if not is_loopback(parts.hostname or ""):
            return None
        name = secrets.token_hex(16)
        self._shown[name] = _Shown(page=page, around=around)
        while len(self._shown) > KEPT:
            self._shown.popitem(last=False)
        port = f":{parts.port}" if parts.port else ""
        return f"http://{name}.localhost{port}{address_of(page)}"

    def get(self, name: str) -> _Shown | None:
        """A page by the first part of its host's name."""
        return self._shown.get(name)


class LiveOrigins:
    """ASGI middleware: what is asked of a page's origin reaches the page alone."""

    def __init__(self, app: ASGIApp, shelf: LiveShelf) -> None:
        self._app = app
        self._shelf = shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a page, or hand on."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        host = headers.get("host", "")
        named = _NAME.fullmatch(host)
        if named is None:
            await self._app(scope, receive, send)
            return
        shown = self._shelf.get(named[1])
        if shown is None or scope["method"] not in ("GET", "HEAD"):
            await Response(status_code=404 if shown is None else 405)(scope, receive, send)
            return
        made = await run_in_threadpool(
            answer,
            shown.page,
            scope["raw_path"].decode("ascii", "replace").partition("?")[0],
            scope["query_string"].decode("ascii", "replace"),
            dict(headers),
            origin=f"http://{host}",
            around=shown.around,
        )
        await Response(made.body, made.status, made.headers)(scope, receive, send)
