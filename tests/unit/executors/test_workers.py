"""The guarded process that renders, and the pool of them, with processes that only pretend."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from helios.errors import Cancelled, ChunkFailed, OptionError, RenderError
from helios.executors import spawn
from helios.executors.call import (
    ChunkCall,
    ChunkRange,
    InspectCall,
    Reply,
    error_from_reply,
    tell,
)
from helios.executors.pool import WorkerPool
from helios.executors.serve import WarningsToHolder
from helios.executors.worker import Worker
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.planning.resolve import resolve

PAGE = Composition(kind=CompositionKind.PAGE, location="page.html")
OPTIONS = RenderOptions.read({"width": 64, "height": 64, "fps": 30, "frameCount": 10})
INSPECT = InspectCall(composition=PAGE, options=OPTIONS, sounds_folder=Path("sounds"))


SCRIPT = Composition(kind=CompositionKind.PYTHON, location="film.py:draw")


def chunk(start: int, film: str = "page.html") -> ChunkCall:
    resolved = resolve(CompositionKind.PAGE, Path("film.mov"), OPTIONS, None)
    return ChunkCall(
        composition=Composition(kind=CompositionKind.PAGE, location=film),
        draw=resolved.draw,
        encode=resolved.encode,
        facts=None,
        store="work",
        chunks=(
            ChunkRange(
                id=start // 10,
                start_frame=start,
                frame_count=10,
                output_name=f"{start}.mov",
                settings_digest="digest",
            ),
        ),
    )


class FakeChild:
    """A process by its pipes: the test says what it says and when it ends."""

    def __init__(self) -> None:
        self.pid = 4711
        self.stdin = io.BytesIO()
        self.exit_code: int | None = None
        self.stopped = False
        self._ends: list[Any] = []
        self.stdout, self._out = self._pipe()
        self.stderr, self._err = self._pipe()

    def _pipe(self) -> tuple[Any, Any]:
        read, write = os.pipe()
        self._ends += [os.fdopen(read, "rb"), os.fdopen(write, "wb", buffering=0)]
        return self._ends[-2], self._ends[-1]

    def say(self, **reply: Any) -> None:
        self._out.write(Reply(**reply).model_dump_json().encode() + b"\n")

    def print(self, text: str) -> None:
        self._out.write(text.encode() + b"\n")

    def complain(self, text: str) -> None:
        self._err.write(text.encode() + b"\n")

    def end(self, code: int) -> None:
        self._out.close()
        self._err.close()
        self.exit_code = code

    def close(self) -> None:
        self.stop()
        for thread in threading.enumerate():
            if thread.name == f"helios-worker-{self.pid}":
                thread.join(5)
        for end in self._ends:
            end.close()

    def wait(self, _timeout_s: float | None = None) -> int | None:
        return self.exit_code

    def stop(self, grace_s: float = 0.0) -> None:
        self.stopped = True
        if self.exit_code is None:
            self.end(-9)


@pytest.fixture
def child() -> Iterator[FakeChild]:
    child = FakeChild()
    yield child
    child.close()


@pytest.fixture
def worker(child: FakeChild) -> Worker:
    return Worker(child)  # type: ignore[arg-type]  # as much of a child as a worker sees


class Heard:
    """What a listener was told."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, int]] = []

    def on_frames(self, chunk_id: int, frames: int, /) -> None:
        self.frames.append((chunk_id, frames))

    def on_committed(self, chunk_id: int, record: Any, /, *, cached: bool = False) -> None: ...

    def on_print(self, chunk_id: int, line: str, /) -> None: ...


def test_a_call_is_one_line_and_progress_is_passed_on(worker: Worker, child: FakeChild) -> None:
    child.say(event="drawn", chunk_id=3, frames=5)
    child.print("a library prints this")
    child.say(event="printed", message="a composition prints this")
    child.say(event="drawn", chunk_id=3, frames=9)
    child.say(event="done", cached=True)
    heard = Heard()
    printed: list[str] = []
    tells = partial(tell, heard)
    assert worker.call(chunk(30), on_reply=tells, on_print=printed.append).cached
    assert heard.frames == [(3, 5), (3, 9)]
    assert printed == ["a composition prints this"]
    sent = child.stdin.getvalue().splitlines()
    assert len(sent) == 1
    assert json.loads(sent[0])["chunks"][0]["id"] == 3


def test_what_a_process_warns_of_is_said_once(
    worker: Worker, child: FakeChild, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        child.say(event="warning", message="nothing can be kept")
    child.say(event="done")
    seen: list[Reply] = []
    assert worker.call(chunk(30), on_reply=seen.append).event == "done"
    assert [record.message for record in caplog.records] == ["nothing can be kept"]
    assert seen == []


def test_a_process_says_what_is_logged_in_it() -> None:
    said: list[Reply] = []
    handler = WarningsToHolder(said.append)
    log = logging.getLogger("helios.of.a.test")
    log.addHandler(handler)
    log.info("little")
    log.warning("so %s", "much")
    log.removeHandler(handler)
    assert [(reply.event, reply.message) for reply in said] == [("warning", "so much")]


def test_a_call_for_several_chunks_is_answered_with_the_record_of_the_last(
    worker: Worker, child: FakeChild
) -> None:
    for start in (0, 10):
        record = {"payload": f"{start}.mov", "size": 1, "sha256": "0", "start_frame": start}
        record |= {"frame_count": 10, "settings_digest": "digest"}
        child.say(event="committed", chunk_id=start // 10, record=record)
    child.say(event="done")
    reply = worker.call(chunk(0))
    assert reply.record is not None
    assert (reply.chunk_id, reply.record.payload) == (1, "10.mov")


def test_an_error_keeps_its_kind_its_hint_and_whether_it_may_be_tried_again(
    worker: Worker, child: FakeChild
) -> None:
    child.say(event="error", error="OptionError", message="no", hint="say yes", retry=True)
    with pytest.raises(OptionError, match="no") as caught:
        worker.call(INSPECT)
    assert (caught.value.hint, caught.value.retry) == ("say yes", True)


@pytest.mark.parametrize(
    ("code", "how"), [(-9, "was killed by signal 9"), (3, "ended with exit code 3")]
)
def test_a_process_that_dies_is_an_error_with_its_last_words(
    worker: Worker, child: FakeChild, code: int, how: str
) -> None:
    child.complain("out of paint")
    child.end(code)
    with pytest.raises(ChunkFailed, match=how) as caught:
        worker.call(chunk(20))
    assert caught.value.retry
    assert caught.value.last_lines == ("out of paint",)
    assert (caught.value.chunk_id, caught.value.chunk_exit_code) == (2, code)


def test_what_was_said_before_the_end_counts(worker: Worker, child: FakeChild) -> None:
    child.say(event="done")
    child.end(-9)
    assert worker.call(chunk(0)).event == "done"


def test_silence_is_given_up(worker: Worker) -> None:
    with pytest.raises(ChunkFailed, match=r"inspection reported nothing for 0\.3 s") as caught:
        worker.call(INSPECT, stall_s=0.3)
    assert caught.value.retry


def test_a_cancelled_call_ends_though_nothing_is_said(worker: Worker) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Cancelled):
        worker.call(chunk(0), cancel=cancel)


def test_closing_asks_first_and_then_sees_to_it(worker: Worker, child: FakeChild) -> None:
    worker.close()
    assert child.stdin.closed
    assert child.stopped


class FakeWorker:
    """Answers at once, and remembers its calls."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.fails: Exception | None = None
        self.killed = False
        self.hung_up = False

    def call(self, call: InspectCall | ChunkCall, **_: Any) -> Reply:
        if self.fails is not None:
            raise self.fails
        assert isinstance(call, ChunkCall)
        self.starts.append(call.first.start_frame)
        return Reply(event="done")

    def kill(self) -> None:
        self.killed = True

    def hang_up(self) -> None:
        self.hung_up = True

    def close(self) -> None:
        self.hung_up = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> WorkerPool:
    pool = WorkerPool()
    pool.started = []  # type: ignore[attr-defined]

    def start(_: InspectCall | ChunkCall) -> FakeWorker:
        pool.started.append(FakeWorker())  # type: ignore[attr-defined]
        return pool.started[-1]  # type: ignore[attr-defined, no-any-return]

    monkeypatch.setattr(pool, "_start", start)
    return pool


def two_workers(pool: Any) -> tuple[FakeWorker, FakeWorker]:
    """Both have drawn at the same time: the first to frame 10, the second to frame 60."""
    barrier = threading.Barrier(2)
    calls = [chunk(0), chunk(50)]
    call = FakeWorker.call

    def together(self: FakeWorker, asked: InspectCall | ChunkCall, **more: Any) -> Reply:
        barrier.wait(30)
        return call(self, asked, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeWorker, "call", together)
        threads = [threading.Thread(target=pool.call, args=(asked,)) for asked in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    first, second = sorted(pool.started, key=lambda worker: worker.starts)
    return first, second


@pytest.mark.parametrize(
    ("composition", "wanted"), [(PAGE, ["own", "forked", "forked"]), (SCRIPT, ["forked"] * 3)]
)
def test_workers_are_forked_but_the_one_that_has_a_page_s_browser(
    composition: Composition, wanted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server:
        def fork(self) -> str:
            return "forked"

        def close(self) -> None: ...

    started: list[str] = []

    class Started(FakeWorker):
        def __init__(self, child: str = "own") -> None:
            super().__init__()
            self.fails = ChunkFailed("dead", chunk_id=1, chunk_exit_code=1, last_lines=())
            started.append(child)

    monkeypatch.setattr("helios.executors.pool.take_fork_server", Server)
    monkeypatch.setattr("helios.executors.pool.Worker", Started)
    with WorkerPool() as pool:
        for start in (0, 10, 20):
            call = chunk(start).model_copy(update={"composition": composition})
            with pytest.raises(ChunkFailed):
                pool.call(call)
    assert started == wanted


def test_what_was_started_ahead_is_taken_once_and_ended_if_nobody_wants_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Server:
        def __init__(self, *_: object) -> None:
            self.is_closed = False

        def close(self) -> None:
            self.is_closed = True

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(spawn, "ForkServer", Server)
    spawn.start_ahead(expect_page=False)
    (ahead,) = spawn._ready
    assert spawn.take_fork_server() is ahead
    assert spawn.take_fork_server() is not ahead
    spawn.start_ahead(expect_page=False)
    (unused,) = spawn._ready
    spawn.stop_unused()
    assert spawn._ready == []
    assert unused.is_closed  # type: ignore[union-attr]
    assert not ahead.is_closed  # type: ignore[union-attr]


def test_a_free_worker_is_used_again(pool: Any) -> None:
    for start in (0, 10, 20):
        pool.call(chunk(start))
    (worker,) = pool.started
    assert worker.starts == [0, 10, 20]


def test_the_worker_that_is_nearest_before_a_chunk_draws_it(pool: Any) -> None:
    first, second = two_workers(pool)
    pool.call(chunk(60))
    pool.call(chunk(10))
    pool.call(chunk(40))
    assert second.starts == [50, 60]
    assert first.starts == [0, 10, 40], "20 frames ahead is nearer than beginning anew"


def test_a_worker_before_a_chunk_is_nearer_than_one_that_would_begin_anew(
    pool: Any,
) -> None:
    first, second = two_workers(pool)
    pool.call(chunk(30))
    assert first.starts == [0, 30]
    assert second.starts == [50]


def test_a_worker_that_failed_is_gone_and_the_next_call_gets_a_new_one(pool: Any) -> None:
    pool.call(chunk(0))
    pool.started[0].fails = ChunkFailed("dead", chunk_id=1, chunk_exit_code=1, last_lines=())
    with pytest.raises(ChunkFailed):
        pool.call(chunk(10))
    assert pool.started[0].killed
    pool.call(chunk(10))
    assert [worker.starts for worker in pool.started] == [[0], [10]]


def test_a_cancelled_pool_begins_nothing_and_kills_what_it_has(pool: Any) -> None:
    pool.call(chunk(0))
    pool.cancel()
    with pytest.raises(Cancelled):
        pool.call(chunk(10))
    pool.close()
    assert pool.started[0].killed


def test_a_pool_that_is_closed_lets_its_workers_end(pool: Any) -> None:
    pool.call(chunk(0))
    pool.close()
    assert pool.started[0].hung_up
    assert not pool.started[0].killed


@pytest.mark.parametrize("name", ["EXIT_OK", "Cancelled", "NoSuchError", "ValueError", ""])
def test_a_word_that_names_no_error_of_ours_is_a_render_error(name: str) -> None:
    error = error_from_reply(Reply(event="error", error=name, message="it broke", retry=True))
    assert type(error) is RenderError
    assert (error.message, error.retry) == ("it broke", True)
