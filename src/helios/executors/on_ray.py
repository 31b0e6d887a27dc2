"""Ray: its cluster draws the chunks."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from helios.errors import EnvironmentProblem
from helios.executors.connected import ConnectedExecutor, installed
from helios.executors.engine import Engine
from helios.planning.needs import ChunkNeeds

_log = logging.getLogger("helios.executors")


@contextmanager
def open_here(address: str, workers: int | None, needs: ChunkNeeds) -> Iterator[Engine]:
    """The cluster at an address, or one of this machine with so many workers.

    Raises:
        EnvironmentProblem: it is not installed, or does not answer.
    """
    ray = installed("ray", "ray")
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


class _RayExecutor(ConnectedExecutor):
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
