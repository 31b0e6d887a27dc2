"""Artifacts that are flags: there or not, for whoever watches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from helios.commit.beside import beside
from helios.commit.store import ArtifactStore
from helios.errors import OptionError, StoreRefused, StoreUnavailable

_LOOKS_BETWEEN = 2
"""A flag is looked for half as often as one may look."""


def watched(
    store: ArtifactStore, name: str, on_there: Callable[[], None]
) -> AbstractContextManager[None]:
    """Calls ``on_there``, from another thread, once the flag is there. A store that does not
    answer, or refuses for a while, is asked again."""

    def watch(ended: threading.Event) -> None:
        while not ended.wait(_LOOKS_BETWEEN * store.look_every_s):
            try:
                if not is_there(store, name):
                    continue
            except (StoreUnavailable, StoreRefused):
                continue
            on_there()
            return

    return beside("helios-flag", watch)


def is_there(store: ArtifactStore, name: str) -> bool:
    """Whether the flag is set.

    Raises:
        StoreUnavailable, StoreRefused: the store cannot be asked.
    """
    try:
        store.read(name)
    except OptionError:
        return False
    return True
