"""How often tempo and phase are right: ``python benchmarks/tempo.py [--fit]``.

Plays grooves with seeds that were not fitted, and the songs of ``tests/bands.py``, to which nothing
is fitted. Right means: tempo within 2 % (no octave forgiven), and at least 85 % of the beats within
70 ms. ``--fit`` fits the weights of ``helios.audio.metre`` anew (some minutes).
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.bands import PARTS, perform
from tests.grooves import GROOVES, play
from tests.music import RATE, Song, f_measure, house, jungle, rock

from helios.audio import metre
from helios.audio.beats import find_candidates, find_pulse
from helios.audio.hops import Hops, join_hops, measure_hops

Doubles = NDArray[np.float64]
Job = tuple[str, str, float, int]
"""Generator, style, BPM, seed."""
FITTED_SEEDS, JUDGED_SEEDS = range(1, 21), range(100, 103)
_PENALTY, _STEPS, _RATE = 3.0, 1500, 0.05


def heard(song: Song) -> Hops:
    """What the analysis measures in a song."""
    blocks = (song.samples[i : i + RATE] for i in range(0, len(song.samples), RATE))
    return join_hops(list(measure_hops(blocks)))


def metronome(bpm: float) -> Song:
    """Equal clicks."""
    beats = np.arange(0.2, 19.5, 60 / bpm)
    samples = np.zeros((20 * RATE, 2), np.float32)
    tick = np.sin(np.arange(2000) * 0.13) * np.exp(-np.arange(2000) / 300)
    for time in beats:
        samples[round(time * RATE) :][:2000] += 0.5 * tick[:, None].astype(np.float32)
    return Song(samples=samples, beats=beats)


PLAIN: dict[str, Callable[[float, int], Song]] = {
    "rock": lambda bpm, seed: rock(bpm, 20, seed=seed),
    "shuffle": lambda bpm, seed: rock(bpm, 20, swing=2 / 3, seed=seed),
    "jungle": lambda bpm, seed: jungle(bpm, 20, seed=seed),
    "house": lambda bpm, seed: house(bpm, 48, breakdown=(16, 30), seed=seed),
    "metronome": lambda bpm, _seed: metronome(bpm),
}


def song_of(job: Job) -> Song:
    """Play it."""
    generator, style, bpm, seed = job
    if generator == "bands":
        return perform(style, seed=seed)
    if generator == "plain":
        return PLAIN[style](bpm, seed)
    return play(style, bpm, 16.0 + seed % 3 * 6, seed=seed)


def groove_jobs(seeds: range) -> list[Job]:
    """Every groove once per seed, at a tempo within its range."""
    jobs = []
    for seed in seeds:
        for number, (style, groove) in enumerate(GROOVES.items()):
            bpm = float(np.random.default_rng([seed, number]).uniform(*groove.bpm))
            jobs.append(("grooves", style, round(bpm, 2), seed))
    return jobs


def plain_jobs() -> list[Job]:
    """The songs of ``tests/music.py`` and metronomes."""
    known = {
        "rock": (70, 80, 96, 120, 150, 180),
        "shuffle": (120, 140),
        "jungle": (165, 174),
        "house": (126,),
    }
    jobs: list[Job] = [
        ("plain", style, bpm, seed) for style in known for bpm in known[style] for seed in range(3)
    ]
    clicks = (58, 60, 75, 90, 100, 111, 120, 135, 150, 170, 200)
    return jobs + [("plain", "metronome", float(bpm), 0) for bpm in clicks]


def described(job: Job) -> tuple[list[dict[str, float]], list[bool]]:
    """Every candidate's statements, and whether it is right."""
    song = song_of(job)
    said, right = [], []
    for candidate in find_candidates(heard(song)):
        beats_s = candidate.beats / 100 + 0.005
        beat_s = (beats_s[-1] - beats_s[0]) / (len(beats_s) - 1)
        in_time = abs(beat_s / np.median(np.diff(song.beats)) - 1) < 0.02
        said.append(candidate.statements)
        right.append(bool(in_time) and f_measure(beats_s, song.beats, 0.06) > 0.8)
    return said, right


def judged(job: Job) -> tuple[Job, float, float, float]:
    """Tempo over the true one (0 for none), share of beats in phase, confidence."""
    song = song_of(job)
    pulse = find_pulse(heard(song))
    true = 60 / float(np.median(np.diff(song.beats)))
    in_phase = f_measure(pulse.times, song.beats)
    return job, (pulse.bpm or 0.0) / true, in_phase, pulse.confidence


def fit(answers: list[tuple[list[dict[str, float]], list[bool]]]) -> dict[str, float]:
    """Weights that make the right candidates most probable (conditional logit, Adam)."""
    songs = [(said, right) for said, right in answers if any(right)]
    names = sorted(songs[0][0][0])
    values = np.array([[one[name] for name in names] for said, _ in songs for one in said])
    right = np.concatenate([right for _, right in songs]).astype(float)
    sizes = [len(said) for said, _ in songs]
    song = np.repeat(np.arange(len(songs)), sizes)
    starts = np.cumsum([0, *sizes[:-1]])
    spread = values.std(axis=0) + 1e-9
    values = (values - values.mean(axis=0)) / spread
    weights, slow, fast = np.zeros(len(names)), np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, _STEPS + 1):
        scores = values @ weights
        shares = np.exp(scores - np.maximum.reduceat(scores, starts)[song])
        wanted = shares * right
        shares /= np.add.reduceat(shares, starts)[song]
        wanted /= np.maximum(np.add.reduceat(wanted, starts), 1e-12)[song]
        slope = values.T @ (shares - wanted) + 2 * _PENALTY * weights
        slow, fast = 0.9 * slow + 0.1 * slope, 0.999 * fast + 0.001 * slope**2
        move = (slow / (1 - 0.9**step)) / (np.sqrt(fast / (1 - 0.999**step)) + 1e-9)
        weights = weights - _RATE * (1 - step / (_STEPS + 1)) * move
    return {name: round(float(w), 4) for name, w in zip(names, weights / spread, strict=True)}


def report(title: str, results: list[tuple[Job, float, float, float]]) -> None:
    """Print what went wrong, the score, and how honest confidence is."""
    good = [abs(ratio - 1) < 0.02 and in_phase >= 0.85 for _, ratio, in_phase, _ in results]
    for ((_, style, bpm, seed), ratio, in_phase, confidence), well in zip(
        results, good, strict=True
    ):
        if not well:
            print(
                f"  {style:24}{bpm:7.1f} BPM seed {seed}: heard at {ratio:.2f} of it,"
                f" {in_phase:.0%} in phase, confidence {confidence:.2f}"
            )
    print(f"{title}: {sum(good)} of {len(good)} right ({np.mean(good):.1%})")
    confidence = np.array([c for *_, c in results])
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 1.01)):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            share = np.array(good)[inside].mean()
            print(
                f"  confidence {low:.1f} to {min(high, 1):.1f}: {inside.sum()}, {share:.0%} right"
            )


def main() -> None:
    """Fit when asked, then judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        if given.fit:
            jobs = groove_jobs(FITTED_SEEDS) + plain_jobs()
            answers = list(pool.map(described, jobs, chunksize=4))
            weights = fit(answers)
            path = Path(metre.__file__).with_name("metre.json")
            path.write_text(json.dumps(weights, indent=1) + "\n")
            print(f"fitted to {len(jobs)} songs: {path}")
    with ProcessPoolExecutor() as pool:
        report("grooves", list(pool.map(judged, groove_jobs(JUDGED_SEEDS), chunksize=4)))
        bands: list[Job] = [
            ("bands", style, part.bpm, seed) for seed in (0, 1, 2) for style, part in PARTS.items()
        ]
        report("bands", list(pool.map(judged, bands, chunksize=4)))


if __name__ == "__main__":
    main()
