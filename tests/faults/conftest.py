"""Scenarios, with limits of the short or the full form."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.faults.scenario import Limits, Scenario

LIMITS = {
    # The short form forgives a busy machine its slowness.
    "short": Limits(gone_s=30, wait_s=240),
    "full": Limits(gone_s=1, wait_s=120),
}


@pytest.fixture
def scenario(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[..., AbstractContextManager[Scenario]]:
    """Opens a scenario: a folder, and the processes that it marks. None of them outlives it."""

    @contextmanager
    def opened(*flags: str, **settings: Any) -> Iterator[Scenario]:
        limits = LIMITS[request.config.getoption("--faults")]
        here = Scenario(tmp_path, limits, flags, **settings)
        try:
            yield here
        finally:
            here.stop()
            here.close_client()
            for pid in here.survivors():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    return opened
