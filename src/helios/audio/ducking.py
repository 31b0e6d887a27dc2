"""Lower one track while others sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_QUIET_DB, _LOUD_DB = -50.0, -35.0
_ATTACK_HOPS, _RELEASE_HOPS = 3.0, 40.0
"""Time constants in hops of 10 ms."""


class Ducker:
    """The gain of a ducked track, from the level of the tracks it makes room for.

    Per hop of 10 ms the key's RMS level is mapped to 0 below -50 dBFS and to the full ``depth_db``
    above -35 dBFS, then smoothed: 30 ms down, 400 ms up. Hops lie on the film's sample grid, so
    the gain does not depend on how the mix is cut into blocks.
    """

    def __init__(self, depth_db: float, hop: int) -> None:
        self._depth_db, self._hop = depth_db, hop
        self._amount = 0.0

    def gains(self, key: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gains (n, 1) for a block of ``key`` (n, channels) that begins on a hop."""
        starts = np.arange(0, len(key), self._hop)
        power = np.add.reduceat((key.astype(np.float64) ** 2).mean(axis=1), starts)
        level_db = 10 * np.log10(power / self._hop + 1e-12)
        wanted = ((level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB)).clip(0, 1)
        amounts = [self._amount]
        for target in wanted:
            hops = _ATTACK_HOPS if target > amounts[-1] else _RELEASE_HOPS
            amounts.append(amounts[-1] + (target - amounts[-1]) * (1 - np.exp(-1 / hops)))
        self._amount = amounts[-1]
        at = np.arange(len(key)) / self._hop
        smooth = np.interp(at, np.arange(len(amounts)), amounts)
        return (10 ** (-self._depth_db * smooth / 20)).astype(np.float32)[:, None]
