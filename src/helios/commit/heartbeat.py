"""Heartbeats: small artifacts that change while somebody works, for whoever waits elsewhere.

No clocks are compared: who waits counts, by its own clock, how long nothing has changed.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from helios.commit.beside import beside
from helios.commit.store import ArtifactStore
from helios.errors import HeliosError

_LOOKS_BETWEEN = 4
"""A heart beats so many times more slowly than one may look."""


@contextmanager
def beating(store: ArtifactStore, name: str, whose: str = "") -> Iterator[None]:
    """Beats until the block ends, or its process is gone or frozen. A store that fails is no reason
    to stop.

    Args:
        store: where it is felt.
        name: of the artifact.
        whose: what ``Pulse.whose`` tells.
    """

    def beat(ended: threading.Event) -> None:
        for number in itertools.count():
            with suppress(HeliosError, OSError):
                store.replace(name, f"{number} {whose}".encode())
            if ended.wait(_LOOKS_BETWEEN * store.look_every_s):
                return

    try:
        with beside("helios-heartbeat", beat):
            yield
    finally:
        with suppress(HeliosError, OSError):
            store.remove(name)


class Pulse:
    """What is felt of a heartbeat from elsewhere."""

    def __init__(self, store: ArtifactStore, name: str) -> None:
        self._store = store
        self._name = name
        self._last: bytes | None = None
        self._changed = self._looked = time.monotonic()

    @property
    def has_begun(self) -> bool:
        """Whether it was ever felt."""
        return self._last is not None

    @property
    def whose(self) -> str:
        """Who beats, once it was felt."""
        return (self._last or b"").decode(errors="replace").partition(" ")[2]

    def silent_s(self) -> float:
        """For how long it has not changed; 0 before it was ever felt: it may not have begun."""
        now = time.monotonic()
        if now - self._looked < _LOOKS_BETWEEN * self._store.look_every_s:
            return now - self._changed if self._last is not None else 0.0
        self._looked = now
        try:
            found = self._store.read(self._name)
        except HeliosError:  # not yet, not any more, or the store fails
            return now - self._changed if self._last is not None else 0.0
        if found != self._last:
            self._last, self._changed = found, now
        return now - self._changed
