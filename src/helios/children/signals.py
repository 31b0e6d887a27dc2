"""What SIGTERM means: stop the film that is being made, or leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

EXIT_CANCELLED = 143
_stop: list[Callable[[], None]] = []


def terminated(_number: int, _frame: object) -> None:
    """The handler of SIGTERM."""
    if not _stop:
        raise SystemExit(EXIT_CANCELLED)
    for stop in _stop:
        stop()


@contextmanager
def stopped_by_signal(stop: Callable[[], None]) -> Iterator[None]:
    """In here SIGTERM calls ``stop`` and ends nothing."""
    _stop.append(stop)
    try:
        yield
    finally:
        _stop.remove(stop)
