"""Dask: its workers draw the chunks."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from helios.errors import EnvironmentProblem
from helios.executors.connected import ConnectedExecutor, installed
from helios.executors.engine import Engine
from helios.planning.needs import ChunkNeeds

_WORKERS_COME_WITHIN = "15s"


@contextmanager
def open_here(address: str, workers: int | None, needs: ChunkNeeds) -> Iterator[Engine]:
    """The cluster at an address, or one of this machine with so many workers.

    Raises:
        EnvironmentProblem: it is not installed, does not answer, or has no such machine.
    """
    distributed = _distributed()
    if not address:
        with (
            local_dask(workers or 2, offers=needs) as started,
            open_here(started, None, needs) as engine,
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


class _DaskExecutor(ConnectedExecutor):
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
                silence_logs=logging.CRITICAL,
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
    distributed = installed("distributed", "dask")
    # Every step of its handshakes is an INFO; what goes wrong is a loss, and counted.
    for name in ("distributed", "distributed.client", "distributed.utils"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed
