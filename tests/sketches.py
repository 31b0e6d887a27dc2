"""Songs as one writes them in an hour to test a beat tracker: sines, noise and textbook patterns.

A third way of making songs, so that what is fitted to ``grooves`` and ``bands`` is not fitted to
how those sound. A sketch is a list of hits in beats; every song draws which layers it has, how
loud they are, how busy the hats are, and which extra kicks the drummer plays. Tempo means the
quarter, in 6/8 and 12/8 the dotted quarter; half-time is counted in the quarters of its hats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tests.music import RATE, Song, place, stereo

Floats = NDArray[np.float64]
Hits = list[tuple[float, str, float]]
"""Beat within the bar, instrument, loudness."""


@dataclass(slots=True, kw_only=True)
class Bar:
    """What is played again and again."""

    beats: int = 4
    """Its length."""
    hits: Hits = field(default_factory=list)

    def add(self, instrument: str, beats: Iterable[float], gain: float = 1.0) -> Bar:
        """Another layer."""
        self.hits += [(float(beat), instrument, gain) for beat in beats]
        return self

    def every(self, instrument: str, step: float, gain: float = 1.0, *, first: float = 0.0) -> Bar:
        """A layer of equal steps, every second one softer where steps are short."""
        beats = np.arange(first, self.beats - 1e-6, step)
        for number, beat in enumerate(beats):
            self.add(instrument, [beat], gain * (0.7 if step < 1 and number % 2 else 1))
        return self


@dataclass(frozen=True, slots=True)
class Style:
    """A textbook pattern and where it is usual."""

    bpm: tuple[float, float]
    write: Callable[[np.random.Generator], Bar]


def _hats(bar: Bar, rng: np.random.Generator, steps: tuple[float, ...]) -> Bar:
    return bar.every("hat", float(rng.choice(steps)), rng.uniform(0.5, 1))


def _swung(bar: Bar, late: float) -> Bar:
    """Every off-beat eighth, or every second sixteenth, comes late by this part of a beat."""
    bar.hits = [(b + late if round(b * 4) % 2 or b % 1 == 0.5 else b, i, g) for b, i, g in bar.hits]
    return bar


def _rolls(bar: Bar, rng: np.random.Generator) -> Bar:
    """Hats three or four times as fast for half a beat, once or twice a bar."""
    for start in rng.choice(np.arange(0.5, bar.beats, 0.5), rng.integers(1, 3), replace=False):
        number = int(rng.choice([3, 4]))
        bar.add("hat", start + np.arange(number) * 0.5 / number, 0.5)
    return bar


def _backbeat(bar: Bar, gain: float = 1.0) -> Bar:
    return bar.add("snare", range(1, bar.beats, 2), gain)


def _four_on_the_floor(rng: np.random.Generator) -> Bar:
    bar = Bar().every("kick", 1)
    if rng.random() < 0.7:
        bar.every("open", 1, 0.8, first=0.5)
    if rng.random() < 0.7:
        _backbeat(bar, 0.8)
    if rng.random() < 0.5:
        _hats(bar, rng, (0.25, 0.5))
    return bar.add("bass", rng.permutation(np.arange(0, 4, 0.5))[: rng.integers(3, 9)])


def _rock(rng: np.random.Generator) -> Bar:
    bar = _hats(_backbeat(Bar().add("kick", [0, 2])), rng, (0.5, 0.5, 1))
    if rng.random() < 0.4:
        bar.add("kick", [rng.choice([1.5, 2.5, 3.5])], 0.9)
    return bar.every("bass", float(rng.choice([0.5, 1])))


def _fast_rock(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2]))
    bar.add("kick", [[0.5, 2.5], [1.5], [2.5], [0.5, 1.5, 2.5, 3.5], []][rng.integers(5)])
    _hats(bar, rng, (0.5, 1))
    return bar.every("bass", 0.5) if rng.random() < 0.7 else bar.every("chord", 0.5)


def _hip_hop(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2.5 if rng.random() < 0.7 else 2]))
    bar.add("kick", rng.choice([0.75, 1.75, 2.75, 3.5, 3.75], rng.integers(0, 3), replace=False))
    _hats(bar, rng, (0.5, 0.5, 0.25))
    bar.add("bass", [0, float(rng.choice([1.5, 1.75, 2.5]))])
    return _swung(bar, float(rng.choice([0, 0, 0.04, 0.08])))


def _trap(rng: np.random.Generator) -> Bar:
    """Counted so that the snare is on three."""
    bar = Bar().add("kick", [0]).add("snare", [2])
    bar.add("kick", rng.choice([0.75, 1.5, 2.5, 3, 3.5], rng.integers(1, 3), replace=False))
    bar.every("hat", 0.5, 0.8).add("bass", [0, 2.5])
    return _rolls(bar, rng)


def _slow_trap(rng: np.random.Generator) -> Bar:
    bar = Bar().add("kick", [0])
    bar.add("kick", rng.choice([0.75, 1.5, 1.75, 2.5, 2.75], rng.integers(1, 4), replace=False))
    bar.add("snare", [1, 3] if rng.random() < 0.6 else [2])
    bar.every("hat", 0.25, 0.8).add("bass", [0, 2.5])
    return _rolls(bar, rng) if rng.random() < 0.7 else bar


def _drum_and_bass(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2.5]))
    bar.add("ghost", rng.choice([1.75, 2.25, 3.5, 3.75], rng.integers(0, 4), replace=False), 0.35)
    return _hats(bar, rng, (0.5, 0.5, 0.25, 1)).add("bass", [0] if rng.random() < 0.5 else [0, 2.5])


def _break(rng: np.random.Generator) -> Bar:
    """The Amen break, or half of it."""
    bar = Bar(beats=8 if rng.random() < 0.5 else 4).every("hat", 0.5, 0.7)
    kicks, snares = (0, 0.5, 2.5, 2.75, 4, 4.5, 6.5, 7), (1, 3, 5, 7.5 if rng.random() < 0.3 else 7)
    ghosts = (1.75, 2.25, 3.75, 5.75, 6.25)
    for name, beats, gain in (("kick", kicks, 1), ("snare", snares, 1), ("ghost", ghosts, 0.4)):
        bar.add(name, [beat for beat in beats if beat < bar.beats], gain)
    return bar.add("bass", [0, 2.5])


def _two_step(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2.5 if rng.random() < 0.6 else 1.5]))
    bar.add("kick", [3.75] if rng.random() < 0.3 else [])
    _hats(bar, rng, (0.5, 0.25))
    bar.add("open", [0.5, 2.5] if rng.random() < 0.4 else [], 0.7).add("bass", [0, 0.75, 2.5])
    return _swung(bar, float(rng.choice([0, 0.05, 0.08])))


def _half_time(rng: np.random.Generator) -> Bar:
    bar = Bar().add("kick", [0]).add("snare", [2])
    bar.add("kick", rng.choice([0.5, 1.5, 2.5, 3, 3.5], rng.integers(0, 3), replace=False))
    _hats(bar, rng, (0.5, 0.5, 1))
    return bar.every("chord", 1) if rng.random() < 0.5 else bar.add("bass", [0, 1.5])


def _waltz(rng: np.random.Generator) -> Bar:
    bar = Bar(beats=3).add("kick", [0]).add("bass", [0])
    bar.add(str(rng.choice(["snare", "ghost", "hat", "chord"])), [1, 2], rng.uniform(0.5, 1))
    if rng.random() < 0.6:
        _hats(bar, rng, (1, 0.5))
    return bar.add("chord", [1, 2]) if rng.random() < 0.5 else bar


def _rock_in_three(rng: np.random.Generator) -> Bar:
    bar = Bar(beats=3).add("kick", [0]).add("snare", [2] if rng.random() < 0.4 else [1, 2])
    bar.add("kick", [1.5] if rng.random() < 0.4 else [])
    return _hats(bar, rng, (0.5, 1)).every("bass", float(rng.choice([0.5, 1])))


def _six_eight(rng: np.random.Generator) -> Bar:
    bar = Bar(beats=2).add("kick", [0]).add("snare", [1]).every("hat", 1 / 3, 0.6)
    bar.add("hat", [0, 1], 0.5)
    if rng.random() < 0.4:
        bar.add("kick", [float(rng.choice([2 / 3, 5 / 3]))], 0.9)
    if rng.random() < 0.4:
        bar.every("chord", 1 / 3)
    return bar.add("bass", [0, 1])


def _twelve_eight(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2])).every("hat", 1 / 3, 0.6).add("hat", range(4), 0.4)
    bar.add("kick", [5 / 3] if rng.random() < 0.4 else [])
    return bar.every("chord", 1 / 3) if rng.random() < 0.4 else bar.add("bass", [0, 2])


def _swing(rng: np.random.Generator) -> Bar:
    bar = Bar().add("ride", [0, 1, 5 / 3, 2, 3, 11 / 3]).every("bass", 1)
    if rng.random() < 0.8:
        bar.add("hat", [1, 3], 0.8)
    if rng.random() < 0.5:
        bar.every("kick", 1, 0.5) if rng.random() < 0.5 else bar.add("kick", [0, 2], 0.7)
    return bar.add("snare", [1, 3], 0.5) if rng.random() < 0.3 else bar


def _shuffle(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2])).every("hat", 1).every("hat", 1, 0.7, first=2 / 3)
    bar.add("kick", [5 / 3] if rng.random() < 0.4 else [])
    return bar.every("bass", 1)


def _ballad(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 2])).add("bass", [0, 2])
    bar.add("kick", [2.5] if rng.random() < 0.4 else [], 0.9)
    _hats(bar, rng, (0.5, 0.5, 0.25))
    return bar.every("chord", float(rng.choice([0.25, 0.5, 1, 4])))


def _funk(rng: np.random.Generator) -> Bar:
    bar = _backbeat(Bar().add("kick", [0, 0.75, 2.5])).every("hat", 0.25, 0.7)
    bar.add("ghost", rng.choice([1.75, 2.25, 3.25], rng.integers(0, 3), replace=False), 0.35)
    return bar.add("bass", [0, 0.75, 1.5, 2.5, 3.25])


def _reggaeton(rng: np.random.Generator) -> Bar:
    bar = Bar().every("kick", 1).add("snare", [0.75, 1.5, 2.75, 3.5], 0.8)
    return _hats(bar, rng, (0.5,)).add("bass", [0, 1.5, 2.5])


def _bossa(rng: np.random.Generator) -> Bar:
    bar = Bar(beats=8).add("ghost", [0, 1.5, 3, 5, 6.5], 0.9).every("hat", 0.5, 0.6)
    bar.add("kick", [0, 1.5, 2, 3.5, 4, 5.5, 6, 7.5], 0.8)
    return bar.add("bass", [0, 1.5, 2, 3.5, 4, 5.5, 6, 7.5])


def _arpeggio(rng: np.random.Generator) -> Bar:
    """Nothing but notes; the bar's first is the lowest or the loudest."""
    bar = Bar().every("pluck", 0.5, 0.7).add("bass", [0] if rng.random() < 0.5 else [0, 2])
    return bar.add("pluck", [0, 2] if rng.random() < 0.5 else range(4), 0.5)


def _piano(rng: np.random.Generator) -> Bar:
    bar = Bar().every("chord", 1).add("bass", [0, 2])
    return bar.every("pluck", 0.5, 0.4) if rng.random() < 0.5 else bar


def _kick_and_snare(rng: np.random.Generator) -> Bar:
    return _backbeat(Bar().add("kick", [0, 2])).every("bass", float(rng.choice([0.5, 1, 2])), 0.5)


STYLES: dict[str, Style] = {
    "four on the floor": Style((108, 145), _four_on_the_floor),
    "rock": Style((78, 160), _rock),
    "fast rock": Style((150, 205), _fast_rock),
    "hip hop": Style((68, 98), _hip_hop),
    "trap": Style((126, 160), _trap),
    "slow trap": Style((78, 100), _slow_trap),
    "drum and bass": Style((158, 180), _drum_and_bass),
    "break": Style((90, 178), _break),
    "two-step": Style((126, 138), _two_step),
    "half-time": Style((125, 172), _half_time),
    "waltz": Style((84, 190), _waltz),
    "rock in three": Style((84, 175), _rock_in_three),
    "six eight": Style((56, 88), _six_eight),
    "twelve eight": Style((58, 88), _twelve_eight),
    "swing": Style((112, 205), _swing),
    "shuffle": Style((82, 150), _shuffle),
    "ballad": Style((58, 84), _ballad),
    "funk": Style((86, 120), _funk),
    "reggaeton": Style((84, 105), _reggaeton),
    "bossa": Style((112, 160), _bossa),
    "arpeggio": Style((66, 132), _arpeggio),
    "piano": Style((62, 130), _piano),
    "kick and snare": Style((66, 190), _kick_and_snare),
}


def _hit(seconds: float, tail_s: float, sound: Callable[[Floats], Floats]) -> Floats:
    t = np.arange(round(seconds * RATE)) / RATE
    return sound(t) * np.exp(-t / tail_s)


def _sounds(rng: np.random.Generator) -> dict[str, Floats]:
    def noise(t: Floats) -> Floats:
        return rng.standard_normal(len(t))

    def bright(t: Floats) -> Floats:
        return np.diff(rng.standard_normal(len(t) + 1)) * 0.7

    low, drop = rng.uniform(45, 65), rng.choice([0.0, 60.0, 120.0])
    body = rng.uniform(0, 0.8)
    return {
        "kick": _hit(
            0.3,
            rng.uniform(0.04, 0.12),
            lambda t: np.sin(2 * np.pi * (low * t + drop * 0.03 * (1 - np.exp(-t / 0.03)))),
        ),
        "snare": _hit(
            0.2,
            rng.uniform(0.03, 0.08),
            lambda t: 0.5 * noise(t) + body * np.sin(2 * np.pi * 200 * t),
        ),
        "ghost": _hit(0.15, 0.04, lambda t: 0.4 * noise(t) + body * np.sin(2 * np.pi * 210 * t)),
        "hat": _hit(0.06, rng.uniform(0.008, 0.02), bright),
        "open": _hit(0.25, 0.07, bright),
        "ride": _hit(0.3, 0.08, bright),
    }


def _note(hz: float, seconds: float, harmonics: int, attack_s: float) -> Floats:
    t = np.arange(round(seconds * RATE)) / RATE
    tone = np.sum([np.sin(2 * np.pi * hz * k * t) / k for k in range(1, harmonics + 1)], axis=0)
    fall = np.minimum(t / attack_s, 1) * np.minimum((seconds - t) / 0.01, 1).clip(0)
    return np.asarray(tone * fall)


def sketch(name: str, bpm: float, seconds: float = 20, *, seed: int = 0) -> Song:
    """A song of this style; ``seed`` draws its bar, sounds, levels and looseness."""
    rng = np.random.default_rng([seed, list(STYLES).index(name), round(bpm * 100)])
    bar, sounds, beat_s = STYLES[name].write(rng), _sounds(rng), 60 / bpm
    start_s = float(rng.choice([0.0, rng.uniform(0, 1.2)]))
    loose_s = float(rng.choice([0.0, 0.003, 0.008]))
    gains = {"kick": 0.9, "snare": rng.uniform(0.4, 0.9), "ghost": 0.5}
    gains |= dict.fromkeys(("hat", "open", "ride"), rng.uniform(0.08, 0.4))
    gains |= {"bass": rng.uniform(0.1, 0.35), "chord": rng.uniform(0.03, 0.1), "pluck": 0.2}
    drums = any(instrument in ("kick", "snare") for _, instrument, _ in bar.hits)
    silent = {"bass", "chord"} if drums and rng.random() < 0.3 else set()
    root, harmonics = float(rng.choice([41.2, 49.0, 55.0, 65.4])), int(rng.integers(1, 8))
    out = np.zeros(round(seconds * RATE))
    bars = int((seconds - start_s - 0.2) / (bar.beats * beat_s))
    for number in range(bars):
        chord = root * 2 ** ((0, 5, 7, 3)[number % 4] / 12)
        for beat, instrument, gain in sorted(bar.hits):
            if instrument in silent:
                continue
            time = max(start_s + (number * bar.beats + beat) * beat_s + rng.normal(0, loose_s), 0)
            loud = gain * gains[instrument] * rng.uniform(0.9, 1.0)
            if instrument in sounds:
                place(out, sounds[instrument], time, loud)
            elif instrument == "bass":
                place(out, _note(chord, min(0.8 * beat_s, 0.5), harmonics, 0.005), time, loud)
            elif instrument == "pluck":
                hz = chord * (4, 5, 6, 8)[round(beat * 2) % 4]
                tone = _note(hz, min(beat_s, 0.5), 4, 0.003)
                place(out, tone * np.exp(-np.arange(len(tone)) / 8000), time, loud)
            else:
                for ratio in (4, 5, 6):
                    place(out, _note(chord * ratio, min(0.9 * beat_s, 0.8), 4, 0.01), time, loud)
        if rng.random() < 0.5 and not silent:
            for ratio in (4, 5, 6):
                tone = _note(chord * ratio, bar.beats * beat_s, 2, 0.2)
                place(out, tone, start_s + number * bar.beats * beat_s, 0.02)
    out += 0.0005 * rng.standard_normal(len(out))
    beats = start_s + np.arange(bars * bar.beats, dtype=np.float64) * beat_s
    return Song(samples=stereo(out), beats=beats)
