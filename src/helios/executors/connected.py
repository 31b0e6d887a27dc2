"""What engines have in common whose scheduler may go and come again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from importlib import import_module
from typing import Any

from helios.errors import EnvironmentProblem


class ConnectedExecutor(Executor):
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


def installed(module: str, extra: str) -> Any:
    """An engine's own library.

    Raises:
        EnvironmentProblem: it is not there; ``extra`` installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise EnvironmentProblem(
            f"--executor {extra}: {error.name or module} is not installed",
            hint=f'Install it: pip install "helios-render[{extra}]"',
        ) from error
