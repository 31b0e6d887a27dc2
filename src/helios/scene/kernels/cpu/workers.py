"""Sharing a picture's pieces among threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_PIECES_PER_WORKER = 6


class Workers:
    """Does pieces of work on all cores. Kernels hold no interpreter lock, and no piece writes
    where another does, so the number of threads never shows in the result."""

    def __init__(self, threads: int | None = None) -> None:
        self.count = max(1, threads or os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self.count) if self.count > 1 else None

    def share(self, work: Callable[[int, int], object], total: int) -> None:
        """Do ``work(first, last)`` over the whole of 0..total."""
        pieces = min(total, self.count * _PIECES_PER_WORKER)
        if self._pool is None or pieces <= 1:
            work(0, total)
            return
        edges = [total * i // pieces for i in range(pieces + 1)]
        running = [self._pool.submit(work, edges[i], edges[i + 1]) for i in range(pieces)]
        for done in running:
            done.result()

    def close(self) -> None:
        """End the threads."""
        if self._pool:
            self._pool.shutdown()
