"""What a system lets its processes do is found out from what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.commandline import ended_with_block

from helios.process.child import PIPE, Spawn, start
from helios.process.confine import NOBODY, Confinement, _allows_user_namespaces, has_user


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has groups to give up")
def test_another_user_has_no_group_of_this_one() -> None:
    kept = os.getgroups()
    os.setgroups([0, 54321])
    try:
        to = Confinement(uid=NOBODY, gid=NOBODY)
        child = start(Spawn(argv=["/usr/bin/id", "-G"], cwd=Path("/"), stdout=PIPE, confinement=to))
        assert child.stdout is not None
        assert child.stdout.read().split() == [str(NOBODY).encode()]
        child.wait(60)
        child.stop(grace_s=0)
    finally:
        os.setgroups(kept)


@pytest.mark.parametrize("ends", ["killed", "dismissed"])
def test_a_janitor_removes_a_folder_only_if_its_holder_could_not(tmp_path: Path, ends: str) -> None:
    folder = tmp_path / "profile"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("x")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), ends],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    with ended_with_block(holder):
        assert holder.stdout.readline() == b"there\n"
        if ends == "killed":
            holder.kill()
        holder.communicate()
    deadline = time.monotonic() + (30 if ends == "killed" else 0.5)
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert folder.exists() == (ends == "dismissed")


HOLDER = """
import subprocess, sys
from pathlib import Path
from helios.process.janitor import Janitor
group = subprocess.Popen(["sleep", "60"], start_new_session=True)
janitor = Janitor(group.pid, Path(sys.argv[1]), None, None)
print("there", flush=True)
if sys.argv[2] == "killed":
    sys.stdin.read()
janitor.dismiss()
group.kill()
group.wait()
"""
