"""What can draw scenes: the one table of kernel back ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

_CPU = "helios.scene.kernels.cpu.draw:CpuKernels"


class Backend(StrEnum):
    """Names of kernel back ends, each with the class that draws (``module:class``).

    A new back end is one line here. ``auto`` is decided once for a film, when its composition is
    looked at, and is in the plan from then on: what a machine has must not decide of a chunk, for
    the chunks of a film may be drawn by several. Where nothing was decided it is the processor.
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
    GPU = "gpu", "helios.scene.kernels.gpu.draw:GpuKernels"
