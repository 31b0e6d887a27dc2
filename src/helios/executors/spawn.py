"""Start child processes: light, so that one can start before anything else is loaded."""

from __future__ import annotations

import os
import sys
from typing import TypeVar

from helios.process.child import PIPE, Child, Spawn, python_argv, start
from helios.process.forkserver import ForkServer

CHILD_PROGRAM = "helios.children"
_FORKED_MODULE = "helios.children.__main__"
EXPECT_PAGE = "--page"
EXPORT = "export"
"""The purpose of a process that makes a film, with renderers of its own."""

_ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""They run side by side: matrix threads that wait by spinning would only fight."""
_KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""What one chunk's encoder gives back the next one takes, without the kernel clearing it anew."""

_Started = TypeVar("_Started", Child, ForkServer)
_ready: list[Child | ForkServer] = []
if hasattr(os, "register_at_fork"):
    # What was started ahead belongs to this process: who answers for it is a thread, and threads
    # are not copied.
    os.register_at_fork(after_in_child=_ready.clear)


def start_child(purpose: str, *, expect_page: bool = False, own_temporary: bool = False) -> Child:
    """A new process, waiting for calls.

    Args:
        purpose: one word for people who list processes.
        expect_page: it will draw a page, so it may start its browser at once.
        own_temporary: its temporary files go when it is stopped.
    """
    words = [purpose, *([EXPECT_PAGE] if expect_page else [])]
    return start(
        Spawn(
            argv=python_argv(CHILD_PROGRAM, *words),
            env=_environment(),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            own_temporary=own_temporary,
        )
    )


def is_page_name(word: str) -> bool:
    """Whether a word of a command, or a composition's name, is likely a page's."""
    return word.endswith((".html", ".frag", "/")) or word.startswith("http")


def take_fork_server() -> ForkServer | None:
    """What forks workers: the one that was started ahead, or a new one; None where forking a loaded
    process is not safe."""
    if sys.platform != "linux":
        return None
    return _taken(ForkServer) or ForkServer(_FORKED_MODULE, _environment())


def _environment() -> dict[str, str]:
    return {**_ONE_BLAS_THREAD, **_KEPT_MEMORY, **os.environ, "PYTHONUNBUFFERED": "1"}


def start_ahead(*, expect_page: bool) -> None:
    """Start what draws first: a page's renderer with its browser, else what forks the renderers."""
    server = None if expect_page else take_fork_server()
    _ready.append(server or start_child("draw", expect_page=expect_page))


def take_child() -> Child:
    """The renderer that was started ahead, or a new one."""
    return _taken(Child) or start_child("draw")


def stop_unused() -> None:
    """End what was started ahead and not needed."""
    while _ready:
        ready = _ready.pop()
        if isinstance(ready, Child):
            ready.stop()
        else:
            ready.close()


def _taken(kind: type[_Started]) -> _Started | None:
    """What is ready of one kind; the caller's from now on."""
    for ready in _ready:
        if isinstance(ready, kind):
            _ready.remove(ready)
            return ready
    return None
