"""A child process that answers calls, and the only way to make it do so."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache

from pydantic import ValidationError

from helios.errors import Cancelled, ChunkFailed, HeliosError, RenderError
from helios.executors.call import (
    Call,
    ChunkCall,
    InspectCall,
    Reply,
    error_from_reply,
    read_call,
)
from helios.executors.spawn import take_child
from helios.process.child import GRACE_S, Child
from helios.process.forkserver import ForkedChild

STALL_S = 300.0
"""A process that reports nothing for so long is taken for dead."""
_POLL_S = 0.1
_LAST_LINES = 20
logger = logging.getLogger("helios.executors")


def _ignore(_: object) -> None:
    pass


@cache
def _pass_on(warning: str) -> None:
    """Say what a child process warned of: once, though every worker says it."""
    logger.warning("%s", warning)


class Worker:
    """One guarded process, one call at a time.

    It keeps what it has opened between calls: the browser that inspected goes on to draw. It ends
    when this process does, however that happens.
    """

    def __init__(
        self,
        child: Child | ForkedChild | None = None,
        *,
        log: Callable[[str], None] = _ignore,
    ) -> None:
        """``child`` is a process of ``helios.children``, a new one by default; ``log`` hears what
        it prints."""
        self._child: Child | ForkedChild = child or take_child()
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=_LAST_LINES)
        self._log = log
        self._readers = [
            threading.Thread(target=target, name=f"helios-worker-{self.pid}", daemon=True)
            for target in (self._read_output, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    def call(
        self,
        call: Call,
        *,
        on_reply: Callable[[Reply], None] = _ignore,
        on_print: Callable[[str], None] = _ignore,
        cancel: threading.Event | None = None,
        stall_s: float = STALL_S,
        watch: Callable[[], None] = lambda: None,
    ) -> Reply:
        """Do one thing and wait for its end. The worker can be used again unless this raises.

        Args:
            call: what to do.
            on_reply: hears what is said before the end.
            on_print: hears what a composition prints meanwhile, by lines.
            cancel: ends it when it is set.
            stall_s: seconds of silence after which it is given up.
            watch: called several times a second; what it raises ends the call.

        Raises:
            HeliosError: what the process said was wrong.
            ChunkFailed, RenderError: the process ended, or was silent for ``stall_s``.
            Cancelled: ``cancel`` was set.
        """
        self._send(call)
        heard = time.monotonic()
        last: Reply | None = None
        while True:
            line = self._next_line(cancel)
            watch()
            if line is not None:
                heard = time.monotonic()
                reply = self._parse(line)
                if reply is None:
                    continue
                if reply.is_last:
                    return self._checked(reply, last)
                if reply.event == "warning":
                    self._note(reply.message.encode())
                    _pass_on(reply.message)
                    continue
                if reply.event == "printed":
                    self._note(reply.message.encode())
                    on_print(reply.message)
                    continue
                last = reply if reply.event == "committed" else last
                on_reply(reply)
            elif self._is_over:
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

    def kill(self, grace_s: float = GRACE_S) -> None:
        """End it and everything it started, now."""
        self._child.stop(0.0 if self._child.exit_code is not None else grace_s)

    def _send(self, call: Call) -> None:
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(call.model_dump_json().encode() + b"\n")
            self._child.stdin.flush()

    @property
    def _is_over(self) -> bool:
        """Whether it has ended and all it said was read."""
        if self._child.exit_code is None:
            return False
        self._readers[0].join(1.0)
        return self._lines.empty()

    def _next_line(self, cancel: threading.Event | None) -> bytes | None:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        try:
            return self._lines.get(timeout=_POLL_S)
        except queue.Empty:
            return None

    def _parse(self, line: bytes) -> Reply | None:
        """A line, or None for something else that was printed (by a composition, say)."""
        try:
            return Reply.model_validate_json(line)
        except ValidationError:
            self._note(line)
            return None

    def _checked(self, reply: Reply, last: Reply | None) -> Reply:
        """What a call is answered with; of chunks, the record of the last one."""
        if reply.event == "error":
            raise error_from_reply(reply)
        if reply.event == "stopped":
            error = RenderError("the render was stopped by a signal from outside")
            error.retry = True
            raise error
        return last if last is not None else reply

    def _died(self, call: Call) -> HeliosError:
        code = self._child.exit_code or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return self._failure(call, how, retry=True)

    def _failure(self, call: Call, how: str, *, retry: bool) -> HeliosError:
        time.sleep(0.05)  # the last words on stderr may still be on their way
        lines = tuple(self._errors)
        tail = "\n".join(("", *lines[-8:])) if lines else ""
        text = f"the process of {call.name} {how}{tail}"
        if not isinstance(call, ChunkCall | InspectCall):
            error = RenderError(text)
            error.retry = retry
            return error
        return ChunkFailed(
            text,
            chunk_id=call.first.id if isinstance(call, ChunkCall) else -1,
            chunk_exit_code=self._child.exit_code or 1,
            last_lines=lines,
            hint="Run the same command again: finished chunks are kept.",
            retry=retry,
        )

    def _note(self, raw: bytes) -> None:
        line = raw.decode(errors="replace").rstrip()
        self._errors.append(line)
        self._log(line)

    def _read_output(self) -> None:
        assert self._child.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._child.stdout:
                self._lines.put(line)

    def _read_errors(self) -> None:
        assert self._child.stderr is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self._child.stderr:
                self._note(line)


def run_chunk(call: str) -> str:
    """Render one chunk in a process of its own: JSON in, JSON out. What every engine runs.

    Idempotent: a chunk with a valid commit record is not rendered again.

    Raises:
        HeliosError: as ``Worker.call``.
    """
    worker = Worker()
    try:
        reply = worker.call(read_call(call))
    except BaseException:
        worker.kill()
        raise
    worker.close()
    return reply.model_dump_json()
