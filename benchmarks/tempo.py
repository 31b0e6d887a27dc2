"""How often tempo and phase are right: ``python benchmarks/tempo.py [--fit | --across]``.

Three generators that were written apart (``tests/grooves.py``, ``tests/bands.py`` and
``tests/sketches.py``), and the few plain songs of ``tests/music.py``, play every style once per
seed. Right means: tempo within 2 % (no octave
forgiven), and at least 85 % of the beats within 70 ms.

Without an option the weights of ``helios.audio.metre`` are judged on seeds that were not fitted.
``--fit`` fits them anew to other seeds first. ``--across`` writes nothing: it leaves
out one generator at a time and judges on its songs, which tells what to expect of songs made
by a stranger. What was measured in each song is kept in ``--keep``, so that a second run is quick.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import hashlib
import inspect
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests import bands, grooves, music, sketches
from tests.music import RATE, Song, f_measure

from helios.audio import hops as hops_module
from helios.audio import metre
from helios.audio.beats import find_candidates, find_pulse
from helios.audio.hops import Hops, join_hops, measure_hops
from helios.audio.metre import Weights

Doubles = NDArray[np.float64]
FITTED_SEEDS, JUDGED_SEEDS = range(1000, 1010), range(100, 103)
_LENGTHS_S = (12.0, 18.0, 24.0)


class Job(NamedTuple):
    """One song."""

    generator: str
    style: str
    bpm: float
    seed: int


@dataclass(frozen=True, slots=True)
class Generator:
    """A way of making songs."""

    styles: dict[str, tuple[float, float]]
    """From the slowest to the fastest tempo of each."""
    play: Callable[[str, float, float, int], Song]
    """Style, BPM, seconds, seed."""


def metronome(bpm: float, seconds: float) -> Song:
    """Equal clicks."""
    beats = np.arange(0.2, seconds - 0.4, 60 / bpm)
    out = np.zeros(round(seconds * RATE))
    tick = np.sin(np.arange(2000) * 0.13) * np.exp(-np.arange(2000) / 300)
    for time in beats:
        music.place(out, tick, time, 0.5)
    return Song(samples=music.stereo(out), beats=beats)


PLAIN: dict[str, Callable[[float, float, int], Song]] = {
    "rock": lambda bpm, seconds, seed: music.rock(bpm, seconds, seed=seed),
    "shuffle": lambda bpm, seconds, seed: music.rock(bpm, seconds, swing=2 / 3, seed=seed),
    "jungle": lambda bpm, seconds, seed: music.jungle(bpm, seconds, seed=seed),
    "house": lambda bpm, seconds, seed: music.house(
        bpm, 2 * seconds, breakdown=(seconds * 2 / 3, seconds), seed=seed
    ),
    "metronome": lambda bpm, seconds, _seed: metronome(bpm, seconds),
}

GENERATORS = {
    "grooves": Generator(
        {name: groove.bpm for name, groove in grooves.GROOVES.items()},
        lambda style, bpm, seconds, seed: grooves.play(style, bpm, seconds, seed=seed),
    ),
    "bands": Generator(
        {name: (0.93 * part.bpm, 1.07 * part.bpm) for name, part in bands.PARTS.items()},
        lambda style, bpm, seconds, seed: bands.perform(style, seconds, seed=seed, bpm=bpm),
    ),
    "sketches": Generator(
        {name: style.bpm for name, style in sketches.STYLES.items()},
        lambda style, bpm, seconds, seed: sketches.sketch(style, bpm, seconds, seed=seed),
    ),
    "plain": Generator(
        {
            "rock": (66, 190),
            "shuffle": (100, 150),
            "jungle": (155, 180),
            "house": (116, 134),
            "metronome": (58, 205),
        },
        lambda style, bpm, seconds, seed: PLAIN[style](bpm, seconds, seed),
    ),
}


def jobs(generator: str, seeds: Iterable[int]) -> list[Job]:
    """Every style once per seed, at a tempo within its range."""
    found = []
    for seed in seeds:
        for number, (style, (low, high)) in enumerate(GENERATORS[generator].styles.items()):
            bpm = round(float(np.random.default_rng([seed, number]).uniform(low, high)), 2)
            found.append(Job(generator, style, bpm, seed))
    return found


@cache
def _makers() -> str:
    modules = (music, grooves, bands, sketches, hops_module)
    return "".join(inspect.getsource(module) for module in modules)


def heard(job: Job, keep: Path) -> tuple[Hops, Doubles]:
    """What the analysis measures in the song, and its beats; kept between runs."""
    name = hashlib.sha256((repr(job) + _makers()).encode()).hexdigest()[:32]
    path = keep / f"{name}.npz"
    if path.exists():
        kept = dict(np.load(path))
        beats = kept.pop("beats")
        return Hops(**kept), beats
    seconds = _LENGTHS_S[job.seed % len(_LENGTHS_S)]
    song = GENERATORS[job.generator].play(job.style, job.bpm, seconds, job.seed)
    blocks = (song.samples[i : i + RATE] for i in range(0, len(song.samples), RATE))
    hops = join_hops(list(measure_hops(blocks)))
    unfinished = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(unfinished, beats=song.beats, **asdict(hops))
    unfinished.replace(path)
    return hops, song.beats


class Described(NamedTuple):
    """The candidates of a song."""

    statements: list[dict[str, float]]
    right: list[bool]


def described(job: Job, keep: Path) -> Described:
    """Every candidate's statements, and whether it is right."""
    hops, known = heard(job, keep)
    said, right = [], []
    for candidate in find_candidates(hops):
        beats_s = candidate.beats / 100 + 0.005
        beat_s = (beats_s[-1] - beats_s[0]) / (len(beats_s) - 1)
        in_time = abs(beat_s / np.median(np.diff(known)) - 1) < 0.02
        said.append(candidate.statements)
        right.append(bool(in_time) and f_measure(beats_s, known, 0.06) > 0.8)
    return Described(said, right)


class Judged(NamedTuple):
    """What was found in a song."""

    job: Job
    ratio: float
    """Tempo over the true one, 0 for none."""
    in_phase: float
    """Share of the beats."""
    confidence: float

    @property
    def right(self) -> bool:
        """Tempo and phase are."""
        return abs(self.ratio - 1) < 0.02 and self.in_phase >= 0.85


def judged(job: Job, keep: Path, weights: Weights) -> Judged:
    """Hear a song and compare."""
    hops, beats = heard(job, keep)
    pulse = find_pulse(hops, weights)
    true = 60 / float(np.median(np.diff(beats)))
    return Judged(job, (pulse.bpm or 0.0) / true, f_measure(pulse.times, beats), pulse.confidence)


@dataclass(frozen=True, slots=True)
class Answers:
    """Songs to fit to: rows of candidates, song after song."""

    values: Doubles
    right: Doubles
    sizes: NDArray[np.intp]

    def batch(self, chosen: NDArray[np.intp]) -> Answers:
        """Some of the songs."""
        starts = np.cumsum(self.sizes) - self.sizes
        rows = np.concatenate([np.arange(s, s + n) for s, n in self._spans(starts, chosen)])
        return Answers(self.values[rows], self.right[rows], self.sizes[chosen])

    def _spans(
        self, starts: NDArray[np.intp], chosen: NDArray[np.intp]
    ) -> Iterable[tuple[int, int]]:
        return zip(starts[chosen].tolist(), self.sizes[chosen].tolist(), strict=True)


_SWITCHES, _PENALTY, _STEPS, _BATCH, _STEP, _TRUST = 12, 3e-3, 500, 256, 0.03, 0.9


def fit(songs: list[Described]) -> Weights:
    """Weights that make the right candidates most probable (softmax over a song's, Adam)."""
    songs = [song for song in songs if any(song.right)]
    names = sorted(songs[0].statements[0])
    said = np.array([[one[name] for name in names] for song in songs for one in song.statements])
    mean, spread = said.mean(axis=0).round(4), (said.std(axis=0) + 1e-3).round(4)
    answers = Answers(
        ((said - mean) / spread).clip(-4, 4),
        np.concatenate([song.right for song in songs]).astype(float),
        np.array([len(song.right) for song in songs]),
    )
    rng = np.random.default_rng(0)
    parts = {
        "direct": np.zeros(len(names)),
        "into": rng.normal(0, 1 / np.sqrt(len(names)), (len(names), _SWITCHES)),
        "bias": np.zeros(_SWITCHES),
        "out": rng.normal(0, 0.3, _SWITCHES),
    }
    slow = {name: np.zeros_like(part) for name, part in parts.items()}
    fast = {name: np.zeros_like(part) for name, part in parts.items()}
    for step in range(1, _STEPS + 1):
        slopes = _slopes(parts, answers.batch(rng.permutation(len(answers.sizes))[:_BATCH]))
        for name, slope in slopes.items():
            slow[name] = 0.9 * slow[name] + 0.1 * slope
            fast[name] = 0.999 * fast[name] + 0.001 * slope**2
            move = slow[name] / (1 - 0.9**step)
            move /= np.sqrt(fast[name] / (1 - 0.999**step)) + 1e-9
            parts[name] = parts[name] - _STEP * (1 - step / (_STEPS + 1)) * move
    return Weights(names=tuple(names), mean=mean, spread=spread, trust=_TRUST, **parts)


def _slopes(parts: dict[str, Doubles], answers: Answers) -> dict[str, Doubles]:
    values, sizes = answers.values, answers.sizes
    starts, song = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(sizes)), sizes)
    switches = np.tanh(values @ parts["into"] + parts["bias"])
    scores = values @ parts["direct"] + switches @ parts["out"]
    shares = np.exp(scores - np.maximum.reduceat(scores, starts)[song])
    wanted = shares * answers.right
    shares /= np.add.reduceat(shares, starts)[song]
    wanted /= np.maximum(np.add.reduceat(wanted, starts), 1e-12)[song]
    wrong = (shares - wanted) / len(sizes)
    inside = wrong[:, None] * parts["out"] * (1 - switches**2)
    return {
        "direct": values.T @ wrong + _PENALTY * parts["direct"],
        "into": values.T @ inside + _PENALTY * parts["into"],
        "bias": inside.sum(axis=0),
        "out": switches.T @ wrong + _PENALTY * parts["out"],
    }


def report(title: str, results: list[Judged]) -> None:
    """Print what went wrong, the score, and how honest confidence is."""
    for one in results:
        if not one.right:
            print(
                f"  {one.job.style:24}{one.job.bpm:7.1f} BPM seed {one.job.seed}: heard at"
                f" {one.ratio:.2f} of it, {one.in_phase:.0%} in phase,"
                f" confidence {one.confidence:.2f}"
            )
    good = np.array([one.right for one in results])
    confidence = np.array([one.confidence for one in results])
    print(f"{title}: {good.sum()} of {len(good)} right ({good.mean():.1%})")
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 1.01)):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            print(
                f"  confidence {low:.1f} to {min(high, 1):.1f}: {inside.sum()},"
                f" {good[inside].mean():.0%} right"
            )


def main() -> None:
    """Fit when asked, then judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--across", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "helios-tempo")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:

        def judge(title: str, wanted: list[Job], weights: Weights) -> None:
            hear = partial(judged, keep=given.keep, weights=weights)
            report(title, list(pool.map(hear, wanted, chunksize=4)))

        fitted: dict[str, list[Described]] = {}
        if given.fit or given.across:
            for name in GENERATORS:
                hear = partial(described, keep=given.keep)
                fitted[name] = list(pool.map(hear, jobs(name, FITTED_SEEDS), chunksize=4))
        for name in GENERATORS if given.across else ():
            others = [song for other in GENERATORS if other != name for song in fitted[other]]
            judge(f"{name}, fitted to the others", jobs(name, JUDGED_SEEDS), fit(others))
        if given.fit:
            weights = fit([song for songs in fitted.values() for song in songs])
            path = Path(metre.__file__).with_name("metre.json")
            path.write_text(metre.written_weights(weights))
            metre.fitted_weights.cache_clear()
            print(f"fitted to {sum(map(len, fitted.values()))} songs: {path}")
        if not given.across:
            for name in GENERATORS:
                judge(name, jobs(name, JUDGED_SEEDS), metre.fitted_weights())


if __name__ == "__main__":
    main()
