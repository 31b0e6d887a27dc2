"""Voices of a page summed into one sound: played from a moment, faded in steps, cut, looped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from helios.audio.fades import fade_gains
from helios.audio.stretch import stretch
from helios.media.fetch import fetch_sound
from helios.media.sound import decode_sound
from helios.model.audio import SAMPLE_RATE
from helios.model.facts import Voice

_BLOCK = 1 << 18


def sum_voices(voices: Sequence[Voice], total_samples: int) -> Iterator[NDArray[np.float32]]:
    """Blocks (n, 2) at 48 kHz, ``total_samples`` in all, of the film from its time 0.

    A fade-out ends where its voice or the film ends.

    Raises:
        HeliosError: a sound cannot be read.
    """
    players = [_Player(voice, total_samples) for voice in voices]
    for start in range(0, total_samples, _BLOCK):
        block = np.zeros((min(_BLOCK, total_samples - start), 2), np.float32)
        for player in players:
            player.add_to(block, start)
        yield block


def _sample(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


class _Player:
    def __init__(self, voice: Voice, total: int) -> None:
        self._voice = voice
        self._at = _sample(voice.start_s)
        self._end = total if voice.end_s is None else min(total, _sample(voice.end_s))
        self._gains = [(_sample(at_s), np.float32(gain)) for at_s, gain in voice.gains]
        self._fade_in, self._fade_out = _sample(voice.fade_in_s), _sample(voice.fade_out_s)
        self._start = self._at
        if self._fade_out and not voice.loop:
            self._end = min(self._end, self._start + sum(map(len, _played(voice))))
        self._sound: Iterator[NDArray[np.float32]] | None = None
        self._rest = np.zeros((0, 2), np.float32)

    def add_to(self, block: NDArray[np.float32], start: int) -> None:
        end = min(self._end, start + len(block))
        while self._at < end and len(part := self._take(end - self._at)):
            block[self._at - start : self._at - start + len(part)] += part * self._gain(len(part))
            self._at += len(part)

    def _take(self, count: int) -> NDArray[np.float32]:
        if self._sound is None:
            self._sound = _played(self._voice)
        if not len(self._rest):
            self._rest = next(self._sound, self._rest)
        part, self._rest = self._rest[:count], self._rest[count:]
        return part

    def _gain(self, count: int) -> NDArray[np.float32]:
        at = np.arange(self._at, self._at + count)
        steps = np.array([first for first, _ in self._gains])
        values = np.array([gain for _, gain in self._gains], np.float32)
        gains = values[np.maximum(np.searchsorted(steps, at, side="right") - 1, 0)]
        length = self._end - self._start
        fades = fade_gains(at - self._start, length, fade_in=self._fade_in, fade_out=self._fade_out)
        return (gains * fades)[:, None].astype(np.float32)


def _played(voice: Voice) -> Iterator[NDArray[np.float32]]:
    if voice.rate == 1:
        return _passes(voice, SAMPLE_RATE)
    if voice.keeps_pitch:
        return stretch(_passes(voice, SAMPLE_RATE), voice.rate)
    # A tape that runs faster: decoded for a slower rate, and played at ours.
    return _passes(voice, round(SAMPLE_RATE / voice.rate))


def _passes(voice: Voice, sample_rate: int) -> Iterator[NDArray[np.float32]]:
    source, skip_s = fetch_sound(voice.file), Fraction(round(voice.seek_s * 1e9), 10**9)
    while True:
        heard = 0
        for block in decode_sound(source, sample_rate=sample_rate, channels=2, start_s=skip_s):
            heard += len(block)
            yield block
        if not voice.loop or not (heard or skip_s):
            return
        skip_s = skip_s if voice.is_placed else Fraction(0)
