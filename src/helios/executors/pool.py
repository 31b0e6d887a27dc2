"""Workers that are kept warm between the calls of one render."""

from __future__ import annotations

import threading
from collections.abc import Callable

from helios.errors import Cancelled
from helios.executors.call import ChunkCall, InspectCall, Reply
from helios.executors.worker import RenderWorker


class WorkerPool:
    """As many workers as calls run at once. Thread-safe."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._lock = threading.Lock()
        self._free: list[RenderWorker] = []
        self._busy: set[RenderWorker] = set()

    def call(
        self, call: InspectCall | ChunkCall, on_frames: Callable[[int], None] = lambda _: None
    ) -> Reply:
        """Run a call on a free worker, or on a new one.

        Raises:
            HeliosError: what failed; the worker is gone then.
            Cancelled: ``cancel`` was called.
        """
        worker = self._take()
        try:
            reply = worker.call(call, on_frames=on_frames, cancel=self.cancelled)
        except BaseException:
            worker.kill()
            with self._lock:
                self._busy.discard(worker)
            raise
        with self._lock:
            self._busy.discard(worker)
            self._free.append(worker)
        return reply

    def cancel(self) -> None:
        """Make every running call raise ``Cancelled``."""
        self.cancelled.set()

    def release(self) -> None:
        """Let idle workers go, without waiting for their end; ``close`` does."""
        with self._lock:
            for worker in self._free:
                worker.hang_up()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            workers, self._free = [*self._free, *self._busy], []
        if self.cancelled.is_set():
            for worker in workers:
                worker.kill()
        else:
            for worker in workers:
                worker.close()

    def _take(self) -> RenderWorker:
        if self.cancelled.is_set():
            raise Cancelled
        with self._lock:
            worker = self._free.pop() if self._free else RenderWorker()
            self._busy.add(worker)
        return worker
