"""What a film may cost, and what it has cost so far."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from helios.errors import BudgetSpent, OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that workers may draw, all together, in one run of a command."""

    hours: float
    price: float | None = None
    """Of a worker for an hour."""

    @classmethod
    def read(
        cls, max_hours: float | None, max_cost: float | None, price: float | None
    ) -> Budget | None:
        """The budget that a user names; None without.

        Raises:
            OptionError: it cannot be kept to.
        """
        for flag, value in (("--max-hours", max_hours), ("--max-cost", max_cost)):
            if value is not None and not 0 < value < math.inf:
                raise OptionError(f"{flag} {value:g} must be more than 0")
        if price is not None and not 0 < price < math.inf:
            raise OptionError(f"--price {price:g} must be more than 0")
        if max_cost is not None and price is None:
            raise OptionError(
                "--max-cost needs the price of a worker", hint="Give --price, for an hour of one."
            )
        limits = [] if max_hours is None else [max_hours]
        if max_cost is not None and price is not None:
            limits.append(max_cost / price)
        return cls(hours=min(limits), price=price) if limits else None


NO_END = Budget(hours=math.inf)


class Spending:
    """What has been drawn of a budget: each run of chunks counts from its start to its end."""

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._clock = clock
        self._ended_s = 0.0
        self._under_way: dict[int, float] = {}

    def begin(self, lane: int) -> None:
        """A worker begins to draw."""
        self._under_way[lane] = self._clock()

    def end(self, lane: int) -> None:
        """It has finished."""
        self._ended_s += self._clock() - self._under_way.pop(lane)

    @property
    def hours(self) -> float:
        """Of all workers together, until now."""
        now = self._clock()
        return (self._ended_s + sum(now - began for began in self._under_way.values())) / 3600

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be begun."""
        return self.hours >= self._budget.hours

    def refusal(self) -> BudgetSpent:
        """What is said when chunks are left that may not be begun."""
        price = self._budget.price
        cost = f", {self.hours * price:.2f} in money" if price is not None else ""
        return BudgetSpent(
            f"the budget is spent: workers have drawn for {self.hours:.3g} hours in all{cost}",
            hint="Finished chunks are kept: run the same command again to go on; "
            "its budget begins anew.",
        )
