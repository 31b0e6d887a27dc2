"""Jobs in a store: drawn by machines that share no disk, on days when the store fails."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cloud import Cloud, cloud, environment_of, nothing_fails
from tests.commandline import start_helios

from helios.commit import cloud as stores
from helios.commit.store import open_store
from helios.errors import (
    Cancelled,
    DiskFull,
    HeliosError,
    JobSpecError,
    OptionError,
    StoreRefused,
    StoreUnavailable,
)
from helios.executors.engine import Engine
from helios.model.options import RenderOptions
from helios.rendering.bundle import put_job
from helios.rendering.cancellation import Cancellation
from helios.rendering.emit import emit
from helios.rendering.find import find_composition
from helios.rendering.job import JobOptions, JobRunner
from helios.rendering.job_verify import verify_job
from helios.rendering.orchestrator import RenderOrchestrator

FILM = """
import os, time
from pathlib import Path
import numpy as np

LEVEL = int((Path(__file__).parent / "level.txt").read_text())

def draw(frame, context):
    props = context.props
    with open(props["trace"], "ab", 0) as trace:
        trace.write(b"%d\\n" % frame)
    time.sleep(props.get("sleep", 0))
    while props.get("meets") and len(open(props["trace"]).readlines()) < props["meets"]:
        time.sleep(0.01)
    return np.full((context.height, context.width, 3), LEVEL + frame * 5, np.uint8)
"""
FRAMES = 12


@pytest.fixture(scope="module")
def server() -> Iterator[Cloud]:
    with cloud() as served:
        yield served


@pytest.fixture
def url(
    server: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> str:
    server.fault = nothing_fails
    server.requests.clear()
    for name, value in environment_of(server).items():
        monkeypatch.setenv(name, value)
    on_machine("one", tmp_path, monkeypatch)
    stores.open_cloud.cache_clear()
    at_once = timedelta(milliseconds=5)
    backoff = {"base": 2, "init_backoff": at_once, "max_backoff": at_once}
    monkeypatch.setitem(stores._RETRIES, "backoff", backoff)
    monkeypatch.setattr(stores, "_PATIENCE_S", 0.0)
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    return f"s3://bucket/films/{name}"


def on_machine(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on as another machine: it has another cache, and another folder is the current one."""
    folder = tmp_path / "machines" / name
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(folder / "cache"))


def written(tmp_path: Path, **props: Any) -> Path:
    """A job of three chunks, whose composition reads a file beside it."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "film.py").write_text(FILM)
    (source / "level.txt").write_text("20")
    (source / ".env").write_text("secret")
    output = source / "out"
    output.mkdir()
    options = RenderOptions(
        width=64,
        height=64,
        frame_count=FRAMES,
        chunk_frames=4,
        props={"trace": str(tmp_path / "trace"), **props},
    )
    composition = find_composition("film.py:draw", source)
    emit(composition, output / "film.mp4", options, output / "job.json")
    return output / "job.json"


def drawn(tmp_path: Path) -> Counter[int]:
    return Counter(int(line) for line in (tmp_path / "trace").read_text().split())


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The film that a render without a job gives."""
    folder = tmp_path_factory.mktemp("here")
    (folder / "film.py").write_text(FILM)
    (folder / "level.txt").write_text("20")
    film = folder / "here.mp4"
    RenderOrchestrator.render(
        f"{folder}/film.py:draw",
        film,
        width=64,
        height=64,
        frame_count=FRAMES,
        chunk_frames=4,
        props={"trace": str(folder / "trace")},
    )
    return film.read_bytes()


def test_machines_without_a_shared_disk_draw_a_film_and_nothing_twice(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Cloud, expected: bytes
) -> None:
    job = written(tmp_path)
    put_job(job, url)
    put_job(job, url)  # is there already
    (job.parents[1] / "film.py").unlink()
    on_machine("two", tmp_path, monkeypatch)
    assert JobRunner(url, JobOptions(chunk_id=1)).run().rendered_chunks == (1,)
    state = JobRunner(f"{url}/job.json", JobOptions()).state()
    assert (state.finished, state.missing, state.film) == ((1,), (0, 2), None)
    on_machine("three", tmp_path, monkeypatch)
    film = tmp_path / "machines" / "three" / "films" / "got.mp4"
    result = JobRunner(url, JobOptions(film=film)).run()
    assert (result.rendered_chunks, result.cached_chunks) == ((0, 2), (1,))
    assert film.read_bytes() == expected
    assert drawn(tmp_path) == dict.fromkeys(range(FRAMES), 1)
    assert not any(".env" in path.name for path in tmp_path.glob("machines/*/cache/**/*"))
    # The chunks are gone, the film is in the store, and nothing is drawn for who asks again.
    again = JobRunner(url, JobOptions()).run()
    assert again.was_finished
    assert again.film is not None
    assert again.film.startswith(f"{url}/payloads/")
    fetched = [path for method, path in server.requests if method == "GET" and "job.helios" in path]
    assert len(fetched) == 2, "a bundle is fetched once by each machine"


def test_a_store_that_fails_every_tenth_call_loses_nothing(
    url: str, tmp_path: Path, server: Cloud, expected: bytes
) -> None:
    job = written(tmp_path)
    faults = ("500", "lost", "503 SlowDown")
    server.fault = lambda number, *_: faults[number // 10 % 3] if number % 10 == 0 else ""
    put_job(job, url)
    film = tmp_path / "got.mp4"
    JobRunner(url, JobOptions(film=film)).run()
    assert film.read_bytes() == expected
    assert drawn(tmp_path) == dict.fromkeys(range(FRAMES), 1)
    assert len(server.requests) > 30


def test_a_store_that_has_answered_is_waited_for(
    url: str,
    server: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(stores, "_PATIENCE_S", 20.0)
    store = open_store(url)
    server.fault = bad_day("500")
    with pytest.raises(StoreUnavailable, match="the store fails"):
        store.create("a.json", b"mine")
    assert not caplog.records, "it may be a wrong address: nobody waits"
    server.fault = nothing_fails
    assert store.create("a.json", b"mine")
    for fault, write in (("500", store.create), ("cut", store.replace)):
        caplog.clear()
        until = time.monotonic() + 0.5
        server.fault = lambda *_, until=until, fault=fault: (
            fault if time.monotonic() < until else ""
        )
        write(f"{fault}.json", b"mine")
        assert time.monotonic() > until
        assert store.read(f"{fault}.json") == b"mine"
        (told,) = (record.getMessage() for record in caplog.records)
        assert re.search(r"(the store fails|does not answer).*; trying again for \d+ s", told)


def test_a_record_whose_answer_was_lost_is_ours(url: str, server: Cloud) -> None:
    store = open_store(url)
    server.fault = lambda number, method, _: "lost" if method == "PUT" and number == 1 else ""
    assert store.create("a.json", b"mine")
    assert not store.create("a.json", b"other")
    assert store.read("a.json") == b"mine"


def test_an_engine_gets_the_bundle_wherever_it_draws(
    url: str, tmp_path: Path, expected: bytes
) -> None:
    job = written(tmp_path)
    put_job(job, url)
    with ThreadPoolExecutor(2) as executor:
        engine = Engine(name="threads", executor=executor, slots=2)
        JobRunner(url, JobOptions(film=tmp_path / "got.mp4")).run(engine=engine)
    assert (tmp_path / "got.mp4").read_bytes() == expected
    assert drawn(tmp_path) == dict.fromkeys(range(FRAMES), 1)
    # Whoever has the address can see that it is the same film.
    sameness = verify_job(JobRunner(url, JobOptions()), count=FRAMES, seed=0)
    assert {0, 4, 8} < set(sameness.same)
    assert not sameness.different


def test_a_cancelled_job_stops_on_the_machine_that_draws_it(url: str, tmp_path: Path) -> None:
    put_job(written(tmp_path, sleep=0.5), url)

    def cancel() -> None:
        while not (tmp_path / "trace").exists():
            time.sleep(0.05)
        JobRunner(url, JobOptions()).cancel()
        told.append(time.monotonic())

    told: list[float] = []
    other = threading.Thread(target=cancel)
    other.start()
    with pytest.raises(Cancelled, match="the job was cancelled"):
        JobRunner(url, JobOptions(workers=1)).run(cancellation=Cancellation())
    ended = time.monotonic()
    other.join()
    assert ended - told[0] < 10
    frames = sum(drawn(tmp_path).values())
    with pytest.raises(Cancelled, match="the job was cancelled"):
        JobRunner(url, JobOptions()).run()
    assert sum(drawn(tmp_path).values()) == frames
    runner = JobRunner(url, JobOptions())
    assert (runner.requeue(), runner.requeue()) == (True, False)


def test_of_two_machines_that_draw_a_chunk_at_once_one_commits_and_the_other_says_so(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither goes on before both have begun.
    put_job(written(tmp_path, meets=2), url)
    words = ("job", "run", url, "--chunk", 0, "--json")
    commands, done = [], []
    with ExitStack() as stack:
        for name in ("two", "three"):
            on_machine(name, tmp_path, monkeypatch)
            commands.append(stack.enter_context(start_helios(*words, cwd=Path.cwd())))
        for command in commands:
            out, errors = command.communicate(timeout=120)
            assert command.returncode == 0, errors
            done.append(json.loads(out.splitlines()[-1]))
    assert sorted(each["renderedChunks"] for each in done) == [[], [0]]
    assert sorted(each["cachedChunks"] for each in done) == [[], [0]]
    assert JobRunner(url, JobOptions()).state().finished == (0,)


@pytest.mark.parametrize("after", ["_finished", "_render"])
def test_who_runs_a_job_that_another_machine_has_finished_has_the_film(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    put_job(written(tmp_path), url)
    step, others = getattr(JobRunner, after), iter(["two"])

    def before_others(self: JobRunner, *args: Any) -> Any:
        found = step(self, *args)
        for name in others:
            on_machine(name, tmp_path, monkeypatch)
            JobRunner(url, JobOptions(film=tmp_path / "theirs.mp4")).run()
            on_machine("one", tmp_path, monkeypatch)
        return found

    monkeypatch.setattr(JobRunner, after, before_others)
    result = JobRunner(url, JobOptions(film=tmp_path / "film.mp4")).run()
    assert (tmp_path / "film.mp4").read_bytes() == (tmp_path / "theirs.mp4").read_bytes()
    assert drawn(tmp_path) == dict.fromkeys(range(FRAMES), 1)
    assert result.rendered_chunks == (() if after == "_finished" else (0, 1, 2))
    assert not [name for name in open_store(url).names() if "film_part" in name]


def bad_day(fault: str) -> Callable[[int, str, str], str]:
    return lambda *_: fault


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("403 InvalidAccessKeyId", StoreRefused, "credentials are not accepted"),
        ("403 SignatureDoesNotMatch", StoreRefused, "credentials are not accepted"),
        ("403 AccessDenied", StoreRefused, "credentials are not accepted"),
        ("403 RequestTimeTooSkewed", StoreRefused, "clock of this machine is wrong"),
        ("404 NoSuchBucket", StoreRefused, "no bucket 'bucket'"),
        ("507 XMinioStorageFull", DiskFull, "is full"),
        ("500 InternalError", StoreUnavailable, "the store fails"),
        ("429 SlowDown", StoreUnavailable, "the store fails"),
        ("400 InvalidRequest", StoreRefused, "the store refuses"),
    ],
)
def test_a_bad_day_is_one_clear_line(
    url: str, server: Cloud, fault: str, kind: type[HeliosError], said: str
) -> None:
    store = open_store(url)
    server.fault = bad_day(fault)
    file = store.folder / "payload"
    file.write_bytes(b"payload")
    calls: list[Callable[[], object]] = [
        lambda: store.read("a"),
        store.names,
        lambda: store.create("a", b""),
        lambda: store.put("a", file, "0" * 64),
        lambda: store.fetched("a", 7, "0" * 64, file),
        lambda: store.remove("a"),
    ]
    for call in calls:
        with pytest.raises(kind, match=said) as caught:
            call()
        assert "\n" not in caught.value.message
        assert len(caught.value.message) < 500


def test_a_server_that_does_not_answer_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = open_store(f"{url}/unreachable")
    with pytest.raises(StoreUnavailable, match=r"http://127\.0\.0\.1:9 does not answer") as caught:
        store.names()
    assert caught.value.retry


def test_a_missing_bucket_is_not_a_missing_job(url: str) -> None:
    with pytest.raises(JobSpecError, match="there is no job in"):
        JobRunner(url, JobOptions())
    with pytest.raises(StoreRefused, match="no bucket 'nowhere'"):
        JobRunner(url.replace("bucket", "nowhere"), JobOptions())
    with pytest.raises(StoreRefused, match="no bucket 'nowhere'"):
        open_store(url.replace("bucket", "nowhere")).create("a", b"")


def test_another_job_at_the_same_address_is_refused(url: str, tmp_path: Path) -> None:
    job = written(tmp_path)
    put_job(job, url)
    job.write_text(job.read_text().replace("film.mp4", "other.mp4"))
    with pytest.raises(JobSpecError, match="another job is in"):
        put_job(job, url)


def test_what_was_changed_on_the_way_is_not_drawn(url: str, tmp_path: Path, server: Cloud) -> None:
    carried = put_job(written(tmp_path), url)
    assert carried.bundle is not None
    store = open_store(url)
    bundle = tmp_path / "changed"
    bundle.write_bytes(bytes(carried.bundle.size))
    store.put("job.helios", bundle, carried.bundle.sha256)
    with pytest.raises(OptionError, match=r"job\.helios .* is not what was put there"):
        JobRunner(url, JobOptions()).run()
