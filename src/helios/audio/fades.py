"""Linear fades of a sound, at the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fade_gains(
    at: NDArray[np.int64], length: int, *, fade_in: int, fade_out: int
) -> NDArray[np.float64]:
    """Gains at the samples ``at`` of a sound that is ``length`` samples long.

    ``fade_in`` and ``fade_out`` are samples, 0 for none: the first sample of the one and the last
    of the other are silent.
    """
    gains = np.ones(len(at))
    if fade_in:
        gains = np.minimum(gains, at / fade_in)
    if fade_out:
        gains = np.minimum(gains, (length - 1 - at).clip(0) / fade_out)
    return gains
