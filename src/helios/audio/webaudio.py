"""What the browser's AnalyserNode shows at each frame, byte for byte.

The Web Audio API (section 1.8, AnalyserNode) and how Chromium steps it: sound is rendered in
quanta of 128 samples; frame n is read at the first quantum that begins at or after ``n / fps``,
from the ``fft_size`` mono samples before it; a Blackman window, an FFT scaled by 1/N, smoothing
from one reading to the next, decibels mapped to bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.audio.settings import AnalysisSettings
from helios.media.sound import SoundSource, decode_sound

QUANTUM = 128
_BASS, _MID, _HIGH = slice(0, 4), slice(4, 47), slice(47, 140)
_GROUP = 512
TEXTURE_WIDTH, TEXTURE_RATE = 512, 48_000

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def analyser_bytes(
    blocks: Iterator[Floats], rate: int, settings: AnalysisSettings, total_frames: int
) -> Iterator[Bytes]:
    """``getByteFrequencyData`` at frames 0, 1, ...: arrays (k, fft_size / 2), some frames each.

    ``blocks`` are mono samples (n, 1) at the context's ``rate``.
    """
    spectra = _Spectra(settings)
    for group in _windows(blocks, rate, settings.fps, settings.fft_size, total_frames):
        yield spectra.of(group)


def sound_textures(source: SoundSource, fps: Fraction, total_frames: int) -> Bytes:
    """What Shadertoy gives a shader for a sound at frames 0, 1, ...: (frames, 2, 512).

    The first row is the spectrum up to 12 kHz, 512 of the 1024 bytes of an AnalyserNode with an
    FFT of 2048 samples at 48 kHz, smoothed by 0.8 in a sixtieth of a second; the second is the
    wave, the first 512 of those samples, 128 for silence.
    """
    settings = AnalysisSettings(
        fps=fps, fft_size=2048, smoothing=0.8 ** float(60 / fps), context_rate=TEXTURE_RATE
    )
    blocks = decode_sound(source, sample_rate=TEXTURE_RATE, channels=1)
    textures = np.empty((total_frames, 2, TEXTURE_WIDTH), np.uint8)
    spectra, start = _Spectra(settings), 0
    for group in _windows(blocks, TEXTURE_RATE, fps, settings.fft_size, total_frames):
        stop = start + len(group)
        textures[start:stop, 0] = spectra.of(group)[:, :TEXTURE_WIDTH]
        textures[start:stop, 1] = np.floor(128 * (1 + group[:, :TEXTURE_WIDTH])).clip(0, 255)
        start = stop
    return textures


class _Spectra:
    """Spectra of windows that follow each other, smoothed from one to the next, as bytes."""

    def __init__(self, settings: AnalysisSettings) -> None:
        self._settings = settings
        self._smoothed = np.zeros(settings.fft_size // 2, np.float32)

    def of(self, group: Floats) -> Bytes:
        """Those of the next windows, (k, fft_size) samples."""
        settings, size = self._settings, self._settings.fft_size
        spectra = np.fft.rfft(group * _blackman(size), axis=1)[:, : size // 2]
        magnitudes = (np.abs(spectra) / size).astype(np.float32)
        magnitudes *= np.float32(1 - settings.smoothing)
        for index in range(len(magnitudes)):
            magnitudes[index] += np.float32(settings.smoothing) * self._smoothed
            self._smoothed = magnitudes[index]
        return _to_bytes(magnitudes, settings)


def quantum_end(frame: int, fps: Fraction, rate: int) -> int:
    """Samples rendered when frame ``frame`` is read."""
    due = Fraction(frame) * rate / fps
    return -(-due.numerator // (due.denominator * QUANTUM)) * QUANTUM


def webaudio_levels(
    source: SoundSource, settings: AnalysisSettings, total_frames: int, sample_rate: int
) -> dict[str, NDArray[Any]]:
    """The seed's four levels: means of the bytes over its bins, as 0..1.

    Bass bins 0-3, mid 4-46, high 47-139 (written for fft_size 512); amplitude is all of them.
    """
    rate = settings.context_rate or sample_rate
    blocks = decode_sound(source, sample_rate=rate, channels=1)
    parts: list[Floats] = []
    for group in analyser_bytes(blocks, rate, settings, total_frames):
        level = group.astype(np.float32) / np.float32(255)
        means = [level[:, bins].mean(axis=1) for bins in (slice(None), _BASS, _MID, _HIGH)]
        parts.append(np.stack(means, axis=1))
    levels = np.nan_to_num(np.concatenate(parts))
    names = ("amplitude", "bass", "mid", "high")
    return {name: np.ascontiguousarray(levels[:, i]) for i, name in enumerate(names)}


def _windows(
    blocks: Iterator[Floats], rate: int, fps: Fraction, size: int, total_frames: int
) -> Iterator[Floats]:
    """The ``size`` samples before each reading, silence outside the sound, in groups."""
    held = np.zeros(size, np.float32)
    start, group = -size, []
    for frame in range(total_frames):
        end = quantum_end(frame, fps, rate)
        while start + len(held) < end:
            block = next(blocks, None)
            more = np.zeros(rate, np.float32) if block is None else block[:, 0]
            held = np.concatenate([held, more])
        cut = max(end - size - start, 0)
        if cut > rate:
            held, start = held[cut:], start + cut
            cut = 0
        group.append(held[cut : cut + size])
        if len(group) == _GROUP:
            yield np.stack(group)
            group = []
    if group:
        yield np.stack(group)


def _blackman(size: int) -> Floats:
    turn = 2 * np.pi * np.arange(size) / size
    return (0.42 - 0.5 * np.cos(turn) + 0.08 * np.cos(2 * turn)).astype(np.float32)


def _to_bytes(magnitudes: Floats, settings: AnalysisSettings) -> Bytes:
    with np.errstate(divide="ignore"):
        decibels = 20 * np.log10(magnitudes.astype(np.float64))
    scaled = 255 / (settings.max_db - settings.min_db) * (decibels - settings.min_db)
    return np.asarray(scaled.clip(0, 255), np.uint8)
