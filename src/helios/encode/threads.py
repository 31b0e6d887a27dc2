"""Gives back the real-time priority that an encoder takes for itself."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


def give_back_priority() -> None:
    """Let all threads of this process run as others do.

    SVT-AV1 makes its threads, and the one that opens it, real-time when it runs as root. Threads
    made later inherit that, and two that wait in a loop then stop the whole machine.
    """
    if not hasattr(os, "sched_setscheduler") or not _TASKS.is_dir():
        return
    for task in _TASKS.iterdir():
        with suppress(OSError):
            if os.sched_getscheduler(int(task.name)) != os.SCHED_OTHER:
                os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))
