"""Where the bars are: which beats are the *one*, how many there are in a bar, and a grid over all.

Each beat is described by what begins on it (kick, snare, hat, anything), what begins half-way to
the next, and how much the lows and the whole spectrum differ from the beat before: chords and bass
notes change on the *one*. Every way to count (bars of three and four, begun on any beat) is a
profile of these over the bar; fitted weights make probabilities of the profiles, over stretches of
the song, and the cheapest path through the stretches (Viterbi) is the count: it may slip where a
song leaves out beats, at a cost. ``benchmarks/bars.py --fit`` fits the weights to generated songs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.audio.beats import Pulse
from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.metre import find_hits

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]

SIZES = (4, 3)
"""Beats of a bar. Bars of two are counted in pairs."""
COUNTS = tuple((size, start) for size in SIZES for start in range(size))
"""Every way to count: beats of a bar, and which of the first beats is the *one*."""
FEATURES = 10
_NEAR_HOPS = 4
_LOW, _MIDDLE = slice(0, 26), slice(18, 46)
"""Bands of the fine spectrum below about 400 Hz, and from 200 Hz to 3 kHz."""
_LONG = 4
"""Beats over which a chord is heard."""
_STRETCH, _STEP = 16, 4
"""Beats."""
_SLIP = 24.0
"""What it costs, in units of log probability, to count on otherwise."""
_FIRST = 1.0
"""How much more probable it is that a song's first beat is a *one*, in the same units."""
_FEWEST = 4
_LONGEST_BEAT_S = 2.0
_RESTING_BPM = 90.0
_WEIGHTS = Path(__file__).with_name("bars.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """How a song is counted."""

    numbers: Integers
    """Of each beat of the pulse: divided by ``size`` its bar, the rest its place in the bar. Beats
    that are not heard are counted, too."""
    size: int = 4
    """Beats of a bar."""
    confidence: float = 0.0
    """0..1: how probable this count is."""


@dataclass(frozen=True, slots=True)
class BarWeights:
    """(FEATURES, size) and a bias, for each size of bar."""

    profiles: dict[int, Doubles]
    bias: dict[int, float]


def find_bars(hops: Hops, strength: Doubles, pulse: Pulse) -> Bars:
    """Count the beats of a measured song."""
    if len(pulse.times) < _FEWEST:
        return Bars(numbers=running_numbers(pulse.times))
    said = describe_beats(hops, strength, pulse.times)
    return count_beats(said, running_numbers(pulse.times), fitted_bars())


def count_beats(said: Doubles, running: Integers, weights: BarWeights) -> Bars:
    """Count beats that were described."""
    parts = _stretches(len(said))
    scores = np.stack([count_scores(said[a:b], running[a:b], weights) for a, b in parts])
    scores[0, [n for n, (_, start) in enumerate(COUNTS) if start == 0]] += _FIRST
    size = _likely_size(scores)
    ways = [n for n, (beats, _) in enumerate(COUNTS) if beats == size]
    path = _cheapest(scores[:, ways])
    starts = np.array([COUNTS[ways[way]][1] for way in path])
    nearest = (np.arange(len(said)) - _STRETCH // 2).clip(0) // _STEP
    return Bars(
        numbers=beat_numbers(running, starts[np.minimum(nearest, len(path) - 1)], size),
        size=size,
        confidence=_confidence(scores, path, ways),
    )


def running_numbers(times: Doubles) -> Integers:
    """The number of each beat when those that are not heard are counted as well."""
    if not len(times):
        return np.zeros(0, np.int64)
    gaps = np.diff(times)
    usual = _usual_gaps(gaps)
    steps = np.maximum(np.round(gaps / usual), 1).astype(np.int64)
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)


def describe_beats(hops: Hops, strength: Doubles, times: Doubles) -> Doubles:
    """(beats, FEATURES), each column about 0 and of a spread of 1."""
    hits = find_hits(hops, np.minimum(strength, 1.0))
    at = times * HOPS_PER_S
    halves = np.append((at[:-1] + at[1:]) / 2, at[-1] + np.diff(at[-2:]) / 2)
    on_beat = _loudest_near(hits.hops, hits.values, at)
    half_way = _loudest_near(hits.hops, hits.values[:, :2], halves)
    fine = hops.fine.astype(np.float32)
    changes = [_changes(fine[:, bands], at) for bands in (_LOW, _MIDDLE)]
    columns = np.column_stack([on_beat, half_way, *np.concatenate(changes, axis=1).T])
    inner = columns[1:-1]  # of the others nobody knows what was before or comes after
    spread = np.maximum(inner.std(axis=0), [*[0.15] * 6, *[0.05] * 4])
    described: Doubles = ((columns - inner.mean(axis=0)) / spread).clip(-3, 3)
    described[[0, -1]] = 0
    return described


def count_scores(said: Doubles, running: Integers, weights: BarWeights) -> Doubles:
    """Logarithm of the probability of every way to count these beats, up to a constant."""
    profiles = dict(zip(COUNTS, profiles_of(said, running), strict=True))
    trust = min(1.0, len(said) / _STRETCH)
    return np.array(
        [
            trust
            * (float((weights.profiles[size] * profiles[size, start]).sum()) + weights.bias[size])
            for size, start in COUNTS
        ]
    )


def profiles_of(said: Doubles, running: Integers) -> Iterator[Doubles]:
    """(FEATURES, size) for every way to count: the mean of each place in the bar."""
    for size, start in COUNTS:
        place = (running - start) % size
        sums = np.zeros((size, said.shape[1]))
        np.add.at(sums, place, said)
        counts = np.bincount(place, minlength=size)[:, None]
        yield (sums / np.maximum(counts, 1)).T


def bar_positions(pulse_times: Doubles, bars: Bars, at_s: Doubles) -> Doubles:
    """Bars since the song's first, at any times: 3.25 is a quarter through the fourth.

    Between beats far apart the count goes on evenly, before the first (where it is negative) and
    after the last at their tempo. A song without beats has bars of four at a resting pulse.
    """
    if len(pulse_times) < 2:
        resting: Doubles = at_s * (_RESTING_BPM / 60 / bars.size)
        return resting
    gaps = np.diff(pulse_times) / np.maximum(np.diff(bars.numbers), 1)
    near = min(8, len(gaps))
    beats: Doubles = np.interp(at_s, pulse_times, bars.numbers.astype(np.float64))
    beats += np.minimum(at_s - pulse_times[0], 0) / float(np.median(gaps[:near]))
    beats += np.maximum(at_s - pulse_times[-1], 0) / float(np.median(gaps[-near:]))
    return beats / bars.size


def bar_starts(pulse_times: Doubles, bars: Bars, duration_s: float) -> Doubles:
    """Seconds at which bars begin, where no beats are heard too: as ``bar_positions`` counts."""
    knots = np.unique([0.0, *pulse_times, duration_s])
    places = bar_positions(pulse_times, bars, knots)
    starts: Doubles = np.interp(np.arange(np.ceil(places[0]), places[-1]), places, knots)
    return starts


@cache
def fitted_bars() -> BarWeights:
    """Those that are shipped."""
    read = json.loads(_WEIGHTS.read_text())
    return BarWeights(
        {int(size): np.array(rows) for size, rows in read["profiles"].items()},
        {int(size): float(value) for size, value in read["bias"].items()},
    )


def written_bars(weights: BarWeights) -> str:
    """As JSON."""
    profiles = {size: np.round(rows, 3).tolist() for size, rows in weights.profiles.items()}
    bias = {size: round(value, 3) for size, value in weights.bias.items()}
    return json.dumps({"profiles": profiles, "bias": bias}) + "\n"


def _stretches(count: int) -> list[tuple[int, int]]:
    last = max(count - _STRETCH, 0)
    return [(a, min(a + _STRETCH, count)) for a in (*range(0, last, _STEP), last)]


def _usual_gaps(gaps: Doubles) -> Doubles:
    """The beat's length around each gap, which may itself be a rest of many beats."""
    steady = np.where(gaps <= _LONGEST_BEAT_S, gaps, np.nan)
    if np.isnan(steady).all():
        return gaps
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(steady, 8, constant_values=np.nan), 17
    )
    known = ~np.isnan(windows).all(axis=1)
    usual = np.full(len(gaps), float(np.nanmedian(steady)))
    usual[known] = np.nanmedian(windows[known], axis=1)
    return usual


def _loudest_near(hops: NDArray[np.intp], values: Doubles, at: Doubles) -> Doubles:
    out = np.zeros((len(at), values.shape[1]))
    nearest = np.abs(np.searchsorted((at[:-1] + at[1:]) / 2, hops)).clip(0, len(at) - 1)
    close = np.abs(at[nearest] - hops) <= _NEAR_HOPS
    np.maximum.at(out, nearest[close], values[close])
    return out


def _changes(fine: NDArray[np.float32], at: Doubles) -> Doubles:
    """(beats, 2): how much the spectrum of what rings in each beat differs from that of the beat
    before, and that of four beats from that of the four before, in bels.

    A median over the beat hears chords and not drums.
    """
    ends = np.append(at[1:], 2 * at[-1] - at[-2])
    rings = np.empty((len(at), fine.shape[1]))
    for i, (start, end) in enumerate(zip(at, ends, strict=True)):
        first = min(round(0.85 * start + 0.15 * end), len(fine) - 1)
        rings[i] = np.median(fine[first : max(round(end), first + 1)], axis=0)
    rings -= rings.mean(axis=1, keepdims=True)
    sums = np.concatenate([np.zeros((1, rings.shape[1])), np.cumsum(rings, axis=0)])
    place = np.arange(len(at))
    columns = []
    for reach in (1, _LONG):
        low, high = np.maximum(place - reach, 0), np.minimum(place + reach, len(at))
        before = (sums[place] - sums[low]) / np.maximum(place - low, 1)[:, None]
        after = (sums[high] - sums[place]) / (high - place)[:, None]
        changed = np.abs(after - before).mean(axis=1) / 20
        changed[0] = np.median(changed)
        columns.append(changed)
    return np.stack(columns, axis=1)


def _likely_size(scores: Doubles) -> int:
    best = {}
    for size in SIZES:
        ways = [n for n, (beats, _) in enumerate(COUNTS) if beats == size]
        path = _cheapest(scores[:, ways])
        slips = int((np.diff(path) != 0).sum())
        best[size] = float(scores[np.arange(len(path)), np.array(ways)[path]].sum()) - slips * _SLIP
    return max(best, key=lambda size: best[size])


def _cheapest(scores: Doubles) -> NDArray[np.intp]:
    """The best way of each stretch when slips cost."""
    best, back = scores[0], []
    for row in scores[1:]:
        stay, other = best, float(best.max()) - _SLIP
        back.append(np.where(stay >= other, np.arange(len(best)), int(best.argmax())))
        best = np.maximum(stay, other) + row
    path = [int(best.argmax())]
    for chosen in reversed(back):
        path.append(int(chosen[path[-1]]))
    return np.array(path[::-1], np.intp)


def beat_numbers(running: Integers, starts: Integers, size: int) -> Integers:
    """Beats numbered so that a *one* is a multiple of ``size``; numbers never fall."""
    numbers = running - starts + size
    for i in np.flatnonzero(np.diff(starts)) + 1:
        behind = -(-max(int(numbers[i - 1] + 1 - numbers[i]), 0) // size)
        numbers[i:] += behind * size
    first: int = numbers[0]
    counted: Integers = numbers - first // size * size
    return counted


def _confidence(scores: Doubles, path: NDArray[np.intp], ways: list[int]) -> float:
    """How probable the way is that most stretches chose, with what all of them say."""
    common = int(np.bincount(path).argmax())
    kept = scores[path == common]
    total = kept.sum(axis=0) / max(1.0, _STRETCH / _STEP)
    shares = np.exp(total - total.max())
    share = float(shares[ways[common]] / shares.sum())
    agreed = float(np.sqrt((path == common).mean()))
    return share * agreed
