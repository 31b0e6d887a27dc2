"""The graphics cards of this machine, for those who tell of them."""

from __future__ import annotations

from dataclasses import dataclass

from helios.scene.kernels.gpu.card import adapters
from helios.scene.kernels.gpu.trial import milliseconds_for_1080p, tried


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card, or a program that plays one."""

    number: int
    """``--adapter`` takes it."""
    name: str
    """With its interface: Vulkan, Metal, D3D12 or OpenGL."""
    driver: str
    is_software: bool
    wrong: str = ""
    """Why its pictures cannot be used; not looked for in software."""
    frame_ms: float | None = None
    """For a test picture of 1920x1080, read back."""


def cards() -> tuple[CardFacts, ...]:
    """What this machine has, the best first; cards are tried.

    Raises:
        ExtraMissing: wgpu is not installed.
        EnvironmentProblem: the drivers fail.
    """
    found = []
    for adapter in adapters():
        wrong, frame_ms = "", None
        if not adapter.is_software:
            wrong = tried(adapter)
            frame_ms = None if wrong else milliseconds_for_1080p(adapter)
        found.append(
            CardFacts(
                number=adapter.number,
                name=str(adapter),
                driver=adapter.driver,
                is_software=adapter.is_software,
                wrong=wrong,
                frame_ms=frame_ms,
            )
        )
    return tuple(found)
