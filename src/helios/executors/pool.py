"""Workers that draw side by side, kept warm between the calls of one render."""

from __future__ import annotations

import contextlib
import threading
from functools import partial
from typing import Self

from helios.errors import Cancelled
from helios.executors.call import (
    ChunkCall,
    InspectCall,
    Reply,
    RunListener,
    tell,
)
from helios.executors.spawn import take_fork_server
from helios.executors.worker import Worker
from helios.model.composition import CompositionKind
from helios.process.forkserver import ForkServer


class _Place:
    """Where a worker stands: the film it has open, and the frame it is ready to draw."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.film: ChunkCall | None = None
        self.frame = 0

    def distance(self, call: InspectCall | ChunkCall) -> float:
        """How much of the film lies between here and a call; infinite for another film."""
        if not isinstance(call, ChunkCall) or self.film != call.film:
            return float("inf")
        start = call.first.start_frame
        # A page cannot go back: it begins anew.
        return float(start - self.frame if start >= self.frame else start + 1)


def _tell_printed(listener: RunListener | None, call: InspectCall | ChunkCall, line: str) -> None:
    if listener is not None and isinstance(call, ChunkCall):
        listener.on_print(call.first.id, line)


class WorkerPool:
    """As many workers as calls run at once. Thread-safe.

    Workers are forked from a server that has loaded what they need, in milliseconds each; only who
    is first asked for a page is a process of its own, that starts its browser while it loads.
    """

    def __init__(self, *, makes_rows: bool = False) -> None:
        """``makes_rows``: its films are those of one composition with other props."""
        self.makes_rows = makes_rows
        self.cancelled = threading.Event()
        self._lock = threading.Lock()
        self._free: list[_Place] = []
        self._busy: set[_Place] = set()
        self._starting = threading.Lock()
        self._has_first = False
        self._fork_server: ForkServer | None = None

    def expect(self, workers: int) -> None:
        """Load what further workers are forked from, beside whatever comes before them."""
        if workers > 1 and not self.cancelled.is_set():
            with self._starting:
                self._server()

    def call(self, call: InspectCall | ChunkCall, listener: RunListener | None = None) -> Reply:
        """Run a call on the free worker that is nearest to it, or on a new one.

        Raises:
            HeliosError: what failed; the worker is gone then.
            Cancelled: ``cancel`` was called.
        """
        place = self._take(call)
        try:
            reply = place.worker.call(
                call,
                on_reply=partial(tell, listener),
                on_print=partial(_tell_printed, listener, call),
                cancel=self.cancelled,
            )
        except BaseException:
            place.worker.kill()
            with self._lock:
                self._busy.discard(place)
            raise
        if isinstance(call, ChunkCall):
            place.film, place.frame = call.film, call.chunks[-1].end_frame
        with self._lock:
            self._busy.discard(place)
            self._free.append(place)
        return reply

    def cancel(self) -> None:
        """Make every running call raise ``Cancelled``."""
        self.cancelled.set()

    def release(self) -> None:
        """Let idle workers go, without waiting for their end; ``close`` does."""
        with self._lock:
            for place in self._free:
                place.worker.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            places, self._free = [*self._free, *self._busy], []
        for place in places:
            if self.cancelled.is_set():
                place.worker.kill()
            else:
                place.worker.hang_up()
        if not self.cancelled.is_set():
            for place in places:
                place.worker.close()
        with self._starting:
            if self._fork_server is not None:
                self._fork_server.close()
                self._fork_server = None

    def _take(self, call: InspectCall | ChunkCall) -> _Place:
        if self.cancelled.is_set():
            raise Cancelled
        with self._lock:
            place = min(self._free, key=lambda free: free.distance(call), default=None)
            if place is not None:
                self._free.remove(place)
                self._busy.add(place)
                return place
        place = _Place(self._start(call))
        with self._lock:
            self._busy.add(place)
        return place

    def _start(self, call: InspectCall | ChunkCall) -> Worker:
        with self._starting:
            is_first, self._has_first = not self._has_first, True
            if is_first and call.composition.kind is CompositionKind.PAGE:
                return Worker()
            server = self._server()
        if server is not None:
            with contextlib.suppress(OSError):
                return Worker(server.fork())
        return Worker()

    def _server(self) -> ForkServer | None:
        if self._fork_server is None:
            self._fork_server = take_fork_server()
        return self._fork_server
