"""Limits that a child process puts on itself before it touches what a stranger sent."""

from __future__ import annotations

import resource


def limit_self(*, memory_bytes: int, cpu_s: int, file_bytes: int = 0) -> None:
    """From now on: at most this much address space, processor time and file size."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        lower(kind, most)


def lower(kind: int, most: int) -> None:
    """Lower one limit of this process, for good; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))
