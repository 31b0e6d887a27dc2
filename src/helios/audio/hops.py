"""Listen once: everything measured at the fixed internal rate of 100 hops per second.

The sound comes in at 48 kHz, stereo, in blocks; what goes out are columns with one value per hop
of 10 ms. Spectral windows are centred on their hop and reach over its edges, so every sample is
seen. Low bands are measured on the sound decimated to 6 kHz with windows of 85 ms, the others
with windows of 21 ms.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from helios.audio import loudness
from helios.audio.bands import (
    BANDS_HZ,
    FLATNESS_EDGES_HZ,
    LEVEL_EDGES_HZ,
    ONSET_EDGES_HZ,
    SPECTRUM_EDGES_HZ,
    band_weights,
    hann,
    power_scale,
)

RATE = 48_000
HOP = 480
HOPS_PER_S = RATE // HOP
_BLOCK = 256
_WIDE, _DECIMATE, _LOW_SIZE = 1024, 8, 512
_LOW_TAPS = 128
_AHEAD = _LOW_SIZE * _DECIMATE // 2 + _LOW_TAPS
_SUB = 24
_FLOOR = 1e-12

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """One value per hop (n,) or row (n, k). Levels are amplitudes: a full-scale sine is 1."""

    bands: Floats
    """(n, 8), edges in ``bands.BANDS_HZ``."""
    levels: Floats
    """(n, 3): bass, mid, high."""
    spectrum: NDArray[np.float16]
    """(n, 24) log10 of the amplitude in the onset bands."""
    fine: NDArray[np.uint8]
    """(n, 64) in the bands of the spectrum: half decibels above -127.5 dB."""
    power: Floats
    """Mean square of both channels."""
    side: Floats
    """Mean square of (L - R) / 2."""
    weighted: Floats
    """K-weighted mean square, both channels added."""
    peak: Floats
    centroid: Floats
    """Hz."""
    flatness: Floats
    attack_s: Floats
    """When, within the hop, the sharpest rise was: 0..0.01."""
    rise: Floats
    """How sharp: the rise of the differentiated signal's RMS over half a millisecond."""

    def __len__(self) -> int:
        return len(self.power)


def measure_hops(blocks: Iterator[Floats]) -> Iterator[Hops]:
    """Measure a stereo sound at 48 kHz, some seconds at a time.

    The sound is followed by silence up to a whole hop. Memory does not grow with its length.
    """
    weighting = loudness.KWeighting()
    history = np.zeros((_AHEAD, 2), np.float32)
    for body, ahead in _with_look_ahead(blocks):
        window = np.concatenate([history, body, ahead])
        yield _measure(window, len(body) // HOP, weighting)
        history = window[len(body) : len(body) + _AHEAD]


def join_hops(parts: list[Hops]) -> Hops:
    """One Hops of many."""
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Hops)
    }
    return Hops(**columns)


def _with_look_ahead(blocks: Iterator[Floats]) -> Iterator[tuple[Floats, Floats]]:
    """Cut a stream into bodies of whole hops, each with the ``_AHEAD`` samples after it."""
    want = _BLOCK * HOP
    held = np.zeros((0, 2), np.float32)
    pieces, count = [held], 0
    for block in blocks:
        pieces.append(block)
        count += len(block)
        if count < want + _AHEAD:
            continue
        held = np.concatenate(pieces)
        while len(held) >= want + _AHEAD:
            yield held[:want], held[want : want + _AHEAD]
            held = held[want:]
        pieces, count = [held], len(held)
    held = np.concatenate(pieces)
    while len(held):
        size = min(want, -(-len(held) // HOP) * HOP)
        padded = np.pad(held, ((0, max(size + _AHEAD - len(held), 0)), (0, 0)))
        yield padded[:size], padded[size : size + _AHEAD]
        held = held[size:]


def _measure(window: Floats, hops: int, weighting: loudness.KWeighting) -> Hops:
    body = window[_AHEAD : _AHEAD + hops * HOP]
    mono = (window[:, 0] + window[:, 1]) * np.float32(0.5)
    apart = (window[:, 0] - window[:, 1]) * np.float32(0.5)
    wide, low = _spectra(mono, hops)
    if apart.any():  # power, not pressure: what is in opposite phase sounds, too
        wide, low = (a + b for a, b in zip((wide, low), _spectra(apart, hops), strict=True))
    sums = np.sqrt(wide @ _WIDE_SUMS + low @ _LOW_SUMS)
    squares = np.einsum("nkc,nkc->n", *[body.reshape(hops, HOP, 2)] * 2)
    side = apart[_AHEAD : _AHEAD + hops * HOP].reshape(hops, HOP)
    heard = slice(_AHEAD - 4 * _SUB - 1, _AHEAD + hops * HOP)
    attack_s, rise = _attacks(mono[heard], apart[heard], hops)
    energies = weighting.energies(body)
    return Hops(
        bands=sums[:, :8],
        levels=sums[:, 8:11],
        spectrum=np.log10(sums[:, 11:] + np.float32(1e-5)).astype(np.float16),
        fine=_half_decibels(wide @ _WIDE_FINE + low @ _LOW_FINE),
        power=squares / np.float32(2 * HOP),
        side=np.einsum("nk,nk->n", side, side) / np.float32(HOP),
        weighted=(energies / HOP).astype(np.float32),
        peak=np.abs(body).reshape(hops, -1).max(axis=1),
        centroid=_centroid(wide),
        flatness=_flatness(wide),
        attack_s=attack_s,
        rise=rise,
    )


def _spectra(signal: Floats, hops: int) -> tuple[Floats, Floats]:
    """Power of every hop: of the whole sound, and of its decimated lows."""
    wide = _power(signal, _AHEAD + HOP // 2, HOP, _WIDE, hops)
    lows, origin = _decimated(signal)
    low = _power(lows, origin + HOP // 2 // _DECIMATE, HOP // _DECIMATE, _LOW_SIZE, hops)
    return wide, low


def _power(signal: Floats, first_centre: int, step: int, size: int, count: int) -> Floats:
    """Power spectra (count, size/2 + 1), windows centred every ``step``; a sine sums to A²."""
    start = first_centre - size // 2
    view = np.lib.stride_tricks.as_strided(
        signal[start:],
        (count, size),
        (signal.strides[0] * step, signal.strides[0]),
        writeable=False,
    )
    spectra = np.fft.rfft(view * _WINDOWS[size], axis=1)
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)


def _decimated(mono: Floats) -> tuple[Floats, int]:
    """``mono`` at 6 kHz, and the index there of the sample ``_AHEAD``."""
    parts = mono[: len(mono) // _DECIMATE * _DECIMATE].reshape(-1, _DECIMATE) @ _LOW_PASS
    count = len(parts) - parts.shape[1] + 1
    low = np.sum([parts[tap : tap + count, tap] for tap in range(parts.shape[1])], axis=0)
    return low, (_AHEAD - _LOW_TAPS // 2) // _DECIMATE


def _centroid(power: Floats) -> Floats:
    amplitude = np.sqrt(power)
    total = amplitude.sum(axis=1)
    return np.where(total > 1e-6, (amplitude @ _WIDE_HZ) / np.maximum(total, 1e-9), 0)


def _flatness(power: Floats) -> Floats:
    """Geometric over arithmetic mean of the power density in the onset bands, 0..1."""
    density = power @ _DENSITY
    mean = density.mean(axis=1)
    spread = np.exp(np.log(density + _FLOOR).mean(axis=1)) / (mean + _FLOOR)
    return np.where(mean > 1e-11, spread, 0)


def _attacks(mono: Floats, apart: Floats, hops: int) -> tuple[Floats, Floats]:
    """Where in each hop the differentiated signal rises most, and by how much."""
    slope = np.diff(mono)
    if apart.any():
        slope = np.hypot(slope, np.diff(apart))
    inside = slope[4 * _SUB :]
    energy = (slope**2).reshape(-1, _SUB).sum(axis=1)
    level = np.sqrt(energy / _SUB)
    sums = np.concatenate([[np.float32(0)], np.cumsum(level, dtype=np.float64)])
    before = ((sums[4:-1] - sums[:-5]) / 4).astype(np.float32)
    rises = (level[4:] - before).reshape(hops, -1)
    best = rises.argmax(axis=1)
    pieces = np.abs(inside).reshape(hops, -1, _SUB)[np.arange(hops), best]
    offset = best * _SUB + pieces.argmax(axis=1)
    return (offset / RATE).astype(np.float32), rises.max(axis=1)


def _half_decibels(power: Floats) -> NDArray[np.uint8]:
    """Power as steps of half a decibel above -127.5 dB."""
    decibels = 10 * np.log10(power + np.float32(1e-14))
    return np.asarray(np.rint((decibels + 127.5) * 2).clip(0, 255), np.uint8)


def _sums(size: int, rate: int) -> NDArray[np.float64]:
    """(bins, 8 + 3 + 24) weights of every band, for spectra of ``size`` samples at ``rate``."""
    edges = [*BANDS_HZ.values(), *LEVEL_EDGES_HZ.values()]
    return _weights([*edges, *itertools.pairwise(ONSET_EDGES_HZ)], size, rate)


def _weights(edges: Sequence[tuple[float, float]], size: int, rate: int) -> NDArray[np.float64]:
    bins, bin_hz = size // 2 + 1, rate / size
    weights = np.stack([band_weights(edge, bins, bin_hz) for edge in edges], axis=1)
    return weights * power_scale(size)


def _split_sums() -> tuple[Floats, Floats]:
    """Bands 60 Hz and below 250 Hz are taken from the decimated sound, all else from the other."""
    wide, low = _sums(_WIDE, RATE), _sums(_LOW_SIZE, RATE // _DECIMATE)
    for column in range(wide.shape[1]):
        if column in _LOW_COLUMNS:
            wide[:, column] = 0
        else:
            low[:, column] = 0
    return wide.astype(np.float32), low.astype(np.float32)


def _split_fine() -> tuple[Floats, Floats]:
    """Bands of the spectrum below 1 kHz are taken from the decimated sound, all else from the
    other."""
    edges = list(itertools.pairwise(SPECTRUM_EDGES_HZ))
    wide, low = _weights(edges, _WIDE, RATE), _weights(edges, _LOW_SIZE, RATE // _DECIMATE)
    is_low = np.array([high <= _LOW_FINE_HZ for _, high in edges])
    wide[:, is_low] = 0
    low[:, ~is_low] = 0
    return wide.astype(np.float32), low.astype(np.float32)


def _low_pass() -> Floats:
    """(8, 16): column t holds the taps for the t-th eight samples of a window."""
    at = np.arange(_LOW_TAPS) - _LOW_TAPS / 2
    kernel = np.sinc(at / _DECIMATE * 0.7) * np.blackman(_LOW_TAPS + 1)[:-1]
    taps: Floats = (kernel / kernel.sum()).astype(np.float32)
    return np.ascontiguousarray(taps.reshape(-1, _DECIMATE).T)


_LOW_COLUMNS = (0, 1, 8)
_LOW_FINE_HZ = 1000.0
_WINDOWS = {_WIDE: hann(_WIDE), _LOW_SIZE: hann(_LOW_SIZE)}
_WIDE_SUMS, _LOW_SUMS = _split_sums()
_WIDE_FINE, _LOW_FINE = _split_fine()
_LOW_PASS = _low_pass()
_WIDE_HZ = (np.arange(_WIDE // 2 + 1) * RATE / _WIDE).astype(np.float32)
_middle = np.sqrt(ONSET_EDGES_HZ[1:] * ONSET_EDGES_HZ[:-1])
_flat = 11 + np.flatnonzero((_middle > FLATNESS_EDGES_HZ[0]) & (_middle < FLATNESS_EDGES_HZ[1]))
_all = _sums(_WIDE, RATE)
_DENSITY = (_all[:, _flat] / (_all[:, _flat].sum(axis=0) / power_scale(_WIDE))).astype(np.float32)
