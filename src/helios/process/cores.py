"""How many processors this process may use (Linux: affinity and control groups)."""

from __future__ import annotations

import math
import os
from pathlib import Path, PurePosixPath

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")


def available_cores(cgroups: Path = _CGROUPS, own_groups: Path = _OWN_GROUPS) -> int:
    """Processors that this process may run on, or its container's quota of them if less; at
    least 1."""
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    quotas = [quota for quota in _quotas(cgroups, own_groups) if quota is not None]
    return max(1, min([allowed, *(math.ceil(quota) for quota in quotas)]))


def _quotas(cgroups: Path, own_groups: Path) -> list[float | None]:
    """Processors allowed by each group that this process is in, of version 2 and 1."""
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:
        lines = []
    groups = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    own = {controllers: PurePosixPath(path) for _, controllers, path in groups}
    unified = own.get("", PurePosixPath("/"))
    found = [
        _quota_v2(cgroups / str(part).lstrip("/") / "cpu.max")
        for part in (unified, *unified.parents)
    ]
    divided = own.get("cpu,cpuacct", own.get("cpu", PurePosixPath("/")))
    for part in (divided, *divided.parents):
        folder = cgroups / "cpu" / str(part).lstrip("/")
        found.append(
            _ratio(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))
        )
    return found


def _quota_v2(path: Path) -> float | None:
    words = _read(path).split()
    return _ratio(*words) if len(words) == 2 else None


def _ratio(quota: str, period: str) -> float | None:
    try:
        microseconds, every = int(quota), int(period)
    except ValueError:  # "max": no limit
        return None
    return microseconds / every if microseconds > 0 and every > 0 else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
