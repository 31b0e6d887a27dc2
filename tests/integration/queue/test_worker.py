"""A worker outlives what goes wrong in it, and says when it does not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helios.errors import HeliosError, StoreUnavailable
from helios.executors.call import ExportDone
from helios.queue import attempt as attempt_module
from helios.queue import worker as worker_module
from helios.queue.job import JobStatus
from helios.queue.opening import DATABASE, open_queue
from helios.queue.queue import RenderQueue
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
        assert again.wait(120)
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


CONFIG = {"composition": "film.py:draw", "width": 64, "height": 64, "frameCount": 1}
DAMAGE = b"nonsense" * 4096


class Damaging:
    """Makes a film, or not, and while it does the database is damaged."""

    def __init__(self, data: Path, error: HeliosError | None = None) -> None:
        self._data = data
        self._error = error
        self.began, self.go_on = threading.Event(), threading.Event()

    def export(
        self,
        config: dict[str, Any],
        _folder: Path,
        *,
        stop: threading.Event,
        **_: Any,
    ) -> ExportDone:
        database = self._data / DATABASE
        database.rename(database.with_suffix(".good"))
        database.write_bytes(DAMAGE)
        self.began.set()
        assert self.go_on.wait(30)
        if self._error is not None:
            raise self._error
        film = Path(config["output"])
        film.write_bytes(b"film")
        return ExportDone(output_path=str(film), duration_s=1, frame_count=1, seconds=1)


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def mend(data: Path) -> None:
    (data / DATABASE).with_suffix(".good").replace(data / DATABASE)


@pytest.mark.parametrize("error", [None, HeliosError("no such picture")])
@pytest.mark.parametrize("grace_s", [None, 0.3])
@pytest.mark.parametrize("film_first", [True, False])
def test_a_worker_ends_though_the_database_is_damaged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: HeliosError | None,
    grace_s: float | None,
    film_first: bool,
) -> None:
    monkeypatch.setattr(attempt_module, "NOTING_S", 0.3)
    monkeypatch.setattr(attempt_module, "_AGAIN_S", 0.02)
    forgotten: list[Path] = []
    monkeypatch.setattr(attempt_module, "forget_note", forgotten.append)
    exporter = Damaging(tmp_path, error)
    with caplog.at_level(logging.WARNING), open_queue(tmp_path, exporter=exporter) as queue:
        name = queue.submit(CONFIG)
        worker = QueueWorker(queue)
        worker.start()
        assert exporter.began.wait(30)
        if film_first:
            exporter.go_on.set()
            until(lambda: "waits to note" in caplog.text)
            time.sleep(0.4)
            assert queue.running == (name,), "nobody waits for it: it is noted when it can be"
        else:
            threading.Timer(0.1, exporter.go_on.set).start()
        began = time.monotonic()
        worker.stop(grace_s)
        assert time.monotonic() - began < 10
        assert queue.running == ()
    words = [record.getMessage() for record in caplog.records]
    assert sum(f"job {name} waits to note" in text for text in words) == 1
    (left,) = [text for text in words if "could not be noted" in text]
    for part in (
        name,
        "completed: " if error is None else error.message,
        "is damaged",
        "next start",
    ):
        assert part in left
    assert not any("failed; it goes on" in text for text in words)
    assert forgotten == [], "the film's note tells the next start that it is done"
    mend(tmp_path)
    with open_queue(tmp_path) as queue:
        job = queue.demand(name)
        assert (job.status, job.attempts) == (JobStatus.PENDING, 0)


def test_what_is_done_is_noted_when_the_database_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(attempt_module, "_AGAIN_S", 0.02)
    exporter = Damaging(tmp_path)
    exporter.go_on.set()
    with open_queue(tmp_path, exporter=exporter) as queue:
        name = queue.submit(CONFIG)
        worker = QueueWorker(queue)
        worker.start()
        until(lambda: "waits to note" in caplog.text)
        stopping = threading.Thread(target=worker.stop)
        stopping.start()
        mend(tmp_path)
        stopping.join(30)
        job = queue.demand(name)
        assert (job.status, job.attempts, job.losses) == (JobStatus.COMPLETED, 1, 0)
    assert "could not be noted" not in caplog.text


def test_a_job_is_not_given_up_while_its_database_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new database does not know the job, and then cannot be read."""
    monkeypatch.setattr(attempt_module, "_AGAIN_S", 0.02)
    exporter = Damaging(tmp_path)
    exporter.go_on.set()
    with open_queue(tmp_path, exporter=exporter) as queue:
        name = queue.submit(CONFIG)
        recover, calls = queue._ledger.recover, 0

        def refused(**more: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise StoreUnavailable("locked")
            recover(**more)

        monkeypatch.setattr(queue._ledger, "recover", refused)
        doing = threading.Thread(target=queue.process_next)
        doing.start()
        assert exporter.began.wait(30)
        (tmp_path / DATABASE).unlink()
        doing.join(30)
        assert calls == 2
        assert queue.demand(name).status is JobStatus.COMPLETED


def test_what_goes_on_for_long_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "RENEW_S", 0.01)
    monkeypatch.setattr(worker_module, "POLL_S", 0.01)
    away, calls = True, 0

    def keep_alive(queue: RenderQueue) -> None:
        nonlocal calls
        calls += 1
        if away:
            raise StoreUnavailable("the disk is away", hint="Bring it back.")

    monkeypatch.setattr(RenderQueue, "keep_alive", keep_alive)
    with open_queue(tmp_path) as queue:
        worker = QueueWorker(queue)
        worker.start()
        for is_away in (True, False) * 2:
            away, before = is_away, calls
            until(lambda before=before: calls > before + 5)  # type: ignore[misc]
        worker.stop(0)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["the disk is away. Bring it back."] * 2
