"""From any channel layout to one or two channels.

Mono goes to both sides unchanged, stereo to mono as the mean, and quad and 5.1 by the rules of
the Web Audio API (section 4.2.2, speaker channels), so that sound in a page and sound in a file
come out alike. Wider layouts follow ITU-R BS.775: centres and surrounds at -3 dB, no LFE.
Unknown layouts alternate left and right, each side averaged.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError

_HALF = 0.5**0.5
_SIDES = {
    "FL": (1, 0),
    "FR": (0, 1),
    "FC": (_HALF, _HALF),
    "LFE": (0, 0),
    "LFE2": (0, 0),
    "BL": (_HALF, 0),
    "BR": (0, _HALF),
    "SL": (_HALF, 0),
    "SR": (0, _HALF),
    "BC": (0.5, 0.5),
    "FLC": (1, 0),
    "FRC": (0, 1),
    "WL": (1, 0),
    "WR": (0, 1),
    "DL": (1, 0),
    "DR": (0, 1),
    "TC": (0.5, 0.5),
    "TFC": (0.5, 0.5),
    "TBC": (0.5, 0.5),
    "BFC": (0.5, 0.5),
    "TFL": (_HALF, 0),
    "TFR": (0, _HALF),
    "TBL": (_HALF, 0),
    "TBR": (0, _HALF),
    "TSL": (_HALF, 0),
    "TSR": (0, _HALF),
    "BFL": (_HALF, 0),
    "BFR": (0, _HALF),
}
_SURROUND = (
    {"FL", "FR", "FC", "LFE", "BL", "BR"},
    {"FL", "FR", "FC", "LFE", "SL", "SR"},
)
_QUAD = ({"FL", "FR", "BL", "BR"}, {"FL", "FR", "SL", "SR"})


@lru_cache(maxsize=64)
def remix_matrix(names: tuple[str, ...], channels: int) -> NDArray[np.float32]:
    """The matrix (len(names), channels) that mixes channels so named to 1 or 2.

    Raises:
        OptionError: another number of channels is asked for.
    """
    if channels not in (1, 2):
        raise OptionError(f"sound can be mixed to 1 or 2 channels, not {channels}")
    if len(names) == channels:
        return np.eye(channels, dtype=np.float32)
    if len(names) == 1:
        return np.ones((1, 2), np.float32)
    stereo = _to_stereo(names)
    if channels == 2:
        return stereo
    if len(names) == 2:
        return np.full((2, 1), 0.5, np.float32)
    weight = np.float32(_HALF if set(names) in _SURROUND else 0.5)
    mono: NDArray[np.float32] = stereo.sum(axis=1, keepdims=True) * weight
    return mono


def _to_stereo(names: tuple[str, ...]) -> NDArray[np.float32]:
    if set(names) in _QUAD:
        gains = [(0.5, 0.0) if name.endswith("L") else (0.0, 0.5) for name in names]
        return np.array(gains, np.float32)
    if all(name in _SIDES for name in names) and len(set(names)) == len(names):
        return np.array([_SIDES[name] for name in names], np.float32)
    sides = np.zeros((len(names), 2), np.float32)
    sides[0::2, 0] = 1 / len(names[0::2])
    sides[1::2, 1] = 1 / max(len(names[1::2]), 1)
    return sides
