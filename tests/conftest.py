"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from helios.encode.threads import give_back_priority

settings.register_profile(
    "suite", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def ordinary_priority() -> Iterator[None]:
    """An encoder opened by a test must not leave the test process real-time."""
    yield
    give_back_priority()
