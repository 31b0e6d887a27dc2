"""Which worker draws which chunks: all of them, once, in few long runs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.planning.schedule import Schedule


@dataclass(frozen=True)
class Piece:
    id: int
    start_frame: int
    frame_count: int


def pieces(count: int, frames: int = 10, gaps: tuple[int, ...] = ()) -> list[Piece]:
    return [Piece(n, n * frames, frames) for n in range(count) if n not in gaps]


def simulate(
    chunks: list[Piece], lanes: int, replay: float
) -> tuple[list[list[tuple[Piece, ...]]], float]:
    """Runs of every lane, and the time at which the last one ends, a drawn frame taking 1."""
    schedule = Schedule(chunks, lanes, replay)
    clock = [0.0] * lanes
    position = [0] * lanes
    runs: list[list[tuple[Piece, ...]]] = [[] for _ in range(lanes)]
    waiting = set(range(lanes))
    while waiting:
        lane = min(waiting, key=lambda n: clock[n])
        run = schedule.next_run(lane)
        if not run:
            waiting.discard(lane)
            continue
        start = run[0].start_frame
        away = start - position[lane] if start >= position[lane] else start
        clock[lane] += away * replay + sum(chunk.frame_count for chunk in run)
        position[lane] = run[-1].start_frame + run[-1].frame_count
        runs[lane].append(run)
    return runs, max(clock)


@given(
    count=st.integers(0, 60),
    lanes=st.integers(1, 20),
    replay=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    gaps=st.sets(st.integers(0, 59), max_size=30),
)
def test_every_chunk_is_drawn_once_and_runs_are_adjacent(
    count: int, lanes: int, replay: float, gaps: set[int]
) -> None:
    chunks = pieces(count, gaps=tuple(gaps))
    runs, _ = simulate(chunks, lanes, replay)
    drawn = [chunk for lane in runs for run in lane for chunk in run]
    assert sorted(drawn, key=lambda chunk: chunk.id) == chunks
    for lane in runs:
        for run in lane:
            for one, other in pairwise(run):
                assert one.start_frame + one.frame_count == other.start_frame


def test_one_worker_draws_all_in_one_go() -> None:
    assert Schedule(pieces(48), 1).next_run(0) == tuple(pieces(48))


@pytest.mark.parametrize(("lanes", "most"), [(2, 240), (8, 70), (16, 40)])
def test_workers_end_together(lanes: int, most: float) -> None:
    _, took = simulate(pieces(48), lanes, 0.0)
    assert took <= most


def test_a_worker_that_has_finished_takes_over() -> None:
    schedule = Schedule(pieces(8), 2)
    assert [chunk.id for chunk in schedule.next_run(0)] == [0, 1]
    slow = schedule.next_run(1)
    assert [chunk.id for chunk in slow] == [4, 5]
    assert [chunk.id for chunk in schedule.next_run(0)] == [2]
    assert [chunk.id for chunk in schedule.next_run(0)] == [3]
    assert [chunk.id for chunk in schedule.next_run(0)] == [7]
    assert [chunk.id for chunk in schedule.next_run(1)] == [6]
    assert schedule.next_run(0) == schedule.next_run(1) == ()


def test_where_replay_costs_later_workers_get_shorter_parts() -> None:
    runs, took = simulate(pieces(100), 4, 0.3)
    drawn = [sum(len(run) for run in lane) for lane in runs]
    assert drawn[0] > drawn[1] > drawn[2] > drawn[3]
    # Equal parts would end when the last worker has lived through three quarters of the film.
    assert took < 250 + 0.3 * 750


def test_replay_as_dear_as_drawing_leaves_the_film_to_one_worker() -> None:
    runs, took = simulate(pieces(20), 4, 0.99)
    assert took <= 1.05 * 200
    assert len(runs[0][0]) >= 10


def test_a_farm_does_not_wait_for_its_schedule() -> None:
    began = time.process_time()
    runs, _ = simulate(pieces(10_000), 100, 0.1)
    assert time.process_time() - began < 5  # of minutes, if frames are counted again each time
    assert sum(len(run) for lane in runs for run in lane) == 10_000
