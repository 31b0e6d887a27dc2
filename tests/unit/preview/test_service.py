"""The pictures of films that are being shaped: whose request counts, how processes end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helios.errors import BrowserCrashed, Cancelled, OptionError, RenderError
from helios.executors.call import PreviewCall, PreviewPicture, Reply, WordsCall
from helios.model.composition import CompositionKind
from helios.model.options import RenderOptions
from helios.model.page_words import PageWords
from helios.preview import service as room
from helios.preview.service import PreviewRequest, PreviewService

WORDS = PageWords(form={"type": "object", "properties": {}}, console=("log: hello",))


class FakeWorker:
    """Draws pictures of nothing, ``total`` in the film; may wait, fail or die on the way."""

    def __init__(self, total: int = 1000) -> None:
        self.total = total
        self.calls: list[PreviewCall] = []
        self.killed = False
        self.hangs = False
        self.error: Exception | None = None
        self.gate: threading.Event | None = None
        self.each_s = 0.0
        self.now_s = 0.0
        self.patience_s = 0.0
        self.kind = CompositionKind.SCENE

    def call(
        self,
        call: PreviewCall | WordsCall,
        *,
        on_reply: Callable[[Reply], None],
        stall_s: float,
        cancel: threading.Event,
        **_: Any,
    ) -> Reply:
        self.patience_s = stall_s
        if isinstance(call, PreviewCall):
            self.calls.append(call)
        if self.hangs:
            assert cancel.wait(120)
            raise Cancelled
        if self.gate is not None:
            assert self.gate.wait(120)
        if self.error is not None:
            raise self.error
        if isinstance(call, WordsCall):
            return Reply(event="done", words=WORDS)
        for number in range(call.frame_count):
            self.now_s += self.each_s
            frame = call.start_frame + number * call.step
            if frame >= self.total:
                break
            picture = PreviewPicture(
                frame=frame,
                width=64,
                height=36,
                total_frames=self.total,
                fps="30",
                kind=self.kind,
                data=b"x",
            )
            on_reply(Reply(event="picture", picture=picture))
        return Reply(event="done")

    def kill(self, grace_s: float = 0) -> None:
        self.killed = True


class Workers(list[FakeWorker]):
    """Those that were started; the next to start can be prepared."""

    def __init__(self) -> None:
        super().__init__()
        self.next: FakeWorker = FakeWorker()

    def start(self) -> FakeWorker:
        self.append(self.next)
        self.next = FakeWorker()
        return self[-1]


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def service(workers: Workers) -> Iterator[PreviewService]:
    service = PreviewService(workers.start)  # type: ignore[arg-type]
    yield service
    service.close()


def request(**values: Any) -> PreviewRequest:
    defaults = {"composition": "aurora", "folder": Path("/films"), "options": RenderOptions()}
    return PreviewRequest(**{**defaults, "side": 64, **values})


def numbers(pictures: Iterator[PreviewPicture]) -> list[int]:
    return [picture.frame for picture in pictures]


def test_pictures_come_in_order_from_one_process(service: PreviewService, workers: Workers) -> None:
    assert numbers(service.pictures(request(start_frame=5, frame_count=50))) == list(range(5, 55))
    assert numbers(service.pictures(request(frame_count=7, step=3))) == list(range(0, 21, 3))
    assert len(workers) == 1
    assert {call.side for call in workers[0].calls} == {64}


def test_the_first_picture_is_drawn_alone_and_a_batch_keeps_nobody_waiting() -> None:
    worker = FakeWorker()
    service = PreviewService(lambda: worker, clock=lambda: worker.now_s)  # type: ignore[arg-type, return-value]
    worker.each_s = 1 / 32
    list(service.pictures(request(frame_count=7)))
    assert [call.frame_count for call in worker.calls] == [1, 3, 3]
    # Frames of a page in a row cost less: a newer request waits longer for them.
    worker.kind = CompositionKind.PAGE
    list(service.pictures(request(frame_count=19)))
    assert [call.frame_count for call in worker.calls[3:]] == [1, 9, 9]
    worker.calls.clear()
    worker.kind = CompositionKind.PYTHON
    worker.each_s = 1 / 64
    list(service.pictures(request(frame_count=25)))
    assert [call.frame_count for call in worker.calls] == [1, 6, 6, 6, 6]
    worker.each_s = 0
    list(service.pictures(request(frame_count=40)))
    assert max(call.frame_count for call in worker.calls) == room.MAX_BATCH
    service.close()


def test_a_page_is_listened_to_by_the_process_that_draws(
    service: PreviewService, workers: Workers
) -> None:
    list(service.pictures(request()))
    assert service.words("page.html", Path("/films"), RenderOptions()) == WORDS
    assert len(workers) == 1
    workers[0].error = BrowserCrashed("gone")
    assert service.words("page.html", Path("/films"), RenderOptions()) == WORDS
    assert len(workers) == 2
    service.close()
    assert service.words("page.html", Path("/films"), RenderOptions()) is None


def test_pictures_end_with_the_film(service: PreviewService, workers: Workers) -> None:
    workers.next.total = 12
    assert numbers(service.pictures(request(start_frame=8, frame_count=50))) == [8, 9, 10, 11]
    assert numbers(service.pictures(request(start_frame=2, frame_count=9, step=4))) == [2, 6, 10]


def test_the_latest_request_of_a_viewer_ends_the_one_before(service: PreviewService) -> None:
    old = service.pictures(request(frame_count=500), viewer="ann")
    other = service.pictures(request(frame_count=30), viewer="bob")
    assert (next(old).frame, next(other).frame) == (0, 0)
    new = service.pictures(request(start_frame=700, frame_count=2), viewer="ann")
    assert next(new).frame == 700
    assert len(numbers(old)) < room.MAX_BATCH
    assert numbers(new) == [701]
    assert numbers(other) == list(range(1, 30))


def test_a_request_that_waits_and_is_overtaken_draws_nothing(
    service: PreviewService, workers: Workers
) -> None:
    workers.next.gate = gate = threading.Event()
    seen: dict[str, list[int]] = {}

    def ask(name: str, start: int) -> threading.Thread:
        def run() -> None:
            pictures = service.pictures(request(start_frame=start), viewer="ann")
            seen[name] = numbers(pictures)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    first = ask("first", 1)
    while not workers or not workers[0].calls:
        time.sleep(0.01)
    before = service._latest["ann"]
    second = ask("second", 2)
    while service._latest["ann"] is before:
        time.sleep(0.01)
    before = service._latest["ann"]
    third = ask("third", 3)
    while service._latest["ann"] is before:
        time.sleep(0.01)
    gate.set()
    for thread in (first, second, third):
        thread.join(30)
    assert seen == {"first": [1], "second": [], "third": [3]}
    assert [call.start_frame for call in workers[0].calls] == [1, 3]


def test_a_process_that_died_is_replaced_and_the_picture_drawn(
    service: PreviewService, workers: Workers
) -> None:
    list(service.pictures(request()))
    died = RenderError("it was killed")
    died.retry = True
    workers[0].error = died
    assert numbers(service.pictures(request(start_frame=3))) == [3]
    assert len(workers) == 2
    assert workers[0].killed


def test_what_kills_every_process_is_an_error_after_two(
    service: PreviewService, workers: Workers
) -> None:
    died = RenderError("it was killed")
    died.retry = True
    list(service.pictures(request()))
    workers[0].error = workers.next.error = died
    with pytest.raises(RenderError, match="killed"):
        list(service.pictures(request()))
    assert len(workers) == 2
    assert all(worker.killed for worker in workers)
    assert numbers(service.pictures(request(start_frame=9))) == [9]


def test_a_composition_that_is_wrong_costs_no_process(
    service: PreviewService, workers: Workers
) -> None:
    workers.next.error = OptionError("no such colour")
    with pytest.raises(OptionError, match="no such colour"):
        list(service.pictures(request()))
    workers[0].error = None
    assert numbers(service.pictures(request())) == [0]
    assert len(workers) == 1


def test_what_hangs_when_its_files_are_saved_is_drawn_anew(workers: Workers) -> None:
    now = [0.0]
    service = PreviewService(workers.start, clock=lambda: now[0])  # type: ignore[arg-type]
    service.files_are("as they were")
    workers.next.hangs = True
    drawn: list[int] = []
    thread = threading.Thread(
        target=lambda: drawn.extend(numbers(service.pictures(request()))), daemon=True
    )
    thread.start()
    deadline = time.monotonic() + 30
    while not (workers and workers[0].calls):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # A moment of silence is none that hangs, and without a save it may take its time.
    service.files_are("saved")
    now[0] = room.HUNG_S
    service.files_are("saved")
    thread.join(0.1)
    assert thread.is_alive()
    service.files_are("saved again")
    thread.join(30)
    assert drawn == [0]
    assert [worker.killed for worker in workers] == [True, False]
    service.close()


def test_an_idle_process_is_ended_and_comes_again(workers: Workers) -> None:
    service = PreviewService(workers.start, idle_s=0.05)  # type: ignore[arg-type]
    list(service.pictures(request()))
    deadline = time.monotonic() + 120
    while not workers[0].killed:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert numbers(service.pictures(request(start_frame=4))) == [4]
    assert len(workers) == 2
    service.close()
    assert workers[1].killed


def test_a_closed_service_draws_nothing(service: PreviewService, workers: Workers) -> None:
    pictures = service.pictures(request(frame_count=300))
    next(pictures)
    service.close()
    assert len(numbers(pictures)) < room.MAX_BATCH
    assert numbers(service.pictures(request())) == []
    assert workers[0].killed


def test_a_song_may_take_longer_to_hear_than_a_picture_to_draw(
    service: PreviewService, workers: Workers
) -> None:
    list(service.pictures(request()))
    assert workers[0].patience_s == room.STALL_S
    list(service.pictures(request(options=RenderOptions.read({"audio": "an hour.wav"}))))
    assert workers[0].patience_s >= 900
