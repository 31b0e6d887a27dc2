"""Songs for judging only: nothing in Helios is fitted to them.

They are made differently from ``grooves``: hits are written as beats of the bar (counted from 0)
with a loudness, drums ring in resonators, strings are plucked (Karplus and Strong 1983), the tempo
breathes, bars are left out, and a compressor squeezes the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from tests.music import RATE, Song, place, stereo

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One bar, or several: when each instrument sounds, in beats."""

    bpm: float
    bar: float = 4.0
    kick: tuple[float, ...] = ()
    snare: tuple[float, ...] = ()
    ghost: tuple[float, ...] = ()
    hat: float = 0.5
    """Beats between hats; 0 for none."""
    hat_late: float = 0.0
    """Beats by which every second hat comes late."""
    low: tuple[float, ...] = ()
    """Bass notes."""
    pluck: tuple[float, ...] = ()
    """Strings or keys."""
    rolls: tuple[float, ...] = field(default=())
    """Where hats play three times as fast for half a beat."""


PARTS: dict[str, Part] = {
    "drum and bass 174": Part(
        bpm=174, kick=(0, 2.5), snare=(1, 3), ghost=(1.75, 2.25, 3.75), low=(0, 1.5, 2.5)
    ),
    "drum and bass 165": Part(
        bpm=165, bar=8, kick=(0, 2.5, 4, 5.5, 6.5), snare=(1, 3, 5, 7), ghost=(3.5,), low=(0, 4)
    ),
    "amen 170": Part(
        bpm=170,
        bar=8,
        kick=(0, 0.5, 2.5, 2.75, 4, 4.5, 6.5),
        snare=(1, 3, 5, 7.5),
        ghost=(1.75, 2.25, 3.75, 5.75, 6.25),
        low=(0, 3),
    ),
    "rock 170": Part(
        bpm=170,
        kick=(0, 1.5, 2),
        snare=(1, 3),
        low=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
        pluck=(0, 1.5, 3),
    ),
    "rock 96": Part(
        bpm=96,
        kick=(0, 2, 2.5),
        snare=(1, 3),
        low=(0, 2, 2.5),
        pluck=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
    ),
    "rock 128": Part(bpm=128, kick=(0, 2, 3.5), snare=(1, 3), low=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)),
    "punk 192": Part(
        bpm=192, kick=(0, 2, 2.5), snare=(1, 3), pluck=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)
    ),
    "thrash 205": Part(
        bpm=205, kick=(0, 0.5, 1.5, 2, 2.5, 3.5), snare=(1, 3), hat=1, pluck=(0, 0.5, 1, 2, 2.5, 3)
    ),
    "trap 90": Part(
        bpm=90, kick=(0, 0.75, 1.5, 2.5), snare=(1, 3), hat=0.25, low=(0, 1.5), rolls=(3.5,)
    ),
    "trap 140": Part(
        bpm=140,
        bar=8,
        kick=(0, 1.5, 3.5, 4, 5.5, 7),
        snare=(2, 6),
        hat=0.5,
        low=(0, 3.5),
        rolls=(3, 6.5, 7),
    ),
    "trap 150": Part(bpm=150, kick=(0, 0.75, 2.5), snare=(2,), hat=0.25, low=(0, 2.5), rolls=(3,)),
    "hip hop 72": Part(bpm=72, kick=(0, 1.75, 2.5), snare=(1, 3), low=(0, 1.75, 2.5), pluck=(0, 2)),
    "hip hop 84": Part(
        bpm=84,
        kick=(0, 0.75, 2.5),
        snare=(1, 3),
        hat=0.5,
        hat_late=0.08,
        ghost=(1.75,),
        low=(0, 0.75, 2.5),
    ),
    "hip hop 92": Part(
        bpm=92, kick=(0, 2.25, 2.5), snare=(1, 3), hat=0.25, hat_late=0.04, low=(0, 2.5)
    ),
    "ballad 80": Part(
        bpm=80, kick=(0, 2), snare=(1, 3), low=(0, 2), pluck=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)
    ),
    "ballad 58": Part(bpm=58, kick=(0, 2, 2.5), snare=(1, 3), low=(0, 2), pluck=(0, 1, 2, 3)),
    "ballad 66 sixteenths": Part(
        bpm=66, kick=(0, 1.75, 2), snare=(1, 3), low=(0, 2), pluck=tuple(np.arange(0, 4, 0.25))
    ),
    "house 124": Part(
        bpm=124,
        kick=(0, 1, 2, 3),
        snare=(1, 3),
        hat=0.25,
        low=(0.5, 1.5, 2.75),
        pluck=(0, 0.75, 1.5),
    ),
    "techno 138": Part(
        bpm=138,
        kick=(0, 1, 2, 3),
        hat=0.5,
        low=(0.25, 0.5, 0.75, 1.25, 1.5, 1.75, 2.25, 2.5, 2.75, 3.25, 3.5, 3.75),
    ),
    "two-step 132": Part(
        bpm=132, kick=(0, 2.5), snare=(1, 3), ghost=(1.75, 3.75), hat_late=0.06, low=(0, 0.75, 2.5)
    ),
    "breaks 130": Part(
        bpm=130, kick=(0, 0.5, 2.25, 2.5), snare=(1, 3), ghost=(1.75, 2.0, 3.75), low=(0, 2.5)
    ),
    "funk 104": Part(
        bpm=104,
        kick=(0, 0.75, 2.5),
        snare=(1, 3),
        ghost=(1.75, 2.25, 3.5),
        hat=0.25,
        low=(0, 0.75, 1.75, 2.5, 3.25),
        pluck=(0.5, 1.25, 2.75),
    ),
    "half-time 144": Part(
        bpm=144, kick=(0, 1.5), snare=(2,), hat=0.5, low=(0, 1.5), pluck=(0, 1, 2, 3)
    ),
    "half-time 160": Part(
        bpm=160,
        bar=8,
        kick=(0, 1, 3.5, 4, 5.5),
        snare=(2, 6),
        hat=0.5,
        pluck=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7),
    ),
    "waltz 96": Part(bpm=96, bar=3, kick=(0,), snare=(1, 2), hat=1, low=(0,), pluck=(1, 2)),
    "waltz 150": Part(bpm=150, bar=3, kick=(0,), ghost=(1, 2), hat=1, low=(0,), pluck=(1, 2)),
    "three four 126": Part(
        bpm=126, bar=3, kick=(0, 2.5), snare=(1,), hat=0.5, low=(0, 2), pluck=(0, 1, 2)
    ),
    "six eight 62": Part(
        bpm=62,
        bar=2,
        kick=(0, 5 / 3),
        snare=(1,),
        hat=1 / 3,
        low=(0, 1),
        pluck=(0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3),
    ),
    "six eight 76": Part(
        bpm=76, bar=2, kick=(0,), snare=(1,), hat=1 / 3, low=(0, 2 / 3, 1), pluck=(0,)
    ),
    "shuffle 118": Part(
        bpm=118,
        kick=(0, 2),
        snare=(1, 3),
        hat_late=1 / 6,
        low=(0, 2 / 3, 1, 5 / 3, 2, 8 / 3, 3, 11 / 3),
    ),
    "swing 168": Part(
        bpm=168, snare=(), kick=(0, 2), ghost=(1, 3), hat=1, low=(0, 1, 2, 3), pluck=(5 / 3, 11 / 3)
    ),
    "reggaeton 94": Part(
        bpm=94, kick=(0, 1, 2, 3), snare=(0.75, 1.5, 2.75, 3.5), low=(0, 1.5, 2.75), hat=0.5
    ),
    "synthwave 108": Part(
        bpm=108,
        kick=(0, 2),
        snare=(1, 3),
        hat=0.5,
        low=tuple(np.arange(0, 4, 0.25)),
        pluck=(0, 1.5, 3),
    ),
    "guitar alone 112": Part(bpm=112, hat=0, low=(0, 2), pluck=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)),
    "metal 186": Part(
        bpm=186,
        kick=tuple(np.arange(0, 4, 0.5)),
        snare=(1, 3),
        hat=1,
        pluck=(0, 0.5, 1, 1.5, 2, 2.5, 3),
    ),
}


def _ring(
    rng: np.random.Generator,
    seconds: float,
    modes: tuple[tuple[float, float, float], ...],
    wire: float,
) -> Floats:
    """Resonances (Hz, seconds to fall to 1/e, loudness) and the rattle of wires."""
    t = np.arange(round(seconds * RATE)) / RATE
    sound = sum(g * np.exp(-t / tail) * np.sin(2 * np.pi * hz * t) for hz, tail, g in modes)
    rattle = np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-t / (seconds / 4))
    return np.asarray(sound + wire * rattle)


def _string(rng: np.random.Generator, hz: float, seconds: float) -> Floats:
    """Karplus and Strong: noise that goes round in a line of one period and is averaged."""
    period = round(RATE / hz)
    rounds = -(-round(seconds * RATE) // period)
    line, out = rng.uniform(-1, 1, period), np.zeros((rounds, period))
    line = np.convolve(line, np.ones(8) / 8, "same")
    for i in range(rounds):
        out[i] = line
        line = 0.5 * 0.996 * (line + np.roll(line, 1))
    return out.ravel()


def _squeezed(sound: Floats, ratio: float) -> Floats:
    """A compressor: level over 20 ms above -20 dB is divided by the ratio."""
    level = np.sqrt(np.convolve(sound**2, np.ones(960) / 960, "same") + 1e-9)
    return np.asarray(sound * np.minimum(1, (level / 0.1) ** (1 / ratio - 1)))


def _strings(
    out: Floats,
    part: Part,
    when: Callable[[float], float],
    root: float,
    rng: np.random.Generator,
) -> None:
    feel_s = 0.005
    beat_s = 60 / part.bpm
    for beat in part.low:
        place(out, _string(rng, root, min(1.2 * beat_s, 0.8)), when(beat), 0.5)
    for beat in part.pluck:
        for ratio in (4, 5, 6):
            delay = 0.004 * (ratio - 4)
            tone = _string(rng, root * ratio, 0.5)
            place(out, tone, when(beat) + delay + rng.normal(0, feel_s) ** 2, 0.18)


def _swell(out: Floats, root: float, beat_s: float, rng: np.random.Generator) -> None:
    """Now and then a chord that comes and goes."""
    if rng.random() < 0.6:
        t = np.arange(len(out)) / RATE
        for hz in (root * 4, root * 5.04, root * 6):
            swell = 0.5 + 0.5 * np.sin(2 * np.pi * t / (beat_s * rng.uniform(5, 9)))
            out += 0.012 * swell * np.sin(2 * np.pi * hz * t + 2 * np.sin(2 * np.pi * 0.7 * t))


def perform(name: str, seconds: float = 22, *, seed: int = 0, bpm: float | None = None) -> Song:
    """The part, repeated; ``seed`` chooses sounds, feel and how much else is going on."""
    part = PARTS[name] if bpm is None else replace(PARTS[name], bpm=bpm)
    rng = np.random.default_rng([seed, len(name), round(part.bpm)])
    beat_s, start_s = 60 / part.bpm, rng.uniform(0.05, 0.6)
    breath, feel_s = rng.uniform(0, 0.004), rng.uniform(0.001, 0.008)
    out = np.zeros(round(seconds * RATE))

    def when(beat: float) -> float:
        # The tempo swings slowly about its mean; its phase stays with the beats given below.
        return start_s + beat * beat_s + breath * 2 * np.sin(beat / 9)

    low = rng.uniform(50, 75)
    drums = {
        "kick": (
            _ring(rng, 0.3, ((low, 0.09, 0.7), (low * 1.6, 0.03, 0.5), (2400, 0.003, 0.1)), 0),
            part.kick,
            1.0,
        ),
        "snare": (
            _ring(rng, 0.25, ((185, 0.05, 0.4), (331, 0.04, 0.25), (480, 0.02, 0.1)), 0.2),
            part.snare,
            1.0,
        ),
        "ghost": (
            _ring(rng, 0.12, ((190, 0.04, 0.3), (335, 0.03, 0.2)), 0.15),
            part.ghost,
            rng.uniform(0.2, 0.4),
        ),
    }
    metal = _ring(rng, 0.09, ((6100, 0.02, 0.1), (8300, 0.02, 0.1), (11_400, 0.01, 0.1)), 0.05)
    hat_gain, root = rng.uniform(0.3, 0.8), rng.uniform(40, 60)
    bars = int((seconds - start_s - 0.4) / (beat_s * part.bar))
    chords = (1.0, 1.0, 4 / 3, 1.5)
    for bar in range(bars):
        first = bar * part.bar
        rest = bar % 8 == 7 and rng.random() < 0.5
        for kind, (sound, beats, gain) in drums.items():
            for beat in beats:
                if rest and kind == "kick" and beat > 0:
                    continue
                loud = gain * rng.uniform(0.8, 1.1)
                place(out, sound, max(when(first + beat) + rng.normal(0, feel_s), 0), loud)
        if part.hat:
            for i in range(round(part.bar / part.hat)):
                beat = i * part.hat + (part.hat_late if i % 2 else 0)
                loud = hat_gain * (1 if i % 2 == 0 else rng.uniform(0.4, 0.9))
                place(out, metal, max(when(first + beat) + rng.normal(0, feel_s), 0), loud)
        for beat in part.rolls:
            for i in range(3):
                place(out, metal, when(first + beat + i / 6), hat_gain * 0.7)
        chord = chords[bar % 4]
        _strings(out, part, lambda beat, first=first: when(first + beat), root * chord, rng)
    _swell(out, root, beat_s, rng)
    out += rng.uniform(0.0003, 0.002) * rng.standard_normal(len(out))
    out = _squeezed(out, rng.choice([1.0, 2.0, 4.0]))
    count = bars * part.bar
    beats = np.array([when(beat) for beat in np.arange(0, count)])
    return Song(samples=stereo(out), beats=beats)
