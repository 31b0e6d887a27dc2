"""One contract, held by every store: SQLite, Postgres and the one in memory."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helios.errors import InvalidTransition, JobNotFound, QueueError
from helios.queue.job import MAX_LOSSES, JobStatus, RenderJob, retried
from helios.queue.store import JobKeeper, JobStore
from helios.testing import MemoryJobStore

pytestmark = pytest.mark.xdist_group("postgres")
START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> Iterator[Callable[[], JobKeeper]]:
    """Opens the same store as often as it is called (memory: the same object)."""
    opened: list[Any] = []
    memory = MemoryJobStore(clock=clock)

    def opener() -> JobKeeper:
        if request.param == "memory":
            return memory
        if request.param == "postgres":
            store = JobStore(request.getfixturevalue("postgres_url"), clock=clock)
        else:
            store = JobStore(tmp_path / "queue.db", clock=clock)
        opened.append(store)
        return store

    if request.param == "postgres":
        store = opener()
        for job in store.list(limit=10_000):
            store.delete(job.id)
        store.set_setting("paused", None)
    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], JobKeeper]) -> JobKeeper:
    return open_store()


_COUNT = itertools.count()


def new_job(**values: Any) -> RenderJob:
    defaults: dict[str, Any] = {
        "id": f"job_{next(_COUNT)}",
        "config": {"a": 1},
        "created_at": START,
    }
    return RenderJob(**{**defaults, **values})


def test_a_job_comes_back_as_it_was_put_in(store: JobKeeper) -> None:
    job = new_job(priority=3, pack="p", depends_on=("x",), notify={"url": "https://a"}, progress=7)
    store.create(job)
    assert store.get(job.id) == job
    assert store.get("nothing") is None


def test_an_id_is_taken_once(store: JobKeeper) -> None:
    job = store.create(new_job())
    with pytest.raises(QueueError, match="already"):
        store.create(job)


@pytest.mark.parametrize("bad", ["../x", "", "a/b", "a" * 65, ".hidden", "a b", "a\n"])
def test_an_id_that_is_no_file_name_is_refused(store: JobKeeper, bad: str) -> None:
    with pytest.raises(QueueError, match="cannot be a job's id"):
        store.create(new_job(id=bad))


def test_listing_is_newest_first_by_page_status_and_pack(store: JobKeeper) -> None:
    jobs = [store.create(new_job(pack="even" if n % 2 == 0 else None)) for n in range(6)]
    names = [job.id for job in jobs][::-1]
    assert [job.id for job in store.list()] == names
    assert [job.id for job in store.list(limit=2, offset=3)] == names[3:5]
    assert [job.id for job in store.list(pack="even")] == names[1::2]
    store.claim("me")
    assert [job.id for job in store.list(JobStatus.PROCESSING)] == [jobs[0].id]
    assert store.counts()[JobStatus.PENDING] == 5
    assert store.counts()[JobStatus.FAILED] == 0


def test_higher_priority_goes_first_then_the_older(store: JobKeeper) -> None:
    low, high, later = (store.create(new_job(priority=p)) for p in (0, 5, 5))
    assert [store.ahead_of(job) for job in (high, later, low)] == [0, 1, 2]
    taken = [store.claim("me") for _ in range(4)]
    assert [job and job.id for job in taken] == [high.id, later.id, low.id, None]


def test_claiming_marks_the_job(store: JobKeeper, clock: Clock) -> None:
    store.create(new_job())
    clock.step(5)
    job = store.claim("me")
    assert job is not None
    assert (job.status, job.owner, job.attempts) == (JobStatus.PROCESSING, "me", 1)
    assert job.started_at == START + timedelta(seconds=5)


def test_only_what_fits_is_claimed(store: JobKeeper) -> None:
    first, second = store.create(new_job()), store.create(new_job())
    job = store.claim("me", lambda job: job.id == second.id)
    assert job is not None
    assert job.id == second.id
    assert store.claim("me", lambda job: job.id != first.id) is None


def test_a_deep_queue_is_searched_to_its_end(store: JobKeeper) -> None:
    jobs = [store.create(new_job()) for _ in range(45)]
    job = store.claim("me", lambda job: job.id == jobs[-1].id)
    assert job is not None


def test_no_job_is_claimed_twice(open_store: Callable[[], JobKeeper]) -> None:
    stores = [open_store() for _ in range(4)]
    for _ in range(24):
        stores[0].create(new_job())
    taken: list[str] = []

    def work(store: JobKeeper, name: str) -> None:
        while (job := store.claim(name)) is not None:
            taken.append(job.id)

    threads = [
        threading.Thread(target=work, args=(store, f"w{n}")) for n, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 24


def test_updates_are_not_lost(open_store: Callable[[], JobKeeper]) -> None:
    stores = [open_store() for _ in range(4)]
    job = stores[0].create(new_job())

    def work(store: JobKeeper) -> None:
        for _ in range(10):
            store.change(job.id, lambda j: j.model_copy(update={"frames_done": j.frames_done + 1}))

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = stores[0].get(job.id)
    assert found is not None
    assert found.frames_done == found.revision == 40


def test_back_off_is_waited_for(store: JobKeeper, clock: Clock) -> None:
    store.create(new_job(not_before=START + timedelta(seconds=30)))
    assert store.claim("me") is None
    clock.step(31)
    assert store.claim("me") is not None


def test_a_clock_put_back_does_not_freeze_the_queue(store: JobKeeper, clock: Clock) -> None:
    store.create(new_job(not_before=START + timedelta(seconds=30)))
    running = store.create(new_job(priority=9))
    assert store.claim("me") is not None
    clock.step(-7 * 86_400)
    assert store.claim("me") is not None
    assert running.id in {job.id for job in store.reap()}


def test_a_silent_worker_loses_its_job_and_the_attempt_does_not_count(
    store: JobKeeper, clock: Clock
) -> None:
    job = store.create(new_job())
    store.claim("gone")
    clock.step(50)
    assert store.renew("gone") == {job.id}
    clock.step(50)
    assert store.reap() == ()
    clock.step(50)
    (back,) = store.reap()
    assert (back.status, back.attempts, back.losses) == (JobStatus.PENDING, 0, 1)
    assert store.renew("gone") == set()


def test_a_job_lost_too_often_fails(store: JobKeeper) -> None:
    store.create(new_job(losses=MAX_LOSSES))
    store.claim("me")
    (job,) = store.reap(everyone=True)
    assert job.status is JobStatus.FAILED
    assert "vanished" in str(job.error)


def test_dependencies_are_waited_for(store: JobKeeper) -> None:
    first = store.create(new_job())
    second = store.create(new_job(priority=9, depends_on=(first.id,)))
    job = store.claim("me")
    assert job is not None
    assert job.id == first.id
    assert store.claim("me") is None
    store.update(first.id, status=JobStatus.COMPLETED)
    job = store.claim("me")
    assert job is not None
    assert job.id == second.id


@pytest.mark.parametrize("end", ["failed", "deleted"])
def test_a_job_fails_with_what_it_depends_on(store: JobKeeper, end: str) -> None:
    first = store.create(new_job())
    second = store.create(new_job(depends_on=(first.id,)))
    store.claim("me")
    if end == "failed":
        store.update(first.id, status=JobStatus.FAILED)
    else:
        store.delete(first.id)
    assert store.claim("me") is None
    found = store.get(second.id)
    assert found is not None
    assert found.status is JobStatus.FAILED
    assert first.id in str(found.error)


def test_status_follows_the_table(store: JobKeeper) -> None:
    job = store.create(new_job())
    with pytest.raises(InvalidTransition, match=f"job {job.id} is pending and cannot become compl"):
        store.update(job.id, status=JobStatus.COMPLETED)
    store.claim("me")
    done = store.update(job.id, status=JobStatus.COMPLETED, output_path="/film.mp4")
    assert (done.progress, done.output_path, done.owner) == (100, "/film.mp4", None)
    assert done.completed_at == START
    with pytest.raises(InvalidTransition):
        store.update(job.id, status=JobStatus.PENDING)


def test_a_failed_job_can_be_tried_again(store: JobKeeper, clock: Clock) -> None:
    job = store.create(new_job())
    store.claim("me")
    store.update(job.id, status=JobStatus.FAILED, error="no")
    again = store.change(job.id, lambda job: retried(job, clock()))
    assert (again.status, again.attempts, again.error) == (JobStatus.PENDING, 0, None)
    assert store.claim("me") is not None


def test_a_job_that_is_not_there(store: JobKeeper) -> None:
    for call in (store.delete, lambda name: store.update(name, progress=1)):
        with pytest.raises(JobNotFound, match="no job 'nothing'"):
            call("nothing")


def test_settings_are_kept(store: JobKeeper) -> None:
    store.set_setting("paused", "yes")
    store.set_setting("paused", "still")
    assert store.setting("paused") == "still"
    store.set_setting("paused", None)
    assert store.setting("paused") is None


def test_what_is_written_is_on_the_disk(tmp_path: Path) -> None:
    """SQLite's FULL: after a power cut no job that was taken is gone."""
    store = JobStore(tmp_path / "queue.db")
    with store._writing() as link:
        assert link.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()
