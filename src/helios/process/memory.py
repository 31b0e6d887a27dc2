"""How much memory there is, and how much of a machine a process and its children use (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_UNLIMITED = 1 << 60


def memory_limit_bytes(cgroups: Path = _CGROUPS, own_groups: Path = _OWN_GROUPS) -> int:
    """What this process may use: the machine's memory, or its container's or group's if less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [_read_number(path) for path in _limit_files(cgroups, own_groups)]
    return min([total, *(value for value in limits if value is not None and value < _UNLIMITED)])


def _limit_files(cgroups: Path, own_groups: Path) -> Iterator[Path]:
    """The limits of all groups that this process is in, of version 2 and 1."""
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:
        lines = []
    groups = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    own = {controllers: PurePosixPath(path) for _, controllers, path in groups}
    for controllers, name in (("", "memory.max"), ("memory", "memory.limit_in_bytes")):
        group = own.get(controllers, PurePosixPath("/"))
        for part in (group, *group.parents):
            yield cgroups / controllers / str(part).lstrip("/") / name


def tree_memory_bytes(pid: int) -> int:
    """Resident memory of a process and all its descendants; 0 where it cannot be told.

    What they share counts for each of them; ``tree_own_bytes`` is exact, and slower.
    """
    return sum(each.pages for each in _tree(pid)) * os.sysconf("SC_PAGE_SIZE")


def tree_own_bytes(pid: int) -> int:
    """Memory of a process and all its descendants, with what they share counted once."""
    size = os.sysconf("SC_PAGE_SIZE")
    return sum(_proportional_bytes(each.pid, each.pages * size) for each in _tree(pid))


def tree_processor_s(pid: int) -> float:
    """Processor seconds of a process and all its descendants, those that it waited for included;
    0 where it cannot be told."""
    return sum(each.ticks for each in _tree(pid)) / os.sysconf("SC_CLK_TCK")


def _proportional_bytes(pid: int, resident: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return resident
    return next((int(line.split()[1]) << 10 for line in text.splitlines() if line[:4] == "Pss:"), 0)


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    pages: int = 0
    """Resident."""
    ticks: int = 0
    """Of processors, with those of children that have ended."""


def _tree(pid: int) -> list[_Process]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    known: dict[int, _Process] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        # The name in parentheses may hold spaces and parentheses of its own.
        words = text.rpartition(")")[2].split()
        number = int(entry.parent.name)
        children.setdefault(int(words[1]), []).append(number)
        known[number] = _Process(number, int(words[21]), sum(map(int, words[11:15])))
    found, open_ids = [], [pid]
    while open_ids:
        number = open_ids.pop()
        found.append(known.get(number, _Process(number)))
        open_ids += children.get(number, [])
    return found


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
