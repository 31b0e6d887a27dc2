"""One way to compile a kernel: without the interpreter lock, cached on disk."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import platformdirs

from helios.errors import ExtraMissing

try:
    import numba
except ImportError as error:  # pragma: no cover
    raise ExtraMissing(
        "scenes need numba", hint="Install it with: pip install 'helios-render[scene]'"
    ) from error

logger = logging.getLogger("helios.scene")
Function = Callable[..., Any]


def cache_folder() -> Path:
    """Where compiled kernels of exactly this source are kept, for this user."""
    digest = hashlib.sha256(numba.__version__.encode())
    for entry in sorted(resources.files(__package__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".py"):
            digest.update(entry.read_bytes())
    base = os.environ.get("HELIOS_CACHE_DIR") or platformdirs.user_cache_dir("helios")
    return Path(base) / "kernels" / digest.hexdigest()[:16]


def kernel(function: Function) -> Function:
    """Compile ``function`` on its first call. Sums may be reordered, so results are equal on
    equal machines and within rounding elsewhere."""
    compiled: Function = numba.njit(
        nogil=True, fastmath=True, cache=True, error_model="numpy", boundscheck=False
    )(function)
    return compiled


def inline(function: Function) -> Function:
    """A part of a kernel, compiled into it."""
    compiled: Function = numba.njit(
        nogil=True, fastmath=True, error_model="numpy", boundscheck=False, inline="never"
    )(function)
    return compiled


def announce_compilation() -> None:
    """Say once that the kernels are being compiled, when they are."""
    folder = cache_folder()
    if not folder.is_dir() or not any(folder.rglob("*.nbi")):
        logger.warning("compiling the scene kernels, once for this machine (about 20 s)")


def _use_own_cache() -> None:
    # Set before any kernel is declared: numba reads it when a cached function is defined.
    if not os.environ.get("NUMBA_CACHE_DIR"):
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        vars(numba.config)["CACHE_DIR"] = str(folder)


_use_own_cache()
