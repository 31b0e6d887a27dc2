"""A picture of nothing, for films that pages alone make."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from helios.sources.python import FrameContext


def draw(frame: int, context: FrameContext) -> NDArray[np.uint8]:  # noqa: ARG001 - all are equal
    """Black, in every frame."""
    return _black(context.height, context.width)


@lru_cache(maxsize=1)
def _black(height: int, width: int) -> NDArray[np.uint8]:
    """One array for all frames, read-only: that it is the same again need not be found out."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels.flags.writeable = False
    return pixels
