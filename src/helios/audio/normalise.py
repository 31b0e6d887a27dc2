"""Bring a mix to a loudness, in two passes: measure it, then one gain for the whole film.

Where that gain would lift a true peak above the ceiling, a look-ahead limiter lowers just those
moments: the needed gain is held over a window and smoothed by the same window, so it is never
higher than needed and has no corners.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import SILENT_LUFS
from helios.audio.loudness import (
    PEAK_LAG,
    LoudnessMeter,
    measure_lufs,
    peak_context,
    true_peaks,
)

CEILING_DBTP = -1.0
MAX_GAIN_DB = 30.0
TOLERANCE_LU = 0.5
"""How far from the loudness asked for a mix may stay without a word (EBU R128 allows this much)."""
_REACH = 480
Floats = NDArray[np.float32]
_log = logging.getLogger(__name__)


def normalised(
    make: Callable[[], Iterator[Floats]], target_lufs: float, channels: int
) -> Iterator[Floats]:
    """Blocks of ``make()`` at ``target_lufs`` integrated, true peaks below -1 dBTP (48 kHz).

    ``make`` is called twice and must give the same blocks. Silence stays silence.
    """
    measured = measure_lufs(make(), channels)
    if measured <= SILENT_LUFS:
        _log.warning("the mix is silent: its loudness is left alone")
        return make()
    gain_db = target_lufs - measured
    if gain_db > MAX_GAIN_DB:
        _log.warning("the mix is so quiet that it is raised by only %.0f dB", MAX_GAIN_DB)
        gain_db = MAX_GAIN_DB
    _log.info("loudness %.1f LUFS, gain %+.1f dB", measured, gain_db)
    gain = np.float32(10 ** (gain_db / 20))
    return _reporting(limited((block * gain for block in make()), channels), channels, target_lufs)


def _reporting(blocks: Iterator[Floats], channels: int, target_lufs: float) -> Iterator[Floats]:
    """The blocks; a loudness that they did not reach is said at their end."""
    meter = LoudnessMeter(channels)
    for block in blocks:
        meter.add(block)
        yield block
    reached = meter.lufs()
    if target_lufs - reached > TOLERANCE_LU:
        _log.warning(
            "the mix reaches %.1f LUFS, not %.1f: its peaks end at %.0f dBTP, and what is louder "
            "there is lowered; ask for less",
            reached,
            target_lufs,
            CEILING_DBTP,
        )


def limited(
    blocks: Iterator[Floats], channels: int, ceiling_dbtp: float = CEILING_DBTP
) -> Iterator[Floats]:
    """The same blocks, lowered smoothly around true peaks above the ceiling; same total length."""
    # Half a decibel inside: smoothing a gain between samples can lift their interpolation again.
    ceiling = 10 ** ((ceiling_dbtp - 0.1) / 20)
    context = peak_context(channels)
    held = np.zeros((0, channels), np.float32)
    needs = np.ones(2 * _REACH)
    skip = PEAK_LAG
    for block in _then_silence(blocks, channels):
        peaks, context = true_peaks(block, context)
        need = np.minimum(1, ceiling / np.maximum(peaks[skip:], 1e-9))
        skip = max(skip - len(peaks), 0)
        held = np.concatenate([held, block])
        needs = np.concatenate([needs, need])
        ready = len(needs) - 4 * _REACH
        if ready > 0:
            yield held[:ready] * _smooth(needs[: ready + 4 * _REACH])[:, None]
            held, needs = held[ready:], needs[ready:]


def _then_silence(blocks: Iterator[Floats], channels: int) -> Iterator[Floats]:
    """The blocks, then as much silence as the limiter looks ahead."""
    yield from blocks
    yield np.zeros((2 * _REACH + PEAK_LAG, channels), np.float32)


def _moving_minimum(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Lowest of every ``width`` neighbours, by minima of windows twice as wide each time."""
    reach = 1
    while reach * 2 <= width:
        values, reach = np.minimum(values[:-reach], values[reach:]), reach * 2
    rest = width - reach
    return np.minimum(values[: len(values) - rest], values[rest:])


def _smooth(needs: NDArray[np.float64]) -> Floats:
    """Lowest need within ±_REACH, averaged over ±_REACH: (len - 4·_REACH,)."""
    width = 2 * _REACH + 1
    if needs.min() >= 1:
        return np.ones(len(needs) - 4 * _REACH, np.float32)
    lowest = _moving_minimum(needs, width)
    sums = np.concatenate([[0.0], np.cumsum(lowest)])
    return np.asarray((sums[width:] - sums[:-width]) / width, np.float32)
