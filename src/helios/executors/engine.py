"""Engines: what places chunks on machines. None of them is believed; commit records are.

An engine is any ``concurrent.futures.Executor``. Its own retries are off: what is done when a chunk
fails or a machine is lost is decided here, the same for all.
"""

from __future__ import annotations

import itertools
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Self

from helios.commit.heartbeat import Pulse
from helios.commit.record import RECORD_SUFFIX, ChunkRecords
from helios.commit.store import ArtifactStore, open_store
from helios.errors import (
    Cancelled,
    ChunkFailed,
    EnvironmentProblem,
    HeliosError,
    OptionError,
    StoreUnavailable,
)
from helios.executors.call import ChunkCall, ChunkRange, Reply, RunListener, error_from_reply
from helios.executors.elsewhere import Carried, Errand, Outcome, draw_here
from helios.planning.needs import ChunkNeeds
from helios.version import __version__

_log = logging.getLogger("helios.executors")

CHUNK_TRIES = 3
"""Tries at chunks whose process died, until the film fails."""
MOST_LOSSES = 20
"""Times in a film that an engine may lose what it was given: machines come and go."""
_LONGEST_PAUSE_S = 30.0
SILENCE_S = 60.0
"""A machine whose heartbeat stops for so long is given up: its chunks go out a second time, while
it may still be at work."""
BEGIN_S = 90.0
"""An errand that no machine has begun for so long is handed over again: whoever was to have it may
have stopped before. Twice as long after each time, since an engine may just have much to do."""
_BEGIN_AFTER_SILENCE_S = 15.0
"""The same where a machine fell silent: the engine may well give it the errand again."""
_TOLD_EVERY_S = 10.0
"""Of what is waited for."""
_GRACE_S = 10.0
"""For an answer to come after the last record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An executor, and how many runs of chunks it should have at once."""

    name: str
    executor: Executor
    slots: int | None = None
    """None: not known."""


class EngineRenderer:
    """Renders chunks through an engine, in place of a ``WorkerPool``; thread-safe.

    ``call`` renders a call's chunks; calls may run on several threads at once.
    """

    def __init__(
        self,
        engine: Engine,
        carried: Carried | None = None,
        hears: Callable[[int, str], None] = lambda *_: None,
    ) -> None:
        """``hears`` is told what becomes of the chunks that begin with one."""
        self.engine = engine
        self._carried = carried
        self._hears = hears
        self._film = secrets.token_hex(8)
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._stores: set[str] = set()
        self._losses = 0
        self._numbers = itertools.count()

    def call(self, call: ChunkCall, listener: RunListener) -> Reply:
        """Render the chunks of a call, wherever the engine places them.

        Raises:
            HeliosError: a chunk failed, or the engine loses what it is given again and again.
            Cancelled: ``cancel`` was called.
        """
        store = open_store(call.store)
        with self._lock:
            self._stores.add(call.store)
        seen = _Seen(store, call.chunks, listener)
        tries, begin_s = 0, BEGIN_S
        while left := seen.left():
            elsewhere = {"needs_right": False, "is_planned_here": False}
            asked = call.model_copy(update={"chunks": left, **elsewhere})
            try:
                outcome = self._sent(asked, seen, begin_s)
            except _Silent as silent:
                self._count_loss(silent, left)
                begin_s = min(begin_s, _BEGIN_AFTER_SILENCE_S)
                continue
            except _NotBegun:
                _log.warning(
                    "%s has not begun %s for %.0f s: handed over again",
                    self.engine.name,
                    asked.name,
                    begin_s,
                )
                begin_s *= 2
                continue
            if outcome is None:
                continue  # lost, or all is there: what is left goes out again
            if outcome.reply.event == "error":
                tries += 1
                error = _at(outcome)
                if not error.retry or tries == CHUNK_TRIES:
                    raise error
                self._hears(left[0].id, f"try {tries} of {CHUNK_TRIES} failed {error.message}")
            elif outcome.reply.event == "stopped":
                raise Cancelled
            elif seen.left() == left:
                raise _nothing_seen(outcome.host, call)
        return Reply(event="done")

    def cancel(self) -> None:
        """Make every call raise ``Cancelled``, and tell all machines to stop."""
        self._cancelled.set()
        with self._lock:
            stores = set(self._stores)
        for url in stores:
            with suppress(OSError, StoreUnavailable):
                open_store(url).create(self._flag, b"")

    def __enter__(self) -> Self:
        """Have a process pool start its processes now.

        It does so at its first call, by default on Linux with copies of this process. A copy waits
        for good for a lock that another thread held meanwhile, and calls come from many threads.
        """
        if isinstance(self.engine.executor, ProcessPoolExecutor):
            with suppress(RuntimeError):  # a broken pool, which is told at the first call
                self.engine.executor.submit(os.getpid).result()
        return self

    def __exit__(self, *_: object) -> None:
        """Take back what ``cancel`` said, once everybody had time to hear it."""
        if self._cancelled.is_set():
            stores = [open_store(url) for url in self._stores]
            time.sleep(max((4 * store.look_every_s for store in stores), default=0.0))
            for store in stores:
                store.remove(self._flag)
        for url in self._stores:
            store = open_store(url)
            with suppress(OSError, StoreUnavailable):
                for name in store.names():
                    if name.startswith(self._errand("").heartbeat.rpartition("-")[0]):
                        store.remove(name)  # of a machine that was lost

    @property
    def _flag(self) -> str:
        return self._errand("").cancelled

    def _errand(self, call: str, number: int = 0) -> Errand:
        return Errand(
            version=__version__, film=self._film, number=number, call=call, carried=self._carried
        )

    def _sent(self, call: ChunkCall, seen: _Seen, begin_s: float) -> Outcome | None:
        """What came of a call; None if the engine lost it, which may happen a few times."""
        if self._cancelled.is_set():
            raise Cancelled
        errand = self._errand(call.model_dump_json(), next(self._numbers))
        pulse = Pulse(open_store(call.store), errand.heartbeat)
        try:
            future = self.engine.executor.submit(draw_here, errand.model_dump_json())
            waits = _Waits(partial(self._hears, call.first.id), self.engine.name, pulse)
            text = self._result(future, seen, waits, begin_s)
            return Outcome.model_validate_json(text) if text is not None else None
        except (HeliosError, Cancelled, _Silent, _NotBegun):
            raise
        except (Exception, CancelledError) as error:
            if missing := _not_there(error):
                raise EnvironmentProblem(
                    f"a machine of {self.engine.name} cannot load what draws: {missing}",
                    hint="Install the same version of Helios on all machines of the engine, "
                    "on that of its scheduler too.",
                ) from error
            self._count_loss(error, call.chunks)
            return None

    def _result(
        self, future: Future[str], seen: _Seen, waits: _Waits, begin_s: float
    ) -> str | None:
        """What comes back; None if all is there already, whatever the engine knows of it."""
        while True:
            try:
                return future.result(timeout=seen.look_every_s)
            except NotYet:
                if future.done():
                    raise  # its own
            if self._cancelled.is_set():
                future.cancel()
                raise Cancelled
            waits.look()
            if not seen.left() and waits.silent_s > _GRACE_S:
                future.cancel()
                return None
            if waits.silent_s > SILENCE_S:
                future.cancel()
                raise _Silent(f"no heartbeat for {waits.silent_s:.0f} s")
            if waits.not_begun_s > begin_s:
                future.cancel()
                if not seen.left():
                    return None
                raise _NotBegun

    def _count_loss(self, error: BaseException, chunks: Sequence[ChunkRange]) -> None:
        with self._lock:
            self._losses += 1
            losses = self._losses
        if losses > MOST_LOSSES:
            raise EnvironmentProblem(
                f"{self.engine.name} lost chunks {losses} times, at last: "
                f"{type(error).__name__}: {error}",
                hint="See its own log. Run the same command again: finished chunks are kept.",
            ) from error
        pause_s = min(0.1 * 2**losses, _LONGEST_PAUSE_S)
        self._hears(
            chunks[0].id,
            f"lost: {type(error).__name__.lstrip('_')}: {error}; goes out again in {pause_s:.1f} s "
            f"({losses} of {MOST_LOSSES} losses)",
        )
        if self._cancelled.wait(pause_s):
            raise Cancelled


def _not_there(error: BaseException) -> ImportError | None:
    """What was not found on another machine; an engine may say it as the cause of its own error."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, ImportError):
        found = found.__cause__
    return found


class _Waits:
    """How long an errand has been waited for, and for what; told every now and then."""

    def __init__(self, tell: Callable[[str], None], engine: str, pulse: Pulse) -> None:
        self._tell = tell
        self._engine = engine
        self._pulse = pulse
        self._handed_over = time.monotonic()
        self._has_begun = False
        self._told_s = 0.0
        self.silent_s = self.not_begun_s = 0.0

    def look(self) -> None:
        """Feel for the heartbeat."""
        self.silent_s = self._pulse.silent_s()
        if not self._pulse.has_begun:
            self.not_begun_s = time.monotonic() - self._handed_over
            self._tell_of(self.not_begun_s, f"waits for {self._engine} to begin")
            return
        self.not_begun_s = 0.0
        if not self._has_begun:
            self._has_begun, self._told_s = True, 0.0
            self._tell(f"is on {self._pulse.whose}")
        self._tell_of(self.silent_s, f"waits for a heartbeat of {self._pulse.whose}")

    def _tell_of(self, seconds: float, what: str) -> None:
        if seconds < self._told_s:
            self._told_s = 0.0  # it came, and is awaited anew
        if seconds - self._told_s >= _TOLD_EVERY_S:
            self._told_s = seconds
            self._tell(f"{what}, for {seconds:.0f} s now")


class _Silent(Exception):
    """Whoever has an errand has not been heard of for too long."""


class _NotBegun(Exception):
    """No machine has begun an errand."""


class _Seen:
    """The chunks of a call whose commit records are there."""

    def __init__(
        self, store: ArtifactStore, chunks: tuple[ChunkRange, ...], listener: RunListener
    ) -> None:
        self._records = ChunkRecords(store)
        self._left = chunks
        self._listener = listener
        self.look_every_s = store.look_every_s

    def look(self) -> None:
        """Read the records, and tell of new ones."""
        left, names = [], self._records.store.names()
        for chunk in self._left:
            record = None
            if chunk.output_name + RECORD_SUFFIX in names:
                record = self._records.finished(chunk.output_name, chunk.settings_digest)
            if record is None:
                left.append(chunk)
            else:
                self._listener.on_committed(chunk.id, record)
        self._left = tuple(left)

    def left(self) -> tuple[ChunkRange, ...]:
        """Those that are not finished yet."""
        self.look()
        return self._left


def _at(outcome: Outcome) -> HeliosError:
    """The error, with the machine it came from."""
    error = error_from_reply(outcome.reply)
    error.args = (f"on {outcome.host}: {error.message}",)
    return error


def _nothing_seen(host: str, call: ChunkCall) -> ChunkFailed:
    return ChunkFailed(
        f"{host} has drawn {call.name}, and its record is not to be seen here in {call.store}",
        chunk_id=call.first.id,
        hint="Engines need a folder that all machines see under the same path.",
    )


# -- which engine ----------------------------------------------------------------------------------

_ENGINES = {"dask": "helios.executors.on_dask", "ray": "helios.executors.on_ray"}
"""Modules with an ``open_here``, by the name that users give; loaded once they are wanted."""


@contextmanager
def open_engine(
    named: str, *, workers: int | None = None, needs: ChunkNeeds | None = None
) -> Iterator[Engine | None]:
    """The engine that a user names; None for the threads of this process.

    Args:
        named: ``threads``, ``dask[:ADDRESS]``, ``ray[:ADDRESS]``, or ``MODULE:FACTORY``, where the
            factory makes a ``concurrent.futures.Executor``.
        workers: how many a local cluster should have, where one is started.
        needs: what the engine should reserve for each chunk.

    Raises:
        OptionError: there is no such engine, or it reserves nothing.
        EnvironmentProblem: it is not installed, does not answer, or has no such machine.
    """
    kind, _, address = named.partition(":")
    if needs is not None and kind not in _ENGINES:
        raise OptionError(
            f"--needs: {named} is told nothing of machines",
            hint="Dask and Ray are; a factory chooses machines itself.",
        )
    if named == "threads":
        yield None
    elif kind in _ENGINES:
        opened = import_module(_ENGINES[kind]).open_here
        with opened(address, workers, needs or ChunkNeeds()) as engine:
            yield engine
    elif address:
        executor = _made(kind, address)
        with executor:
            yield Engine(name=named, executor=executor, slots=_slots_of(executor))
    else:
        engines = ", ".join(f"{name}, {name}:ADDRESS" for name in _ENGINES)
        raise OptionError(
            f"--executor: there is no engine {named!r}",
            hint=f"Give threads, {engines} or MODULE:FACTORY.",
        )


def check_engine(named: str, needs: ChunkNeeds | None = None) -> None:
    """Open an engine that stands for itself and close it, so that what is wrong is said at once.

    Raises:
        OptionError: there is no such engine.
        EnvironmentProblem: it is not installed, does not answer, or has no such machine.
    """
    if named not in _ENGINES:  # these start clusters of this machine
        with open_engine(named, needs=needs):
            pass


def _made(module: str, factory: str) -> Executor:
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        executor = getattr(import_module(module), factory)()
    except Exception as error:
        raise OptionError(
            f"--executor: {module}:{factory} makes nothing: {type(error).__name__}: {error}",
            hint="Give MODULE:FACTORY of something that can be imported and called.",
        ) from error
    if not isinstance(executor, Executor):
        raise OptionError(
            f"--executor: {module}:{factory} makes no concurrent.futures.Executor",
            hint="Its class must have Executor among its bases.",
        )
    return executor


def _slots_of(executor: Executor) -> int | None:
    slots = getattr(executor, "_max_workers", None)
    return slots if isinstance(slots, int) else None
