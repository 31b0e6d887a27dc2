"""What an engine runs, on whatever machine it chooses: JSON in, JSON out.

Nothing is drawn in the engine's process: a child draws, which ends when that process does, so that
a composition which crashes or eats memory harms no other chunk.
"""

from __future__ import annotations

import json
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from helios.commit.bundle import BUNDLE_NAME, unpacked
from helios.commit.flag import watched
from helios.commit.heartbeat import beating
from helios.commit.store import open_store
from helios.errors import Cancelled, EnvironmentProblem, HeliosError
from helios.executors.call import ChunkCall, Reply, reply_from_error
from helios.executors.pool import WorkerPool
from helios.version import __version__

_WARM_S = 60.0
"""A film's browser and kernels are kept for so long after its last chunk."""


class _Message(BaseModel):
    # Most films are drawn without an engine: the rules of its messages need not be made.
    model_config = ConfigDict(frozen=True, defer_build=True)


class Carried(_Message):
    """A bundle with the files of a film, for machines that do not have them."""

    store: str
    sha256: str
    size: int
    files: str
    """The folder in which whoever sends it has them: names in a call lead there."""

    def here(self) -> str:
        """The folder in which this machine has them, fetched if need be."""
        fetch = partial(open_store(self.store).fetched, BUNDLE_NAME, self.size, self.sha256)
        return str(unpacked(self.sha256, fetch)[0])


class Errand(_Message):
    """Chunks to be drawn elsewhere. What another version may write differently is text in it."""

    version: str
    """The Helios that planned them: another one may draw other pixels."""
    film: str
    """What all errands of one run have in common."""
    call: str
    """A ``ChunkCall`` as JSON."""
    number: int = 0
    """Of this errand among those of the film."""
    carried: Carried | None = None
    """What the call's files are in; None: all machines see them under the same names."""

    @property
    def cancelled(self) -> str:
        """The artifact in the chunks' store that says that nobody wants them any more."""
        return f"cancelled-{self.film}"

    @property
    def heartbeat(self) -> str:
        """The artifact there that changes as long as the machine is alive that has the errand."""
        return f"beat-{self.film}-{self.number}"


class Outcome(_Message):
    """What came of an errand: its last reply, and which machine says so."""

    host: str
    reply: Reply


def draw_here(text: str) -> str:
    """Render the chunks of an ``Errand``, and give an ``Outcome``, both as JSON.

    Idempotent: chunks with a valid commit record are not rendered again. Errors are in the
    outcome: whatever carries it need not know ours.
    """
    try:
        reply = _drawn(Errand.model_validate_json(text))
    except HeliosError as error:
        reply = reply_from_error(error)
    except Cancelled:
        reply = Reply(event="stopped")
    return Outcome(host=platform.node(), reply=reply).model_dump_json(exclude_defaults=True)


def _drawn(errand: Errand) -> Reply:
    if errand.version != __version__:
        raise EnvironmentProblem(
            f"this machine has helios {__version__}, and {errand.version} planned the film",
            hint="Install the same version on all machines of the engine.",
        )
    sent = json.loads(errand.call)
    store = open_store(sent["store"])  # which all machines call by the same name
    with (
        beating(store, errand.heartbeat, f"{platform.node()}, process {os.getpid()}"),
        _WARM.pool_of(errand.film) as pool,
        watched(store, errand.cancelled, pool.cancel),
    ):
        # A large bundle takes minutes to come.
        return pool.call(ChunkCall.model_validate(_moved(sent, errand.carried)))


def _moved(value: Any, carried: Carried | None) -> Any:
    """A call with the names that its files have on this machine."""
    if carried is None:
        return value
    here = carried.here()

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(each) for key, each in value.items()}
        if isinstance(value, list):
            return [moved(each) for each in value]
        is_file = isinstance(value, str) and f"{value}/".startswith(f"{carried.files}/")
        return here + value.removeprefix(carried.files) if is_file else value

    return moved(value)


class _WarmPools:
    """A pool for each film that this process draws for, kept for a while after each errand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[str, WorkerPool] = {}
        self._users: dict[str, int] = {}

    @contextmanager
    def pool_of(self, film: str) -> Iterator[WorkerPool]:
        """The film's pool; several errands may use it at once."""
        with self._lock:
            pool = self._pools.setdefault(film, WorkerPool())
            self._users[film] = self._users.get(film, 0) + 1
        try:
            yield pool
        finally:
            with self._lock:
                self._users[film] -= 1
            if pool.cancelled.is_set():
                self._close(film)
            else:
                timer = threading.Timer(_WARM_S, self._close, (film,))
                timer.daemon = True
                timer.start()

    def _close(self, film: str) -> None:
        with self._lock:
            if self._users.get(film, 0):
                return  # its own end starts a timer
            self._users.pop(film, None)
            pool = self._pools.pop(film, None)
        if pool is not None:
            pool.close()


_WARM = _WarmPools()
