"""Hosts as people name them: ``HOST[:PORT]``."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from helios.errors import OptionError

_NAME = re.compile(r"(\*\.)?[\w-]{1,63}(\.[\w-]{1,63})*")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """A host, or with ``*.`` before it all below it; any port, or one."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> HostRule:
        """Read ``HOST[:PORT]``.

        Raises:
            OptionError: it is something else.
        """
        try:
            parts = urlsplit(f"//{text.strip()}")
            host, port = normal_host(parts.hostname or ""), parts.port
        except ValueError:
            host, port = "", None
        is_bare = (
            not (parts.path or parts.query or parts.fragment or "@" in text) if host else False
        )
        if not is_bare or port == 0 or not (is_address(host) or _NAME.fullmatch(host)):
            raise OptionError(
                f"{text!r} is no host",
                hint="Give HOST or HOST:PORT, such as localhost:3000 or *.example.com.",
            )
        return cls(host=host, port=port)

    @classmethod
    def of_url(cls, url: str) -> HostRule:
        """Exactly the place an http(s) address leads to."""
        host, port = place_in(url)
        return cls(host=host, port=port)

    def matches(self, host: str, port: int) -> bool:
        """Whether this names ``host``, as ``normal_host`` writes it, at ``port``."""
        if self.port not in (None, port):
            return False
        if self.host.startswith("*."):
            return host.endswith(self.host[1:])
        return host == self.host

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def normal_host(host: str) -> str:
    """One spelling for each name."""
    return host.strip("[]").rstrip(".").lower()


def is_address(host: str) -> bool:
    """Whether a host is given by its number."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def place_in(url: str) -> tuple[str, int]:
    """Host and port of an http(s) address.

    Raises:
        OptionError: it is none.
    """
    try:
        parts = urlsplit(url)
        host, port = normal_host(parts.hostname or ""), parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise OptionError(f"{url[:100]!r} is no http(s) address") from None
    if not host:
        raise OptionError(f"{url[:100]!r} names no host")
    return host, port
