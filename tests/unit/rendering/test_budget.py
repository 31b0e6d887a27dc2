"""How much a film may cost: nothing is begun once that is spent, and what is finished is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from helios.errors import BudgetSpent, OptionError
from helios.planning.schedule import Schedule
from helios.rendering.budget import Budget, Spending
from helios.rendering.local import execute


@dataclass(frozen=True)
class Piece:
    id: int
    start_frame: int
    frame_count: int = 10


def drawn(workers: int, budget: Budget | None, each_s: float = 0.02) -> list[int]:
    """The chunks of six that are drawn."""
    found: list[int] = []

    def draw(run: Sequence[Piece]) -> None:
        assert len(run) == 1
        time.sleep(each_s)
        found.extend(piece.id for piece in run)

    pieces = [Piece(number, number * 10) for number in range(6)]
    schedule = Schedule(pieces, workers, singly=True)
    try:
        execute(
            schedule, draw, workers, lambda: pytest.fail("what is under way goes on"), budget=budget
        )
    except BudgetSpent:
        found.append(-1)
    return sorted(found)


def test_what_is_under_way_is_finished_and_nothing_more_is_begun() -> None:
    assert drawn(1, Budget(hours=0.01 / 3600)) == [-1, 0]
    assert drawn(2, Budget(hours=0.9 / 3600), each_s=0.6) == [-1, 0, 3]


def test_a_budget_that_lasts_is_not_heard_of() -> None:
    assert drawn(2, Budget(hours=1)) == list(range(6))
    # It ends with the last chunk: nothing is left that could not be begun.
    assert drawn(6, Budget(hours=0.15 / 3600), each_s=0.05) == list(range(6))


def test_all_workers_count_and_money_is_told() -> None:
    now = 0.0
    spending = Spending(Budget(hours=1.5, price=2.0), clock=lambda: now)
    spending.begin(0)
    spending.begin(1)
    now = 1800.0
    assert spending.hours == 1.0
    spending.end(1)
    now = 3600.0
    assert spending.hours == 1.5
    assert spending.is_spent
    assert "1.5 hours in all, 3.00 in money" in spending.refusal().message


def test_the_smaller_limit_counts() -> None:
    assert Budget.read(None, None, 0.4) is None
    assert Budget.read(2, 0.4, 0.4) == Budget(hours=1, price=0.4)
    assert Budget.read(None, 3.0, 2.0) == Budget(hours=1.5, price=2.0)
    assert Budget.read(0.5, 0.4, 0.4) == Budget(hours=0.5, price=0.4)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((0, None, None), "--max-hours 0 must be more"),
        ((None, -1, 1), "--max-cost -1 must be more"),
        ((None, 1, 0), "--price 0 must be more"),
        ((float("nan"), None, None), "--max-hours nan"),
        ((None, 5, None), "--max-cost needs the price"),
    ],
)
def test_budgets_that_cannot_be_kept_to(asked: tuple[float | None, ...], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Budget.read(*asked)
