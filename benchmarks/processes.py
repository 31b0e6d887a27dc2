"""What a process and all that descend from it use, read from /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found = [pid]
    for process in found:
        found.extend(children.get(process, []))
    return found


def cpu_s(pid: int) -> float:
    """Processor seconds, user and system, of the living family of a process."""
    return sum(process_cpu_s(member) or 0.0 for member in family(pid))


def process_cpu_s(pid: int) -> float | None:
    """Processor seconds of one process; None when it is gone."""
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / TICKS_PER_S if stat else None


def python_peak_mb(pid: int) -> tuple[str, float] | None:
    """(what it runs, peak resident MB) of a Python process; None for any other."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), None)
    if peak is None or "python" not in Path(words[0]).name:
        return None
    module = words[words.index("-m") + 1] if "-m" in words else words[1]
    return module, int(peak.split()[1]) / 1024


def proportional_mb(pid: int) -> float:
    """Proportional set (PSS) of a living family: what it shares within itself counts once, MB."""
    total = 0
    for member in family(pid):
        with suppress(OSError):
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def machine_busy_s() -> float:
    """Processor seconds that all programs of the machine have used since it was started."""
    user, nice, system, _idle, _waiting, interrupts, soft = (
        int(word) for word in Path("/proc/stat").read_text().split()[1:8]
    )
    return (user + nice + system + interrupts + soft) / TICKS_PER_S


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


@dataclass
class Stretch:
    """Time and processor time that passed between two moments."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


@contextmanager
def measured(used_s: Callable[[], float]) -> Iterator[Stretch]:
    """Fill a ``Stretch`` with what the block takes; ``used_s`` gives processor seconds so far."""
    stretch = Stretch()
    cpu, wall = used_s(), time.perf_counter()
    yield stretch
    stretch.wall_s, stretch.cpu_s = time.perf_counter() - wall, used_s() - cpu
