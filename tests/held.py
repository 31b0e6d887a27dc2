"""Holding threads of other processes for a while, as a busy machine does, but for certain."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_ALL_KINDS = 0x40000000
"""Of children, threads of others' too (``__WALL``)."""


def threads(root_pid: int, name: str) -> list[int]:
    """Threads of that name, of a process and all that come from it."""
    children = _children()
    pids = [root_pid]
    for pid in pids:
        pids += children.get(pid, [])
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").glob("*")]
    return [int(task.name) for task in tasks if (task / "comm").read_text().strip() == name[:15]]


@contextmanager
def held(thread_ids: list[int]) -> Iterator[None]:
    """The threads stand still. Skips the test where this process may not hold them."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    holding: list[int] = []
    try:
        for thread_id in thread_ids:
            if ptrace(_SEIZE, thread_id, None, None) != 0:
                pytest.skip(f"no thread may be held here: {os.strerror(ctypes.get_errno())}")
            ptrace(_INTERRUPT, thread_id, None, None)
            os.waitpid(thread_id, _ALL_KINDS)
            holding.append(thread_id)
        yield
    finally:
        for thread_id in holding:
            ptrace(_DETACH, thread_id, None, None)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        found.setdefault(int(parent), []).append(int(stat.parent.name))
    return found
