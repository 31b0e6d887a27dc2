"""Limits that a child process puts on itself before it touches what a stranger sent."""

from __future__ import annotations

import contextlib
import resource
import sys

from helios.errors import EnvironmentProblem
from helios.remedies.table import Fault, remedy


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


def address_space_allowed() -> int | None:
    """How many bytes this process may address, if that is limited."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def file_bytes_allowed() -> int | None:
    """How large a file this process may write, if that is limited."""
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return None if soft == resource.RLIM_INFINITY else soft


def lack_of_memory(error: BaseException) -> EnvironmentProblem | None:
    """What to say of an error that memory for data or for code was refused with; None if it is
    no such error."""
    space = address_space_allowed()
    is_code = isinstance(error, ImportError | OSError) and (
        "failed to map" in str(error) or (space is not None and "shared object" in str(error))
    )
    if not (is_code or isinstance(error, MemoryError)):
        return None
    if space is None:
        return EnvironmentProblem("not enough memory", hint=remedy(Fault.LITTLE_MEMORY))
    return EnvironmentProblem(
        f"not enough memory: this process may address only {space / 1e9:.1f} GB",
        hint=f"Allow more: {remedy(Fault.LITTLE_ADDRESS_SPACE)}",
    )


def lower(kind: int, most: int) -> None:
    """Lower one limit of this process, for good; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))
