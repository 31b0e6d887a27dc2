"""Loudness by ITU-R BS.1770-5 and EBU R128, at 48 kHz.

The K-weighting filter is two biquads, run exactly but without a loop over samples: inside a block
of ``HOP`` samples the filter is a matrix, and the state carried from block to block is a prefix
sum in powers of one 4x4 matrix.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import SILENT_LUFS

HOP = 480
"""Samples per energy: 10 ms at 48 kHz."""
MOMENTARY_HOPS = 40
"""400 ms."""
_STEP_HOPS = 10
_MATRIX = 240
_OFFSET_DB = -0.691
_RELATIVE_GATE_LU = -10.0

# BS.1770-5, tables 1 and 2: (b0, b1, b2), (a1, a2).
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (
        -1.69065929318241,
        0.73248077421585,
    ),
)
_HIGH_PASS = (1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class KWeighting:
    """K-weighted energy of a stream of blocks (n · HOP, channels)."""

    def __init__(self, channels: int = 2) -> None:
        self._state = np.zeros((channels, 1, 4))

    def energies(self, block: Floats) -> Doubles:
        """Energy of every HOP samples, all channels together: (n,)."""
        hops = block.T.reshape(block.shape[1], -1, _MATRIX)
        driven = hops @ _INTO_STATE
        states = np.concatenate([self._state, driven], axis=1)
        step = _STEP
        shift = 1
        while shift < states.shape[1] and np.abs(step).max() > 1e-12:
            states[:, shift:] += states[:, :-shift] @ step.T
            step, shift = step @ step, shift * 2
        self._state = states[:, -1:]
        weighted = hops @ _INSIDE + (states[:, :-1] @ _FROM_STATE).astype(np.float32)
        energies = np.einsum("cnk,cnk->n", weighted, weighted).astype(np.float64)
        whole: Doubles = energies.reshape(-1, HOP // _MATRIX).sum(axis=1)
        return whole


def lufs(mean_square: Doubles) -> Doubles:
    """Loudness of K-weighted mean squares, not below -70."""
    with np.errstate(divide="ignore"):
        return np.maximum(_OFFSET_DB + 10 * np.log10(mean_square), SILENT_LUFS)


def momentary_lufs(energies: Doubles) -> Doubles:
    """Momentary loudness (400 ms window, centred) at every hop."""
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    centre = np.arange(len(energies))
    high = np.minimum(centre + MOMENTARY_HOPS // 2, len(energies))
    low = np.maximum(centre - MOMENTARY_HOPS // 2, 0)
    return lufs((sums[high] - sums[low]).clip(0) / (MOMENTARY_HOPS * HOP))


def integrated_lufs(energies: Doubles) -> float:
    """Programme loudness: 400 ms blocks every 100 ms, gated at -70 LUFS and at -10 LU."""
    whole = len(energies) // _STEP_HOPS
    steps = energies[: whole * _STEP_HOPS].reshape(whole, _STEP_HOPS).sum(axis=1)
    if len(steps) < 4:
        total = len(energies) * HOP
        return float(lufs(np.array(energies.sum() / total))) if total else SILENT_LUFS
    blocks = np.convolve(steps, np.ones(4), "valid") / (MOMENTARY_HOPS * HOP)
    heard = blocks[lufs(blocks) > SILENT_LUFS]
    if not len(heard):
        return SILENT_LUFS
    gate = lufs(heard.mean()) + _RELATIVE_GATE_LU
    return float(lufs(heard[lufs(heard) > gate].mean()))


def measure_lufs(blocks: Iterable[Floats], channels: int = 2) -> float:
    """Integrated loudness of a stream of blocks of any length at 48 kHz."""
    meter = LoudnessMeter(channels)
    for block in blocks:
        meter.add(block)
    return meter.lufs()


class LoudnessMeter:
    """Measures a stream of blocks of any length at 48 kHz while it goes by."""

    def __init__(self, channels: int = 2) -> None:
        self._weighting = KWeighting(channels)
        self._rest = np.zeros((0, channels), np.float32)
        self._energies = [np.zeros(0)]

    def add(self, block: Floats) -> None:
        """Hear a block."""
        rest = np.concatenate([self._rest, block])
        whole = len(rest) // HOP * HOP
        self._energies.append(self._weighting.energies(rest[:whole]))
        self._rest = rest[whole:]

    def lufs(self) -> float:
        """The integrated loudness of all blocks; to be asked once, at the end."""
        if len(self._rest):
            padded = np.pad(self._rest, ((0, HOP - len(self._rest)), (0, 0)))
            self._energies.append(self._weighting.energies(padded))
        return integrated_lufs(np.concatenate(self._energies))


_PHASES, _TAPS = 4, 24


def true_peaks(block: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Highest magnitude around each sample (n,), 4 times oversampled (BS.1770-5, annex 2).

    ``before`` is what the last call returned second, or ``peak_context(channels)``; the result
    lags the block by ``_TAPS // 2`` samples.
    """
    stream = np.concatenate([before, block])
    windows = np.lib.stride_tricks.sliding_window_view(stream, _TAPS, axis=0)
    peaks = np.abs(windows @ _INTERPOLATE).max(axis=(1, 2))
    return peaks, stream[len(stream) - _TAPS + 1 :]


def peak_context(channels: int) -> Floats:
    """The silence before a stream, for ``true_peaks``."""
    return np.zeros((_TAPS - 1, channels), np.float32)


PEAK_LAG = _TAPS // 2


def _interpolators() -> Floats:
    at = np.arange(_TAPS)[:, None] - (_TAPS / 2 - 1) - np.arange(_PHASES) / _PHASES
    kernel = np.sinc(at) * np.cos(np.pi * at / (_TAPS + 1)) ** 2
    phases: Floats = (kernel / kernel.sum(axis=0)).astype(np.float32)
    return phases


def _cascade() -> tuple[Doubles, Doubles, Doubles, float]:
    (b1, a1), (b2, a2) = _biquad(*_SHELF), _biquad(*_HIGH_PASS)
    d1, d2 = _SHELF[0][0], _HIGH_PASS[0][0]
    first = np.array([1.0, 0.0])
    turn = np.block([[a1, np.zeros((2, 2))], [np.outer(b2, first), a2]])
    drive = np.concatenate([b1, b2 * d1])
    look = np.concatenate([d2 * first, first])
    return turn, drive, look, d1 * d2


def _biquad(b: tuple[float, ...], a: tuple[float, ...]) -> tuple[Doubles, Doubles]:
    drive = np.array([b[1] - a[0] * b[0], b[2] - a[1] * b[0]])
    return drive, np.array([[-a[0], 1.0], [-a[1], 0.0]])


def _matrices() -> tuple[Floats, Floats, Doubles, Doubles]:
    turn, drive, look, through = _cascade()
    states, rows = [drive], [look]
    for _ in range(_MATRIX - 1):
        states.append(turn @ states[-1])
        rows.append(rows[-1] @ turn)
    response = np.array([through, *(look @ state for state in states[:-1])])
    at = np.arange(_MATRIX)
    lag = at[None, :] - at[:, None]
    inside = np.where(lag >= 0, response[np.abs(lag)], 0.0)
    into_state = np.array(states[::-1])
    step = np.linalg.matrix_power(turn, _MATRIX)
    return inside.astype(np.float32), into_state.astype(np.float32), np.array(rows).T, step


_INSIDE, _INTO_STATE, _FROM_STATE, _STEP = _matrices()
_INTERPOLATE = _interpolators()
