"""Parts of a song: where its energy, bass and density change for good, and what each part is.

A part that goes on for very long is cut again where it changes most, however little that is.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from helios.audio.bars import Bars, bar_starts
from helios.audio.columns import SILENT_LUFS, Section
from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.loudness import lufs
from helios.audio.onsets import moving_mean

Doubles = NDArray[np.float64]

_STEP = HOPS_PER_S // 2
_HALF_S = 5.0
_CHANGE = 1.3
_EDGE_S, _EDGE_REACH_S, _EDGE = 1.5, 2.5, 1.1
"""What follows at once and what was just before say where a change is, if they differ so much
more there than in the middle of ten seconds: a rise puts that before what it leads to."""
_SNAP_S = 0.6
_BAR_SNAP_S, _BAR_SNAP = 1.3, 0.55
"""How far a bar may be, in seconds or bars, whichever is more: some bar is always that near."""
_PAUSE_S = 4.0
_LEVEL_STEP = 0.15
_RISING = 0.22
_LONGEST_S, _SHORTEST_S = 64.0, 16.0
_SURE = 0.5
"""From this confidence on parts begin with a bar."""


def slow_energy(hops: Hops, integrated: float) -> Doubles:
    """Loudness over 3 s, from 20 LU below the programme loudness (0) to the loudest part (1)."""
    level = lufs(moving_mean(hops.weighted.astype(np.float64), 3 * HOPS_PER_S).clip(0))
    if integrated <= SILENT_LUFS or not len(level):
        return np.zeros(len(level))
    low = max(integrated - 20, SILENT_LUFS)
    high = max(float(np.percentile(level, 98)), low + 3)
    energy: Doubles = ((level - low) / (high - low)).clip(0, 1)
    return energy


def find_sections(
    hops: Hops,
    energy: Doubles,
    strength: Doubles,
    beat_times: Doubles,
    bars: Bars,
    duration_s: float,
) -> tuple[Section, ...]:
    """Cut the song where what follows differs from what was, and name the parts."""
    if not len(hops):
        return ()
    features = _features(hops, strength)
    at, novelty = _novelty(features, _HALF_S)
    clear = _at_their_edges(_changes(at, novelty), *_novelty(features, _EDGE_S))
    changes = _with_long_parts_cut(at, novelty, clear, duration_s)
    ones = np.zeros(0)
    if len(beat_times) and bars.confidence >= _SURE:
        ones = bar_starts(beat_times, bars, duration_s)
    inner = {_snapped(cut, beat_times, ones, duration_s) for cut in changes}
    cuts = [0.0, *sorted(inner), duration_s]
    parts = [(a, b) for a, b in pairwise(cuts) if b - a > 1 or len(cuts) == 2]
    means = [_part(energy, a, b).mean() for a, b in parts]
    kinds = [_kind(i, parts, means, energy, hops) for i in range(len(parts))]
    return tuple(
        Section(start_s=a, end_s=b, kind=kind, energy=float(mean))
        for (a, b), kind, mean in zip(parts, kinds, means, strict=True)
    )


def _novelty(features: Doubles, half_s: float) -> tuple[Doubles, Doubles]:
    """Moments, and how much as long before and after each of them differ."""
    reach = round(half_s * HOPS_PER_S / _STEP)
    if len(features) < 2 * reach:
        return np.zeros(0), np.zeros(0)
    sums = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
    at = np.arange(reach // 2, len(features) - reach // 2 + 1)
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach, len(features))
    before = (sums[at] - sums[low]) / (at - low)[:, None]
    after = (sums[high] - sums[at]) / (high - at)[:, None]
    return at * _STEP / HOPS_PER_S, np.linalg.norm(after - before, axis=1)


def _changes(at: Doubles, novelty: Doubles) -> list[float]:
    """Where the song changes clearly, most clearly of five seconds on either side."""
    padded = np.pad(novelty, 1, constant_values=np.inf)
    peaks = np.flatnonzero((novelty >= padded[:-2]) & (novelty > padded[2:]))
    found: list[float] = []
    for i in peaks[np.argsort(-novelty[peaks], kind="stable")]:
        if novelty[i] < _CHANGE:
            break
        if all(abs(at[i] - other) >= _HALF_S for other in found):
            found.append(float(at[i]))
    return sorted(found)


def _at_their_edges(changes: list[float], at: Doubles, edge: Doubles) -> list[float]:
    """The changes, each at the sharpest edge that is near, if that is one."""
    found = set()
    for change in changes:
        near = np.flatnonzero(np.abs(at - change) <= _EDGE_REACH_S)
        sharpest = near[edge[near].argmax()] if len(near) else -1
        is_edge = len(near) and edge[sharpest] > _EDGE * np.interp(change, at, edge)
        found.add(float(at[sharpest]) if is_edge else change)
    return sorted(found)


def _with_long_parts_cut(
    at: Doubles, novelty: Doubles, cuts: list[float], duration_s: float
) -> list[float]:
    """The cuts, and more where parts are longer than a minute: where they change most."""
    waiting, found = list(pairwise([0.0, *cuts, duration_s])), list(cuts)
    while waiting:
        start, end = waiting.pop()
        inside = np.flatnonzero((at >= start + _SHORTEST_S) & (at <= end - _SHORTEST_S))
        if end - start <= _LONGEST_S or not len(inside):
            continue
        cut = float(at[inside[novelty[inside].argmax()]])
        found.append(cut)
        waiting += [(start, cut), (cut, end)]
    return sorted(found)


def _features(hops: Hops, strength: Doubles) -> Doubles:
    """Loudness, bass and treble in units of 6 dB, and onset density, twice per second."""
    count = len(hops) // _STEP

    def means(values: NDArray[np.floating]) -> Doubles:
        out: Doubles = values[: count * _STEP].astype(np.float64).reshape(count, _STEP).mean(axis=1)
        return out

    loud = lufs(means(hops.weighted))
    top = float(loud.max(initial=SILENT_LUFS))
    floor_db = top - 36
    columns = [np.maximum(loud, floor_db) / 6]
    for band in (0, 2):
        level = 20 * np.log10(means(hops.levels[:, band]) + 1e-6)
        columns.append(np.maximum(level, float(level.max(initial=-120)) - 30) / 18)
    columns.append(means(strength) * 8)
    return np.stack(columns, axis=1)


def _snapped(cut_s: float, beats: Doubles, ones: Doubles, duration_s: float) -> float:
    """Move a cut to a bar or a beat, if one is near: where beats set in or stop, to that."""
    if not len(beats):
        return cut_s
    around = np.concatenate([[0.0], beats, [duration_s]])
    pauses = np.flatnonzero(np.diff(around) > _PAUSE_S)
    edges = np.setdiff1d(np.concatenate([around[pauses], around[pauses + 1]]), [0.0, duration_s])
    bar_s = float(np.median(np.diff(ones))) if len(ones) > 1 else 0.0
    bar_snap_s = max(_BAR_SNAP_S, _BAR_SNAP * bar_s)
    edge = _near(edges, cut_s, _HALF_S + 0.5)
    if edge is not None:
        # Some beats before or after it may be heard as such, or not: of the bars the nearer to
        # where the change is.
        bar = _near(ones[np.abs(ones - edge) <= bar_snap_s], cut_s, np.inf)
        return edge if bar is None else bar
    for places, near_s in ((ones, bar_snap_s), (beats, _SNAP_S)):
        place = _near(places, cut_s, near_s)
        if place is not None:
            return place
    return cut_s


def _near(places: Doubles, at_s: float, most_s: float) -> float | None:
    """The nearest of the places, if it is no farther than that."""
    if not len(places):
        return None
    nearest = float(places[np.abs(places - at_s).argmin()])
    return nearest if abs(nearest - at_s) <= most_s else None


def _part(values: Doubles, start_s: float, end_s: float) -> Doubles:
    return values[int(start_s * HOPS_PER_S) : max(int(end_s * HOPS_PER_S), 1)]


def _kind(
    index: int,
    parts: list[tuple[float, float]],
    means: list[float],
    energy: Doubles,
    hops: Hops,
) -> str:
    here, last = means[index], len(parts) - 1
    own = _part(energy, *parts[index])
    loud = lufs(np.array(_part(hops.weighted.astype(np.float64), *parts[index]).mean()))
    if loud <= SILENT_LUFS + 5:
        return "silence"
    before = means[index - 1] if index else None
    after = means[index + 1] if index < last else None
    third = max(len(own) // 3, 1)
    rises = own[-third:].mean() - own[:third].mean() > _RISING
    rules = {
        "build": after is not None and rises and after > here,
        "intro": before is None and after is not None and here < after - _LEVEL_STEP,
        "outro": after is None and before is not None and here < before - _LEVEL_STEP,
        "drop": before is not None and here > before + _LEVEL_STEP and here > 0.6,
        "breakdown": before is not None and here < before - _LEVEL_STEP,
        "steady": here >= 0.4,
        "quiet": True,
    }
    return next(kind for kind, holds in rules.items() if holds)
