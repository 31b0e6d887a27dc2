"""What is told of each worker, by a clock that the test turns."""

from __future__ import annotations

from typing import NamedTuple

from helios.commit.record import CommitRecord
from helios.model.progress import WorkerNews
from helios.rendering.workers_told import WorkersTold


class Chunk(NamedTuple):
    """Of a film."""

    id: int
    frame_count: int


class Watched:
    """What was told, each worker by its number."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.told = WorkersTold(self.hear, clock=lambda: self.now)

    def hear(self, news: WorkerNews) -> None:
        self.lines.append(f"{news.worker}: {news.message}")


def record(frames: int, seconds: float) -> CommitRecord:
    return CommitRecord(
        payload="a.mov",
        size=1,
        sha256="",
        start_frame=0,
        frame_count=frames,
        settings_digest="",
        seconds=seconds,
    )


def test_who_draws_which_chunk_and_how_fast() -> None:
    film = Watched()
    film.told.has(0, [Chunk(0, 12), Chunk(1, 12)])
    film.told.has(1, [Chunk(2, 10)])
    film.told.has_finished(0, record(12, 0.5), by_others=False)
    film.told.has_finished(2, record(10, 2.0), by_others=True)
    film.told.hears(1, "waits")
    film.told.has_finished(1, record(12, 0.0), by_others=False)
    assert film.lines == [
        "1: has chunks 0 to 1, 24 frames",
        "2: has chunk 2, 10 frames",
        "1: chunk 0 finished: 12 frames in 0.5 s, 24.0 fps",
        "2: chunk 2 was finished by others",
        "1: waits",
        "1: chunk 1 finished: 12 frames in 0.0 s",
    ]


def test_a_long_chunk_is_told_of_every_few_seconds_with_its_own_speed() -> None:
    film = Watched()
    film.told.has(0, [Chunk(0, 1000), Chunk(1, 1000)])
    del film.lines[:]
    for frame in range(1, 98):  # eight frames a second
        film.now += 0.125
        film.told.has_drawn(0, frame)
    film.told.has_drawn(1, 1)  # the next chunk begins by itself
    film.now += 6
    film.told.has_drawn(1, 1)
    assert film.lines == [
        "1: chunk 0: 41 of 1000 frames, 8.0 fps",
        "1: chunk 0: 81 of 1000 frames, 8.0 fps",
    ]
