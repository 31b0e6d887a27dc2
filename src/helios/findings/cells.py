"""Pictures compared by cells, so that a small thing that moves is not lost in a large picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELL = 16
"""Pixels of a cell's side."""

Plane = NDArray[np.uint8]
Cells = NDArray[np.float32]


def cell_means(plane: Plane) -> Cells:
    """The mean of every cell of a plane; what is left over at the right and below is cut off."""
    size = min(CELL, *plane.shape)
    rows, columns = (side // size for side in plane.shape)
    whole = plane[: rows * size, : columns * size]
    # Sums of rows first: the fast way through memory.
    summed = whole.reshape(rows, size, columns * size).sum(1, dtype=np.uint32)
    cells: Cells = (summed.reshape(rows, columns, size).sum(2) / (size * size)).astype(np.float32)
    return cells


def change(before: Plane, now: Plane) -> Cells:
    """How much every cell changes: the mean difference of its pixels, in levels."""
    return cell_means(np.maximum(before, now) - np.minimum(before, now))
