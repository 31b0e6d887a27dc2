"""Where a film flashes and where it clicks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def flash_times_s(path: Path) -> list[Fraction]:
    """Times at which the lower half turns white."""
    times, was_white = [], False
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            luma = frame.to_ndarray(format="gray")
            white = bool(luma[luma.shape[0] * 3 // 4 :].mean() > 128)
            if white and not was_white:
                assert frame.pts is not None
                times.append(frame.pts * Fraction(frame.time_base))
            was_white = white
    return times


def click_times_s(path: Path, threshold: float = 0.2) -> list[Fraction]:
    """Times at which the sound rises above ``threshold`` after silence."""
    blocks = []
    with av.open(str(path)) as film:
        rate = film.streams.audio[0].rate
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
        for frame in film.decode(audio=0):
            blocks += [f.to_ndarray()[0] for f in resampler.resample(frame)]
    loud = np.flatnonzero(np.abs(np.concatenate(blocks)) > threshold)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-rate) > rate // 10)]
    return [Fraction(int(sample), rate) for sample in starts]
