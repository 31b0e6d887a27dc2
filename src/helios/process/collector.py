"""The garbage collector of short programs: what they load lives until they end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_BETWEEN_LOOKS = 50_000
"""New objects, less those that are gone, between two looks for cycles; Python's own is 700."""


@contextmanager
def collect_seldom() -> Iterator[None]:
    """Look for cycles less often while code is loaded: every look would be in vain.

    Not for longer: a picture in a cycle must not wait for thousands of others.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def end_without_looking() -> None:
    """Spare the last look at everything that is loaded; the memory goes with the process."""
    gc.freeze()
