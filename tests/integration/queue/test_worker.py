"""A worker outlives what goes wrong in it, and says when it does not."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from helios.errors import StoreUnavailable
from helios.queue import worker as worker_module
from helios.queue.opening import open_queue
from helios.queue.worker import QueueWorker


@pytest.mark.parametrize("error", [RuntimeError("odd"), StoreUnavailable("away"), KeyError("x")])
@pytest.mark.parametrize("work", ["process_next", "keep_alive"])
def test_a_worker_goes_on_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str, error: Exception
) -> None:
    monkeypatch.setattr(worker_module, "POLL_S", 0.01)
    monkeypatch.setattr(worker_module, "RENEW_S", 0.01)
    calls, again = 0, threading.Event()

    def fails(*_words: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            again.set()
        raise error

    with open_queue(tmp_path / "data") as queue:
        monkeypatch.setattr(queue, work, fails)
        worker = QueueWorker(queue)
        worker.start()
        assert again.wait(30)
        assert worker.is_alive
        worker.stop(0)
        assert not worker.is_alive


def test_a_worker_of_which_a_thread_died_is_not_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(worker: QueueWorker) -> None:
        if threading.current_thread() is not worker._threads[0]:
            worker._stopping.wait(60)

    monkeypatch.setattr(QueueWorker, "_work", dies)
    with open_queue(tmp_path / "data", at_once=2) as queue:
        worker = QueueWorker(queue)
        worker.start()
        worker._threads[0].join(30)
        assert worker._threads[1].is_alive()
        assert not worker.is_alive
        worker.stop(0)
