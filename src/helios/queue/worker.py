"""Works through a queue until it is told to stop."""

from __future__ import annotations

import logging
import threading
import time

from helios.errors import HeliosError, in_sentences
from helios.queue.queue import RenderQueue

_log = logging.getLogger(__name__)
POLL_S = 1.0
"""How often to look for jobs that another process submitted."""
RENEW_S = 5.0


class QueueWorker:
    """Carries out the jobs of a queue, as many at a time as its budget says."""

    def __init__(self, queue: RenderQueue) -> None:
        self.queue = queue
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._warned = ""
        self._threads = [
            threading.Thread(target=self._work, name=f"helios-queue-{n}")
            for n in range(queue.budget.at_once)
        ]
        self._keeper = threading.Thread(target=self._keep_alive, name="helios-lease", daemon=True)

    def start(self) -> None:
        """Begin. What a crash has left behind is put right first by ``RenderQueue.recover``."""
        for thread in (*self._threads, self._keeper):
            thread.start()

    def stop(self, grace_s: float | None = None) -> None:
        """Begin no new job and wait for the running ones.

        Args:
            grace_s: after so many seconds stop them; they go on when a worker starts again.
        """
        self._stopping.set()
        self.queue.finish()
        self.queue.changed.set()
        deadline = None if grace_s is None else time.monotonic() + grace_s
        while any(thread.is_alive() for thread in self._threads):
            if self._over.is_set() or (deadline is not None and time.monotonic() >= deadline):
                self.queue.interrupt()
            for thread in self._threads:
                thread.join(0.05)
        self._over.set()

    def stop_now(self) -> None:
        """Make a ``stop`` that waits, wait no longer."""
        self._over.set()

    @property
    def is_alive(self) -> bool:
        """Whether it works."""
        return all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self.queue.changed.clear()
            try:
                if self.queue.process_next() is not None:
                    continue
            except HeliosError as error:
                self._warn(error)
            except Exception:  # noqa: BLE001 - one bad job must not end the worker
                _log.exception("the queue's worker failed; it goes on")
            if not self._stopping.is_set():
                self.queue.changed.wait(POLL_S)

    def _keep_alive(self) -> None:
        while not self._over.wait(RENEW_S):
            try:
                self.queue.keep_alive()
                self._warned = ""
            except HeliosError as error:
                self._warn(error)
            except Exception:  # noqa: BLE001 - leases must be renewed whatever happens
                _log.exception("the queue's lease keeper failed; it goes on")

    def _warn(self, error: HeliosError) -> None:
        """Say it, but not every second while nobody mends it."""
        text = in_sentences(error.message, error.hint)
        if text != self._warned:
            self._warned = text
            _log.warning("%s", text)
