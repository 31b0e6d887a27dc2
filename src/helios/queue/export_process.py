"""Run exports in guarded processes: stopped, watched and limited from here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from helios.errors import EnvironmentProblem
from helios.executors.call import DEFAULT_RENDER_FUNCTION, ExportCall, ExportDone, Reply
from helios.executors.spawn import EXPORT, is_page_name, start_child
from helios.executors.worker import Worker
from helios.model.progress import ProgressListener
from helios.planning.needs import ChunkNeeds
from helios.process.memory import tree_memory_bytes, tree_own_bytes

STALL_S = 900.0
"""An export that reports nothing for so long is taken for dead. Its chunks have a shorter limit
of their own; this one is for what happens between them."""
_WEIGH_EVERY_S = 1.0
_GRACE_S = 0.3


class Exporter(Protocol):
    """Makes the films of a queue."""

    def export(
        self,
        config: dict[str, Any],
        folder: Path,
        *,
        on_progress: ProgressListener,
        log: Callable[[str], None],
        stop: threading.Event,
    ) -> ExportDone: ...


class ProcessExporter:
    """Makes every film in a process of its own, so that none can harm the queue.

    Args:
        render_function: what makes the film, as ``module:name``.
        executor: what places its chunks, for ``open_engine``.
        needs: what that should reserve for each chunk.
        stall_s: seconds without a word after which an export is given up.
        max_memory_bytes: what an export and its children may use.
    """

    def __init__(
        self,
        *,
        render_function: str = DEFAULT_RENDER_FUNCTION,
        executor: str = "threads",
        needs: ChunkNeeds | None = None,
        stall_s: float = STALL_S,
        max_memory_bytes: int | None = None,
    ) -> None:
        self._render_function = render_function
        self._executor = executor
        self._needs = needs
        self._stall_s = stall_s
        self._max_memory_bytes = max_memory_bytes

    def export(
        self,
        config: dict[str, Any],
        folder: Path,
        *,
        on_progress: ProgressListener,
        log: Callable[[str], None],
        stop: threading.Event,
    ) -> ExportDone:
        """Make one film.

        Raises:
            HeliosError: what failed; nothing of it runs any more.
            Cancelled: ``stop`` was set; finished chunks are kept, nothing runs any more.
        """

        def hear(reply: Reply) -> None:
            if reply.progress is not None:
                on_progress(reply.progress)

        call = ExportCall(
            config=config,
            folder=folder,
            render_function=self._render_function,
            executor=self._executor,
            needs=self._needs,
        )
        is_page = is_page_name(str(config.get("composition", "")))
        worker = Worker(start_child(EXPORT, expect_page=is_page), log=log)
        try:
            reply = worker.call(
                call,
                on_reply=hear,
                cancel=stop,
                stall_s=self._stall_s,
                watch=_Scales(worker.pid, self._max_memory_bytes).weigh,
            )
        finally:
            worker.kill(_GRACE_S)
        assert reply.film is not None
        return reply.film


class _Scales:
    """Weighs a process and its children now and then."""

    def __init__(self, pid: int, most_bytes: int | None) -> None:
        self._pid = pid
        self._most = most_bytes
        self._weighed = time.monotonic()

    def weigh(self) -> None:
        """Raise if they use too much memory.

        Raises:
            EnvironmentProblem: they do.
        """
        most, now = self._most, time.monotonic()
        if not most or now - self._weighed < _WEIGH_EVERY_S:
            return
        self._weighed = now
        # What children share is counted for each of them at first: too much, never too little.
        if tree_memory_bytes(self._pid) > most and (used := tree_own_bytes(self._pid)) > most:
            raise EnvironmentProblem(
                f"the render used {used >> 20} MiB, more than the {most >> 20} MiB it may",
                hint="Raise --max-memory, or choose a smaller type.",
            )
