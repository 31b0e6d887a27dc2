"""Which hosts may be reached for somebody else: the only place that decides it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from helios.errors import AddressRefused, NotFetched
from helios.model.hosts import HostRule, is_address

Resolver = Callable[[str, int], list[str]]
"""Host and port to all addresses; raises OSError."""


class Place(StrEnum):
    """Where an address is. The words are for messages."""

    PUBLIC = "the public internet"
    PRIVATE = "a private network"
    LOOPBACK = "this machine"
    FORBIDDEN = "a link-local, metadata or reserved address"


_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data"})
# Those of clouds that are not link-local: Azure, Alibaba, Oracle, AWS over IPv6.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def place_of(text: str) -> Place:
    """Where an address is, seen through the ways of writing one address inside another."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            address = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        elif address.teredo is not None:
            return Place.FORBIDDEN
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    if (
        address in _METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    ):
        return Place.FORBIDDEN
    if address.is_loopback:
        return Place.LOOPBACK
    if address.is_reserved:
        return Place.FORBIDDEN
    return Place.PUBLIC if address.is_global else Place.PRIVATE


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, in the order the system prefers.

    Raises:
        OSError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("not a host name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPolicy:
    """Which hosts may be reached.

    A host that a rule names may be on this machine or in its network. Link-local and metadata
    addresses may only be reached by a rule that gives the number itself.
    """

    rules: tuple[HostRule, ...] = ()
    public_hosts: bool = True
    """Hosts on the public internet need no rule."""

    def names(self, host: str, port: int) -> bool:
        """Whether a rule names a host, rather than its being public."""
        return any(rule.matches(host, port) for rule in self.rules)

    def admit_sending(self, host: str, port: int) -> None:
        """A request that carries something away goes only to a host that a rule names.

        Raises:
            AddressRefused: none does.
        """
        if not self.names(host, port):
            shown = str(HostRule(host=host, port=port))
            raise AddressRefused(f"nothing is sent to {shown}", hint=_allow(shown))

    def admit(self, host: str, port: int, resolver: Resolver = resolve) -> list[str]:
        """The addresses of a host, every one of which may be reached.

        A connection goes to one of these, so that a name cannot mean one thing when it is checked
        and another when it is used.

        Raises:
            AddressRefused: it may not be reached.
            NotFetched: it has no address.
        """
        rule = next((rule for rule in self.rules if rule.matches(host, port)), None)
        shown = str(HostRule(host=host, port=port))
        if rule is None and not self.public_hosts:
            raise AddressRefused(f"{shown} is not an allowed host", hint=_allow(shown))
        if host in _METADATA_NAMES:
            raise AddressRefused(f"{shown} is {Place.FORBIDDEN}")
        try:
            addresses = resolver(host, port)
        except OSError as error:
            raise NotFetched(f"{host} cannot be resolved") from error
        if not addresses:
            raise NotFetched(f"{host} has no address")
        by_number = rule is not None and is_address(rule.host)
        for address in addresses:
            place = place_of(address)
            if place is Place.PUBLIC or by_number:
                continue
            if place is Place.FORBIDDEN:
                raise AddressRefused(f"{shown} leads to {place}")
            if rule is None:
                raise AddressRefused(f"{shown} leads to {place}", hint=_allow(shown))
        return addresses


def _allow(shown: str) -> str:
    return f"If it is meant to be reached: --allow-host {shown}"
