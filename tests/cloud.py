"""An S3 server in this process (moto), which fails when it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

REFUSED = "<Error><Code>{code}</Code><Message>as a test wants it</Message></Error>"
Fault = Callable[[int, str, str], str]
"""From the number of a request, its method and its path to what goes wrong with it: '' (nothing),
'500', '403 InvalidAccessKeyId' (an answer of that status and code), 'lost' (done, but the answer
is a failure), or 'cut' (the connection ends without an answer)."""


def nothing_fails(_number: int, _method: str, _path: str) -> str:
    """No request fails."""
    return ""


class Cloud:
    """A server with one bucket."""

    def __init__(self, url: str, app: Any) -> None:
        self.url = url
        self.fault: Fault = nothing_fails
        self.requests: list[tuple[str, str]] = []
        self._app = app
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        with self._lock:
            self.requests.append((method, path))
            number = len(self.requests)
        fault = self.fault(number, method, path)
        if fault == "cut":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            fault = "500"
        if fault in ("", "lost"):
            if not fault:
                return self._app(environ, start)
            list(self._app(environ, lambda *_: None))
            fault = "500 InternalError"
        else:
            # What was sent is read, or the client hears of a broken pipe instead of the answer.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, _, code = fault.partition(" ")
        start(f"{status} as told", [("Content-Type", "application/xml")])
        return [REFUSED.format(code=code or "InternalError").encode()]


@contextmanager
def cloud(host: str = "127.0.0.1") -> Iterator[Cloud]:
    """A server with an empty bucket named ``bucket``."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Silent(WSGIRequestHandler):
        def log(self, *_: Any) -> None:
            """Say nothing."""

    served = Cloud("", DomainDispatcherApplication(create_backend_app))
    server = make_server(host, 0, served, threaded=True, request_handler=Silent)
    served.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with urlopen(Request(f"{served.url}/bucket", method="PUT")):
            pass
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def environment_of(served: Cloud) -> dict[str, str]:
    """The variables with which its stores are found."""
    return {
        "AWS_ENDPOINT_URL": served.url,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
