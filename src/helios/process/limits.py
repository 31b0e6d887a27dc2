"""Limits that a child process puts on itself before it touches what a stranger sent."""

from __future__ import annotations

import contextlib
import resource
import sys


def limit_self(*, memory_bytes: int, cpu_s: int, file_bytes: int = 0) -> None:
    """From now on: at most this much address space, processor time and file size."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        lower(kind, most)


def allow_open_files(wanted: int = 4096) -> None:
    """Let this process and its children open as many files as the system grants, up to
    ``wanted``: each worker and its browser need a few hundred together."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def open_files_allowed() -> int:
    """How many files this process may have open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def lower(kind: int, most: int) -> None:
    """Lower one limit of this process, for good; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))
