"""What was forgotten stays so, whoever is late; what is paused costs nothing."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from helios.errors import Cancelled, InvalidTransition, OptionError, StoreUnavailable
from helios.executors.call import ExportDone
from helios.model.progress import Progress, Stage
from helios.queue import attempt as attempt_module
from helios.queue.job import JobStatus
from helios.queue.job_folders import MAX_LOG_BYTES, JobFolders
from helios.queue.opening import open_queue
from helios.queue.queue import RenderQueue
from helios.queue.store import JobStore, _translated
from helios.queue.worker import QueueWorker

CONFIG = {"composition": "film.py:draw", "width": 64, "height": 64, "frameCount": 1}


class SlowToStop:
    """Works until it is stopped, and then writes and says something late."""

    def __init__(self) -> None:
        self.runs = 0
        self.late_s = 0.3
        self.late_words = 0

    def export(
        self,
        config: dict[str, Any],
        folder: Path,
        *,
        on_progress: Any,
        log: Callable[[str], None],
        stop: threading.Event,
    ) -> ExportDone:
        self.runs += 1
        if stop.wait(config["props"]["seconds"] if "props" in config else 30):
            time.sleep(self.late_s)
            late = Path(config["output"])
            late.parent.mkdir(parents=True, exist_ok=True)
            late.write_bytes(b"late")
            log("a late word")
            self.late_words += 1
            raise Cancelled
        Path(config["output"]).write_bytes(b"film")
        return ExportDone(output_path=config["output"], duration_s=1, frame_count=1, seconds=1)


@pytest.fixture
def exporter() -> SlowToStop:
    return SlowToStop()


@pytest.fixture
def queue(tmp_path: Path, exporter: SlowToStop) -> Iterator[RenderQueue]:
    with open_queue(tmp_path / "data", exporter=exporter, at_once=1) as queue:
        worker = QueueWorker(queue)
        worker.start()
        yield queue
        worker.stop(0)


def begun(queue: RenderQueue, **more: Any) -> str:
    name = queue.submit(CONFIG, **more)
    until(lambda: name in queue.running)
    return name


def until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("attempt", range(3))
def test_a_job_cancelled_and_forgotten_at_once_never_comes_back(
    queue: RenderQueue, exporter: SlowToStop, tmp_path: Path, attempt: int
) -> None:
    name = begun(queue)
    queue.cancel(name)
    queue.delete(name)
    assert exporter.late_words == 1, "what it still writes goes as well"
    assert queue.get_status(name) is None
    until(lambda: not queue.running)
    queue.recover()
    queue.keep_alive()
    time.sleep(0.1)
    assert queue.list_jobs() == []
    assert list((tmp_path / "data" / "jobs").iterdir()) == []
    assert exporter.runs == 1


def test_a_forgotten_job_stays_so_at_the_next_start(tmp_path: Path) -> None:
    with open_queue(tmp_path / "data") as queue:
        name = queue.submit(CONFIG)
        job = queue.cancel(name)
        queue.delete(name)
        # Another server that is late still has the job's folder.
        JobFolders(tmp_path / "data" / "jobs").make(job.model_copy(update={"status": "pending"}))
    with open_queue(tmp_path / "data") as queue:
        assert queue.list_jobs() == []
        assert queue.process_next() is None
    assert list((tmp_path / "data" / "jobs").iterdir()) == []


def test_an_id_can_be_used_again_and_the_first_life_does_not_touch_the_second(
    queue: RenderQueue, exporter: SlowToStop
) -> None:
    name = begun(queue, job_id="a")
    queue.cancel(name)
    queue.delete(name)
    queue.submit({**CONFIG, "props": {"seconds": 0}}, job_id="a")
    until(lambda: queue.demand("a").status is JobStatus.COMPLETED)
    assert queue.demand("a").attempts == 1


def test_a_cancelled_job_that_is_retried_at_once_begins_when_its_last_run_is_over(
    queue: RenderQueue, exporter: SlowToStop
) -> None:
    name = begun(queue)
    queue.cancel(name)
    queue.retry(name)
    until(lambda: exporter.runs == 2)
    assert queue.demand(name).status is JobStatus.PROCESSING
    queue.cancel(name)


def test_a_job_whose_last_run_is_not_over_is_not_taken(
    tmp_path: Path, exporter: SlowToStop
) -> None:
    with open_queue(tmp_path / "data", exporter=exporter, at_once=2) as queue:
        worker = QueueWorker(queue)
        worker.start()
        name = begun(queue)
        assert not queue._may_run(queue.demand(name))
        queue.cancel(name)
        until(lambda: not queue.running)
        assert queue._may_run(queue.demand(name))
        worker.stop(0)


def test_progress_never_falls(
    tmp_path: Path, exporter: SlowToStop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_module, "_TELL_EVERY_S", 0)
    monkeypatch.setattr(attempt_module, "_STORE_EVERY_S", 0)

    def export(config: Any, folder: Path, *, on_progress: Any, stop: Any, **_: Any) -> ExportDone:
        for done in (50, 20):
            on_progress(Progress(stage=Stage.RENDERING, fraction=done / 100, frames_done=done))
        stop.wait(30)
        raise Cancelled

    monkeypatch.setattr(exporter, "export", export)
    with open_queue(tmp_path / "data", exporter=exporter, at_once=1) as queue:
        worker = QueueWorker(queue)
        worker.start()
        name = begun(queue)
        until(lambda: queue.demand(name).frames_done == 20)
        assert queue.demand(name).progress == 50
        queue.cancel(name)
        worker.stop(10)


def test_a_job_that_is_being_removed_is_not_read_again(tmp_path: Path) -> None:
    with open_queue(tmp_path / "data") as queue:
        job = queue.demand(queue.submit(CONFIG))
        folder = queue.folders.path_of(job.id)
        folder.rename(folder.with_name(".gone-0123"))
        assert list(queue.folders.written()) == []


@pytest.mark.parametrize("said", ["database disk image is malformed", "file is not a database"])
def test_damage_is_not_called_busy(said: str) -> None:
    with pytest.raises(StoreUnavailable, match="the queue is damaged"), _translated("the queue"):
        raise sa.exc.DatabaseError("SELECT 1", {}, sqlite3.DatabaseError(said))
    with pytest.raises(StoreUnavailable, match="cannot be used"), _translated("the queue"):
        raise sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("locked"))


def test_a_late_word_makes_no_folder(tmp_path: Path) -> None:
    folders = JobFolders(tmp_path)
    folders.log("a", "late")
    with open_queue(tmp_path / "data") as queue:
        job = queue.demand(queue.submit(CONFIG))
        queue.cancel(job.id)
        queue.delete(job.id)
        queue.folders.write(job)
        queue.folders.log(job.id, "late")
        assert list(queue.folders.folder.iterdir()) == []
    assert not (tmp_path / "a").exists()


def test_the_end_is_told_once(queue: RenderQueue) -> None:
    told: list[str] = []
    queue.subscribe(lambda job: told.append(job.status) if job.is_final else None)
    name = begun(queue)
    queue.cancel(name)
    until(lambda: not queue.running)
    assert told == ["cancelled"]
    queue.cancel(name)
    assert told == ["cancelled"]


def test_pausing_and_resuming_uses_no_attempt(queue: RenderQueue) -> None:
    name = begun(queue)
    for _ in range(4):
        queue.pause(name)
        queue.pause(name)
        assert queue.demand(name).attempts == 0
        until(lambda: not queue.running)
        queue.resume(name)
        until(lambda: name in queue.running and queue.demand(name).attempts == 1)
    queue.cancel(name)


def test_resuming_what_runs_or_waits_does_nothing(queue: RenderQueue, exporter: SlowToStop) -> None:
    name = begun(queue)
    waiting = queue.submit(CONFIG)
    before = queue.demand(name), queue.demand(waiting)
    for job in (name, waiting):
        queue.resume(job)
    time.sleep(0.2)
    assert (queue.demand(name), queue.demand(waiting)) == before
    assert queue.running == (name,)
    assert exporter.runs == 1
    queue.cancel(waiting)
    queue.cancel(name)
    with pytest.raises(InvalidTransition):
        queue.resume(name)


@pytest.mark.parametrize("damage", [b"nonsense" * 4096, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_database_is_said_and_is_mended_while_the_queue_works(
    tmp_path: Path, damage: bytes
) -> None:
    with open_queue(tmp_path / "data") as queue:
        name = queue.submit(CONFIG)
        file = tmp_path / "data" / "queue.db"
        file.write_bytes(damage)
        queue.store._forget_links()  # type: ignore[attr-defined]
        with pytest.raises(StoreUnavailable, match="is damaged") as caught:
            queue.list_jobs()
        assert "Move it aside" in caught.value.hint
        file.rename(file.with_suffix(".old"))
        queue.keep_alive()
        assert [job.id for job in queue.list_jobs()] == [name]
    file.write_bytes(damage)
    with pytest.raises(StoreUnavailable, match="is damaged"):
        JobStore(file)


def test_a_database_that_is_locked_is_not_called_damaged(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "queue.db")
    other = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="cannot be used: database is locked"):
        store.set_setting("a", "b")
    other.close()
    store.close()


def test_two_jobs_never_write_one_film(tmp_path: Path) -> None:
    films = tmp_path / "films"
    config = {**CONFIG, "audio": "song.mp3"}
    with open_queue(tmp_path / "data") as queue:
        names = [queue.submit(config, film_folder=films) for _ in range(3)]
        targets = [Path(str(queue.demand(name).target)).name for name in names]
        assert targets == ["song_64x64.mp4", "song_64x64_2.mp4", "song_64x64_3.mp4"]
        given = {**config, "output": "mine.mp4"}
        first = queue.submit(given, film_folder=films)
        with pytest.raises(OptionError, match=f"job {first} makes"):
            queue.submit(given, film_folder=films)
    with open_queue(tmp_path / "data") as queue:
        with pytest.raises(OptionError, match=f"job {first} makes"):
            queue.submit(given, film_folder=films)
        queue.cancel(first)
        queue.submit(given, film_folder=films)
        films.mkdir()
        (films / "other_64x64.mp4").write_bytes(b"made by hand")
        other = queue.submit({**config, "audio": "other.mp3"}, film_folder=films)
        assert Path(str(queue.demand(other).target)).name == "other_64x64_2.mp4"


def test_folders_of_jobs_hold_no_half_files(tmp_path: Path) -> None:
    with open_queue(tmp_path / "data") as queue:
        name = queue.submit(CONFIG)
        kept = json.loads((queue.folders.path_of(name) / "job.json").read_text())
        assert kept["id"] == name
        assert {path.name for path in queue.folders.path_of(name).iterdir()} == {
            "job.json",
            "log.txt",
        }


def test_what_is_not_over_is_never_pruned(queue: RenderQueue) -> None:
    runs = begun(queue)
    waits = queue.submit(CONFIG)
    over = queue.submit(CONFIG)
    queue.cancel(over)
    assert queue.prune(statuses=JobStatus) == [over]
    assert [queue.demand(name).status for name in (runs, waits)] == [
        JobStatus.PROCESSING,
        JobStatus.PENDING,
    ]


def test_a_job_that_could_not_be_kept_leaves_no_folder(
    queue: RenderQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("no room")

    kept = begun(queue)
    with monkeypatch.context() as away:
        away.setattr(queue.store, "create", full)
        with pytest.raises(StoreUnavailable):
            queue.submit(CONFIG)
    assert [path.name for path in (tmp_path / "data" / "jobs").iterdir()] == [kept]


def test_the_log_of_a_job_that_says_much_stays_small(queue: RenderQueue, tmp_path: Path) -> None:
    name = begun(queue)
    folders = JobFolders(tmp_path / "data" / "jobs")
    for number in range(40):
        folders.log(name, f"{number} " + "x" * 500_000)
    sizes = [path.stat().st_size for path in folders.path_of(name).glob("log*.txt")]
    assert sum(sizes) < 2 * MAX_LOG_BYTES + 2_000_000
    assert "39 xxx" in folders.read_log(name)
