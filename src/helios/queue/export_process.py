"""Run exports in guarded processes: stopped, watched and limited from here."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from helios.errors import Cancelled, EnvironmentProblem, RenderError
from helios.model.progress import ProgressListener
from helios.process.child import PIPE, Child, Spawn, start
from helios.process.memory import tree_memory_bytes, tree_own_bytes
from helios.queue.export_call import (
    DEFAULT_RENDER_FUNCTION,
    EXPORT_MODULE,
    ExportCall,
    ExportDone,
    ExportReply,
)

STALL_S = 900.0
"""An export that reports nothing for so long is taken for dead. Its chunks have a shorter limit
of their own; this one is for what happens between them."""
_POLL_S = 0.1
_WEIGH_EVERY_S = 1.0
_LAST_LINES = 8


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
        stall_s: seconds without a word after which an export is given up.
        max_memory_bytes: what an export and its children may use.
    """

    def __init__(
        self,
        *,
        render_function: str = DEFAULT_RENDER_FUNCTION,
        stall_s: float = STALL_S,
        max_memory_bytes: int | None = None,
    ) -> None:
        self._render_function = render_function
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
        call = ExportCall(config=config, folder=folder, render_function=self._render_function)
        export = ExportProcess(call, log)
        try:
            return self._watch(export, on_progress, stop)
        finally:
            export.end()

    def _watch(
        self, export: ExportProcess, on_progress: ProgressListener, stop: threading.Event
    ) -> ExportDone:
        heard = weighed = time.monotonic()
        while True:
            reply = export.next_reply()
            if stop.is_set():
                raise Cancelled
            now = time.monotonic()
            if reply is not None:
                heard = now
                if reply.event == "progress":
                    assert reply.progress is not None
                    on_progress(reply.progress)
                    continue
                return _outcome(reply)
            if export.is_over:
                raise export.death()
            if now - heard > self._stall_s:
                raise _again(RenderError(f"nothing happened for {self._stall_s:g} seconds"))
            if self._max_memory_bytes and now - weighed > _WEIGH_EVERY_S:
                weighed = now
                self._weigh(export.pid)

    def _weigh(self, pid: int) -> None:
        most = self._max_memory_bytes or 0
        # What children share is counted for each of them at first: too much, never too little.
        if tree_memory_bytes(pid) > most and (used := tree_own_bytes(pid)) > most:
            raise EnvironmentProblem(
                f"the render used {used >> 20} MiB, more than the {most >> 20} MiB it may",
                hint="Raise --max-memory, or choose a smaller type.",
            )


class ExportProcess:
    """The process, and what it says."""

    def __init__(self, call: ExportCall, log: Callable[[str], None]) -> None:
        self._child: Child = start(
            Spawn(
                argv=[sys.executable, "-m", EXPORT_MODULE],
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
            )
        )
        self.pid = self._child.pid
        self._log = log
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._readers = [
            threading.Thread(target=target, name=f"helios-export-{self.pid}", daemon=True)
            for target in (self._read_output, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(call.model_dump_json().encode() + b"\n")
            self._child.stdin.flush()

    @property
    def is_over(self) -> bool:
        """Whether it has ended and all it said was read."""
        if self._child.exit_code is None:
            return False
        self._readers[0].join(1.0)
        return self._lines.empty()

    def next_reply(self) -> ExportReply | None:
        """What it says next, if it says something soon."""
        try:
            line = self._lines.get(timeout=_POLL_S)
        except queue.Empty:
            return None
        try:
            return ExportReply.model_validate_json(line)
        except ValidationError:
            self._log(line.decode(errors="replace").rstrip())
            return None

    def death(self) -> RenderError:
        """Why it ended without a last word."""
        self._readers[1].join(1.0)
        code = self._child.exit_code or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        tail = "\n".join(("", *self._last))
        return _again(RenderError(f"the render's process {how}{tail}".rstrip()))

    def end(self) -> None:
        """See to it that nothing of it runs any more."""
        grace_s = 0.0 if self._child.exit_code is not None else 0.3
        self._child.stop(grace_s)

    def _read_output(self) -> None:
        assert self._child.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._child.stdout:
                self._lines.put(line)

    def _read_errors(self) -> None:
        assert self._child.stderr is not None
        with contextlib.suppress(ValueError, OSError):
            for raw in self._child.stderr:
                line = raw.decode(errors="replace").rstrip()
                self._last.append(line)
                self._log(line)


def _outcome(reply: ExportReply) -> ExportDone:
    if reply.event == "stopped":
        raise _again(RenderError("the render was stopped by a signal from outside"))
    if reply.event == "error":
        raise reply.as_error()
    assert reply.done is not None
    return reply.done


def _again(error: RenderError) -> RenderError:
    error.retry = True
    return error
