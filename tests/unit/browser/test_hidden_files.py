"""Which files of its folder a page is not given, and to whom it may send."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from helios.browser.answers import is_hidden
from helios.errors import AddressRefused
from helios.model.hosts import HostRule
from helios.remote.addresses import HostPolicy


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        (".env", True),
        (".git/config", True),
        ("assets/.htpasswd", True),
        ("a/.ssh/id_rsa", True),
        ("..data", True),
        ("node_modules/.env", True),
        ("node_modules/.pnpm/gsap@3/node_modules/gsap/index.js", False),
        ("node_modules/.vite/deps/three.js", False),
        ("node_modules/.pnpm/x/.env", True),
        (".pnpm/x.js", True),
        ("page.html", False),
        ("a.b/c.d.js", False),
        ("", False),
    ],
)
def test_names_that_begin_with_a_dot_are_hidden(name: str, hidden: bool) -> None:
    assert is_hidden(PurePosixPath(name)) is hidden


def test_something_is_sent_only_to_hosts_that_a_rule_names() -> None:
    policy = HostPolicy(rules=(HostRule.parse("*.example.com"), HostRule.parse("local:3000")))
    policy.admit_sending("api.example.com", 443)
    policy.admit_sending("local", 3000)
    for host, port in (("example.org", 443), ("local", 3001), ("example.com.evil.org", 443)):
        with pytest.raises(AddressRefused, match="nothing is sent to") as caught:
            policy.admit_sending(host, port)
        assert "--allow-host" in caught.value.hint
