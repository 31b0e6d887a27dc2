"""Questions to a process of its own, that ends when nobody waits any longer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from helios.errors import Cancelled, RenderError
from helios.executors.call import GlanceCall, MeasureCall, MixCall, Reply, StillCall
from helios.executors.spawn import start_child
from helios.executors.worker import Worker

TIMEOUT_S = 300.0
"""The first one on a machine compiles what draws, which takes a while."""


def asked_apart(
    call: StillCall | MeasureCall | MixCall | GlanceCall,
    cancel: threading.Event | None,
    timeout_s: float,
) -> Reply:
    """What the call is answered with, by a process that ends then.

    Raises:
        HeliosError: it cannot be done, or not in time.
    """
    worker = Worker(start_child(call.op, own_temporary=True))
    try:
        with _deadline(cancel or threading.Event(), timeout_s) as expired:
            return worker.call(call, cancel=expired, stall_s=timeout_s)
    except Cancelled:
        raise RenderError(f"{call.name} took too long, or nobody waits for it") from None
    finally:
        worker.kill()


@contextlib.contextmanager
def _deadline(cancel: threading.Event, timeout_s: float) -> Iterator[threading.Event]:
    """``cancel``, which is also set after ``timeout_s``."""
    timer = threading.Timer(timeout_s, cancel.set)
    timer.start()
    try:
        yield cancel
    finally:
        timer.cancel()
