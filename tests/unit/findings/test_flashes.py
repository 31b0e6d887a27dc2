"""A flash is an area of the picture that turns at once (WCAG 2.3.1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from helios.findings.flashes import FlashWatch

HEIGHT, WIDTH = 72, 128


def found(picture: Callable[[float], NDArray[np.float64]], fps: int = 30) -> list[str]:
    """What is said of three seconds of pictures whose parts are 0 (black) to 1 (white)."""
    watch = FlashWatch()
    for frame in range(3 * fps):
        share = np.broadcast_to(picture(frame / fps), (18, 32))
        luma = np.kron(16 + 219 * share, np.ones((HEIGHT // 18, WIDTH // 32))).astype(np.uint8)
        watch.see(luma, frame / fps)
    return [finding.check for finding in watch.findings()]


def passing(at_s: float) -> NDArray[np.float64]:
    """Lights that pass in seven tenths of the picture, 3.75 in a second at each place."""
    phase = np.random.default_rng(1).random((18, 32))
    lit = (at_s * 3.75 + phase) % 1 < 0.5
    lit[:, 22:] = False
    return np.where(lit, 0.8, 0.0)


def board(at_s: float) -> NDArray[np.float64]:
    """Large squares that change places five times a second."""
    rows, columns = np.mgrid[:18, :32] // 6
    return np.where((rows + columns + int(at_s * 10)) % 2, 0.8, 0.0)


def swelling(at_s: float) -> NDArray[np.float64]:
    """A light of five beats a second, stronger at the left."""
    strength: NDArray[np.float64] = np.linspace(1, 0.6, 32)[None, :]
    brightness: NDArray[np.float64] = np.sqrt(strength * (0.5 - 0.5 * np.cos(2 * np.pi * 5 * at_s)))
    return brightness


@pytest.mark.parametrize("fps", [24, 30, 60])
@pytest.mark.parametrize(
    ("picture", "checks"), [(passing, []), (board, ["flashes"]), (swelling, ["flashes"])]
)
def test_what_turns_at_once_flashes(
    picture: Callable[[float], NDArray[np.float64]], checks: list[str], fps: int
) -> None:
    assert found(picture, fps) == checks
