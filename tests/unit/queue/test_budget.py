"""Memory that is handed out to films."""

from __future__ import annotations

from typing import Any

import pytest

from helios.queue.budget import MemoryBudget, estimate_bytes
from helios.queue.job import RenderJob, utc_now

GIB = 1 << 30


def job(name: str, **config: Any) -> RenderJob:
    return RenderJob(id=name, config=config, created_at=utc_now())


def test_films_run_together_only_if_they_fit() -> None:
    small, large = job("small", type="shorts"), job("large", type="360-stereo-8k")
    budget = MemoryBudget(2 * GIB)
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
    assert estimate_bytes({}) <= estimate_bytes({"type": name})
    assert estimate_bytes({"type": name, "width": 64, "height": 64}) < estimate_bytes({})


def test_there_is_a_limit_where_none_is_given() -> None:
    assert MemoryBudget().limit_bytes > GIB // 4
