"""Chance that is the same in a scene and in a page."""

from __future__ import annotations

from helios.scene.chance import seed_random


def test_the_numbers_are_those_of_mulberry32() -> None:
    draw = seed_random(42)
    assert [draw() for _ in range(3)] == [
        0.6011037519201636,
        0.44829055899754167,
        0.8524657934904099,
    ]
