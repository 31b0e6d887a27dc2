"""One way to compile a kernel: without the interpreter lock, kept on disk, the same code always.

A frame must not depend on what was compiled, loaded or drawn before it. Three things see to that:

- the parts of a kernel are always inlined. As functions of their own they would be symbols of
  every kernel that uses them, optimised differently in each, and the dynamic linker takes the
  first that it meets for all;
- a kernel is called with exactly the types it was compiled for. numba would take an older
  version for arrays of any layout, which does its sums in another order;
- code from the disk is byte for byte what was compiled.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import platformdirs

from helios.errors import ExtraMissing
from helios.remedies.table import extra_remedy

try:
    import numba
    from numba._dispatcher import compute_fingerprint
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
except ModuleNotFoundError as error:
    if error.name != "numba":
        raise
    raise ExtraMissing("scenes need numba", hint=f"Install it: {extra_remedy('scene')}") from error

logger = logging.getLogger("helios.scene")
Function = Callable[..., Any]


@cache
def _source_digest() -> str:
    """Of all that is compiled into kernels: their package, the numbers beside it, the compiler."""
    digest = hashlib.sha256(numba.__version__.encode())
    beside = resources.files(__package__.rpartition(".")[0])
    for folder in (beside, resources.files(__package__)):
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".py"):
                digest.update(entry.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels of exactly this source are kept, for this user."""
    base = os.environ.get("HELIOS_CACHE_DIR") or platformdirs.user_cache_dir("helios")
    return Path(base).absolute() / "kernels" / _source_digest()


class Kernel:
    """A compiled function. Sums may be reordered, so results are equal on equal machines and
    within rounding elsewhere."""

    def __init__(self, function: Function) -> None:
        compile_for = numba.njit(nogil=True, fastmath=True, error_model="numpy", boundscheck=False)
        self.compiler = cast("Any", compile_for(function))
        self.compiler._cache = _Cache(function)  # numba's enable_caching() takes no folder
        self._versions: dict[tuple[bytes, ...], Function] = {}

    def __call__(self, *args: Any) -> Any:
        """Run the version for exactly these types, compiled or loaded the first time."""
        kinds = tuple(map(compute_fingerprint, args))
        version = self._versions.get(kinds)
        if version is None:
            version = self.compiler.compile(tuple(map(numba.typeof, args)))
            self._versions[kinds] = version
        return version(*args)


def kernel(function: Function) -> Kernel:
    """Compile ``function`` when it is first called."""
    return Kernel(function)


def inline(function: Function) -> Function:
    """A part of a kernel, compiled into it."""
    compiled: Function = numba.njit(
        nogil=True, fastmath=True, error_model="numpy", boundscheck=False, forceinline=True
    )(function)
    return compiled


class _Folder(_CacheLocator):
    """Names :func:`cache_folder` for every kernel, whether it can be written or not."""

    def __init__(self, function: Function) -> None:
        del function

    @classmethod
    def from_function(cls, py_func: Function, py_file: str) -> _Folder:
        """The locator of any kernel."""
        del py_file
        return cls(py_func)

    def get_cache_path(self) -> str:
        """The folder of this source."""
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        """Nothing more: the folder's name is a digest of the source."""
        return ""

    def get_disambiguator(self) -> str:
        """Nothing more: a kernel's module and name are its own."""
        return "kernel"


class _Storage(CompileResultCacheImpl):
    def __init__(self, function: Function) -> None:
        self._locator_classes: Any = [_Folder]
        super().__init__(function)


class _Cache(FunctionCache):
    """Compiled code on disk; what cannot be read or written is compiled again and never fatal."""

    _impl_class = _Storage

    def load_overload(self, sig: object, target_context: Any) -> Any:
        """The version of these types, if it is kept."""
        try:
            found = super().load_overload(sig, target_context)
        except (OSError, EOFError, ValueError, IndexError, TypeError, pickle.PickleError) as error:
            logger.info("a kept kernel cannot be read: %s", error)
            found = None
        if found is None:
            _announce_compilation()
        return found

    def save_overload(self, sig: object, data: Any) -> None:
        """Keep a version for the next process."""
        try:
            try:
                super().save_overload(sig, data)
            except (EOFError, ValueError, IndexError, TypeError, pickle.PickleError):
                self.flush()  # the index is damaged: begin a new one
                super().save_overload(sig, data)
        except OSError as error:
            _warn_unkept(error.strerror or str(error))


@cache
def _announce_compilation() -> None:
    logger.warning(
        "compiling kernels that this machine has not drawn with before (up to 20 s, once)"
    )


@cache
def _warn_unkept(reason: str) -> None:
    logger.warning(
        "compiled kernels cannot be kept in %s (%s): every process compiles its own; set "
        "HELIOS_CACHE_DIR to a folder that can be written",
        cache_folder(),
        reason,
    )
