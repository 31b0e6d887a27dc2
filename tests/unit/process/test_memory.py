"""How much memory there is and how much is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helios.process.memory import (
    memory_limit_bytes,
    tree_memory_bytes,
    tree_own_bytes,
    tree_processor_s,
)

MIB = 1 << 20
MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/", {"memory.max": "104857600"}, 100 * MIB),
        ("0::/", {"memory.max": "max"}, MACHINE),
        (
            "0::/app/web",
            {"memory.max": "max", "app/memory.max": "209715200", "app/web/memory.max": "max"},
            200 * MIB,
        ),
        ("0::/a/b", {"a/memory.max": "209715200", "a/b/memory.max": "104857600"}, 100 * MIB),
        (
            "3:cpu:/x\n5:memory:/docker/id",
            {"memory/docker/id/memory.limit_in_bytes": "104857600"},
            100 * MIB,
        ),
        ("5:memory:/docker/id", {"memory/memory.limit_in_bytes": "104857600"}, 100 * MIB),
        ("5:memory:/", {"memory/memory.limit_in_bytes": "9223372036854771712"}, MACHINE),
        ("", {}, MACHINE),
        ("nonsense", {"memory.max": "nonsense"}, MACHINE),
    ],
)
def test_the_limit_of_a_container_counts(
    tmp_path: Path, groups: str, limits: dict[str, str], expected: int
) -> None:
    (tmp_path / "own").write_text(groups)
    for name, text in limits.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert memory_limit_bytes(tmp_path / "cgroup", tmp_path / "own") == expected


FORKS = """
import os, sys, time
block = bytearray(os.urandom(1024)) * (100 << 10)
for _ in range(3):
    if os.fork() == 0:
        break
else:
    print("ready", flush=True)
sys.stdin.read()
"""


def test_what_processes_share_is_counted_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        resident, own = tree_memory_bytes(process.pid), tree_own_bytes(process.pid)
        process.communicate(b"")
    assert resident > 4 * 100 * MIB
    assert 100 * MIB < own < 250 * MIB
    assert tree_memory_bytes(process.pid) == tree_own_bytes(process.pid) == 0


WORKS = """
import os, sys, time

def work():
    while time.process_time() < 0.2:
        pass

if (ended := os.fork()) == 0:
    work()
    os._exit(0)
os.waitpid(ended, 0)
if os.fork() == 0:
    work()
    print("ready", flush=True)
sys.stdin.read()
"""


def test_processors_of_children_that_live_and_of_those_that_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        used_s = tree_processor_s(process.pid)
        process.communicate(b"")
    assert 0.36 < used_s < 1
    assert tree_processor_s(process.pid) == 0
