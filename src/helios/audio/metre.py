"""Which of the pulses in a song is the beat: weigh tempi against where its drums stand.

Autocorrelation finds a pulse, but not which multiple of it a listener counts: a break at 174 BPM
also repeats at 116, a slow song with busy hats also at twice its tempo. So every simple ratio of
the pulse, begun on it or between, is tried as the beat and described: the share of kicks, snares
and hats on the beat, half-way, at thirds and quarters; how many beats are heard; whether snares
alternate with kicks as they do in bars of two, three and four. Weights turn the descriptions into
probabilities: a sum, and a few soft switches by which one statement changes what another means (a
snare on every fourth beat is half-time when there are hats between the beats). They are fitted to
synthesised songs by ``benchmarks/tempo.py --fit``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.onsets import pick_onsets

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]

MIN_BPM, MAX_BPM = 54.0, 212.0
RATIOS = (1 / 3, 3 / 8, 1 / 2, 2 / 3, 3 / 4, 1.0, 4 / 3, 3 / 2, 2.0, 8 / 3, 3.0)
"""Beats of the candidates per period of the pulse found."""
SHIFTS = (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
"""Where a candidate's beats begin, as a part of its period."""
FEWEST_BEATS = 8
_PLACES = np.array([0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1])
_NEAR_HOPS = 2.0
_FARTHEST = 4.0
_WEIGHTS = Path(__file__).with_name("metre.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What begins in a song."""

    hops: Indices
    values: Doubles
    """(n, 4): how much kick, snare, hat and onset is in each, 0 to 1.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to count a song."""

    ratio: float
    beats: Doubles
    """Hops."""
    statements: dict[str, float]

    @property
    def bpm(self) -> float:
        """Its tempo."""
        return 60 * HOPS_PER_S / float(np.median(np.diff(self.beats)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What statements count for."""

    names: tuple[str, ...]
    """Of the n statements."""
    mean: Doubles
    """(n,): what they usually say."""
    spread: Doubles
    """(n,)"""
    direct: Doubles
    """(n,)"""
    into: Doubles
    """(n, switches)"""
    bias: Doubles
    """(switches,)"""
    out: Doubles
    """(switches,)"""
    trust: float
    """0..1: scores are multiplied by it, so that probabilities hold for unknown songs, too."""

    def score(self, candidates: list[Candidate]) -> Doubles:
        """Logarithm of the probability of each, up to a common constant."""
        said = [[candidate.statements[name] for name in self.names] for candidate in candidates]
        values = ((np.array(said) - self.mean) / self.spread).clip(-_FARTHEST, _FARTHEST)
        switches = np.tanh(values @ self.into + self.bias)
        scores: Doubles = (values @ self.direct + switches @ self.out) * self.trust
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The candidate that was chosen."""

    beats: Indices
    ratio: float
    confidence: float
    """How probable its tempo is among all candidates, 0..1."""


def find_hits(hops: Hops, strength: Doubles) -> Hits:
    """Onsets and the rises of bass, mid and high in them."""
    at = pick_onsets(strength, 0.03)
    rises = []
    for column in hops.levels.astype(np.float64).T:
        after, before = _extreme(column, 0, 4, np.max)[at], _extreme(column, -5, -1, np.min)[at]
        rises.append(_scaled(np.maximum(after - before, 0), 95, 0.01))
    kick, mid, high = rises
    onset = _scaled(strength[at], 90, 0.1)
    values = np.stack([kick, np.sqrt(mid * high), high, onset], axis=1)
    return Hits(hops=at, values=values)


def choose_level(candidates: list[Candidate], weights: Weights) -> Level | None:
    """The most probable candidate, None when there is none."""
    if not candidates:
        return None
    scores = weights.score(candidates)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best = candidates[int(scores.argmax())]
    same = [candidate.ratio == best.ratio for candidate in candidates]
    beats = np.round(best.beats).astype(np.intp)
    return Level(beats=beats, ratio=best.ratio, confidence=float(shares[same].sum()))


def list_candidates(
    periods: Doubles,
    hits: Hits,
    track: Callable[[Doubles], Indices],
    salience: Callable[[float], float],
) -> Iterator[Candidate]:
    """Every ratio of ``periods`` within the range of tempi, tracked and shifted.

    ``salience`` tells how well a ratio explains the repetitions of the song.
    """
    for ratio in RATIOS:
        scaled = periods / ratio
        if not MIN_BPM <= 60 * HOPS_PER_S / float(np.median(scaled)) <= MAX_BPM:
            continue
        beats = track(scaled).astype(np.float64)
        if len(beats) < FEWEST_BEATS:
            continue
        repeats = salience(ratio)
        for shift in SHIFTS:
            moved = beats[:-1] + shift * np.diff(beats) if shift else beats
            statements = _describe(moved, hits) | {"salience": repeats}
            yield Candidate(ratio=ratio, beats=moved, statements=statements)


@cache
def fitted_weights() -> Weights:
    """Those that are shipped."""
    return read_weights(_WEIGHTS.read_text())


def read_weights(text: str) -> Weights:
    """Weights as ``written_weights`` wrote them."""
    read = json.loads(text)
    rows = np.array(list(read["statements"].values()))
    return Weights(
        names=tuple(read["statements"]),
        mean=rows[:, 0],
        spread=rows[:, 1],
        direct=rows[:, 2],
        into=rows[:, 3:],
        bias=np.array(read["bias"]),
        out=np.array(read["out"]),
        trust=read["trust"],
    )


def written_weights(weights: Weights) -> str:
    """As JSON: of each statement its mean, spread, direct weight and those into the switches."""
    columns = [weights.mean, weights.spread, weights.direct]
    rows = np.column_stack([*columns, weights.into]).round(4)
    statements = {name: row.tolist() for name, row in zip(weights.names, rows, strict=True)}
    lines = ",\n".join(f"  {json.dumps(name)}: {row}" for name, row in statements.items())
    rest = {"bias": weights.bias.round(4).tolist(), "out": weights.out.round(4).tolist()}
    tail = "".join(f',\n "{name}": {values}' for name, values in rest.items())
    return f'{{\n "statements": {{\n{lines}\n }}{tail},\n "trust": {weights.trust}\n}}\n'


def _extreme(values: Doubles, low: int, high: int, of: Callable[..., Doubles]) -> Doubles:
    padded = np.pad(values, 8, mode="edge")
    moved = [padded[8 + shift : 8 + shift + len(values)] for shift in range(low, high + 1)]
    return of(moved, axis=0)


def _scaled(values: Doubles, percentile: float, least: float) -> Doubles:
    loud = float(np.percentile(values, percentile)) if len(values) else 0.0
    scaled: Doubles = np.minimum(values / max(loud, least), 1.5)
    return scaled


def _describe(beats: Doubles, hits: Hits) -> dict[str, float]:
    """Statements about a song counted with these beats."""
    period, count = float(np.median(np.diff(beats))), len(beats)
    place = _positions(hits.hops, beats, period)
    inside = (place > -0.5) & (place < count - 0.5)
    place, values = place[inside], hits.values[inside]
    phase = place - np.floor(place)
    near = np.exp(-0.5 * (np.abs(phase[:, None] - _PLACES) * period / _NEAR_HOPS) ** 2)
    near /= np.maximum(near.sum(axis=1, keepdims=True), 1)
    began = np.floor(place).astype(np.intp).clip(0, count - 1)
    own = np.round(place).astype(np.intp).clip(0, count - 1)

    def on_place(number: int) -> Doubles:
        return _loudest(began, values * near[:, [number]], count)

    on_beat = _loudest(own, values * (near[:, [0]] + near[:, [-1]]), count)
    half_way = on_place(3)
    quarters = np.minimum(np.stack([on_place(1)[:, 3], on_place(5)[:, 3]]), 1)
    thirds = np.minimum(np.stack([on_place(2)[:, 3], on_place(4)[:, 3]]), 1)
    said = _shares(near, values)
    drums = np.maximum(on_beat[:, 0], on_beat[:, 1]) > 0.4
    between = np.maximum(half_way[:, 0], half_way[:, 1]) > 0.4
    said |= {
        "beats heard": float((on_beat[:, 3] > 0.25).mean()),
        "halves heard": float((half_way[:, 3] > 0.2).mean()),
        "quarters heard": float((quarters > 0.15).mean()),
        "thirds heard": float((thirds > 0.15).mean()),
        "late thirds heard": float((thirds[1] > 0.15).mean()),
        "drums on beats": float(drums.mean()),
        "drums on halves": float(between.mean()),
        "onsets per beat": float(np.log(max(len(place), 1) / count)),
        "hats per beat": float(np.log((values[:, 2] > 0.2).sum() / count + 0.1)),
        "kicks per beat": float(np.log((values[:, 0] > 0.4).sum() / count + 0.05)),
        "snares per beat": float(np.log((values[:, 1] > 0.4).sum() / count + 0.05)),
        "unevenness": float(np.log(np.diff(beats).std() / period + 0.005)),
    }
    said |= _repetitions(on_beat[:, :3]) | _bars(on_beat[:, 0], on_beat[:, 1])
    octaves = float(np.log2(60 * HOPS_PER_S / period / 110))
    for name in _WITH_TEMPO:
        said[f"{name}, tempo"] = said[name] * octaves
    said |= {"tempo": octaves, "tempo squared": octaves**2}
    said["very fast"] = max(0.0, octaves - float(np.log2(180 / 110)))
    said["very slow"] = max(0.0, float(np.log2(70 / 110)) - octaves)
    return said


_WITH_TEMPO = (
    "backbeat",
    "half-time",
    "bar of four",
    "bar of three",
    "halves heard",
    "quarters heard",
    "thirds heard",
    "onsets per beat",
    "hats per beat",
    "drums on beats",
)


def _positions(hops: Indices, beats: Doubles, period: float) -> Doubles:
    """Each hop in beats; before the first and after the last at the usual period."""
    inside = np.interp(hops, beats, np.arange(len(beats)))
    before, after = np.minimum(hops - beats[0], 0), np.maximum(hops - beats[-1], 0)
    places: Doubles = inside + (before + after) / period
    return places


def _loudest(beat: Indices, values: Doubles, count: int) -> Doubles:
    """The loudest of each column in every beat."""
    out = np.zeros((count, values.shape[1]))
    np.maximum.at(out, beat, values)
    return out


def _shares(near: Doubles, values: Doubles) -> dict[str, float]:
    shares = near.T @ values / (values.sum(axis=0) + 1e-9)
    said: dict[str, float] = {}
    for sound, column in zip(("kick", "snare", "hat", "onset"), shares.T, strict=True):
        said[f"{sound} on beats"] = float(column[0] + column[6])
        said[f"{sound} on halves"] = float(column[3])
        said[f"{sound} on quarters"] = float(column[1] + column[5])
        said[f"{sound} on late quarters"] = float(column[5])
        said[f"{sound} on thirds"] = float(column[2] + column[4])
    return said


def _repetitions(on_beat: Doubles) -> dict[str, float]:
    """How alike beats are that are 1 to 4 beats apart."""
    said: dict[str, float] = {}
    for sound, column in zip(("kick", "snare", "hat"), on_beat.T, strict=True):
        varied = column - column.mean()
        power = float((varied**2).mean()) + 0.02
        for lag in (1, 2, 3, 4):
            said[f"{sound} repeats {lag}"] = float((varied[lag:] * varied[:-lag]).mean()) / power
    return said


def _bars(kick: Doubles, snare: Doubles) -> dict[str, float]:
    """How well kicks and snares fit the usual bars, each begun where it fits best."""

    def best(size: int, fit: Callable[[Doubles, Doubles], float]) -> float:
        kicks = np.array([kick[beat::size].mean() for beat in range(size)])
        snares = np.array([snare[beat::size].mean() for beat in range(size)])
        return max(float(fit(np.roll(kicks, n), np.roll(snares, n))) for n in range(size))

    return {
        "backbeat": best(2, lambda k, s: s[1] - s[0] + (k[0] - k[1]) / 2),
        "half-time": best(4, lambda k, s: s[2] - s[[0, 1, 3]].max() + 0.3 * (k[0] - k[1:].max())),
        "bar of four": best(
            4, lambda k, s: min(s[1], s[3]) - max(s[0], s[2]) + (k[0] - max(k[1], k[3])) / 2
        ),
        "bar of three": best(3, lambda k, s: k[0] - max(k[1:]) + (min(s[1:]) - s[0]) / 2),
        "kick on every beat": min(float(kick[start::2].mean()) for start in (0, 1)),
        "snare on every beat": min(float(snare[start::2].mean()) for start in (0, 1)),
    }
