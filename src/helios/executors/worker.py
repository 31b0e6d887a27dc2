"""A child process that renders, and the only way to make it do so."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque

from pydantic import TypeAdapter, ValidationError

from helios.errors import Cancelled, ChunkFailed
from helios.executors.call import (
    ChunkCall,
    InspectCall,
    Reply,
    RunListener,
    SilentListener,
    error_from_reply,
)
from helios.executors.spawn import take_worker
from helios.process.child import Child
from helios.process.forkserver import ForkedChild

STALL_S = 300.0
"""A renderer that reports nothing for so long is taken for dead."""
_POLL_S = 0.1
_LAST_LINES = 20
_SILENT = SilentListener()


class RenderWorker:
    """One guarded process that inspects and renders, one call at a time.

    It keeps its browser between calls, so what inspection started is not started again. It ends
    when this process does, however that happens.
    """

    def __init__(self, child: Child | ForkedChild | None = None) -> None:
        """``child`` is a process of ``helios.rendering.chunk``; a new one by default."""
        self._child: Child | ForkedChild = child or take_worker()
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=_LAST_LINES)
        for target in (self._read_output, self._read_errors):
            threading.Thread(target=target, name=f"helios-worker-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    def call(
        self,
        call: InspectCall | ChunkCall,
        *,
        listener: RunListener = _SILENT,
        cancel: threading.Event | None = None,
        stall_s: float = STALL_S,
    ) -> Reply:
        """Do one thing and wait for its end. The worker can be used again unless this raises.

        Raises:
            HeliosError: what the renderer said was wrong.
            ChunkFailed: the process ended, or was silent for ``stall_s``.
            Cancelled: ``cancel`` was set.
        """
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(call.model_dump_json().encode() + b"\n")
            self._child.stdin.flush()
        heard = time.monotonic()
        last: Reply | None = None
        while True:
            line = self._next_line(cancel)
            if line is not None:
                heard = time.monotonic()
                reply = self._parse(line)
                if reply is None:
                    continue
                if reply.event == "progress":
                    listener.on_frames(reply.chunk_id, reply.frames)
                elif reply.event == "committed":
                    assert reply.record is not None
                    last = reply
                    listener.on_committed(reply.chunk_id, reply.record)
                else:
                    return self._checked(reply, last)
            elif self._child.exit_code is not None and self._lines.empty():
                raise self._died(call)
            elif time.monotonic() - heard > stall_s:
                raise self._failure(call, f"reported nothing for {stall_s:g} seconds", retry=True)

    def hang_up(self) -> None:
        """Tell it that there will be no more calls."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()

    def close(self) -> None:
        """Let it end by itself, and see to it if it does not."""
        self.hang_up()
        if self._child.wait(1.0) is None:
            self.kill()
        else:
            self._child.stop(grace_s=0)

    def kill(self) -> None:
        """End it and everything it started, now."""
        self._child.stop()

    def _next_line(self, cancel: threading.Event | None) -> bytes | None:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        with contextlib.suppress(queue.Empty):
            return self._lines.get(timeout=_POLL_S)
        return None

    def _parse(self, line: bytes) -> Reply | None:
        """A line, or None for something else that was printed (by a composition, say)."""
        try:
            return _REPLY.validate_json(line)
        except ValidationError:
            self._errors.append(line.decode(errors="replace").rstrip())
            return None

    def _checked(self, reply: Reply, last: Reply | None) -> Reply:
        """What a call is answered with: the facts, or the record of its last chunk."""
        if reply.event == "error":
            raise error_from_reply(reply)
        return last if reply.event == "done" and last is not None else reply

    def _died(self, call: InspectCall | ChunkCall) -> ChunkFailed:
        code = self._child.exit_code or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return self._failure(call, how, retry=True)

    def _failure(self, call: InspectCall | ChunkCall, how: str, *, retry: bool) -> ChunkFailed:
        chunk_id = call.first.id if isinstance(call, ChunkCall) else -1
        name = f"chunk {chunk_id}" if chunk_id >= 0 else "inspection"
        time.sleep(0.05)  # the last words on stderr may still be on their way
        lines = tuple(self._errors)
        tail = "\n".join(("", *lines[-8:])) if lines else ""
        return ChunkFailed(
            f"the process of {name} {how}{tail}",
            chunk_id=chunk_id,
            chunk_exit_code=self._child.exit_code or 1,
            last_lines=lines,
            hint="Run the same command again: finished chunks are kept.",
            retry=retry,
        )

    def _read_output(self) -> None:
        assert self._child.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._child.stdout:
                self._lines.put(line)

    def _read_errors(self) -> None:
        assert self._child.stderr is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._child.stderr:
                self._errors.append(line.decode(errors="replace").rstrip())


_REPLY = TypeAdapter(Reply)
_CALL: TypeAdapter[ChunkCall] = TypeAdapter(ChunkCall)


def run_chunk(call: str) -> str:
    """Render one chunk in a process of its own: JSON in, JSON out. What every engine runs.

    Idempotent: a chunk with a valid commit record is not rendered again.

    Raises:
        HeliosError: as ``RenderWorker.call``.
    """
    worker = RenderWorker()
    try:
        reply = worker.call(_CALL.validate_json(call))
    except BaseException:
        worker.kill()
        raise
    worker.close()
    return reply.model_dump_json()
