"""A cluster whose head was started again refuses what it is given, until it is connected to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from helios.errors import EnvironmentProblem
from helios.executors.on_ray import _RayExecutor
from helios.planning.needs import ChunkNeeds


class Ray:
    """As much of Ray as is used."""

    def __init__(self) -> None:
        self.is_other_head = self.is_gone = False
        self.connected = 0
        self.asked: dict[str, Any] = {}
        self.given: list[Future[Any]] = []
        self.taken_back: list[Any] = []

    def connect(self) -> None:
        if self.is_gone:
            raise EnvironmentProblem("Ray does not answer")
        self.is_other_head = False
        self.connected += 1

    def shutdown(self) -> None:
        """Nothing of the old cluster is left."""

    def remote(self, **asked: Any) -> Callable[[Any], Task]:
        self.asked = asked
        return lambda _fn: Task(self)

    def cancel(self, reference: Any) -> None:
        self.taken_back.append(reference)


class Task:
    """A function of it, and what its call gives."""

    def __init__(self, ray: Ray) -> None:
        self.ray = ray

    def remote(self, *_: Any, **__: Any) -> Any:
        if self.ray.is_other_head:
            raise RuntimeError("WrongClusterID")
        return self

    def future(self) -> Future[Any]:
        self.ray.given.append(Future())
        return self.ray.given[-1]


def test_another_head_is_connected_to() -> None:
    ray = Ray()
    executor = _RayExecutor(ray, ray.connect, ChunkNeeds.read("cpu=2,gpu=0.5"))
    executor.submit(print).cancel()
    assert ray.asked == {"max_retries": 0, "num_cpus": 2, "num_gpus": 0.5, "memory": None}
    assert len(ray.taken_back) == 1
    ray.given[0] = executor.submit(print)
    ray.given[0].set_exception(RuntimeError("a node was lost"))
    executor.submit(print)
    assert ray.connected == 0, "what a living cluster loses is no reason"
    ray.is_other_head = ray.is_gone = True
    with pytest.raises(RuntimeError, match="WrongClusterID"):
        executor.submit(print)
    with pytest.raises(ConnectionError, match="does not answer"):
        executor.submit(print)
    ray.is_gone = False
    assert executor.submit(print) is ray.given[-1]
    assert ray.connected == 1
