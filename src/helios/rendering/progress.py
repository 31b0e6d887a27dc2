"""From frames done in many processes to one number that reaches 1 exactly."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from helios.model.progress import Progress, ProgressListener, Stage
from helios.rendering.workers_told import WorkersTold

RENDER_SHARE = 0.97
"""Of the whole; joining and mixing take the rest."""
_WINDOW_S = 5.0


class ProgressMeter:
    """Sums the chunks' frames and tells a listener. Thread-safe, monotone."""

    def __init__(
        self,
        total_frames: int,
        listener: ProgressListener | None,
        clock: Callable[[], float] = time.monotonic,
        workers: WorkersTold | None = None,
    ) -> None:
        self.workers = workers or WorkersTold(None)
        self._total = total_frames
        self._clock = clock
        self._listener = listener
        self._lock = threading.Lock()
        self._frames: dict[int, int] = {}
        self._cached = 0
        self._fraction = 0.0
        self._recent: deque[tuple[float, int]] = deque()

    def chunk(self, chunk_id: int, frames: int, *, cached: bool = False) -> None:
        """Chunk ``chunk_id`` has ``frames`` frames done; ``cached`` ones cost no time."""
        with self._lock:
            self._frames[chunk_id] = max(frames, self._frames.get(chunk_id, 0))
            self._cached += frames if cached else 0
            done = sum(self._frames.values())
            rate, eta_s = self._rate(done)
            self._tell(Stage.RENDERING, RENDER_SHARE * done / self._total, done, rate, eta_s)

    def kept(self, frames: Mapping[int, int]) -> None:
        """Chunks that are there from before, by id: told at once, for they are no progress."""
        with self._lock:
            self._frames |= frames
            self._cached += sum(frames.values())
            done = sum(self._frames.values())
            rate, eta_s = self._rate(done)
            self._tell(Stage.RENDERING, RENDER_SHARE * done / self._total, done, rate, eta_s)

    def merging(self, fraction: float) -> None:
        """``fraction`` of the joining is done."""
        with self._lock:
            share = RENDER_SHARE + (1 - RENDER_SHARE) * min(fraction, 0.999)
            self._tell(Stage.ENCODING, share, self._total, None, None)

    def finished(self, *, spherical: bool = False) -> None:
        """The film is there; only one that plays as 360 had metadata to write."""
        with self._lock:
            self._tell(Stage.METADATA if spherical else Stage.ENCODING, 1.0, self._total, None, 0.0)

    def _rate(self, done: int) -> tuple[float | None, float | None]:
        now = self._clock()
        self._recent.append((now, done - self._cached))
        while now - self._recent[0][0] > _WINDOW_S and len(self._recent) > 2:
            self._recent.popleft()
        then, before = self._recent[0]
        frames, seconds = done - self._cached - before, now - then
        if frames <= 0 or seconds <= 0:
            return None, None
        rate = frames / seconds
        return rate, (self._total - done) / rate

    def _tell(
        self, stage: Stage, fraction: float, done: int, rate: float | None, eta_s: float | None
    ) -> None:
        self._fraction = max(self._fraction, fraction)
        if self._listener is not None:
            self._listener(
                Progress(
                    stage=stage,
                    fraction=self._fraction,
                    frames_done=done,
                    frames_total=self._total,
                    fps=rate,
                    eta_s=eta_s,
                )
            )
