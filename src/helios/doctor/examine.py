"""All that is looked at, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from helios.doctor.cards import cards, hardware_encoders
from helios.doctor.chromium import chromium
from helios.doctor.films import encoders, kernels
from helios.doctor.finding import Finding, problem
from helios.doctor.machine import extras, folders, memory, python
from helios.remedies.broken import broken_package

EXAMINATIONS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python,
    extras,
    memory,
    folders,
    chromium,
    encoders,
    hardware_encoders,
    kernels,
    cards,
)


def examine() -> Iterator[Finding]:
    """Look at everything; what goes wrong in looking is a finding too."""
    for look in EXAMINATIONS:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - one odd thing must not hide the others
            known = broken_package(error)
            text = known.message if known else f"{type(error).__name__}: {error}"
            yield problem(look.__name__, text, known.hint if known else "Please report it.")
