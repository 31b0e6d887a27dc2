"""Two servers on one Postgres: separate folders, clocks apart, one of them killed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.commandline import ended_with_block
from tests.engine import TOKEN, docker, free_port, remove_container, start_container

from helios.queue.job import JobStatus
from helios.queue.opening import open_queue
from helios.queue.store import JobStore
from helios.server.client import HeliosClient

pytestmark = [pytest.mark.xdist_group("postgres")]

FILM = """
import numpy as np

def draw(frame, context):
    return np.full((context.height, context.width, 3), frame * 7 % 256, np.uint8)
"""
SKEWED = """
import datetime, sys, time
import helios.queue.job as job
import helios.queue.store as store
store.LEASE_S = 30.0  # still renewed six times; what is lost is waited for half as long
offset_s, real_now, real_time = float(sys.argv.pop(1)), job.utc_now, time.time
job.utc_now = lambda: real_now() + datetime.timedelta(seconds=offset_s)
time.time = lambda: real_time() + offset_s
from helios.cli.main import main
sys.exit(main())
"""


@pytest.fixture
def database(postgres_url: str) -> str:
    store = JobStore(postgres_url)
    for job in store.list(limit=10_000):
        store.delete(job.id)
    store.set_setting("paused", None)
    store.close()
    return postgres_url


@contextlib.contextmanager
def serving(
    database: str, data: Path, compositions: Path, *, offset_s: float = 0
) -> Iterator[tuple[subprocess.Popen[bytes], HeliosClient]]:
    flags = [
        "--port",
        "0",
        "--grace",
        "0",
        "--database",
        database,
        "--data",
        str(data),
        "--compositions",
        str(compositions),
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", SKEWED, str(offset_s), "serve", *flags],
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    with ended_with_block(process):
        first = process.stderr.readline().decode()
        assert "Helios is at" in first, first + process.stderr.read().decode()
        with HeliosClient(first.split()[-1], token="") as client:
            yield process, client
        process.terminate()
        process.wait(60)


def write_song(path: Path, level: int) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((level).to_bytes(2, "little", signed=True) * 4000)
    return path


@pytest.fixture
def compositions(tmp_path: Path) -> tuple[Path, Path]:
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
        (folder / "film.py").write_text(FILM)
    return folders


CONFIG = {"composition": "film.py:draw", "width": 64, "height": 64, "frameCount": 6, "fps": 12}


@dataclass(frozen=True)
class Server:
    """One of the two, a process or a container, with a folder of its own."""

    client: HeliosClient
    kill: Callable[[], object]
    """As kill -9 does."""


def make_films(count: int, killed: Server, other: Server, folder: Path) -> list[str]:
    """Give half of the jobs to each, kill one when a quarter is done; until all are done."""
    common, own = write_song(folder / "common.wav", 900), write_song(folder / "own.wav", 90)
    sounds = {other.client.upload(common).id, killed.client.upload(common).id}
    assert len(sounds) == 1, "a sound is named by its content"
    (sound,) = sounds
    only_there = other.client.upload(own).id
    ids = []
    for number in range(count):
        client = (killed.client, other.client)[number % 2]
        # The killed one does not have the other's song, and leaves its jobs alone.
        song = only_there if number % 8 == 1 else sound
        ids.append(client.submit({**CONFIG, "audio": song}))
    deadline = time.monotonic() + 800
    while other.client.status().completed < count // 4:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    killed.kill()
    while (now := other.client.status()).completed < count:
        assert time.monotonic() < deadline, now
        assert (now.failed, now.cancelled) == (0, 0)
        time.sleep(0.5)
    jobs = [other.client.get(job_id) for job_id in ids]
    assert [job.attempts for job in jobs] == [1] * count
    assert sum(job.losses for job in jobs) <= 1, "only what the killed one had was lost"
    return ids


def demand_one_film_each(ids: list[str], logs: Sequence[Callable[[str], str]]) -> None:
    """``logs`` give what the killed server and the other one wrote down about a job."""
    made = [[log(job_id).count(" completed: ") for log in logs] for job_id in ids]
    assert [by_killed + by_other for by_killed, by_other in made] == [1] * len(ids)
    assert all(by_killed == 0 for by_killed, _ in made[1::8])
    assert sum(by_killed for by_killed, _ in made) > 0, "both worked"


def log_below(data: Path) -> Callable[[str], str]:
    def read(job_id: str) -> str:
        log = data / "jobs" / job_id / "log.txt"
        return log.read_text() if log.exists() else ""

    return read


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_jobs_are_made_once_each_though_one_server_is_killed(
    database: str, tmp_path: Path, compositions: tuple[Path, Path]
) -> None:
    folders = [tmp_path / "data-one", tmp_path / "data-other"]
    with (
        serving(database, folders[0], compositions[0], offset_s=90) as (process, fast),
        serving(database, folders[1], compositions[1]) as (_, slow),
    ):
        killed, other = Server(fast, process.kill), Server(slow, lambda: None)
        ids = make_films(8, killed, other, tmp_path)
        demand_one_film_each(ids, [log_below(folder) for folder in folders])


@contextlib.contextmanager
def containing(
    image: str, name: str, database: str, compositions: Path, *, offset_s: float = 0
) -> Iterator[Server]:
    """A container that serves, with a volume of its own."""
    port, sockets = free_port(), database.partition("host=")[2]
    Path(sockets).chmod(0o711)  # the container's user connects, too
    command = [
        *("--", "python", "-c", SKEWED, str(offset_s), "serve", "--port", str(port)),
        *("--database", database, "--data", "/app/data", "--compositions", "/app/compositions"),
    ]
    mounts = [f"{sockets}:{sockets}", f"{compositions}:/app/compositions:ro"]
    flags = [word for mount in mounts for word in ("-v", mount)]
    start_container(image, name, port, "--entrypoint", "tini", *flags, command=command)
    try:
        await_answer(name, port)
        with HeliosClient(f"http://127.0.0.1:{port}", token=TOKEN) as client:
            yield Server(client, lambda: docker("kill", "--signal", "KILL", name))
    finally:
        remove_container(name)


def await_answer(name: str, port: int) -> None:
    deadline = time.monotonic() + 200
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < deadline, docker("logs", name)
        time.sleep(0.2)


def log_in(name: str) -> Callable[[str], str]:
    def read(job_id: str) -> str:
        log = f"/app/data/jobs/{job_id}/log.txt"
        return docker("exec", name, "sh", "-c", f"test ! -e {log} || cat {log}")

    return read


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_containers_make_forty_jobs_once_each_though_one_is_killed(
    image: str, database: str, tmp_path: Path, compositions: tuple[Path, Path]
) -> None:
    names = [f"helios-test-{os.getpid()}-{which}" for which in ("one", "other")]
    with (
        containing(image, names[0], database, compositions[0], offset_s=90) as killed,
        containing(image, names[1], database, compositions[1]) as other,
    ):
        ids = make_films(40, killed, other, tmp_path)
        docker("start", names[0])  # it comes back to its folder and does nothing again
        time.sleep(5)
        demand_one_film_each(ids, [log_in(name) for name in names])
        assert [other.client.get(job_id).attempts for job_id in ids] == [1] * len(ids)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_servers_share_a_data_folder(
    database: str, tmp_path: Path, compositions: tuple[Path, Path]
) -> None:
    data = tmp_path / "data"
    with (
        serving(database, data, compositions[0], offset_s=-90) as (_, one),
        serving(database, data, compositions[0]) as (_, other),
    ):
        song = one.upload(write_song(tmp_path / "Morning.wav", 900)).id
        ids = [client.submit({**CONFIG, "audio": song}) for client in (one, other) * 2]
        deadline = time.monotonic() + 240
        while one.status().completed < len(ids):
            assert time.monotonic() < deadline, one.status()
            time.sleep(0.2)
        for job_id in ids:
            assert log_below(data)(job_id).count(" completed: ") == 1
            for client in (one, other):
                film = client.download(job_id, tmp_path / "film.mp4")
                assert film.stat().st_size > 500
        assert one.get(ids[0]).output_path == "morning_64x64.mp4"


def test_a_folder_is_not_shared_without_a_shared_database(tmp_path: Path) -> None:
    from helios.errors import EnvironmentProblem

    with (
        open_queue(tmp_path),
        pytest.raises(EnvironmentProblem, match="another process"),
        open_queue(tmp_path),
    ):
        pass


class Absent:
    """A machine without the inputs of any job."""

    def locate(self, job: object, home: Path) -> tuple[dict[str, object], Path]:
        from helios.errors import UsageError

        raise UsageError("no sound")


def test_a_job_without_its_inputs_here_is_left_to_others(database: str, tmp_path: Path) -> None:
    with open_queue(tmp_path, database=database) as queue:
        name = queue.submit({"composition": "aurora"})
        queue.inputs = Absent()
        assert queue.process_next() is None
        job = queue.demand(name)
        assert (job.status, job.attempts) == (JobStatus.PENDING, 0)
        assert "lacks its inputs" in queue.why(name)


def test_the_clock_is_the_databases(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    from helios.queue import store as store_module

    away = datetime.now(UTC) + timedelta(days=400)
    monkeypatch.setattr(store_module, "utc_now", lambda: away)
    store = JobStore(database)
    try:
        assert abs((store.now() - datetime.now(UTC)).total_seconds()) < 60
        job = store.create(
            store_module.RenderJob(id="clock", config={}, created_at=datetime.now(UTC))
        )
        claimed = store.claim("me")
        assert claimed is not None
        assert claimed.lease_until is not None
        assert claimed.lease_until < away - timedelta(days=300)
        assert store.reap() == ()
        assert store.renew("me") == {job.id}
        store.delete(job.id)
    finally:
        store.close()
