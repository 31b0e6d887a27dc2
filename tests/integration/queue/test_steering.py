"""Whoever steers is obeyed at once, and told what comes first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helios.errors import Cancelled, InvalidTransition
from helios.executors.call import ExportDone
from helios.queue.job import JobStatus
from helios.queue.opening import open_queue
from helios.queue.queue import RenderQueue

CONFIG = {"composition": "film.py:draw", "width": 64, "height": 64, "frameCount": 1}


class Waits:
    """Works until it is stopped."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def export(
        self, _config: dict[str, Any], _folder: Path, *, stop: threading.Event, **_more: Any
    ) -> ExportDone:
        assert stop.wait(60)
        self.stopped.set()
        raise Cancelled


@pytest.fixture
def exporter() -> Waits:
    return Waits()


@pytest.fixture
def queue(tmp_path: Path, exporter: Waits) -> Iterator[RenderQueue]:
    """A queue whose jobs nobody but the test looks after."""
    with open_queue(tmp_path / "data", exporter=exporter, at_once=1) as queue:
        yield queue
        queue.interrupt()


def begun(queue: RenderQueue) -> str:
    name = queue.submit(CONFIG)
    threading.Thread(target=queue.process_next, daemon=True).start()
    deadline = time.monotonic() + 120
    while name not in queue.running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return name


def taken_over(queue: RenderQueue, name: str) -> None:
    queue.store.reap(everyone=True)
    taken = queue.store.claim("another server")
    assert taken is not None
    assert taken.id == name
    queue.keep_alive()


STOPS: dict[str, Callable[[RenderQueue, str], object]] = {
    "cancelled": lambda queue, name: queue.cancel(name),
    "paused": lambda queue, name: queue.pause(name),
    "taken over": taken_over,
}


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_what_is_not_wanted_here_is_stopped(
    queue: RenderQueue, exporter: Waits, stop: Callable[[RenderQueue, str], object]
) -> None:
    name = begun(queue)
    queue.keep_alive()
    assert not exporter.stopped.wait(0.2)
    stop(queue, name)
    assert exporter.stopped.wait(120)


def test_a_job_that_runs_is_not_forgotten(queue: RenderQueue, exporter: Waits) -> None:
    name = begun(queue)
    with pytest.raises(InvalidTransition, match="is processing"):
        queue.delete(name)
    job = queue.get_status(name)
    assert job is not None
    assert job.status is JobStatus.PROCESSING
    assert not exporter.stopped.is_set()


def test_who_waits_is_told_how_many_come_first(queue: RenderQueue) -> None:
    begun(queue)
    names = [queue.submit(CONFIG) for _ in range(3)]
    first = queue.submit(CONFIG, priority=5)
    assert [queue.why(name) for name in (first, *names)] == [
        "It is next, as soon as a film under way is finished.",
        "1 job will be begun before it.",
        "2 jobs will be begun before it.",
        "3 jobs will be begun before it.",
    ]
