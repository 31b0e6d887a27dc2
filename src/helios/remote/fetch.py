"""Fetch what a stranger named: from an address that was checked, within limits of size and time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from helios.errors import NotFetched
from helios.model.hosts import place_in
from helios.remote.addresses import HostPolicy, Resolver, resolve

MAX_BYTES = 512 << 20
TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 10.0
MAX_REDIRECTS = 8
REDIRECTS = (301, 302, 303, 307, 308)
_PIECE = 1 << 16
_OWN_HEADERS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_UNSAFE_IN_PATHS = "%/:=&?~#+!$,;'@()*[]"

Connector = Callable[[str, int, float], socket.socket]
"""Address, port and seconds to a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer; its body is decoded. Names of headers are lower case."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first header of that name, or nothing."""
        return next((value for key, value in self.headers if key == name), "")


def connect(address: str, port: int, timeout_s: float) -> socket.socket:
    """A connection to exactly this address."""
    return socket.create_connection((address, port), timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The way out, and its limits."""

    resolver: Resolver = resolve
    connector: Connector = connect
    max_bytes: int = MAX_BYTES
    timeout_s: float = TIMEOUT_S


def fetch(request: Request, policy: HostPolicy, network: Network | None = None) -> Fetched:
    """One answer; a redirect is not followed.

    Raises:
        AddressRefused: the host may not be reached.
        NotFetched: it cannot be, or its answer is too large or too slow.
    """
    network = network or Network()
    host, port = place_in(request.url)
    addresses = policy.admit(host, port, network.resolver)
    plain = _connect(addresses, port, host, network)
    # Slow answers are cut off by closing the connection under the reader.
    late, spare = threading.Event(), plain.dup()
    timer = threading.Timer(network.timeout_s, _cut, (spare, late))
    timer.daemon = True
    timer.start()
    try:
        answer = _converse(request, host, port, plain, network)
        if late.is_set():
            raise TimeoutError
        return answer
    except (OSError, http.client.HTTPException, zlib.error) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise NotFetched(f"{host} took longer than {network.timeout_s:g} s") from None
        raise NotFetched(_reason(host, error)) from error
    finally:
        timer.cancel()
        spare.close()
        plain.close()


def follow(request: Request, policy: HostPolicy, network: Network | None = None) -> Fetched:
    """The answer after all redirects; every hop is checked as the first was.

    Raises:
        AddressRefused: a host may not be reached.
        NotFetched: one cannot be, or there is no end of it.
    """
    url = request.url
    for _ in range(MAX_REDIRECTS):
        answer = fetch(Request(url=url, headers=request.headers), policy, network)
        target = answer.header("location")
        if answer.status not in REDIRECTS or not target:
            return answer
        url = urljoin(url, target)
    raise NotFetched(f"more than {MAX_REDIRECTS} redirects")


def _connect(addresses: list[str], port: int, host: str, network: Network) -> socket.socket:
    failure: OSError | None = None
    for address in addresses:
        try:
            plain = network.connector(address, port, min(CONNECT_TIMEOUT_S, network.timeout_s))
        except OSError as error:
            failure = error
        else:
            # Who can be reached quickly may think longer, as a development server that bundles.
            plain.settimeout(network.timeout_s)
            return plain
    reason = getattr(failure, "strerror", None) or failure
    raise NotFetched(f"{host}:{port} does not answer: {reason}") from failure


def _converse(
    request: Request, host: str, port: int, plain: socket.socket, network: Network
) -> Fetched:
    parts = urlsplit(request.url)
    connection = http.client.HTTPConnection(host, port)
    connection.sock = plain
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(plain, server_hostname=host)
        connection.default_port = 443
    try:
        target = quote(parts.path or "/", safe=_UNSAFE_IN_PATHS)
        target += f"?{quote(parts.query, safe=_UNSAFE_IN_PATHS)}" if parts.query else ""
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _OWN_HEADERS}
        headers |= {"Accept-Encoding": "gzip", "Connection": "close"}
        connection.request(request.method, target, request.body or None, headers)
        with connection.getresponse() as reply:
            body = _read(reply, host, network.max_bytes)
            return Fetched(
                status=reply.status,
                headers=tuple((name.lower(), value) for name, value in reply.getheaders()),
                body=body,
            )
    finally:
        connection.close()


def _read(reply: http.client.HTTPResponse, host: str, max_bytes: int) -> bytes:
    coding = (reply.getheader("Content-Encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise NotFetched(f"{host} sends {coding}, which was not asked for")
    unpacker = None if coding == "identity" else zlib.decompressobj(wbits=31)
    body = bytearray()
    while piece := reply.read(_PIECE):
        while piece:
            body += unpacker.decompress(piece, _PIECE) if unpacker else piece
            piece = unpacker.unconsumed_tail if unpacker else b""
            if len(body) > max_bytes:
                raise NotFetched(f"{host} sends more than {max_bytes:,} bytes")
    if reply.length or (unpacker is not None and body and not unpacker.eof):
        raise NotFetched(f"{host} sent only a part")
    return bytes(body)


def _cut(spare: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        spare.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _reason(host: str, error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {host} cannot be trusted: {error.verify_message}"
    if isinstance(error, http.client.IncompleteRead):
        return f"{host} sent only a part"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{host} answers wrongly: {text}"
