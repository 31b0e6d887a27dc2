"""Engines: what places chunks on machines. None of them is believed; commit records are.

An engine is any ``concurrent.futures.Executor``. Its own retries are off: what is done when a chunk
fails or a machine is lost is decided here, the same for all.
"""

from __future__ import annotations

import itertools
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

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
_WORKERS_COME_WITHIN = "15s"
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
        with _ENGINES[kind](address, workers, needs or ChunkNeeds()) as engine:
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


@contextmanager
def _dask(address: str, workers: int | None, needs: ChunkNeeds) -> Iterator[Engine]:
    distributed = _distributed()
    if not address:
        with (
            local_dask(workers or 2, offers=needs) as started,
            _dask(started, None, needs) as engine,
        ):
            yield engine
        return
    executor = _DaskExecutor(partial(_dask_client, distributed, address), needs)
    with executor:
        client = executor.client
        with suppress(TimeoutError):  # of a cluster that is just coming up
            client.wait_for_workers(1, timeout=_WORKERS_COME_WITHIN)
        found = client.scheduler_info()["workers"].values()
        if not found:
            raise EnvironmentProblem(
                f"the Dask scheduler at {address} has no workers",
                hint=f"Start some: dask worker {address} --nthreads 1",
            )
        slots = 0
        for each in found:
            room = needs.fit(each["resources"])
            slots += each["nthreads"] if room is None else min(room, each["nthreads"])
        if not slots:  # Dask itself would wait for one that has
            offered = " ".join(f"{name}={amount:g}" for name, amount in needs.named.items())
            raise EnvironmentProblem(
                f"no worker of the Dask scheduler at {address} offers {offered}",
                hint=f'Start one that does: dask worker {address} --resources "{offered}"',
            )
        yield Engine(name=f"Dask at {address}", executor=executor, slots=slots)


def _dask_client(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise EnvironmentProblem(
            f"no Dask scheduler answers at {address}: {error}",
            hint="Start one with helios executor dask up, or with dask scheduler.",
        ) from error


class _ConnectedExecutor(Executor):
    """Of an engine whose scheduler may be started again: once something was lost, it is asked
    whether it answers, and connected to anew if not. Its client goes on to say that it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doubted = self._has_refused = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with self._lock:
            if self._has_refused or (self._doubted and not self._answers()):
                self._renew()
            self._has_refused = True  # until it has taken this
            future = self._hand_over(fn, *args, **kwargs)
            self._has_refused = self._doubted = False
        future.add_done_callback(self._see)
        return future

    def _see(self, future: Future[Any]) -> None:
        if future.cancelled() or future.exception() is not None:
            self._doubted = True

    def _hand_over(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    def _renew(self) -> None:
        raise NotImplementedError


class _DaskExecutor(_ConnectedExecutor):
    def __init__(self, connect: Callable[[], Any], needs: ChunkNeeds) -> None:
        super().__init__()
        self._connect = connect
        self._needs = needs
        self._take(connect())

    def shutdown(self, *_: object, **__: object) -> None:
        self.client.close()

    def _hand_over(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(fn, *args, **kwargs)
        return future

    def _answers(self) -> bool:
        try:
            self.client.sync(self.client.scheduler.identity, callback_timeout=5)
        except Exception:  # noqa: BLE001 - whatever it is, it is no answer
            return False
        return True

    def _renew(self) -> None:
        with suppress(Exception):
            self.client.close(timeout=1)
        try:
            self._take(self._connect())
        except EnvironmentProblem as error:
            raise ConnectionError(error.message) from error  # it may come back: a loss, as others

    def _take(self, client: Any) -> None:
        self.client = client
        self._executor = client.get_executor(
            pure=False, retries=0, resources=dict(self._needs.named)
        )


@contextmanager
def local_dask(workers: int, port: int = 0, offers: ChunkNeeds | None = None) -> Iterator[str]:
    """A Dask cluster on this machine; gives its address.

    Args:
        workers: how many.
        port: of the scheduler; 0: any.
        offers: what each worker says that it has.

    Raises:
        EnvironmentProblem: Dask is not installed, or the port is taken.
    """
    distributed = _distributed()
    try:
        with _ctrl_c_ignored():
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                scheduler_port=port,
                dashboard_address="127.0.0.1:0",  # none would be the port of another cluster
                resources=dict(offers.named) if offers else None,
                silence_logs=logging.ERROR,
            )
    except (OSError, RuntimeError) as error:
        raise EnvironmentProblem(
            f"a Dask cluster cannot be started: {error}", hint="Choose another --port."
        ) from error
    with cluster:
        yield cluster.scheduler_address


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """What is started now leaves Ctrl-C to us, who end it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _distributed() -> Any:
    distributed = _installed("distributed", "dask")
    # Every step of its handshakes is an INFO; what goes wrong is a loss, and counted.
    for name in ("distributed", "distributed.client", "distributed.utils"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed


@contextmanager
def _ray(address: str, workers: int | None, needs: ChunkNeeds) -> Iterator[Engine]:
    ray = _installed("ray", "ray")
    connect = partial(_connect_ray, ray, address, workers)
    connect()
    try:
        needs = replace(needs, cpu=1.0 if needs.cpu is None else needs.cpu)
        offered = {_RAY_NAMES.get(k, k): v for k, v in ray.cluster_resources().items()}
        slots = needs.fit(offered)
        if not slots and needs != ChunkNeeds(cpu=1.0):
            wanted = ", ".join(f"{name} {amount:g}" for name, amount in needs.named.items())
            _log.warning(
                "Ray has no machine with %s now: chunks wait until one joins its cluster", wanted
            )
        yield Engine(name="Ray", executor=_RayExecutor(ray, connect, needs), slots=slots or None)
    finally:
        ray.shutdown()


def _connect_ray(ray: Any, address: str, workers: int | None) -> None:
    try:
        _demand_answer(address)  # Ray itself waits for minutes
        ray.init(
            address=address or None,
            num_cpus=None if address else workers,
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level="ERROR",
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise EnvironmentProblem(
            f"Ray does not answer at {address}: {error}",
            hint="Start it with: ray start --head. If it says that its cluster has token "
            "authentication: export RAY_AUTH_MODE=token here too.",
        ) from error


def _demand_answer(address: str) -> None:
    place = urlsplit(address if "://" in address else f"//{address}")
    if place.hostname and place.port:
        with socket.create_connection((place.hostname, place.port), timeout=10):
            pass


_RAY_NAMES = {"memory": "MEMORY"}
"""What Ray calls differently; CPU and GPU are the same."""


class _RayExecutor(_ConnectedExecutor):
    def __init__(self, ray: Any, connect: Callable[[], None], needs: ChunkNeeds) -> None:
        super().__init__()
        self._ray = ray
        self._connect = connect
        self._remote = partial(
            ray.remote,
            max_retries=0,
            num_cpus=needs.cpu,
            num_gpus=needs.gpu,
            memory=needs.memory_bytes,
        )

    def _hand_over(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        reference = self._remote()(fn).remote(*args, **kwargs)
        future: Future[Any] = reference.future()

        def take_back(future: Future[Any]) -> None:
            if future.cancelled():  # which Ray itself does not see
                with suppress(Exception):  # of a cluster that is gone
                    self._ray.cancel(reference)

        future.add_done_callback(take_back)
        return future

    def _answers(self) -> bool:
        return True  # it ends the process of who asks another head; what is submitted, it refuses

    def _renew(self) -> None:
        with suppress(Exception):
            self._ray.shutdown()
        try:
            self._connect()
        except EnvironmentProblem as error:
            raise ConnectionError(error.message) from error  # it may come back: a loss, as others


_ENGINES: Mapping[str, Callable[[str, int | None, ChunkNeeds], Any]] = {"dask": _dask, "ray": _ray}


def _installed(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise EnvironmentProblem(
            f"--executor {extra}: {error.name or module} is not installed",
            hint=f'Install it: pip install "helios-render[{extra}]"',
        ) from error


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
