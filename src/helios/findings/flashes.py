"""Flashes that can bring on a seizure: the general flash of WCAG 2.3.1 and ITU-R BT.1702."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.findings.cells import Plane
from helios.findings.finding import Finding

MOST_PER_SECOND = 3
LEAST_SHARE = 0.25
"""Of the picture that flashes at a time."""
_LEAST_CHANGE = 0.1
"""Of the greatest relative luminance, between the lighter and the darker."""
_DARK = 0.8
"""The darker of the two is below this relative luminance."""
_AT_ONCE_S = 0.042
"""Parts that turn the same way within a frame of cinema turn at once: a light that grows crosses
the least change a little later where it is weaker."""
_TOGETHER = 0.1
"""Of the picture that turns from one frame to the next, where flashes are still going on."""
_ROWS, _COLUMNS = 18, 32


@dataclass(slots=True)
class _Turns:
    """Where brightness turned in a frame."""

    at_s: float
    ways: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    """Up, and down."""
    are_counted: list[bool]
    """Each way, as flashes."""


class FlashWatch:
    """Counts, in every part of the picture, how often brightness turns within a second.

    Only turns that a quarter of the picture makes at once count: a flash is an area, and in a
    street of lights that pass, all parts turn, each at a time of its own.
    """

    def __init__(self) -> None:
        self._extreme: NDArray[np.float32] | None = None
        """Of every part, the brightness at which its last change stopped."""
        self._rising = np.zeros((_ROWS, _COLUMNS), bool)
        self._turned = np.zeros((_ROWS, _COLUMNS), bool)
        self._turning: deque[_Turns] = deque()
        """Of the last frames."""
        self._recent: deque[tuple[float, NDArray[np.bool_]]] = deque()
        self._count = np.zeros((_ROWS, _COLUMNS), np.int32)
        self._stretches: list[list[float]] = []

    def cut(self) -> None:
        """What comes next does not follow what was seen last."""
        self._extreme = None
        self._turning.clear()
        self._recent.clear()
        self._count[:] = 0
        self._turned[:] = False

    def see(self, luma: Plane, start_s: float) -> None:
        """Look at one more frame: its brightness, 16 to 235."""
        now = _luminance(luma)
        while self._recent and self._recent[0][0] <= start_s - 1 + 1e-6:
            self._count -= self._recent.popleft()[1]
        if self._extreme is None:
            self._extreme = now
            return
        turns = self._turns(self._extreme, now)
        self._count_flashes(turns, start_s)
        # A flash is two turns; one more than allowed is begun with the next turn.
        if self._recent and float((self._count > 2 * MOST_PER_SECOND).mean()) >= LEAST_SHARE:
            first = self._recent[0][0]
            together = [at for at, turned in self._recent if turned.mean() >= _TOGETHER]
            last = together[-1] if together else start_s
            if self._stretches and first - self._stretches[-1][1] < 1:
                self._stretches[-1][1] = last
            else:
                self._stretches.append([first, last])

    def findings(self) -> list[Finding]:
        """A finding for every stretch of flashes."""
        return [
            Finding(
                check="flashes",
                status="problem",
                what=f"more than {MOST_PER_SECOND} flashes a second over a quarter of the picture "
                "or more",
                start_s=start,
                end_s=end,
                why="they can bring on seizures (WCAG 2.3.1); saturated red is not looked at",
                remedy="Make them slower, smaller or weaker, or warn before the film.",
            )
            for start, end in self._stretches
        ]

    def _count_flashes(self, turns: NDArray[np.bool_], start_s: float) -> None:
        """Count the turns that are made at once with enough others, these or those just before."""
        while self._turning and self._turning[0].at_s <= start_s - _AT_ONCE_S:
            self._turning.popleft()
        ways = turns & self._rising, turns & ~self._rising
        self._turning.append(_Turns(start_s, ways, [False, False]))
        areas = [np.logical_or.reduce([each.ways[way] for each in self._turning]) for way in (0, 1)]
        are_large = [float(area.mean()) >= LEAST_SHARE for area in areas]
        for each in self._turning:
            fresh = [way for way in (0, 1) if are_large[way] and not each.are_counted[way]]
            counted = np.logical_or.reduce([each.ways[way] for way in fresh], initial=False)
            for way in fresh:
                each.are_counted[way] = True
            if counted.any():
                self._recent.append((each.at_s, counted))
                self._count += counted

    def _turns(self, extreme: NDArray[np.float32], now: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where brightness has changed enough, against its last change; extremes follow it."""
        difference = now - extreme
        is_large = (np.abs(difference) >= _LEAST_CHANGE) & (np.minimum(now, extreme) < _DARK)
        up = difference > 0
        # The first change has no one to turn against, and counts.
        turns: NDArray[np.bool_] = is_large & (~self._turned | (up != self._rising))
        follows = self._turned & np.where(self._rising, now > extreme, now < extreme)
        self._rising = np.where(turns, up, self._rising)
        self._turned |= turns
        self._extreme = np.where(turns | follows, now, extreme)
        return turns


def _luminance(luma: Plane) -> NDArray[np.float32]:
    """Relative luminance of every part of a picture."""
    height, width = luma.shape
    rows = np.linspace(0, height, min(_ROWS, height) + 1).astype(int)[:-1]
    columns = np.linspace(0, width, min(_COLUMNS, width) + 1).astype(int)[:-1]
    linear = _LINEAR[luma[::2, ::2]] if min(luma.shape) > 4 * _COLUMNS else _LINEAR[luma]
    step = 2 if linear.shape != luma.shape else 1
    summed = np.add.reduceat(np.add.reduceat(linear, rows // step, 0), columns // step, 1)
    ones = np.diff([*(rows // step), linear.shape[0]])[:, None] * np.diff(
        [*(columns // step), linear.shape[1]]
    )
    parts = np.zeros((_ROWS, _COLUMNS), np.float32)
    parts[: len(rows), : len(columns)] = summed / ones
    return parts


def _linear() -> NDArray[np.float32]:
    value = np.clip((np.arange(256) - 16) / 219, 0, 1)
    low, high = value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    return np.where(value <= 0.04045, low, high).astype(np.float32)


_LINEAR = _linear()
