"""The smallest film: what the encoders are tried with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw(frame: int) -> NDArray[np.uint8]:
    """A grey that grows brighter."""
    return np.full((64, 64, 3), 40 * frame, np.uint8)
