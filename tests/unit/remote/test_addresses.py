from __future__ import annotations

import pytest

from helios.errors import AddressRefused, NotFetched, OptionError
from helios.model.hosts import HostRule, place_in
from helios.remote.addresses import HostPolicy, Place, place_of


def policy(*rules: str, public: bool = True) -> HostPolicy:
    return HostPolicy(rules=tuple(map(HostRule.parse, rules)), public_hosts=public)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("93.184.216.34", Place.PUBLIC),
        ("2606:2800:220:1::1", Place.PUBLIC),
        ("10.0.0.1", Place.PRIVATE),
        ("192.168.1.1", Place.PRIVATE),
        ("fd00::1", Place.PRIVATE),
        ("100.64.0.1", Place.PRIVATE),
        ("172.31.255.255", Place.PRIVATE),
        ("127.0.0.1", Place.LOOPBACK),
        ("127.9.9.9", Place.LOOPBACK),
        ("::1", Place.LOOPBACK),
        ("::ffff:127.0.0.1", Place.LOOPBACK),
        ("2002:7f00:1::", Place.LOOPBACK),
        ("64:ff9b::7f00:1", Place.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Place.FORBIDDEN),
        ("169.254.169.254", Place.FORBIDDEN),
        ("fe80::1%eth0", Place.FORBIDDEN),
        ("::ffff:169.254.169.254", Place.FORBIDDEN),
        ("0.0.0.0", Place.FORBIDDEN),
        ("::", Place.FORBIDDEN),
        ("224.0.0.1", Place.FORBIDDEN),
        ("fd00:ec2::254", Place.FORBIDDEN),
        ("168.63.129.16", Place.FORBIDDEN),
        ("100.100.100.200", Place.FORBIDDEN),
        ("255.255.255.255", Place.FORBIDDEN),
        ("::127.0.0.1", Place.FORBIDDEN),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Place.FORBIDDEN),
    ],
)
def test_where_an_address_is(address: str, place: Place) -> None:
    assert place_of(address) is place


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "fe80::1",
        "2130706433",
        "metadata.google.internal",
        "::ffff:127.0.0.1",
        "0x7f.1",
        "localhost",
        "10.1.2.3",
    ],
)
def test_this_machine_its_network_and_its_cloud_are_refused(host: str) -> None:
    with pytest.raises((AddressRefused, NotFetched)):
        policy().admit(host, 8080)


@pytest.mark.parametrize("host", ["metadata", "metadata.google.internal", "instance-data"])
def test_the_names_of_a_clouds_metadata_are_refused_whatever_they_mean(host: str) -> None:
    with pytest.raises(AddressRefused, match="link-local, metadata or reserved"):
        policy().admit(host, 80, lambda *_: ["93.184.216.34"])


def test_a_refusal_says_how_to_allow_it() -> None:
    with pytest.raises(AddressRefused, match="localhost:3000 leads to this machine") as caught:
        policy().admit("localhost", 3000, lambda *_: ["127.0.0.1"])
    assert "--allow-host localhost:3000" in caught.value.hint


def test_one_bad_address_of_a_name_is_enough() -> None:
    with pytest.raises(AddressRefused, match="this machine"):
        policy().admit("rebinding.example", 80, lambda *_: ["93.184.216.34", "127.0.0.1"])


def test_a_rule_lets_private_addresses_through_but_not_the_clouds() -> None:
    allowed = policy("nas.example:8080", "*.intern.example")
    assert allowed.admit("nas.example", 8080, lambda *_: ["192.168.1.9"]) == ["192.168.1.9"]
    assert allowed.admit("a.intern.example", 1, lambda *_: ["127.0.0.1"]) == ["127.0.0.1"]
    with pytest.raises(AddressRefused):
        allowed.admit("nas.example", 8081, lambda *_: ["192.168.1.9"])
    with pytest.raises(AddressRefused):
        allowed.admit("intern.example", 1, lambda *_: ["127.0.0.1"])
    with pytest.raises(AddressRefused, match="metadata"):
        allowed.admit("nas.example", 8080, lambda *_: ["169.254.169.254"])
    number = policy("169.254.1.1")
    assert number.admit("169.254.1.1", 80, lambda *_: ["169.254.1.1"]) == ["169.254.1.1"]


def test_without_public_hosts_only_the_list_counts() -> None:
    closed = policy("cdn.example", public=False)
    assert closed.admit("cdn.example", 443, lambda *_: ["93.184.216.34"]) == ["93.184.216.34"]
    with pytest.raises(AddressRefused, match="not an allowed host"):
        closed.admit("other.example", 443, lambda *_: ["93.184.216.34"])


def test_names_without_an_address_are_said() -> None:
    def nothing(*_: object) -> list[str]:
        raise OSError

    with pytest.raises(NotFetched, match=r"a\.example cannot be resolved"):
        policy().admit("a.example", 80, nothing)
    with pytest.raises(NotFetched, match="no address"):
        policy().admit("a.example", 80, lambda *_: [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("localhost:3000", "localhost:3000"),
        ("EXAMPLE.com.", "example.com"),
        ("[::1]:80", "[::1]:80"),
        ("*.example.com", "*.example.com"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_hosts_are_read_and_written(text: str, said: str) -> None:
    assert str(HostRule.parse(text)) == said
    assert HostRule.parse(said) == HostRule.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://a",
        "a/b",
        "a b",
        "*",
        "a:0",
        "a:99999",
        "a:b",
        "u@a",
        "*.*",
        "[::1",
        "a?b",
        "-o x",
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="is no host"):
        HostRule.parse(text)


def test_places_in_addresses() -> None:
    assert place_in("https://Example.com/x") == ("example.com", 443)
    assert place_in("http://[::1]:8080/") == ("::1", 8080)
    for url in ("ftp://a/", "file:///etc", "http://", "http://a:99999/", "http://[::1/"):
        with pytest.raises(OptionError):
            place_in(url)
