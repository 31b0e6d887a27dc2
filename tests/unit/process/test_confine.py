"""What a system lets its processes do is found out from what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.process.confine import _allows_user_namespaces, has_user


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ({"user/max_user_namespaces": 9}, True),
        ({"user/max_user_namespaces": 0}, False),
        ({}, False),
        ({"user/max_user_namespaces": 9, "kernel/unprivileged_userns_clone": 0}, False),
        (
            {"user/max_user_namespaces": 9, "kernel/apparmor_restrict_unprivileged_userns": 0},
            True,
        ),
        (
            {"user/max_user_namespaces": 9, "kernel/apparmor_restrict_unprivileged_userns": 1},
            False,
        ),
    ],
)
def test_user_namespaces_are_used_where_they_are_allowed(
    tmp_path: Path, said: dict[str, int], allowed: bool
) -> None:
    for name, number in said.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{number}\n")
    assert _allows_user_namespaces(tmp_path) is allowed


def test_a_user_that_a_container_does_not_have_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "0 1000 1\n5 2000 10\n")
    assert [uid for uid in range(20) if has_user(uid)] == [0, *range(5, 15)]
