"""What can draw scenes: the one table of kernel back ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

_CPU = "helios.scene.kernels.cpu.draw:CpuKernels"


class Backend(StrEnum):
    """Names of kernel back ends, each with the class that draws (``module:class``).

    A new back end is one line here. ``auto`` is the same back end on every machine: what a machine
    has must not decide, for the chunks of a film may be drawn by several.
    """

    implementation: str

    def __new__(cls, name: str, implementation: str = "") -> Self:
        """A name that knows its class."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.implementation = implementation
        return member

    AUTO = "auto", _CPU
    CPU = "cpu", _CPU
