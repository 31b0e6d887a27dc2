"""Music with known beats, synthesised: drums, bass, pads and whole songs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    samples: NDArray[np.float32]
    """(n, 2) at 48 kHz."""
    beats: Floats
    """Seconds."""


def _t(seconds: float) -> Floats:
    return np.arange(round(seconds * RATE)) / RATE


def kick() -> Floats:
    t = _t(0.35)
    phase = 2 * np.pi * (48 * t + 110 * 0.035 * (1 - np.exp(-t / 0.035)))
    return 0.9 * np.sin(phase) * np.exp(-t / 0.11) * np.minimum(t / 0.002, 1)


def snare(rng: np.random.Generator) -> Floats:
    t = _t(0.25)
    body = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05)
    return 0.35 * body + 0.35 * rng.standard_normal(len(t)) * np.exp(-t / 0.06)


def hat(rng: np.random.Generator, length: float = 0.05) -> Floats:
    t = _t(length)
    noise = np.diff(rng.standard_normal(len(t) + 2), 2)
    return 0.05 * noise * np.exp(-t / (length / 3))


def bass(hz: float, seconds: float) -> Floats:
    t = _t(seconds)
    tone = sum(np.sin(2 * np.pi * hz * k * t) / k**1.5 for k in (1, 2, 3, 4))
    return 0.22 * tone * np.minimum(t / 0.008, 1) * np.minimum((seconds - t) / 0.02, 1)


def pad(
    seconds: float, roots: Sequence[float], rng: np.random.Generator, change_s: float = 6.0
) -> Floats:
    """Slow detuned chords with soft swells: nothing in it is a beat."""
    out = np.zeros(round(seconds * RATE))
    t = _t(1.3 * change_s)
    swell = np.clip(1.3 - np.abs(t / change_s - 0.65) * 2, 0, 1) ** 2
    for i in range(int(np.ceil(seconds / change_s))):
        chord = np.zeros(len(t))
        for ratio in (1, 1.25, 1.5, 2):
            for detune in (-0.003, 0.0035):
                hz = roots[i % len(roots)] * ratio * (1 + detune)
                phase = 2 * np.pi * hz * t + rng.uniform(0, 6.28)
                chord += 0.03 * np.sin(phase) + 0.01 * np.sin(2 * phase) + 0.005 * np.sin(3 * phase)
        place(out, chord * swell, i * change_s)
    return out


def place(out: Floats, sound: Floats, time: float, gain: float = 1.0) -> None:
    start = round(time * RATE)
    part = sound[: max(len(out) - start, 0)]
    if start >= 0:
        out[start : start + len(part)] += gain * part


def stereo(mono: Floats, side: Floats | None = None) -> NDArray[np.float32]:
    left = mono if side is None else mono + side
    right = mono if side is None else mono - side
    both = np.stack([left, right], axis=1)
    return (both * (0.8 / max(np.abs(both).max(), 0.8))).astype(np.float32)


def rock(bpm: float, seconds: float, *, swing: float = 0.5, seed: int = 1) -> Song:
    """Kick 1 and 3, snare 2 and 4, hats on eighths (``swing`` 2/3 shuffles), bass, pad."""
    rng = np.random.default_rng(seed)
    beat = 60 / bpm
    beats = np.arange(0.5, seconds - 0.3, beat)
    out = np.zeros(round(seconds * RATE))
    for i, time in enumerate(beats):
        place(out, kick() if i % 2 == 0 else snare(rng), time)
        place(out, hat(rng), time, 0.8)
        place(out, hat(rng), time + swing * beat, 0.6)
        if i % 8 == 5:
            place(out, kick(), time + swing * beat, 0.7)
        place(out, bass((55, 55, 65.4, 49)[i // 8 % 4], beat * 0.9), time, 0.8)
    out += 0.4 * pad(seconds, (110, 130.8), rng, beat * 8)[: len(out)]
    return Song(samples=stereo(out), beats=beats)


def jungle(bpm: float, seconds: float, *, seed: int = 2) -> Song:
    """A two-step break: kick 1 and 3-and, snare 2 and 4, busy hats, long sub bass."""
    rng = np.random.default_rng(seed)
    beat = 60 / bpm
    beats = np.arange(0.3, seconds - 0.3, beat)
    out = np.zeros(round(seconds * RATE))
    for i, time in enumerate(beats):
        if i % 4 == 0:
            place(out, kick(), time)
            place(out, kick(), time + 2.5 * beat, 0.9)
            place(out, bass((43.6, 49, 41.2)[i // 16 % 3], beat * 3.8), time, 0.9)
        if i % 4 in (1, 3):
            place(out, snare(rng), time)
        place(out, hat(rng), time, 0.9)
        place(out, hat(rng), time + beat / 2, 0.7)
        if i % 8 == 6:
            place(out, snare(rng), time + 0.75 * beat, 0.3)
    return Song(samples=stereo(out), beats=beats)


def house(bpm: float, seconds: float, *, breakdown: tuple[float, float], seed: int = 3) -> Song:
    """Four on the floor with open hats between; in ``breakdown`` (seconds) only a pad is left."""
    rng = np.random.default_rng(seed)
    beat = 60 / bpm
    grid = np.arange(0.4, seconds - 0.3, beat)
    beats = grid[(grid < breakdown[0]) | (grid >= breakdown[1])]
    out = np.zeros(round(seconds * RATE))
    for i, time in enumerate(beats):
        place(out, kick(), time)
        place(out, hat(rng, 0.12), time + beat / 2)
        place(out, bass((55, 55, 73.4, 65.4)[i // 16 % 4], beat * 0.45), time + beat / 2)
        if i % 2:
            place(out, snare(rng), time, 0.6)
    quiet = pad(seconds, (220, 261.6, 196), rng, beat * 16)[: len(out)]
    return Song(samples=stereo(out + 0.8 * quiet, 0.2 * quiet), beats=beats)


def two_tempos(first: float, second: float, seconds: float) -> Song:
    """Half the song at one tempo, half at another."""
    one, two = rock(first, seconds / 2, seed=5), rock(second, seconds / 2, seed=6)
    joined = np.concatenate([one.samples, two.samples])
    return Song(samples=joined, beats=np.concatenate([one.beats, two.beats + seconds / 2]))


def beatless(seconds: float, *, seed: int = 4) -> Song:
    """Only a pad and a little wind."""
    rng = np.random.default_rng(seed)
    wind = np.convolve(rng.standard_normal(round(seconds * RATE)), np.ones(60) / 60, "same")
    wind *= 0.05 * (1 + np.sin(2 * np.pi * 0.07 * _t(seconds)))
    sound = pad(seconds, (110, 98, 130.8, 82.4), rng) + wind
    return Song(samples=stereo(sound, 0.3 * pad(seconds, (220, 196), rng)), beats=np.zeros(0))


def f_measure(found: Floats, known: Floats, window_s: float = 0.07) -> float:
    """Beats matched one to one within the window, as precision and recall's harmonic mean."""
    if not len(found) or not len(known):
        return float(len(found) == len(known))
    hits, i, j = 0, 0, 0
    while i < len(found) and j < len(known):
        if abs(found[i] - known[j]) <= window_s:
            hits, i, j = hits + 1, i + 1, j + 1
        elif found[i] < known[j]:
            i += 1
        else:
            j += 1
    return 2 * hits / (len(found) + len(known))
