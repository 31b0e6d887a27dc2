"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests.engine import build_image

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


@pytest.fixture(scope="session")
def image() -> str:
    """The container's image, built by the engine of this machine; skipped where there is none."""
    return build_image()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--faults full``: all of tests/faults, with its strict limits."""
    parser.addoption("--faults", choices=("short", "full"), default="short")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests first; without what only the full form of tests/faults runs."""
    # Else, at the end, one process works on a long test and the others on nothing.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if config.getoption("--faults") == "full":
        return
    left_out = [item for item in items if item.get_closest_marker("full_faults")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
