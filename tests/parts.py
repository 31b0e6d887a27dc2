"""Parts of pictures, by chance."""

from __future__ import annotations

import numpy as np

from helios.model.picture import Part


def some_part(rng: np.random.Generator, width: int, height: int) -> Part:
    """On even places inside of an even size, two pixels or more each way."""
    left, top = (int(2 * rng.integers(0, side // 2)) for side in (width, height))
    right, bottom = (
        start + int(2 * rng.integers(1, (side - start) // 2 + 1))
        for start, side in ((left, width), (top, height))
    )
    return Part(left, top, right, bottom)
