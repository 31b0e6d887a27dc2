"""What is said of texts that have several faults at once."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from helios.checking.texts import TextWatch

GROUND = (32, 32, 48)
FAINT, CLEAR = [64, 64, 80, 1], [255, 255, 255, 1]


def found(
    colour: list[float], left: float, cut: float = 0.0, own: tuple[int, int, int] = GROUND
) -> list[str]:
    """The problems of one text on a dark page of 640x360, which rests.

    ``own`` is the ground of its own box; a third of that is covered by letters.
    """
    text: dict[str, Any] = {
        "name": "p",
        "text": "Words",
        "line": "p",
        "size": 24,
        "bold": False,
        "box": [left, 100, left + 80, 130],
        "lines": [[left, 100, left + 80, 130]],
        "cutX": cut,
        "cutY": 0,
        "out": 0,
        "colour": colour,
        "opacity": 1,
    }
    told = {"width": 640, "height": 360, "tries": True, "broken": [], "texts": [text]}
    page: Any = SimpleNamespace(evaluate=lambda *_: told)
    watch = TextWatch(Fraction(1), is_flat=True)
    pixels = np.full((360, 640, 3), GROUND, np.uint8)
    x = int(left)
    pixels[100:130, x : x + 80] = own
    pixels[107:123, x : x + 80].reshape(16, 10, 8, 3)[:, :, 1:6] = colour[:3]
    for at_s in (0.0, 0.5, 1.0):
        watch.look(page, at_s, pixels)
    return [finding.check for finding in watch.findings() if finding.status == "problem"]


@pytest.mark.parametrize(
    ("colour", "left", "cut", "checks"),
    [
        (CLEAR, 100, 0, []),
        (FAINT, 100, 0, ["contrast"]),
        (CLEAR, 0, 0, ["safe zone"]),
        (FAINT, 0, 0, ["safe zone", "contrast"]),
        (FAINT, 100, 40, ["overflow"]),
    ],
)
def test_one_fault_hides_no_other(
    colour: list[float], left: float, cut: float, checks: list[str]
) -> None:
    assert found(colour, left, cut) == checks


@pytest.mark.parametrize(
    ("colour", "own", "checks"),
    [
        ([64, 64, 80, 1], (255, 255, 255), []),
        ([136, 136, 136, 1], (136, 136, 136), ["contrast"]),
        ([119, 119, 119, 1], (136, 136, 136), ["contrast"]),
        ([255, 255, 255, 1], (238, 238, 238), ["contrast"]),
    ],
    ids=["clear", "its own colour", "nearly", "light"],
)
def test_a_text_is_seen_before_its_own_box(
    colour: list[float], own: tuple[int, int, int], checks: list[str]
) -> None:
    """Which may be no larger than the text: what lies around it says nothing."""
    assert found(colour, 100, own=own) == checks
