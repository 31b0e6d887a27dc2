"""Python, optional parts, memory, disk, and the right to write."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from helios.browser.profile import has_shared_memory
from helios.doctor.finding import Finding, ok, problem, warning
from helios.process.cores import available_cores
from helios.process.memory import memory_limit_bytes
from helios.remedies.system import this_system
from helios.remedies.table import Fault, extra_remedy, remedy
from helios.remote.cache import cache_folder
from helios.version import __version__

_GB = 1_000_000_000
_LEAST_MEMORY = 1 * _GB
_LEAST_DISK = 1 * _GB
_RING_BYTES = 150_000_000
"""What a browser keeps there for films in 1080p."""
_EXTRAS = {"scene": ("numba",), "server": ("fastapi", "sqlalchemy"), "postgres": ("psycopg",)}
_SPECIAL_EXTRAS = {
    "gpu": ("wgpu", "scenes drawn by a graphics card"),
    "cloud": ("obstore", "jobs in stores without a disk"),
    "mcp": ("mcp", "tools for agents"),
    "dask": ("distributed", "Dask clusters"),
    "ray": ("ray", "Ray clusters"),
}
"""What most machines do without: the module, and what it is for."""


def python() -> Iterator[Finding]:
    """Which Python and Helios, on which system."""
    yield ok(
        "python",
        f"Helios {__version__}, Python {platform.python_version()}, {this_system()}, "
        f"{platform.machine()}",
    )


def extras() -> Iterator[Finding]:
    """Which optional parts are installed."""
    for extra, modules in _EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        if not missing:
            yield ok(f"extra {extra}", "installed")
        else:
            yield warning(f"extra {extra}", f"no {', '.join(missing)}", extra_remedy(extra))
    for extra, (module, purpose) in _SPECIAL_EXTRAS.items():
        is_there = find_spec(module) is not None
        yield ok(f"extra {extra}", "installed" if is_there else f"not installed; for {purpose}")


def memory() -> Iterator[Finding]:
    """Cores, memory, and memory for files."""
    limit = memory_limit_bytes()
    text = f"{limit / _GB:.1f} GB, {available_cores()} cores"
    if limit < _LEAST_MEMORY:
        yield warning("memory", text, remedy(Fault.LITTLE_MEMORY))
    else:
        yield ok("memory", text)
    if has_shared_memory(_RING_BYTES):
        yield ok("shared memory", "large enough")
    else:
        yield warning(
            "shared memory",
            f"less than {_RING_BYTES // 1_000_000} MB free in /dev/shm: frames go over the disk",
            remedy(Fault.SMALL_SHARED_MEMORY),
        )


def folders() -> Iterator[Finding]:
    """Where films, temporary files and what is kept are written."""
    yield _folder("this folder", Path.cwd(), Fault.NOT_WRITABLE)
    yield _folder("temporary files", Path(tempfile.gettempdir()), Fault.NOT_WRITABLE)
    kept = _folder("cache", cache_folder().parent, Fault.CACHE_NOT_WRITABLE)
    if kept.status == "problem":  # all is done without it, only slower
        kept = warning(kept.name, kept.message, kept.remedy)
    yield kept


def _folder(name: str, folder: Path, fault: Fault) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as stream:
            stream.write(b"x")
            stream.flush()
            os.fsync(stream.fileno())
        free = shutil.disk_usage(there).free
    except OSError as error:
        return problem(name, f"{folder}: {error.strerror or error}", remedy(fault))
    text = f"{folder}: {free / _GB:.1f} GB free"
    if free < _LEAST_DISK:
        return warning(name, text, remedy(Fault.LITTLE_DISK))
    return ok(name, text)
