"""What a signal means to a command that serves: finish, then stop; the second time, stop now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable


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
