"""The other end of a ``Worker``: reads calls and answers them, in the child process."""

from __future__ import annotations

import io
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from helios.errors import HeliosError, RenderError
from helios.executors.call import Call, Reply, read_call, reply_from_error
from helios.process.limits import lack_of_memory
from helios.remedies.broken import broken_package

Send = Callable[[Reply], None]
"""Says something to the holder; any thread may call it."""


class Talk:
    """The way to the holder and back. Standard output is its own from now on."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        # Whatever a composition or a library prints must not mix with the protocol.
        os.dup2(2, 1)
        sys.stdout = _PrintsToHolder(self._send)
        logging.getLogger("helios").addHandler(WarningsToHolder(self._send))

    def serve(self, answer: Callable[[Call, Send], Reply]) -> None:
        """Answer calls until the holder has gone, or needs no more."""
        threading.Thread(target=self._read_calls, name="helios-holder", daemon=True).start()
        while (line := self._calls.get()) is not None:
            self._send(self._answered(answer, line))

    def _answered(self, answer: Callable[[Call, Send], Reply], line: bytes) -> Reply:
        try:
            return answer(read_call(line), self._send)
        except HeliosError as error:
            return reply_from_error(error)
        except Exception as error:  # noqa: BLE001 - the holder must hear of it
            if known := lack_of_memory(error) or broken_package(error):
                return reply_from_error(known)
            import traceback

            traceback.print_exc()
            return reply_from_error(RenderError(f"{type(error).__name__}: {error}"))

    def _send(self, reply: Reply) -> None:
        with suppress(BrokenPipeError), self._sending:
            self._out.write(reply.model_dump_json(exclude_defaults=True).encode() + b"\n")

    def _read_calls(self) -> None:
        for line in sys.stdin.buffer:
            self._calls.put(line)
        self._calls.put(None)
        # A holder that only closed the pipe waits; one that died will not.
        time.sleep(5)
        os.killpg(0, signal.SIGKILL)


class _PrintsToHolder(io.TextIOWrapper):
    """Tells the holder each line that Python prints in this process."""

    def __init__(self, send: Send) -> None:
        super().__init__(os.fdopen(os.dup(1), "wb"), encoding="utf-8", errors="replace")
        self._tell = send
        self._begun = ""

    def write(self, text: str) -> int:
        """Tell the lines that end here; what has begun waits for its end."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._tell(Reply(event="printed", message=line))
        return len(text)


class WarningsToHolder(logging.Handler):
    """Tells the holder what is logged as a warning in this process, which nobody sees."""

    def __init__(self, send: Send) -> None:
        """``send`` reaches the holder."""
        super().__init__(logging.WARNING)
        self._tell = send

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        self._tell(Reply(event="warning", message=record.getMessage()))
