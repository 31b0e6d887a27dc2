"""How many exports fit into memory at once."""

from __future__ import annotations

import threading
from typing import Any

from helios.model.export import PLATFORMS
from helios.model.formats import export_type
from helios.process.memory import memory_limit_bytes
from helios.queue.job import RenderJob

SHARE = 0.8
"""Of the machine's memory, when nothing else is said."""
_BASE_BYTES = 300 << 20
_BYTES_PER_PIXEL = 120
"""Frames on their way and an encoder's look-ahead: about 80 pictures of 1.5 bytes a pixel."""


def default_limit_bytes() -> int:
    """What films may use together when nothing else is said."""
    return int(memory_limit_bytes() * SHARE)


class MemoryBudget:
    """Memory handed out to running jobs. Thread-safe."""

    def __init__(self, limit_bytes: int | None = None) -> None:
        self.limit_bytes = limit_bytes or default_limit_bytes()
        self._held: dict[str, int] = {}
        self._lock = threading.Lock()

    def fits(self, job: RenderJob) -> bool:
        """Whether it can run beside those that run now; alone, anything may try."""
        with self._lock:
            if not self._held:
                return True
            return sum(self._held.values()) + estimate_bytes(job.config) <= self.limit_bytes

    def hold(self, job: RenderJob) -> None:
        """Count it in."""
        with self._lock:
            self._held[job.id] = estimate_bytes(job.config)

    def release(self, job: RenderJob) -> None:
        """Count it out."""
        with self._lock:
            self._held.pop(job.id, None)


def estimate_bytes(config: dict[str, Any]) -> int:
    """What an export of this size may need, roughly and rather too much."""
    width, height = config.get("width"), config.get("height")
    name = config.get("type")
    if name and not (width and height):
        platform = PLATFORMS.get(name)
        kind = export_type(platform.type if platform else name)
        width, height = width or kind.width, height or kind.height
    return _BASE_BYTES + (width or 1920) * (height or 1080) * _BYTES_PER_PIXEL
