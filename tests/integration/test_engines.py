"""Engines place chunks, lose them and stop: films are the same, nothing finished is drawn again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from helios.commit.record import RECORD_SUFFIX
from helios.errors import BudgetSpent, Cancelled, EnvironmentProblem, HeliosError, OptionError
from helios.executors.elsewhere import Errand, Outcome, draw_here
from helios.executors.engine import MOST_LOSSES, Engine, open_engine
from helios.model.options import RenderOptions
from helios.model.progress import WorkerNews
from helios.rendering.budget import Budget
from helios.rendering.cancellation import Cancellation
from helios.rendering.emit import emit
from helios.rendering.find import find_composition
from helios.rendering.job import JobOptions, JobRunner
from helios.rendering.orchestrator import RenderOrchestrator, RenderResult

FILM = """
import os, time
import numpy as np

def draw(frame, context):
    props = context.props
    with open(props["trace"], "ab", 0) as trace:
        trace.write(b"%d %d\\n" % (frame, os.getpid()))
    time.sleep(props.get("sleep", 0))
    while len(open(props["trace"]).readlines()) < props.get("meets", 0):
        time.sleep(0.01)
    if frame == 13 and os.path.exists(props["trace"] + ".dies"):
        os._exit(9)
    return np.full((context.height, context.width, 3), frame * 5, np.uint8)
"""
FRAMES = 24


class Lossy(Executor):
    """Loses some of what it is given: before it is done, or after."""

    def __init__(
        self, loses: Callable[[int], bool], finishes: Callable[[int], bool] = lambda _: False
    ) -> None:
        self._finishes = finishes
        self._pool = ThreadPoolExecutor(2)
        self._loses = loses
        self._given = 0
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._lock:
            self._given += 1
            number = self._given

        def run() -> Any:
            if not self._loses(number):
                return fn(*args, **kwargs)
            if self._finishes(number):
                fn(*args, **kwargs)
            raise CancelledError("the machine went away")

        return self._pool.submit(run)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "film.py").write_text(FILM)
    return tmp_path


@pytest.fixture
def threads() -> Iterator[Engine]:
    with ThreadPoolExecutor(2) as executor:
        yield Engine(name="threads of a test", executor=executor, slots=2)


def render(folder: Path, engine: Engine | None, name: str = "film.mp4", **how: Any) -> RenderResult:
    props = {"trace": str(folder / "trace"), **how.pop("props", {})}
    return RenderOrchestrator.render(
        f"{folder}/film.py:draw",
        folder / name,
        engine=engine,
        width=64,
        height=64,
        frame_count=FRAMES,
        chunk_frames=4,
        props=props,
        **how,
    )


def drawn(folder: Path) -> Counter[int]:
    """How often each frame was drawn."""
    lines = (folder / "trace").read_text().splitlines()
    (folder / "trace").unlink()
    return Counter(int(line.split()[0]) for line in lines)


def cancel_when_drawn(folder: Path, cancellation: Cancellation) -> None:
    """Cancel once a frame was drawn."""
    while not (folder / "trace").exists():
        time.sleep(0.05)
    cancellation.cancel()


def kept(folder: Path) -> list[int]:
    """First frames of the chunks that have a commit record."""
    return [
        json.loads(path.read_text())["startFrame"] for path in folder.rglob(f"*{RECORD_SUFFIX}")
    ]


def digest(film: Path) -> str:
    return hashlib.sha256(film.read_bytes()).hexdigest()


def test_a_machine_of_an_engine_compares_its_fonts_before_it_draws(folder: Path) -> None:
    sent: list[str] = []

    class Noted(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **how: Any) -> Future[Any]:
            sent.extend(args)
            return super().submit(fn, *args, **how)

    with Noted(1) as executor:
        render(folder, Engine(name="noted", executor=executor, slots=1))
    errands = [Errand.model_validate_json(text) for text in sent]
    assert errands
    assert not any(json.loads(errand.call)["is_planned_here"] for errand in errands)


def test_the_film_is_the_same_and_everything_is_drawn_once(folder: Path, threads: Engine) -> None:
    result = render(folder, threads)
    assert result.rendered_chunks == (0, 1, 2, 3, 4, 5)
    assert drawn(folder) == dict.fromkeys(range(FRAMES), 1)
    first = digest(folder / "film.mp4")
    render(folder, None)
    assert digest(folder / "film.mp4") == first


def test_what_an_engine_loses_is_sent_again_and_nothing_finished_is_drawn_again(
    folder: Path,
) -> None:
    told: list[WorkerNews] = []
    with Lossy(lambda number: number % 2 == 0, lambda number: number % 4 == 0) as executor:
        render(folder, Engine(name="lossy", executor=executor, slots=2), on_worker=told.append)
    assert drawn(folder) == dict.fromkeys(range(FRAMES), 1)
    for number, first in ((1, 0), (2, 3)):
        lines = [news.message for news in told if news.worker == number]
        assert lines[0] == f"has chunks {first} to {first + 1}, 8 frames"
    everything = "\n".join(news.message for news in told)
    assert (
        "lost: CancelledError: the machine went away; goes out again in 0.2 s (1 of" in everything
    )
    assert everything.count(" finished: 4 frames in ") == 6


def test_an_engine_that_loses_everything_is_given_up_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helios.executors.engine._LONGEST_PAUSE_S", 0.01)
    with (
        Lossy(lambda _: True) as executor,
        pytest.raises(EnvironmentProblem, match="the worst engine lost chunks") as caught,
    ):
        render(folder, Engine(name="the worst engine", executor=executor, slots=1))
    assert str(MOST_LOSSES + 1) in caught.value.message


class Bare(Executor):
    """Its machines have no Helios."""

    def submit(self, fn: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        error = RuntimeError("the call cannot be read")
        error.__cause__ = ModuleNotFoundError(f"No module named {fn.__module__!r}")
        future: Future[Any] = Future()
        future.set_exception(error)
        return future


def test_machines_without_helios_are_not_tried_again(folder: Path) -> None:
    began = time.monotonic()
    with Bare() as executor, pytest.raises(EnvironmentProblem, match="No module named") as caught:
        render(folder, Engine(name="bare", executor=executor, slots=1))
    assert "a machine of bare cannot load what draws" in caught.value.message
    assert time.monotonic() - began < 60  # minutes, if it were a loss


def test_a_chunk_that_kills_its_process_fails_alone_after_three_tries(
    folder: Path, threads: Engine
) -> None:
    (folder / "trace.dies").touch()
    with pytest.raises(HeliosError, match=r"on .*: the process of chunk \d ended with exit code 9"):
        render(folder, threads, workers=1)
    (folder / "trace.dies").unlink()
    assert drawn(folder)[13] == 3
    finished = {frame for start in kept(folder) for frame in range(start, start + 4)}
    assert 12 not in finished
    # What was finished is kept, whoever draws the rest.
    render(folder, None, workers=1)
    assert finished.isdisjoint(drawn(folder))


def test_what_is_cancelled_stops_wherever_it_is_drawn(folder: Path, threads: Engine) -> None:
    cancellation = Cancellation()
    threading.Thread(target=cancel_when_drawn, args=(folder, cancellation)).start()
    with pytest.raises(Cancelled):
        render(folder, threads, props={"sleep": 0.5}, cancellation=cancellation)
    time.sleep(1.5)
    before = (folder / "trace").read_text()
    time.sleep(0.8)  # longer than a frame takes
    assert (folder / "trace").read_text() == before
    assert not list(folder.rglob("cancelled-*"))


def test_a_budget_that_is_spent_keeps_what_is_finished(folder: Path, threads: Engine) -> None:
    with pytest.raises(BudgetSpent, match=r"workers have drawn for .* hours in all"):
        render(folder, threads, budget=Budget(hours=1e-9))
    finished = drawn(folder)
    assert 4 <= finished.total() <= 8
    assert len(kept(folder)) == finished.total() // 4
    render(folder, threads, budget=Budget(hours=1))
    assert drawn(folder) == dict.fromkeys(set(range(FRAMES)) - set(finished), 1)


def test_a_job_file_is_drawn_through_an_engine(folder: Path, threads: Engine) -> None:
    asked = {"width": 64, "height": 64, "frame_count": FRAMES, "chunk_frames": 4}
    options = RenderOptions.read({**asked, "props": {"trace": str(folder / "trace")}})
    film = find_composition(f"{folder}/film.py:draw", folder, None)
    emit(film, folder / "job.mp4", options, folder / "j.json")
    result = JobRunner(folder / "j.json", JobOptions()).run(engine=threads)
    assert result.rendered_chunks == (0, 1, 2, 3, 4, 5)
    render(folder, None)
    assert digest(folder / "film.mp4") == digest(folder / "job.mp4")


def test_another_version_is_refused_before_it_draws() -> None:
    errand = {"version": "0.0.0-other", "film": "f", "call": json.dumps({"of": "another time"})}
    outcome = Outcome.model_validate_json(draw_here(json.dumps(errand)))
    assert outcome.reply.event == "error"
    assert "0.0.0-other planned the film" in outcome.reply.message
    assert Errand.model_validate(errand).cancelled == "cancelled-f"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("dusk", "no engine 'dusk'"),
        ("no_such_module:pool", "no_such_module"),
        ("json:dumps", "json:dumps makes nothing"),
        ("collections:Counter", "makes no concurrent.futures.Executor"),
    ],
)
def test_an_engine_that_is_not_there_is_named(named: str, said: str) -> None:
    with pytest.raises(OptionError, match=said), open_engine(named):
        pass


def test_threads_need_no_engine_and_a_factory_gives_one() -> None:
    with open_engine("threads") as engine:
        assert engine is None
    with open_engine("concurrent.futures:ThreadPoolExecutor") as engine:
        assert engine is not None
        assert engine.slots


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found += family(int(entry.parent.name))
    return found


def test_processes_are_copied_while_no_thread_can_hold_a_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    spawn = ProcessPoolExecutor._spawn_process

    def noted(self: ProcessPoolExecutor) -> None:
        threads.extend(thread.name for thread in threading.enumerate())
        spawn(self)

    monkeypatch.setattr(ProcessPoolExecutor, "_spawn_process", noted)
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as executor:
        render(folder, Engine(name="processes", executor=executor, slots=2))
    assert threads
    assert not [name for name in threads if name.startswith("helios-chunk")]


class NeverBegins(ThreadPoolExecutor):
    """Its second errand goes to a machine that has stopped before it could begin."""

    def __init__(self) -> None:
        super().__init__(2)
        self.given: list[Future[Any]] = []
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._lock:
            is_stuck = len(self.given) == 1
            self.given.append(Future() if is_stuck else super().submit(fn, *args, **kwargs))
            return self.given[-1]


def test_what_no_machine_begins_is_handed_over_again_and_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("helios.executors.engine.BEGIN_S", 1.5)
    monkeypatch.setattr("helios.executors.engine._TOLD_EVERY_S", 1.0)
    lines: list[WorkerNews] = []
    with NeverBegins() as executor:
        engine = Engine(name="some of them", executor=executor, slots=2)
        render(folder, engine, on_worker=lines.append)
        assert executor.given[1].cancelled(), "nobody draws it later, for nothing"
    assert drawn(folder) == dict.fromkeys(range(FRAMES), 1)
    assert any("waits for some of them to begin, for 1 s now" in each.message for each in lines)
    (told,) = (record.getMessage() for record in caplog.records)
    assert re.fullmatch(r"some of them has not begun chunk [03] for 2 s: handed over again", told)


class LosesSight(ThreadPoolExecutor):
    """Takes its first errand for lost once it is under way, as when a link is down."""

    def __init__(self, trace: Path) -> None:
        super().__init__(2)
        self.errands: list[Future[Any]] = []
        self._trace = trace

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.errands.append(super().submit(fn, *args, **kwargs))
        return self.errands[-1] if len(self.errands) > 1 else super().submit(self._lose)

    def _lose(self) -> None:
        while not self._trace.exists():
            time.sleep(0.01)
        raise CancelledError("its machine does not answer")


def test_a_machine_that_was_lost_and_works_on_keeps_nobody_from_its_chunks(folder: Path) -> None:
    with LosesSight(folder / "trace") as executor:
        engine = Engine(name="a weak link", executor=executor, slots=1)
        render(folder, engine, workers=1, props={"meets": 2})  # neither goes on alone
        first = digest(folder / "film.mp4")
        executor.errands[0].exception(timeout=60)
    assert drawn(folder)[0] == 2
    assert digest(folder / "film.mp4") == first
    render(folder, None, "here.mp4")
    assert digest(folder / "here.mp4") == first


class FirstElsewhere(Executor):
    """Gives its first errand to a process, and all others to a thread."""

    def __init__(self) -> None:
        self.machine = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self._thread = ThreadPoolExecutor(1)
        self.errands: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        pool = self._thread if self.errands else self.machine
        self.errands.append(pool.submit(fn, *args, **kwargs))
        return self.errands[-1]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.machine.shutdown(wait, cancel_futures=cancel_futures)
        self._thread.shutdown(wait, cancel_futures=cancel_futures)


def test_chunks_of_a_machine_that_freezes_go_out_a_second_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helios.executors.engine.SILENCE_S", 4.0)
    monkeypatch.setattr("helios.executors.engine._TOLD_EVERY_S", 2.0)
    frozen: list[int] = []
    told: list[WorkerNews] = []

    def freeze() -> None:
        while not kept(folder):
            time.sleep(0.02)
        frozen.extend(family(next(iter(executor.machine._processes))))
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)

    with FirstElsewhere() as executor:
        other = threading.Thread(target=freeze)
        other.start()
        try:
            engine = Engine(name="two machines", executor=executor, slots=1)
            render(folder, engine, props={"sleep": 0.05}, workers=1, on_worker=told.append)
            other.join()
            times = drawn(folder)
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        assert len(executor.errands) >= 2
        lines = [news.message for news in told]
        whose = f"{platform.node()}, process {frozen[0]}"
        assert f"is on {whose}" in lines
        assert any(line.startswith(f"waits for a heartbeat of {whose}, for ") for line in lines)
        assert any(line.startswith("lost: Silent: no heartbeat for ") for line in lines)
        # Nothing of the film is touched by who thaws after its end.
        first = digest(folder / "film.mp4")
        executor.errands[0].exception(timeout=60)
    assert set(times) == set(range(FRAMES))
    assert times[0] == times[3] == 1, "what was finished is not drawn again"
    assert digest(folder / "film.mp4") == first
    (folder / "trace").unlink(missing_ok=True)
    render(folder, None, "here.mp4")
    assert digest(folder / "here.mp4") == first
