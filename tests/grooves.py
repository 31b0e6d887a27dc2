"""Drum grooves as musicians write them, played by invented bands: songs of known tempo and beats.

A groove is a bar in steps: ``x`` loud, ``o`` softer, ``.`` nothing; a lane longer than a bar
goes on into the next one. Tempo means the beat that a musician would count aloud: the quarter in
2/4, 3/4 and 4/4 (half-time grooves are counted in the quarters of their hats), the dotted quarter
in 6/8 and 12/8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tests.music import RATE, Song, place, stereo

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groove:
    """One style: its lanes, how a beat is divided, and how fast it is played."""

    bpm: tuple[float, float]
    """Slowest and fastest tempo at which it is usual."""
    lanes: dict[str, str]
    """Kick, snare, hat, open, ride, rim, clap, tom, bass, chord: steps."""
    steps: int = 4
    """Steps of one beat."""
    beats: int = 4
    """Beats of one bar."""
    swing: float = 0.5
    """Where the second of two steps stands within both: 2/3 is a shuffle."""


GROOVES: dict[str, Groove] = {
    "rock": Groove(
        bpm=(85, 205),
        steps=2,
        lanes={"kick": "x...xx..", "snare": "..x...x.", "hat": "xoxoxoxo", "bass": "xxxxxxxx"},
    ),
    "rock driven": Groove(
        bpm=(90, 190),
        steps=2,
        lanes={
            "kick": "x..xx...x..xx.x.",
            "snare": "..x...x.",
            "hat": "xoxoxoxo",
            "bass": "x..xx..x",
        },
    ),
    "punk": Groove(
        bpm=(150, 205),
        steps=2,
        lanes={"kick": "x..xx...", "snare": "..x...x.", "ride": "x.x.x.x.", "chord": "xxxxxxxx"},
    ),
    "metal": Groove(
        bpm=(120, 200),
        lanes={
            "kick": "xxxxxxxxxxxxxxxx",
            "snare": "....x.......x...",
            "ride": "x...x...x...x...",
            "chord": "x.xxx.xxx.xxx.xx",
        },
    ),
    "house": Groove(
        bpm=(112, 135),
        lanes={
            "kick": "x...x...x...x...",
            "clap": "....x.......x...",
            "open": "..x...x...x...x.",
            "hat": "oooooooooooooooo",
            "bass": "..x...x...x..xx.",
            "chord": "x..x..x.........",
        },
    ),
    "techno": Groove(
        bpm=(120, 150),
        lanes={
            "kick": "x...x...x...x...",
            "open": "..x...x...x...x.",
            "rim": "...x..x....x..x.",
            "bass": ".xxx.xxx.xxx.xxx",
        },
    ),
    "disco": Groove(
        bpm=(108, 130),
        lanes={
            "kick": "x...x...x...x...",
            "snare": "....x.......x...",
            "open": "..x...x...x...x.",
            "bass": "x.x.x.x.x.x.x.x.",
            "chord": "..x...x...x...xx",
        },
    ),
    "drum and bass": Groove(
        bpm=(160, 180),
        lanes={
            "kick": "x.........x.....",
            "snare": "....x.......x...",
            "hat": "x.o.x.o.x.o.x.o.",
            "rim": ".......o.o.....o",
            "bass": "x.....x...x.....",
        },
    ),
    "jungle break": Groove(
        bpm=(155, 180),
        lanes={
            "kick": "x.x.......xx....x.x.......x.....",
            "snare": "....x..o.o..x..o....x..o.o....x.",
            "ride": "x.x.x.x.x.x.x.x.",
            "bass": "x...............x.......x.......",
        },
    ),
    "breakbeat": Groove(
        bpm=(100, 145),
        lanes={
            "kick": "x.x.......x..x..",
            "snare": "....x..o.o..x..o",
            "hat": "x.x.x.x.x.x.x.x.",
            "bass": "x..x....x.x.....",
        },
    ),
    "funk": Groove(
        bpm=(88, 118),
        lanes={
            "kick": "x..x..x...x..x..",
            "snare": "....x..o.o.ox...",
            "hat": "xoxoxoxoxoxoxoxo",
            "bass": "x..x...xx.x..x..",
            "chord": "..x..x....x..x..",
        },
    ),
    "hip hop": Groove(
        bpm=(70, 98),
        swing=0.57,
        lanes={
            "kick": "x.....x..xx.....",
            "snare": "....x.......x...",
            "hat": "x.x.x.x.x.x.x.x.",
            "bass": "x.....x..xx.....",
            "chord": "x...............",
        },
    ),
    "hip hop sixteenths": Groove(
        bpm=(70, 96),
        swing=0.55,
        lanes={
            "kick": "x..x....x.x.....",
            "snare": "....x.......x..o",
            "hat": "xoxoxoxoxoxoxoxo",
            "bass": "x..x....x.x.....",
        },
    ),
    "trap": Groove(
        bpm=(128, 160),
        lanes={
            "kick": "x.....x.......x.x.........x.....",
            "clap": "........x.......",
            "hat": "x.x.x.x.x.x.xxxxx.x.x.x.xxxxx.x.",
            "bass": "x.............x.................",
            "rim": "...........x....",
        },
    ),
    "slow trap": Groove(
        bpm=(80, 100),
        lanes={
            "kick": "x..x..x.....x...",
            "clap": "....x.......x...",
            "hat": "xxxxxxxxxxxxxxxx",
            "bass": "x..x..x.........",
        },
    ),
    "slow trap half-time": Groove(
        bpm=(84, 104),
        lanes={
            "kick": "x..x..x...x.....",
            "snare": "........x.......",
            "hat": "x.x.x.x.x.x.xxxx",
            "bass": "x..x..x.........",
        },
    ),
    "half-time": Groove(
        bpm=(126, 175),
        steps=2,
        lanes={
            "kick": "x..x.x..x.....x.",
            "snare": "....x...",
            "hat": "xoxoxoxo",
            "bass": "x..x....",
        },
    ),
    "half-time quarters": Groove(
        bpm=(110, 150),
        steps=2,
        lanes={"kick": "x.....x.", "snare": "....x...", "ride": "x.x.x.x.", "chord": "x.x.x.x."},
    ),
    "ballad": Groove(
        bpm=(58, 88),
        steps=2,
        lanes={
            "kick": "x...xx..",
            "snare": "..x...x.",
            "hat": "xoxoxoxo",
            "chord": "x.......",
            "bass": "x...x...",
        },
    ),
    "piano ballad": Groove(
        bpm=(58, 84),
        steps=2,
        lanes={"kick": "x...x...", "rim": "..x...x.", "chord": "xoxoxoxo", "bass": "x.....x."},
    ),
    "waltz": Groove(
        bpm=(84, 190),
        beats=3,
        steps=2,
        lanes={"kick": "x.....", "rim": "..x.x.", "chord": "..x.x.", "bass": "x....."},
    ),
    "rock in three": Groove(
        bpm=(90, 170),
        beats=3,
        steps=2,
        lanes={"kick": "x.....", "snare": "..x.x.", "hat": "xoxoxo", "bass": "x..xx."},
    ),
    "jazz waltz": Groove(
        bpm=(110, 180),
        beats=3,
        steps=3,
        lanes={"kick": "x........", "hat": "...x.....", "ride": "x..x.xx..", "bass": "x..x..x.."},
    ),
    "six eight": Groove(
        bpm=(58, 80),
        beats=2,
        steps=3,
        lanes={
            "kick": "x.....",
            "snare": "...x..",
            "hat": "xooxoo",
            "bass": "x..x..",
            "chord": "xooxoo",
        },
    ),
    "six eight bare": Groove(
        bpm=(60, 90),
        beats=2,
        steps=3,
        lanes={"kick": "x.....", "snare": "...x..", "hat": "xxxxxx", "chord": "x..x.."},
    ),
    "six eight pushed": Groove(
        bpm=(58, 90),
        beats=2,
        steps=3,
        lanes={"kick": "x....xx.x...", "snare": "...x..", "hat": "xoxxox", "bass": "x.x..x"},
    ),
    "slow ballad sixteenths": Groove(
        bpm=(56, 76),
        lanes={
            "kick": "x......xx.......",
            "snare": "....x.......x...",
            "hat": "x.o.x.o.x.o.x.o.",
            "chord": "xoxoxoxoxoxoxoxo",
        },
    ),
    "guitar": Groove(
        bpm=(76, 140),
        steps=2,
        lanes={"chord": "x.xo.oxo", "bass": "x...x..."},
    ),
    "arpeggio": Groove(
        bpm=(66, 130),
        steps=2,
        lanes={"chord": "xoooxooo", "bass": "x......."},
    ),
    "one drop": Groove(
        bpm=(120, 160),
        steps=2,
        lanes={
            "kick": "....x...",
            "rim": "....x...",
            "chord": "..x...x.",
            "hat": "xoxoxoxo",
            "bass": "x..x.xx.",
        },
    ),
    "half-time sixteenths": Groove(
        bpm=(126, 160),
        lanes={
            "kick": "x.....x...x.....",
            "snare": "........x.......",
            "hat": "x.x.x.xxx.x.x.xx",
            "bass": "x.....x.........",
        },
    ),
    "twelve eight": Groove(
        bpm=(58, 84),
        steps=3,
        lanes={
            "kick": "x.....x.x...",
            "snare": "...x.....x..",
            "hat": "xooxooxooxoo",
            "bass": "x..x..x..x..",
        },
    ),
    "shuffle": Groove(
        bpm=(84, 150),
        steps=3,
        lanes={
            "kick": "x.....x.....",
            "snare": "...x.....x..",
            "hat": "x.ox.ox.ox.o",
            "bass": "x.xx.xx.xx.x",
        },
    ),
    "half-time shuffle": Groove(
        bpm=(120, 160),
        steps=3,
        lanes={
            "kick": "x....x....x.",
            "snare": "......x.....",
            "hat": "x.ox.ox.ox.o",
            "bass": "x....x......",
        },
    ),
    "swing": Groove(
        bpm=(120, 205),
        steps=3,
        lanes={
            "ride": "x..x.xx..x.x",
            "hat": "...x.....x..",
            "kick": "o.....o.....",
            "bass": "x..x..x..x..",
        },
    ),
    "two-step": Groove(
        bpm=(126, 140),
        swing=0.57,
        lanes={
            "kick": "x.........x.....",
            "snare": "....x.......x...",
            "hat": "..x...x...x...x.",
            "rim": ".......x......x.",
            "bass": "x..x......x...x.",
        },
    ),
    "reggaeton": Groove(
        bpm=(84, 104),
        lanes={
            "kick": "x...x...x...x...",
            "snare": "...x..x....x..x.",
            "hat": "x.x.x.x.x.x.x.x.",
            "bass": "x..x..x.x..x..x.",
        },
    ),
    "motown": Groove(
        bpm=(110, 150),
        steps=2,
        lanes={"kick": "x..xx...", "snare": "x.x.x.x.", "bass": "x.xx.xxx", "chord": "..x...x."},
    ),
    "synthwave": Groove(
        bpm=(78, 120),
        lanes={
            "kick": "x...x...x...x...",
            "snare": "....x.......x...",
            "hat": "x.x.x.x.x.x.x.x.",
            "bass": "xxxxxxxxxxxxxxxx",
            "chord": "x...............",
        },
    ),
    "bossa": Groove(
        bpm=(110, 150),
        steps=2,
        lanes={
            "kick": "x..xx..x",
            "rim": "x..x..x...x..x..",
            "hat": "xoxoxoxo",
            "bass": "x..xx..x",
        },
    ),
    "train": Groove(
        bpm=(95, 125),
        lanes={
            "kick": "x...x...x...x...",
            "snare": "ooxooooxooxooxxo",
            "bass": "x...x...x...x...",
            "chord": "..x...x...x...x.",
        },
    ),
    "plain snare and kick": Groove(
        bpm=(70, 200),
        steps=2,
        lanes={"kick": "x...x...", "snare": "..x...x.", "bass": "x.x.x.x."},
    ),
}


@dataclass(frozen=True, slots=True)
class _Kit:
    """The sounds of one band, chosen by its seed."""

    sounds: dict[str, Floats]
    gains: dict[str, float]


def _decay(seconds: float, tail_s: float) -> tuple[Floats, Floats]:
    t = np.arange(round(seconds * RATE)) / RATE
    return t, np.exp(-t / tail_s) * np.minimum(t / 0.001, 1)


def _noise(
    rng: np.random.Generator, seconds: float, tail_s: float, low: float, high: float
) -> Floats:
    t, fall = _decay(seconds, tail_s)
    spectrum = np.fft.rfft(rng.standard_normal(len(t)))
    hz = np.fft.rfftfreq(len(t), 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(hz, 1)) ** 4) / (1 + (hz / high) ** 4)
    noise = np.fft.irfft(spectrum * shape, len(t))
    return noise / max(float(noise.std()), 1e-9) * fall


def _kit(rng: np.random.Generator) -> _Kit:
    t, fall = _decay(0.4, rng.uniform(0.06, 0.16))
    low, drop = rng.uniform(42, 62), rng.uniform(60, 220)
    sweep = rng.uniform(0.012, 0.04)
    kick = np.sin(2 * np.pi * (low * t + drop * sweep * (1 - np.exp(-t / sweep)))) * fall
    kick += rng.uniform(0, 0.25) * np.pad(_noise(rng, 0.02, 0.004, 1500, 6000), (0, len(t) - 960))
    t, fall = _decay(0.3, rng.uniform(0.04, 0.08))
    snare = 0.6 * np.sin(2 * np.pi * rng.uniform(160, 240) * t) * fall
    snare += rng.uniform(0.25, 0.5) * _noise(rng, 0.3, rng.uniform(0.05, 0.11), 800, 11_000)
    t, fall = _decay(0.12, 0.02)
    rim = 0.6 * np.sin(2 * np.pi * rng.uniform(700, 1600) * t) * fall
    clap = np.zeros(round(0.35 * RATE))
    for delay in (0.0, 0.011, 0.021):
        place(clap, _noise(rng, 0.3, 0.012 if delay < 0.02 else 0.09, 900, 7000), delay, 0.35)
    sounds = {
        "kick": kick,
        "snare": snare,
        "clap": clap,
        "rim": rim,
        "hat": 0.25 * _noise(rng, 0.08, rng.uniform(0.012, 0.03), 7000, 16_000),
        "open": 0.2 * _noise(rng, 0.3, rng.uniform(0.07, 0.12), 6500, 15_000),
        "ride": 0.13 * _noise(rng, 0.4, 0.12, 4500, 14_000),
    }
    gains = {name: rng.uniform(0.7, 1.1) for name in sounds}
    gains |= {name: rng.uniform(0.25, 0.9) for name in ("hat", "open", "ride")}
    return _Kit(sounds, gains)


def _tone(hz: float, seconds: float, attack_s: float, bright: float) -> Floats:
    t = np.arange(round(seconds * RATE)) / RATE
    tone = np.zeros(len(t))
    for k in range(1, 7):
        tone += np.sin(2 * np.pi * hz * k * t + k) / k**bright
    return tone * np.minimum(t / attack_s, 1) * np.minimum((seconds - t) / 0.015, 1).clip(0)


def _voice(seconds: float, beat_s: float, root: float, rng: np.random.Generator) -> Floats:
    """A sung line: notes of free lengths with vibrato, begun anywhere near the beats."""
    out = np.zeros(round(seconds * RATE))
    time = beat_s * 4
    while time < seconds - 3 * beat_s:
        length = float(rng.choice([0.5, 1, 1.5, 2, 3])) * beat_s
        hz = root * 2 ** (rng.choice([0, 2, 4, 7, 9, 12]) / 12)
        t = np.arange(round(length * RATE)) / RATE
        phase = 2 * np.pi * hz * t + 0.6 * np.sin(2 * np.pi * 5.5 * t)
        note = sum(np.sin(k * phase) / k**1.3 for k in (1, 2, 3, 4, 5))
        place(out, note * np.minimum(t / 0.05, 1) * np.minimum((length - t) / 0.06, 1), time, 0.07)
        time += length + float(rng.choice([0, 0, 0.5, 2])) * beat_s + rng.normal(0, 0.02)
    return out


def _accompany(
    out: Floats,
    start_s: float,
    beat_s: float,
    bar_beats: int,
    root: float,
    rng: np.random.Generator,
) -> None:
    """Now and then a pad that changes every two bars, and a voice."""
    seconds = len(out) / RATE
    if rng.random() < 0.6:
        bars_s = 2 * bar_beats * beat_s
        for i in range(int(seconds / bars_s) + 1):
            for ratio in (4, 4.76, 6):
                tone = _tone(root * ratio * 2 ** ((0, 5, -2)[i % 3] / 12), bars_s, 0.3, 1.6)
                place(out, tone, start_s + i * bars_s, rng.uniform(0.005, 0.03))
    if rng.random() < 0.5:
        out += rng.uniform(0.5, 1.5) * _voice(seconds, beat_s, root * 4, rng)


def play(name: str, bpm: float, seconds: float = 24, *, seed: int = 0) -> Song:
    """The groove at this tempo, played by the band that ``seed`` chooses."""
    groove = GROOVES[name]
    rng = np.random.default_rng([seed, round(bpm * 100), len(name)])
    kit, beat_s = _kit(rng), 60 / bpm
    step_s, start_s = beat_s / groove.steps, rng.uniform(0.1, 1.0)
    human_s = rng.choice([0.0, 0.004, 0.009])
    out = np.zeros(round(seconds * RATE))
    root = float(rng.choice([41.2, 46.2, 49, 55, 61.7]))
    bright, bass_gain = rng.uniform(1.0, 2.0), rng.uniform(0.08, 0.25)
    chord_gain = rng.uniform(0.02, 0.06)
    bar_steps = groove.steps * groove.beats
    duck = np.ones(len(out))
    silent = {lane for lane in ("bass", "chord", "rim") if rng.random() < 0.25} & set(groove.lanes)
    silent = silent if "snare" in groove.lanes or "hat" in groove.lanes else set()
    for step in range(int((seconds - start_s - 0.3) / step_s)):
        bar = step // bar_steps
        fill = rng.random() < 0.3 and bar % 8 == 7 and step % bar_steps >= bar_steps * 3 // 4
        early = step * step_s
        if groove.steps != 3 and step % 2:
            early += (2 * groove.swing - 1) * step_s
        degree = (0, 0, 5, -2)[bar // 2 % 4]
        for lane, pattern in groove.lanes.items():
            mark = pattern[step % len(pattern)]
            if fill and lane == "snare":
                mark = "x" if rng.random() < 0.5 else mark
            if mark == "." or lane in silent or rng.random() < 0.01:
                continue
            time = start_s + early + rng.normal(0, human_s)
            gain = (1.0 if mark == "x" else 0.45) * rng.uniform(0.85, 1.1)
            hz = root * 2 ** (degree / 12)
            if lane == "bass":
                place(out, _tone(hz, min(step_s * 1.6, 0.9), 0.006, bright), time, gain * bass_gain)
            elif lane == "chord":
                for ratio in (4, 5, 6):
                    tone = _tone(hz * ratio, min(step_s * 2.5, 1.2), 0.01, bright)
                    place(out, tone, time, gain * chord_gain)
            else:
                place(out, kit.sounds[lane], time, gain * kit.gains[lane])
                if lane == "kick":
                    place(duck, -0.4 * np.exp(-np.arange(9600) / 3500), time)
    _accompany(out, start_s, beat_s, groove.beats, root, rng)
    out *= duck.clip(0.3, 1) if rng.random() < 0.4 else 1
    out += rng.choice([0.0005, 0.003]) * rng.standard_normal(len(out))
    if rng.random() < 0.5:
        out = np.tanh(out * rng.uniform(1.0, 2.5))
    beats = start_s + np.arange(0, (seconds - start_s - 0.3) / beat_s) * beat_s
    return Song(samples=stereo(out), beats=beats)
