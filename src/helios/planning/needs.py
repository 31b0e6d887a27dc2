"""What a machine must have for each chunk that it draws, as engines and queues are told. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from helios.errors import OptionError

MIB = 1 << 20
_UNITS = {"MB": 10**6, "GB": 10**9, "MIB": MIB, "GIB": 1 << 30}
_MEMORY = re.compile(r"(\d+(?:\.\d+)?) *([MG]i?B)", re.IGNORECASE)
_FORM = "Write for example cpu=2,memory=8GB,gpu=1; leave out what does not matter."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkNeeds:
    """Of one chunk; None: nothing is said."""

    cpu: float | None = None
    """Cores."""
    memory_bytes: int | None = None
    gpu: float | None = None
    """Graphics cards; a part of one, if several chunks may share it."""

    @classmethod
    def read(cls, text: str | None) -> ChunkNeeds:
        """From what a user writes: ``cpu=2,memory=8GB,gpu=1``.

        Raises:
            OptionError: it cannot be read.

        Example:
            >>> ChunkNeeds.read("cpu=2,memory=8GB")
            ChunkNeeds(cpu=2.0, memory_bytes=8000000000, gpu=None)
        """
        found: dict[str, float] = {}
        for part in (text or "").split(",") if text is not None else ():
            name, _, value = (each.strip() for each in part.partition("="))
            if name not in ("cpu", "memory", "gpu") or name in found:
                raise OptionError(f"--needs {text}: {part!r} is not one of them", hint=_FORM)
            found[name] = _bytes_of(value) if name == "memory" else _number_of(value)
            if not 0 < found[name] < math.inf:
                raise OptionError(f"--needs {text}: {part!r} is no amount", hint=_FORM)
        memory = found.get("memory")
        return cls(
            cpu=found.get("cpu"),
            memory_bytes=None if memory is None else round(memory),
            gpu=found.get("gpu"),
        )

    @property
    def named(self) -> Mapping[str, float]:
        """Only what is said, by the names that Dask's documentation gives resources."""
        amounts = {"CPU": self.cpu, "MEMORY": self.memory_bytes, "GPU": self.gpu}
        return {name: amount for name, amount in amounts.items() if amount is not None}

    def fit(self, offered: Mapping[str, float]) -> int | None:
        """How many chunks at once fit into what is offered; None where nothing is needed."""
        return min(
            (int(offered.get(name, 0) // amount) for name, amount in self.named.items()),
            default=None,
        )


def _number_of(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _bytes_of(text: str) -> float:
    found = _MEMORY.fullmatch(text)
    return float(found[1]) * _UNITS[found[2].upper()] if found else 0.0
