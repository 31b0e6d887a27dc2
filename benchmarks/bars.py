"""How often bars are counted rightly: ``python benchmarks/bars.py [--fit]``.

The songs of ``benchmarks/tempo.py``, each begun at one of its first beats. Right means: of the
beats that are called the *one*, 85 % are, within 70 ms. The weights that are shipped are judged;
each generator is also judged with weights fitted to the others, which tells what to expect of a
stranger's songs.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tempo  # sets the number of threads before NumPy's libraries start them
from numpy.typing import NDArray
from tests import bands, grooves, sketches

from helios.audio import bars
from helios.audio.bars import COUNTS, SIZES, BarWeights, find_bars
from helios.audio.beats import find_pulse
from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.onsets import onset_strength

Doubles = NDArray[np.float64]


def bar_of(generator: str, style: str) -> int:
    """Beats of the style's bar."""
    if generator == "grooves":
        return grooves.GROOVES[style].beats
    if generator == "bands":
        return {3: 3, 2: 2}.get(int(bands.PARTS[style].bar), 4)
    if generator == "sketches":
        beats = sketches.STYLES[style].write(np.random.default_rng(1)).beats
        return {3: 3, 2: 2}.get(beats, 4)
    return 4


class Heard(NamedTuple):
    """A song from one of its first beats on."""

    job: tempo.Job
    said: Doubles
    running: NDArray[np.int64]
    is_one: NDArray[np.bool_]
    """Of each beat found."""
    is_beat: NDArray[np.bool_]
    found: NDArray[np.bool_]
    """Which beats the analysis calls the one."""
    confidence: float


def cut(hops: Hops, first: int) -> Hops:
    """Without its first hops."""
    return Hops(**{field.name: getattr(hops, field.name)[first:] for field in fields(Hops)})


def heard(job: tempo.Job, keep: Path) -> Heard | None:
    """Hear the song from one of its first beats on."""
    shift = 1 + (job.seed + len(job.style)) % 3
    hops, beats = tempo.heard(job, keep)
    size = bar_of(job.generator, job.style)
    first = max(round(beats[shift] * HOPS_PER_S) - 12, 0)
    hops, ones = cut(hops, first), (beats - first / HOPS_PER_S)[::size]
    strength = onset_strength(hops)
    pulse = find_pulse(hops)
    if len(pulse.times) < 8:
        return None
    counted = find_bars(hops, strength, pulse)

    def near(times: Doubles) -> NDArray[np.bool_]:
        return np.abs(pulse.times[:, None] - times).min(axis=1) < 0.07

    return Heard(
        job,
        bars.describe_beats(hops, strength, pulse.times),
        bars.running_numbers(pulse.times),
        near(ones),
        near(beats - first / HOPS_PER_S),
        counted.numbers % counted.size == 0,
        counted.confidence,
    )


def fit(songs: list[Heard]) -> BarWeights:
    """Weights that make right counts most probable: a softmax, by gradient descent."""
    rows, right = [], []
    for song in songs:
        if song.is_beat.mean() < 0.85:
            continue
        for a in range(0, max(len(song.said) - 15, 1), 8):
            part = slice(a, a + 16)
            good = []
            for size, start in COUNTS:
                ones = (song.running[part] - start) % size == 0
                true = bar_of(song.job.generator, song.job.style)
                fits = (true == 3) == (size == 3)
                good.append(fits and song.is_one[part][ones].mean() > 0.85)
            if not any(good):
                continue
            rows.append(list(bars.profiles_of(song.said[part], song.running[part])))
            right.append(good)
    wanted = np.array(right, float)
    slots = {size: [n for n, (beats, _) in enumerate(COUNTS) if beats == size] for size in SIZES}
    data = {size: np.stack([[row[n] for n in slots[size]] for row in rows]) for size in SIZES}
    weights = {size: np.zeros((bars.FEATURES, size)) for size in SIZES}
    bias = dict.fromkeys(SIZES, 0.0)
    for step in range(3000):
        scores = np.zeros_like(wanted)
        for size in SIZES:
            scores[:, slots[size]] = (
                np.einsum("nwfp,fp->nw", data[size], weights[size]) + bias[size]
            )
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        target = shares * wanted
        wrong = shares / shares.sum(axis=1, keepdims=True)
        wrong -= target / np.maximum(target.sum(axis=1, keepdims=True), 1e-12)
        rate = 0.3 * (1 - step / 3000) + 0.01
        for size in SIZES:
            part = wrong[:, slots[size]]
            slope = np.einsum("nw,nwfp->fp", part, data[size]) / len(rows)
            weights[size] -= rate * (slope + 0.002 * weights[size])
            bias[size] -= rate * float(part.sum(axis=1).mean())
    return BarWeights(weights, bias)


def is_right(song: Heard) -> bool:
    """Whether the beats that are called the one are."""
    known = np.flatnonzero(song.is_beat)
    inside = slice(known[0], known[-1] + 1) if len(known) else slice(0)
    called = song.is_one[inside][song.found[inside]]
    return bool(len(called) and called.mean() >= 0.85)


def report(title: str, songs: list[Heard | None]) -> None:
    """Print the score and how honest confidence is."""
    known = [song for song in songs if song is not None]
    good = np.array([is_right(song) for song in known])
    sure = np.array([song.confidence for song in known])
    print(f"{title}: {good.sum()} of {len(songs)} right ({good.sum() / len(songs):.0%})")
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 1.01)):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            print(
                f"  confidence {low} to {min(high, 1)}: {inside.sum()}, {good[inside].mean():.0%}"
            )
    wrong = sorted({f"{s.job.style}" for s, ok in zip(known, good, strict=True) if not ok})
    print("  wrong at least once:", ", ".join(wrong))


def _counted_anew(song: Heard | None, weights: BarWeights) -> Heard | None:
    if song is None:
        return None
    counted = bars.count_beats(song.said, song.running, weights)
    return song._replace(found=counted.numbers % counted.size == 0, confidence=counted.confidence)


def main() -> None:
    """Fit when asked, then judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "helios-tempo")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    jobs = {name: tempo.jobs(name, tempo.JUDGED_SEEDS) for name in ("grooves", "bands", "sketches")}
    with ProcessPoolExecutor() as pool:
        songs = {
            (name, 0): list(pool.map(partial(heard, keep=given.keep), every, chunksize=4))
            for name, every in jobs.items()
        }
    for name in jobs:
        others = [s for (n, _), part in songs.items() if n != name for s in part if s]
        strangers = fit(others)
        judged = [
            _counted_anew(s, strangers) for (n, _), part in songs.items() if n == name for s in part
        ]
        report(f"{name}, fitted to the others", judged)
    if given.fit:
        weights = fit([s for part in songs.values() for s in part if s])
        Path(bars.__file__).with_name("bars.json").write_text(bars.written_bars(weights))
    weights = bars.fitted_bars()
    report("all, as shipped", [_counted_anew(s, weights) for part in songs.values() for s in part])


if __name__ == "__main__":
    main()
