"""What a signal means to a command: what serves finishes first, what renders stops soon."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from helios.rendering.cancellation import Cancellation

_LISTENS_S = 0.6


class StopSignals:
    """SIGTERM and SIGINT, told apart by how often they came."""

    def __init__(self) -> None:
        self.first = threading.Event()
        self.second = threading.Event()
        self.on_second: Callable[[], None] = lambda: None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._received)

    def _received(self, _number: int, _frame: object) -> None:
        if self.first.is_set():
            self.second.set()
            self.on_second()
        self.first.set()


def ending(running: int, grace_s: float | None) -> str:
    """What a command that makes films does after the first signal, in words."""
    if not running:
        return "stopping"
    films = "the film" if running == 1 else f"the {running} films"
    if grace_s is None:
        return (
            f"finishing {films} under way; again (Ctrl-C) to stop now: it goes on at the next start"
        )
    return f"giving {films} under way {grace_s:g} s; what is not finished goes on at the next start"


class Interruption:
    """Ctrl-C and SIGTERM cancel a render; what does not listen is interrupted soon after.

    An exception out of the blue can be lost in a library, or leave one of its locks taken; so it
    is the second means, and the first only for the second signal.
    """

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
                self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGALRM or self._cancellation.is_cancelled:
            raise KeyboardInterrupt
        self._cancellation.cancel()
        signal.setitimer(signal.ITIMER_REAL, _LISTENS_S)
