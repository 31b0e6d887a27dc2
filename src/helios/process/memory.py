"""How much memory there is, and how much a process and its children use (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_UNLIMITED = 1 << 60


def memory_limit_bytes() -> int:
    """What this process may use: the machine's memory, or the container's if that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [value for path in _CGROUP_LIMITS if (value := _read_number(path)) is not None]
    return min([total, *(value for value in limits if value < _UNLIMITED)])


def tree_memory_bytes(pid: int) -> int:
    """Resident memory of a process and all its descendants; 0 where it cannot be told."""
    children: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        # The name in parentheses may hold spaces and parentheses of its own.
        words = text.rpartition(")")[2].split()
        number = int(entry.parent.name)
        children.setdefault(int(words[1]), []).append(number)
        pages[number] = int(words[21])
    total, open_ids = 0, [pid]
    while open_ids:
        number = open_ids.pop()
        total += pages.get(number, 0)
        open_ids += children.get(number, [])
    return total * os.sysconf("SC_PAGE_SIZE")


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
