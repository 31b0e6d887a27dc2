"""What each of those who draw a film's chunks does, told a line at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from helios.commit.record import CommitRecord
from helios.model.progress import WorkerListener, WorkerNews

_TOLD_EVERY_S = 5.0
"""Of a chunk that is being drawn."""


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def frame_count(self) -> int: ...


class WorkersTold:
    """Tells a listener which worker has which chunks, how fast it is, and what it waits for.

    Thread-safe.
    """

    def __init__(
        self, listener: WorkerListener | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._workers: dict[int, int] = {}
        """Of each chunk that was given out."""
        self._frames: dict[int, int] = {}
        self._drawing: dict[int, tuple[int, int, float]] = {}
        """Of each worker: the chunk, how many of its frames were told of, and when."""

    def has(self, lane: int, chunks: Sequence[_Numbered]) -> None:
        """A worker, counted from 0, is given adjacent chunks."""
        frames, first, last = 0, chunks[0].id, chunks[-1].id
        with self._lock:
            for chunk in chunks:
                self._workers[chunk.id] = lane + 1
                self._frames[chunk.id] = chunk.frame_count
                frames += chunk.frame_count
            named = f"chunk {first}" if first == last else f"chunks {first} to {last}"
            self._tell(first, f"has {named}, {frames} frames")

    def has_drawn(self, chunk_id: int, frames: int) -> None:
        """So many frames of a chunk are drawn; told of every few seconds."""
        with self._lock:
            worker, now = self._workers.get(chunk_id, 0), self._clock()
            chunk, before, then = self._drawing.get(worker, (-1, 0, now))
            if chunk != chunk_id:
                self._drawing[worker] = (chunk_id, frames, now)
            elif now - then >= _TOLD_EVERY_S and frames > before:
                self._drawing[worker] = (chunk_id, frames, now)
                rate = (frames - before) / (now - then)
                total = self._frames[chunk_id]
                self._tell(
                    chunk_id, f"chunk {chunk_id}: {frames} of {total} frames, {rate:.1f} fps"
                )

    def has_finished(self, chunk_id: int, record: CommitRecord, *, by_others: bool) -> None:
        """A chunk is there."""
        frames, seconds = record.frame_count, record.seconds
        speed = f", {frames / seconds:.1f} fps" if seconds else ""
        text = f"{frames} frames in {seconds:.1f} s{speed}"
        with self._lock:
            self._tell(
                chunk_id,
                f"chunk {chunk_id} was finished by others"
                if by_others
                else f"chunk {chunk_id} finished: {text}",
            )

    def hears(self, chunk_id: int, text: str) -> None:
        """Whoever places chunks says something of those that begin with this one."""
        with self._lock:
            self._tell(chunk_id, text)

    def _tell(self, chunk_id: int, text: str) -> None:
        if self._listener is not None:
            self._listener(WorkerNews(worker=self._workers.get(chunk_id, 0), message=text))
