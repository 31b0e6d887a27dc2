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
    """``--faults full``: all of tests/faults, with its strict limits; ``--docs full``: all commands
    of the documentation.
    """
    parser.addoption("--faults", choices=("short", "full"), default="short")
    parser.addoption("--docs", choices=("short", "full"), default="short")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests first; without what only the full forms run."""
    # Else, at the end, one process works on a long test and the others on nothing.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    full = {name for name in ("faults", "docs") if config.getoption(f"--{name}") == "full"}
    marks = [f"full_{name}" for name in ("faults", "docs") if name not in full]
    left_out = [item for item in items if any(map(item.get_closest_marker, marks))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
