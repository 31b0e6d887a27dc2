"""The wish of another thread that a render stops."""

from __future__ import annotations

import threading
from collections.abc import Callable

from helios.errors import Cancelled


class Cancellation:
    """Stops a render from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._actions: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Stop as soon as can be; finished chunks are kept."""
        self._event.set()
        for action in tuple(self._actions):
            action()

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Stop here if ``cancel`` was called.

        Raises:
            Cancelled: it was.
        """
        if self._event.is_set():
            raise Cancelled

    def wait(self, timeout_s: float) -> bool:
        """Wait for a cancellation; whether there is one."""
        return self._event.wait(timeout_s)

    def when_cancelled(self, action: Callable[[], None]) -> None:
        """Call ``action`` on cancellation, at once if it has been."""
        if action not in self._actions:  # a warm pool's comes again with each film
            self._actions.append(action)
        if self.is_cancelled:
            action()
