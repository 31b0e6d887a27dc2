"""Find the pulse: tempo over time, and every beat.

1. *Tempo*: autocorrelation of the onset strength in windows of 8 s, summed over the first four
   multiples of each period, weighted by a broad preference for 125 BPM (Parncutt 1994); the path
   of tempo through the song is the cheapest one (Viterbi), jumps cost.
2. *Beats*: dynamic programming after Ellis (JNMR 2007), with the period of that path.
3. *Level*: every simple ratio of that period (2:1, 3:2, 4:3, 3:1), begun on the pulse or between,
   is tried as the beat and weighed against where kicks, snares and bars are: see ``metre``.
4. *Audible*: a beat is kept where, with its neighbours, it mostly falls on something that can be
   heard; so pads and breakdowns have no beats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress, pairwise

import numpy as np
from numpy.typing import NDArray

from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.metre import (
    Candidate,
    Weights,
    choose_level,
    find_hits,
    fitted_weights,
    list_candidates,
)
from helios.audio.onsets import exact_time, onset_strength

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]

MIN_BPM, MAX_BPM = 55.0, 210.0
_TEMPI = np.geomspace(MIN_BPM, MAX_BPM, 136)
_PERIODS = 60 * HOPS_PER_S / _TEMPI
_PREFERRED_BPM, _PREFERENCE_OCTAVES = 125.0, 0.85
_WINDOW, _STEP = 8 * HOPS_PER_S, HOPS_PER_S
_JUMP_COST, _MAX_JUMP = 0.006, 40
_TIGHTNESS = 150.0
_NEAR = 5
_AUDIBLE = 0.1
_SOFT = 0.04
_HEARD_SHARE = 0.4
_NEIGHBOURS = 4
_CLEAR = 0.08
_SAME_TEMPO_OCTAVES = 0.08
_DRIFT_BINS, _ALMOST = 2, 0.7
_SAME_TEMPO, _FEWEST_GAPS = 0.04, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The beats of a song and how fast they come."""

    times: Doubles
    """Seconds."""
    tempos: tuple[tuple[float, float, float], ...]
    """(start_s, end_s, bpm) of each stretch with one tempo."""
    confidence: float
    """0..1: how probable it is that this level is the beat, times the share of audible beats."""

    @property
    def bpm(self) -> float | None:
        """The tempo that lasts longest, all its stretches together; of these the longest says it.

        A song that rests now and then has many short stretches of its own tempo.
        """
        lengths = [end - start for start, end, _ in self.tempos]
        tempi = [bpm for *_, bpm in self.tempos]

        def lasts(stretch: int) -> tuple[float, float]:
            alike = [abs(other / tempi[stretch] - 1) < _SAME_TEMPO for other in tempi]
            return sum(compress(lengths, alike)), lengths[stretch]

        return tempi[max(range(len(tempi)), key=lasts)] if tempi else None


NO_PULSE = Pulse(times=np.zeros(0), tempos=(), confidence=0.0)


def find_pulse(hops: Hops, weights: Weights | None = None) -> Pulse:
    """Beats and tempo of a measured song; its metre is weighed as fitted, or with ``weights``."""
    strength = onset_strength(hops)
    if len(strength) < 2 * HOPS_PER_S or strength.max() < _AUDIBLE:
        return NO_PULSE
    strength = np.minimum(strength, 1.0)
    path = _tempo_path(strength)
    level = choose_level(list(_candidates(path, hops, strength)), weights or fitted_weights())
    if level is None:
        return NO_PULSE
    beats, clarity = level.beats, path.clarity
    heard = _audible(beats, strength) & (clarity[beats] > _CLEAR)
    if heard.sum() < _NEIGHBOURS:
        return NO_PULSE
    kept = beats[heard]
    times = np.array([_moment(beat, strength, hops) for beat in kept])
    near = _peak_near(strength, kept)
    return Pulse(
        times=times,
        tempos=_stretches(times),
        confidence=float((near > _SOFT).mean() * level.confidence),
    )


def threshold_beats(bass: NDArray[np.float32], *, threshold: float = 0.05) -> Doubles:
    """The first rule people used: bass rises above a threshold, at most every 80 ms. Seconds."""
    above = bass > threshold
    rises = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
    times: list[float] = []
    for hop in rises:
        time = hop / HOPS_PER_S
        if not times or time - times[-1] >= 0.08:
            times.append(time)
    return np.array(times)


def find_candidates(hops: Hops) -> list[Candidate]:
    """Every way to count a song."""
    strength = np.minimum(onset_strength(hops), 1.0)
    return list(_candidates(_tempo_path(strength), hops, strength))


def _candidates(path: _Path, hops: Hops, strength: Doubles) -> Iterator[Candidate]:
    return list_candidates(
        path.periods,
        find_hits(hops, strength),
        track=lambda periods: _track(strength, periods),
        salience=path.salience_of,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """Tempo through a song."""

    periods: Doubles
    """Hops, at every hop."""
    clarity: Doubles
    """0..1, at every hop."""
    salience: Doubles
    """(windows, tempi)."""
    bins: NDArray[np.intp]
    """Of each window."""

    def salience_of(self, ratio: float) -> float:
        """How well tempi that are ``ratio`` times those of the path explain the song."""
        moved = self.bins + np.log(ratio) / np.log(_TEMPI[1] / _TEMPI[0])
        columns = np.arange(len(_TEMPI))
        rows = zip(moved, self.salience, strict=True)
        return float(np.mean([np.interp(at, columns, row) for at, row in rows]))


def _tempo_path(strength: Doubles) -> _Path:
    # Whole windows only: what a shorter one finds at the end is chance.
    starts = np.arange(0, max(len(strength) - _WINDOW, 0) + 1, _STEP)
    preference = np.exp(-0.5 * (np.log2(_TEMPI / _PREFERRED_BPM) / _PREFERENCE_OCTAVES) ** 2)
    salience = np.stack([_salience(strength[s : s + _WINDOW]) for s in starts])
    path = _viterbi(salience * preference)
    centres = starts + min(_WINDOW, len(strength)) / 2
    at = np.arange(len(strength))
    nearest = np.round((at - centres[0]) / _STEP).astype(np.intp).clip(0, len(path) - 1)
    chosen = salience[np.arange(len(path)), path]
    periods = _one_tempo(_one_octave(_PERIODS[path], chosen), salience, chosen)
    bins = np.searchsorted(-_PERIODS, -periods).clip(0, len(_TEMPI) - 1)
    return _Path(
        periods=periods[nearest],
        clarity=np.interp(at, centres, chosen),
        salience=salience,
        bins=bins,
    )


def _one_octave(periods: Doubles, clarity: Doubles) -> Doubles:
    """Bring windows that were taken at half or twice the common period to its level."""
    clear = periods[clarity > _CLEAR]
    if not len(clear):
        return periods
    octaves = np.log2(periods / np.median(clear))
    whole = np.round(octaves)
    return np.where(np.abs(octaves - whole) < _SAME_TEMPO_OCTAVES, periods / 2**whole, periods)


def _one_tempo(periods: Doubles, salience: Doubles, clarity: Doubles) -> Doubles:
    """Bring windows that the common tempo explains almost as well to it, where it is best near."""
    clear = periods[clarity > _CLEAR]
    if not len(clear):
        return periods
    common = int(np.abs(_PERIODS - np.median(clear)).argmin())
    low = max(common - _DRIFT_BINS, 0)
    near = salience[:, low : common + _DRIFT_BINS + 1]
    joins = near.max(axis=1) >= _ALMOST * clarity
    return np.where(joins, _PERIODS[low + near.argmax(axis=1)], periods)


def _salience(window: Doubles) -> Doubles:
    """How well each tempo explains the window: mean autocorrelation at 1, 2, 3, 4 periods."""
    window = window - window.mean()
    spectrum = np.fft.rfft(window, 2 * _WINDOW)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:_WINDOW]
    correlation /= max(float(correlation[0]), 1e-9)
    overlap = 1 - np.arange(_WINDOW) / max(len(window), 1)
    correlation = np.where(overlap > 0.2, correlation / np.maximum(overlap, 0.2), 0)
    smooth = np.convolve(correlation, [0.25, 0.5, 0.5, 0.5, 0.25], "same")
    multiples = _PERIODS[:, None] * np.array([1.0, 2.0, 3.0, 4.0])
    values = np.interp(multiples, np.arange(_WINDOW), smooth)
    means: Doubles = (values @ np.array([0.4, 0.25, 0.15, 0.2])).clip(0)
    return means


def _viterbi(score: Doubles) -> NDArray[np.intp]:
    bins = np.arange(score.shape[1])
    jump = -_JUMP_COST * np.minimum(np.abs(bins[:, None] - bins[None, :]), _MAX_JUMP)
    best, back = score[0], []
    for row in score[1:]:
        via = best[None, :] + jump
        chosen = via.argmax(axis=1)
        back.append(chosen)
        best = via[bins, chosen] + row
    path = [int(best.argmax())]
    for chosen in reversed(back):
        path.append(int(chosen[path[-1]]))
    return np.array(path[::-1])


def _track(strength: Doubles, periods: Doubles) -> Indices:
    """Hops of the beats: the path that collects most strength at the wanted spacing."""
    local = np.convolve(strength, np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2), "same")
    local /= max(float(local.std()), 1e-9)
    total, back = local.copy(), np.full(len(local), -1)
    changes = np.flatnonzero(np.diff(periods)) + 1
    for start, end in pairwise([0, *changes.tolist(), len(local)]):
        period = float(periods[start])
        lags = np.arange(round(2 * period), round(period / 2) - 1, -1)
        cost = -_TIGHTNESS * np.log(lags / period) ** 2
        # No beat of a block of half a period can be reached from within it.
        for low in range(start, end, int(lags[-1])):
            block = np.arange(low, min(low + int(lags[-1]), end))
            before = block[:, None] - lags
            reached = np.where(before >= 0, total[np.maximum(before, 0)] + cost, -1)
            chosen = reached.argmax(axis=1)
            gain = reached[np.arange(len(block)), chosen]
            good = gain > 0
            total[block[good]] += gain[good]
            back[block[good]] = block[good] - lags[chosen[good]]
    last = max(len(total) - int(periods[-1]), 0)
    beats = [last + int(total[last:].argmax())]
    while back[beats[-1]] >= 0:
        beats.append(int(back[beats[-1]]))
    return np.array(beats[::-1], np.intp)


def _peak_near(curve: Doubles, hops: Indices) -> Doubles:
    padded = np.pad(curve, _NEAR)
    peaks: Doubles = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1)[hops].max(
        axis=1
    )
    return peaks


def _audible(beats: Indices, strength: Doubles) -> NDArray[np.bool_]:
    """Whether a beat or most of its neighbourhood falls on onsets."""
    near = _peak_near(strength, beats)
    floor = max(_SOFT, 0.15 * float(np.percentile(near, 75)))
    hits = np.pad(
        (near > floor).astype(float),
        _NEIGHBOURS,
        mode="reflect" if len(near) > _NEIGHBOURS else "constant",
    )
    shares = np.lib.stride_tricks.sliding_window_view(hits, 2 * _NEIGHBOURS + 1).mean(axis=1)
    kept: NDArray[np.bool_] = shares >= _HEARD_SHARE
    return kept


def _moment(beat: int, strength: Doubles, hops: Hops) -> float:
    low = max(beat - _NEAR, 0)
    near = strength[low : beat + _NEAR + 1]
    if near.max() < _SOFT:
        return beat / HOPS_PER_S
    return exact_time(low + int(near.argmax()), hops)


def _stretches(times: Doubles) -> tuple[tuple[float, float, float], ...]:
    """Cut the beats where they pause and where the tempo changes."""
    gaps = np.diff(times)
    # Where beats come seldom their usual distance is a rest, not a beat.
    rests = gaps >= 4 * np.minimum(_usual(gaps), 60 / MIN_BPM)
    runs = np.split(times, np.flatnonzero(rests) + 1)
    return tuple(stretch for run in runs for stretch in _steady_stretches(run))


def _steady_stretches(times: Doubles) -> Iterator[tuple[float, float, float]]:
    gaps = np.diff(times)
    usual = _usual(gaps)
    start = 0
    for i in range(1, len(gaps) + 1):
        before = np.median(usual[max(start, i - 32) : i])
        if i < len(gaps) and abs(usual[i] / before - 1) < _SAME_TEMPO:
            continue
        if i - start >= _FEWEST_GAPS:
            yield _stretch(times[start : i + 1], float(np.median(gaps[start:i])))
        start = i


def _usual(gaps: Doubles) -> Doubles:
    """The median of each gap and the four on either side."""
    if not len(gaps):
        return gaps
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(gaps, 4, mode="edge"), 9)
    usual: Doubles = np.median(windows, axis=1)
    return usual


def _stretch(times: Doubles, gap: float) -> tuple[float, float, float]:
    """Seconds per beat over spans of beats; the numbers count beats that were left out."""
    number = np.concatenate([[0], np.cumsum(np.round(np.diff(times) / gap))])
    span = max(min(16, len(times) // 2), 1)
    # The median over spans, not a line through all: one slip of phase must not tilt the tempo.
    beat_s = float(np.median((times[span:] - times[:-span]) / (number[span:] - number[:-span])))
    return float(times[0]), float(times[-1]), 60 / beat_s
