from __future__ import annotations

import socket
from typing import Any

import pytest

from helios.browser import addresses
from helios.browser.addresses import is_forbidden


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9", "[::1]", "0.0.0.0", "169.254.169.254", "[fe80::1]", "2130706433",
     "metadata.google.internal", "METADATA.google.internal.", "[::ffff:127.0.0.1]", "0x7f.1"],
)  # fmt: skip
def test_this_machine_and_its_cloud_are_forbidden(host: str) -> None:
    for scheme in ("http", "https", "ws"):
        assert is_forbidden(f"{scheme}://{host}:8080/x")


def test_public_addresses_and_data_are_allowed() -> None:
    assert not is_forbidden("https://93.184.216.34/logo.png")
    assert not is_forbidden("data:text/plain,127.0.0.1")


def test_the_pages_own_host_is_allowed() -> None:
    assert not is_forbidden("http://127.0.0.1:5174/api", "127.0.0.1")
    assert is_forbidden("http://127.0.0.1:5174/api", "example.com")


def test_a_name_that_points_inside_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", 0)), (2, 1, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    addresses._addresses.cache_clear()
    assert is_forbidden("http://rebinding.example/")
    addresses._addresses.cache_clear()
