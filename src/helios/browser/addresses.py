"""Which hosts a page may reach: never this machine, its neighbours on the link, or its cloud."""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache
from urllib.parse import urlsplit

_METADATA = frozenset({"metadata.google.internal", "metadata", "instance-data"})


def is_forbidden(url: str, own_host: str = "") -> bool:
    """Whether a page may not load ``url``; ``own_host`` is where the page itself comes from.

    Every address a name stands for is looked at: loopback, link-local (which holds the metadata
    services of clouds), unspecified, multicast and reserved ones are forbidden.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ws", "wss"):
        return False
    host = (parts.hostname or "").rstrip(".").lower()
    if own_host and host == own_host:
        return False
    return host in _METADATA or any(map(_is_inside, _addresses(host)))


@lru_cache(maxsize=256)
def _addresses(host: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple({str(item[4][0]).partition("%")[0] for item in found})


def _is_inside(text: str) -> bool:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address.is_reserved
    )
