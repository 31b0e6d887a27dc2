"""A picture of nothing, for films that pages alone make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from helios.sources.python import FrameContext


def draw(frame: int, context: FrameContext) -> NDArray[np.uint8]:  # noqa: ARG001 - all are equal
    """Black, in every frame."""
    return np.zeros((context.height, context.width, 3), np.uint8)
