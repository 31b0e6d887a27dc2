"""Chance that can be repeated, for scenes and scripts of one's own."""

from __future__ import annotations

from collections.abc import Callable

_MASK = 0xFFFFFFFF


def seed_random(seed: int = 42) -> Callable[[], float]:
    """A source of uniform numbers from 0 to 1 (exclusive), the same for the same seed.

    The generator is mulberry32 (Tommy Ettinger, public domain), so that a page that uses it gets
    the same numbers.
    """
    state = seed & _MASK

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & _MASK
        t = ((state ^ (state >> 15)) * (state | 1)) & _MASK
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & _MASK)) & _MASK
        return ((t ^ (t >> 14)) & _MASK) / 2**32

    return draw
