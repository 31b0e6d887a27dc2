"""Writing to the disk while a file is still being made, so that its end is not waited for long."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PAUSE_S = 0.05


@contextmanager
def flushed(descriptor: int) -> Iterator[None]:
    """What is written to ``descriptor`` in the block is on the disk after it.

    Raises:
        OSError: the disk did not take it.
    """
    sync = getattr(os, "fdatasync", os.fsync)
    done, failures = threading.Event(), list[OSError]()

    def flush() -> None:
        try:
            while not done.wait(_PAUSE_S):
                sync(descriptor)
        except OSError as error:
            # A descriptor reports a failure once: keep it for the one who writes.
            failures.append(error)

    flusher = threading.Thread(target=flush, name="helios-flush", daemon=True)
    flusher.start()
    try:
        yield
    finally:
        done.set()
        flusher.join()
    if failures:
        raise failures[0]
    os.fsync(descriptor)
