"""What holds a queue together: memory limits, back-off, and who runs beside whom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helios.errors import EnvironmentProblem, RenderError
from helios.executors.call import ExportDone
from helios.queue.budget import MachineBudget
from helios.queue.export_process import ProcessExporter
from helios.queue.job import JobStatus, backoff_s
from helios.queue.queue import RenderQueue
from helios.queue.store import JobStore
from helios.queue.worker import QueueWorker

SMALL = {"composition": "page.html", "width": 64, "height": 64}
HOG = """
import time
import numpy as np

def draw(frame, context):
    block = np.ones(context.props["mib"] << 17)
    time.sleep(context.props["seconds"])
    return np.zeros((context.height, context.width, 3), np.uint8)
"""


@pytest.mark.slow
@pytest.mark.parametrize("mib", [1200, 10])
def test_a_film_that_takes_too_much_memory_is_stopped(tmp_path: Path, mib: int) -> None:
    (tmp_path / "hog.py").write_text(HOG)
    exporter = ProcessExporter(max_memory_bytes=900 << 20)
    config = {
        "composition": "hog.py:draw",
        "width": 64,
        "height": 64,
        "frameCount": 1,
        "output": str(tmp_path / "film.mp4"),
        "props": {"mib": mib, "seconds": 120 if mib > 100 else 2},
    }

    def run() -> ExportDone:
        return exporter.export(
            config,
            tmp_path,
            on_progress=lambda _: None,
            log=lambda _: None,
            stop=threading.Event(),
        )

    if mib > 100:
        with pytest.raises(EnvironmentProblem, match="more than the 900 MiB") as caught:
            run()
        assert "--max-memory" in caught.value.hint
    else:
        assert run().frame_count == 1


class HeldExporter:
    """Fails or holds as the test says."""

    def __init__(self) -> None:
        self.error: RenderError | None = None
        self.began = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.may_end.set()
        self.configs: list[dict[str, Any]] = []

    def export(self, config: dict[str, Any], folder: Path, **_: Any) -> ExportDone:
        self.configs.append(config)
        self.began.release()
        assert self.may_end.wait(60)
        if self.error is not None:
            raise self.error
        Path(config["output"]).write_bytes(b"film")
        return ExportDone(output_path=config["output"], duration_s=1, frame_count=1, seconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Callable[..., RenderQueue]:
    def make(**more: Any) -> RenderQueue:
        store = JobStore(tmp_path / "queue.db", clock=clock)
        return RenderQueue(store, tmp_path, **more)

    return make


def again() -> RenderError:
    error = RenderError("a cable came loose")
    error.retry = True
    return error


def test_a_failure_is_waited_out_longer_each_time(
    make: Callable[..., RenderQueue], clock: Clock
) -> None:
    exporter = HeldExporter()
    exporter.error = again()
    queue = make(exporter=exporter, backoff_base_s=10)
    name = queue.submit({"composition": "aurora"})
    for attempt, wait_s in ((1, 10), (2, 20)):
        job = queue.process_next()
        assert job is not None
        assert (job.status, job.attempts) == (JobStatus.PENDING, attempt)
        assert job.not_before == clock.now + timedelta(seconds=wait_s)
        clock.forward(wait_s - 0.001)
        assert queue.process_next() is None
        clock.forward(0.001)
    job = queue.process_next()
    assert job is not None
    assert (job.status, job.attempts, job.error) == ("failed", 3, "a cable came loose")
    assert queue.process_next() is None
    exporter.error = None
    assert queue.retry(name).attempts == 0
    job = queue.process_next()
    assert job is not None
    assert (job.status, job.attempts, job.error) == ("completed", 1, None)


def test_others_go_on_while_one_waits(make: Callable[..., RenderQueue]) -> None:
    exporter = HeldExporter()
    exporter.error = again()
    queue = make(exporter=exporter, backoff_base_s=10)
    first, second = (queue.submit({"composition": "aurora"}) for _ in range(2))
    queue.process_next()
    exporter.error = None
    job = queue.process_next()
    assert job is not None
    assert (job.id, job.status) == (second, "completed")
    assert queue.demand(first).status is JobStatus.PENDING


def test_what_is_wrong_in_itself_is_not_tried_again(make: Callable[..., RenderQueue]) -> None:
    exporter = HeldExporter()
    exporter.error = RenderError("no such thing")
    queue = make(exporter=exporter)
    queue.submit({"composition": "aurora"})
    job = queue.process_next()
    assert job is not None
    assert (job.status, job.attempts) == ("failed", 1)


def test_a_film_that_does_not_fit_beside_another_waits_and_a_smaller_one_goes_first(
    make: Callable[..., RenderQueue],
) -> None:
    exporter = HeldExporter()
    exporter.may_end.clear()
    queue = make(exporter=exporter, budget=MachineBudget(2 << 30, cores=2))
    running_id = queue.submit({"composition": "aurora", "type": "shorts"})
    worker = threading.Thread(target=queue.process_next)
    worker.start()
    assert exporter.began.acquire(timeout=60)
    large = queue.submit({"composition": "aurora", "type": "360-stereo-8k"})
    assert "others use too much" in queue.why(large)
    small = queue.submit({"composition": "aurora", "type": "square"})
    beside = threading.Thread(target=queue.process_next)
    beside.start()
    assert exporter.began.acquire(timeout=60)
    assert set(queue.running) == {running_id, small}
    assert queue.process_next() is None, "the large one must wait"
    exporter.may_end.set()
    for thread in (worker, beside):
        thread.join(60)
    job = queue.process_next()
    assert job is not None
    assert (job.id, job.status) == (large, "completed")


@pytest.mark.parametrize(("cores", "expected"), [(16, [4, 4]), (2, [1])])
def test_films_that_begin_together_share_the_workers(
    make: Callable[..., RenderQueue], cores: int, expected: list[int]
) -> None:
    exporter = HeldExporter()
    exporter.may_end.clear()
    queue = make(exporter=exporter, budget=MachineBudget(64 << 30, cores=cores))
    for _ in range(3):
        queue.submit(SMALL)
    worker = QueueWorker(queue)
    worker.start()
    try:
        for _ in expected:
            assert exporter.began.acquire(timeout=60)
        assert not exporter.began.acquire(timeout=1.5), "more films are made at once"
        assert [config["workers"] for config in exporter.configs] == expected
    finally:
        exporter.may_end.set()
        worker.stop()


def test_a_film_that_comes_later_does_not_wait_for_a_long_one(
    make: Callable[..., RenderQueue],
) -> None:
    exporter = HeldExporter()
    exporter.may_end.clear()
    queue = make(exporter=exporter, budget=MachineBudget(64 << 30, cores=16))
    worker = QueueWorker(queue)
    worker.start()
    try:
        for workers in (8, 4):
            name = queue.submit(SMALL)
            assert exporter.began.acquire(timeout=60)
            assert exporter.configs[-1]["workers"] == workers
            assert f"workers: {workers}" in queue.log(name)
    finally:
        exporter.may_end.set()
        worker.stop()


def test_jobs_that_cannot_begin_yet_take_no_share(make: Callable[..., RenderQueue]) -> None:
    exporter = HeldExporter()
    queue = make(exporter=exporter, budget=MachineBudget(64 << 30, cores=16))
    first = queue.submit(SMALL)
    queue.submit(SMALL, depends_on=[first])
    queue.process_next()
    assert exporter.configs[-1]["workers"] == 8


def test_each_wait_is_twice_the_last_up_to_ten_minutes() -> None:
    assert [backoff_s(attempt, 10) for attempt in range(1, 9)] == [
        *(10, 20, 40, 80, 160, 320),
        *(600, 600),
    ]
