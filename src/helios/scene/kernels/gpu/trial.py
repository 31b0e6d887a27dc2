"""Whether a card's pictures are right: a test picture, compared with the processor's.

A card is taken unasked only if they are. What came of it is kept for this card, its driver and this
version of the programs; a card whose driver ended the process is known by a trial without an end.
"""

from __future__ import annotations

import hashlib
import logging
import time
from importlib import resources
from pathlib import Path

import numpy as np

from helios.errors import HeliosError
from helios.files.cache import cache_home
from helios.files.whole import write_whole
from helios.model.picture import PixelFormat
from helios.scene.kernels.backend import Kernels
from helios.scene.kernels.cpu.draw import CpuKernels
from helios.scene.kernels.gpu.card import Adapter, adapters
from helios.scene.kernels.gpu.draw import GpuKernels
from helios.scene.kernels.specimen import specimen

ENOUGH_DB = 45.0
"""Between the planes of a card and those of the processor; differences are then seen by nobody."""
_BEGUN = "its test picture was begun and never finished"

_TIMED = 3
"""Pictures; no more than are under way at once."""

logger = logging.getLogger("helios.scene")


def best_card() -> tuple[Adapter | None, str]:
    """The first card whose pictures are right, and why another was not taken."""
    why = ""
    try:
        offered = adapters()
    except HeliosError as error:
        return None, error.message
    for adapter in offered:
        if adapter.is_software:
            continue
        wrong = tried(adapter)
        if not wrong:
            return adapter, ""
        why = why or f"{adapter} is not used: {wrong}"
    return None, why


def tried(adapter: Adapter) -> str:
    """What is wrong with a card's pictures; nothing if they are right."""
    kept = cache_home() / "cards" / _digest(adapter)
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        _keep(kept, _BEGUN)
    wrong = _compared(adapter)
    _keep(kept, wrong)
    return wrong


def _compared(adapter: Adapter) -> str:
    try:
        decibels = difference_db(
            CpuKernels(PixelFormat.YUV420P),
            GpuKernels(PixelFormat.YUV420P, adapter=str(adapter.number)),
        )
    except HeliosError as error:
        return error.message
    if decibels < ENOUGH_DB:
        return f"its test picture is {decibels:.0f} dB from the right one ({ENOUGH_DB:.0f} wanted)"
    return ""


def milliseconds_for_1080p(adapter: Adapter) -> float:
    """What a card takes for a test picture of that size, read back."""
    frame = specimen(1920, 1080)
    kernels = GpuKernels(PixelFormat.YUV420P, adapter=str(adapter.number))
    try:
        kernels.submit(frame).result()
        begin = time.perf_counter()
        for drawn in [kernels.submit(frame) for _ in range(_TIMED)]:
            drawn.result()
        return 1000 * (time.perf_counter() - begin) / _TIMED
    finally:
        kernels.close()


def difference_db(right: Kernels, tried_: Kernels) -> float:
    """How near the test pictures of two back ends are, in the worst of their planes; both are
    closed."""
    pictures = []
    for kernels in (right, tried_):
        try:
            planes = kernels.submit(specimen()).result().planes
            pictures.append([np.array(plane, np.float64) for plane in planes])
        finally:
            kernels.close()
    errors = [float(np.mean((a - b) ** 2)) for a, b in zip(*pictures, strict=True)]
    return float(10 * np.log10(255**2 / max(*errors, 1e-9)))


def _keep(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        logger.debug("what came of a card's trial is not kept: %s", error)


def _digest(adapter: Adapter) -> str:
    digest = hashlib.sha256(f"{adapter.name}\n{adapter.driver}\n{adapter.interface}".encode())
    for folder in (resources.files(__package__), resources.files(__package__) / "shaders"):
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            if entry.name.endswith((".py", ".wgsl")):
                digest.update(entry.read_bytes())
    return digest.hexdigest()[:24]
