"""Cores and memory that are handed out to films."""

from __future__ import annotations

from typing import Any

import pytest

from helios.errors import OptionError
from helios.queue.budget import MachineBudget, bytes_of_worker
from helios.queue.job import RenderJob, utc_now

GIB = 1 << 30
SMALL = {"composition": "page.html", "width": 64, "height": 64}


def job(name: str, **config: Any) -> RenderJob:
    return RenderJob(id=name, config=config, created_at=utc_now())


def test_films_run_together_only_if_they_fit() -> None:
    small, large = job("small", type="shorts"), job("large", type="360-stereo-8k")
    budget = MachineBudget(2 * GIB, cores=2)
    assert budget.fits(large), "alone anything may try"
    budget.hold(small)
    assert budget.fits(job("other", type="square"))
    assert not budget.fits(large)
    budget.release(small)
    budget.hold(large)
    assert not budget.fits(small)
    budget.release(large)
    assert budget.fits(small)
    budget.release(large)


@pytest.mark.parametrize("name", ["shorts", "flat-4k-landscape", "vr180-8k", "fulldome-8k"])
def test_larger_pictures_need_more(name: str) -> None:
    assert bytes_of_worker({}) <= bytes_of_worker({"type": name})
    assert bytes_of_worker({"type": name, "width": 64, "height": 64}) < bytes_of_worker({})


def test_what_encodes_counts() -> None:
    def needs(**config: str) -> int:
        return bytes_of_worker({"width": 1920, "height": 1080, **config})

    assert needs() == needs(videoCodec="h264") == needs(type="shorts")
    assert needs(videoCodec="hevc") == needs(encodingPreset="h265-quality")
    assert needs() < needs(output="film.webm") < needs(videoCodec="hevc") < needs(videoCodec="av1")


def test_there_is_a_limit_where_none_is_given() -> None:
    assert MachineBudget().limit_bytes > GIB // 4


def test_a_film_alone_gets_all_workers_and_a_later_one_its_part_at_once() -> None:
    budget = MachineBudget(64 * GIB, cores=16)
    assert budget.at_once == 2
    first, second, third = (job(name, **SMALL) for name in ("first", "second", "third"))
    assert budget.hold(first) == 8
    assert budget.hold(second) == 4
    budget.release(first)
    assert budget.hold(third) == 4
    budget.release(second)
    budget.release(third)
    assert budget.hold(first) == 8


@pytest.mark.parametrize(("due", "workers"), [(1, 8), (2, 4), (100, 4)])
def test_what_waits_gets_its_part_as_well(due: int, workers: int) -> None:
    assert MachineBudget(64 * GIB, cores=16).hold(job("a", **SMALL), due=due) == workers


@pytest.mark.parametrize(("at_once", "workers"), [(1, 8), (4, 2), (100, 1)])
def test_whoever_says_how_many_films_decides_how_small_the_parts_are(
    at_once: int, workers: int
) -> None:
    budget = MachineBudget(64 * GIB, cores=16, at_once=at_once)
    assert budget.hold(job("a", **SMALL), due=100) == workers


@pytest.mark.parametrize("key", ["workers", "concurrency"])
def test_a_job_gets_no_more_than_it_asks_for(key: str) -> None:
    budget = MachineBudget(64 * GIB, cores=16)
    assert budget.hold(job("a", **SMALL, **{key: 3})) == 3
    assert budget.hold(job("b", **SMALL, **{key: 300})) == 4


def test_memory_is_not_promised_twice() -> None:
    each = bytes_of_worker(SMALL)
    budget = MachineBudget(int(5.5 * each), cores=16)
    assert budget.hold(job("a", **SMALL)) == 5
    assert not budget.fits(job("b", **SMALL))
    budget = MachineBudget(int(5.5 * each), cores=16)
    assert budget.hold(job("a", **SMALL), due=2) == 4
    assert budget.hold(job("b", **SMALL)) == 1


@pytest.mark.parametrize("at_once", [0, -1, 257])
def test_a_number_of_films_that_cannot_be_is_refused(at_once: int) -> None:
    with pytest.raises(OptionError, match="--at-once is between 1 and 256"):
        MachineBudget(at_once=at_once)
    with pytest.raises(OptionError, match="--workers is between"):
        MachineBudget(workers=at_once)
