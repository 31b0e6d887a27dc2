"""Find the pulse: tempo over time, and every beat.

1. *Tempo*: autocorrelation of the onset strength in windows of 8 s, summed over the first four
   multiples of each period, weighted by a broad preference for 125 BPM (Parncutt 1994); the path
   of tempo through the song is the cheapest one (Viterbi), jumps cost.
2. *Beats*: dynamic programming after Ellis (JNMR 2007), with the period of that path.
3. *Level*: a period is halved when the points half-way carry accents almost as strong as the
   beats do, and doubled when every second beat carries next to none.
4. *Audible*: a beat is kept where, with its neighbours, it mostly falls on something that can be
   heard; so pads and breakdowns have no beats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.onsets import accent_strength, exact_time, onset_strength

Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]

MIN_BPM, MAX_BPM = 55.0, 210.0
_TEMPI = np.geomspace(MIN_BPM, MAX_BPM, 136)
_PERIODS = 60 * HOPS_PER_S / _TEMPI
_PREFERRED_BPM, _PREFERENCE_OCTAVES = 125.0, 0.85
_WINDOW, _STEP = 8 * HOPS_PER_S, HOPS_PER_S
_JUMP_COST, _MAX_JUMP = 0.006, 40
_TIGHTNESS = 60.0
_NEAR = 5
_AUDIBLE = 0.1
_NEIGHBOURS = 4
_CLEAR = 0.08
_SPLIT = 0.42
_SAME_TEMPO_OCTAVES = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The beats of a song and how fast they come."""

    times: Doubles
    """Seconds."""
    tempos: tuple[tuple[float, float, float], ...]
    """(start_s, end_s, bpm) of each stretch with one tempo."""
    confidence: float
    """0..1: the share of expected beats that fall on something audible."""

    @property
    def bpm(self) -> float | None:
        """The tempo of the longest stretch."""
        longest = max(self.tempos, key=lambda part: part[1] - part[0], default=None)
        return longest[2] if longest else None


NO_PULSE = Pulse(times=np.zeros(0), tempos=(), confidence=0.0)


def find_pulse(hops: Hops) -> Pulse:
    """Beats and tempo of a measured song."""
    strength = onset_strength(hops)
    if len(strength) < 2 * HOPS_PER_S or strength.max() < _AUDIBLE:
        return NO_PULSE
    strength = np.minimum(strength, 1.0)
    accents = accent_strength(hops)
    periods, clarity = _tempo_path(strength)
    beats = _track(strength, periods)
    for _ in range(2):
        factor = _level(beats, accents, periods)
        if factor == 1:
            break
        periods = periods * factor
        beats = _track(strength, periods)
    heard = _audible(beats, strength) & (clarity[beats] > _CLEAR)
    if heard.sum() < _NEIGHBOURS:
        return NO_PULSE
    kept = beats[heard]
    times = np.array([_moment(beat, strength, hops) for beat in kept])
    near = _peak_near(strength, kept)
    return Pulse(
        times=times,
        tempos=_stretches(times),
        confidence=float((near > _AUDIBLE).mean() * min(clarity[kept].mean() * 2, 1)),
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


def _tempo_path(strength: Doubles) -> tuple[Doubles, Doubles]:
    """The period in hops at every hop, and how clear it is (0..1)."""
    starts = np.arange(0, max(len(strength) - _WINDOW // 2, 1), _STEP)
    preference = np.exp(-0.5 * (np.log2(_TEMPI / _PREFERRED_BPM) / _PREFERENCE_OCTAVES) ** 2)
    salience = np.stack([_salience(strength[s : s + _WINDOW]) for s in starts])
    path = _viterbi(salience * preference)
    centres = starts + min(_WINDOW, len(strength)) / 2
    at = np.arange(len(strength))
    nearest = np.round((at - centres[0]) / _STEP).astype(np.intp).clip(0, len(path) - 1)
    chosen = salience[np.arange(len(path)), path]
    return _one_octave(_PERIODS[path], chosen)[nearest], np.interp(at, centres, chosen)


def _one_octave(periods: Doubles, clarity: Doubles) -> Doubles:
    """Bring windows that were taken at half or twice the common period to its level."""
    clear = periods[clarity > _CLEAR]
    if not len(clear):
        return periods
    octaves = np.log2(periods / np.median(clear))
    whole = np.round(octaves)
    return np.where(np.abs(octaves - whole) < _SAME_TEMPO_OCTAVES, periods / 2**whole, periods)


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
    spacings: dict[float, tuple[Indices, Doubles]] = {}
    for hop in range(len(local)):
        period = float(periods[hop])
        if period not in spacings:
            lags = np.arange(round(2 * period), round(period / 2) - 1, -1)
            spacings[period] = lags, -_TIGHTNESS * np.log(lags / period) ** 2
        lags, cost = spacings[period]
        if hop < lags[-1]:
            continue
        first = max(len(lags) - (hop - int(lags[-1]) + 1), 0)
        reached = total[max(hop - int(lags[0]), 0) : hop - int(lags[-1]) + 1] + cost[first:]
        chosen = int(reached.argmax())
        if reached[chosen] > 0:
            total[hop] += reached[chosen]
            back[hop] = hop - lags[first + chosen]
    last = max(len(total) - int(periods[-1]), 0)
    beats = [last + int(total[last:].argmax())]
    while back[beats[-1]] >= 0:
        beats.append(int(back[beats[-1]]))
    return np.array(beats[::-1], np.intp)


def _level(beats: Indices, accents: Doubles, periods: Doubles) -> float:
    """0.5 to count twice as fast, 2 to count half as fast, 1 to leave the level."""
    if len(beats) < 8:
        return 1.0
    on = _peak_near(accents, beats)
    half_way = _peak_near(accents, (beats[:-1] + beats[1:]) // 2)
    bpm = 60 * HOPS_PER_S / float(np.median(periods))
    mean = max(float(on.mean()), 1e-9)
    lean = np.log2(bpm * np.sqrt(2) / _PREFERRED_BPM)
    if bpm * 2 <= MAX_BPM and half_way.mean() / mean > _SPLIT + 0.3 * lean:
        return 0.5
    weaker = min(on[::2].mean(), on[1::2].mean()) / mean
    return 2.0 if bpm / 2 >= MIN_BPM and weaker < _SPLIT + 0.3 * (lean - 1) else 1.0


def _peak_near(curve: Doubles, hops: Indices) -> Doubles:
    padded = np.pad(curve, _NEAR)
    peaks: Doubles = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1)[hops].max(
        axis=1
    )
    return peaks


def _audible(beats: Indices, strength: Doubles) -> NDArray[np.bool_]:
    """Whether a beat or most of its neighbourhood falls on onsets."""
    near = _peak_near(strength, beats)
    floor = max(_AUDIBLE, 0.15 * float(np.percentile(near, 75)))
    hits = np.pad(
        (near > floor).astype(float),
        _NEIGHBOURS,
        mode="reflect" if len(near) > _NEIGHBOURS else "constant",
    )
    shares = np.lib.stride_tricks.sliding_window_view(hits, 2 * _NEIGHBOURS + 1).mean(axis=1)
    kept: NDArray[np.bool_] = shares >= 0.5
    return kept


def _moment(beat: int, strength: Doubles, hops: Hops) -> float:
    low = max(beat - _NEAR, 0)
    near = strength[low : beat + _NEAR + 1]
    if near.max() < _AUDIBLE:
        return beat / HOPS_PER_S
    return exact_time(low + int(near.argmax()), hops)


def _stretches(times: Doubles) -> tuple[tuple[float, float, float], ...]:
    """Cut the beats where the tempo changes by more than 4 % or where they pause."""
    gaps = np.diff(times)
    if not len(gaps):
        return ()
    half = 4
    padded = np.pad(gaps, half, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    found: list[tuple[float, float, float]] = []
    start = 0
    for i in range(1, len(gaps) + 1):
        steady = (
            i < len(gaps) and abs(local[i] / np.median(local[max(start, i - 32) : i]) - 1) < 0.04
        )
        if steady and gaps[i] < 4 * local[i]:
            continue
        if i - start >= 2 * half:
            found.append(_stretch(times[start : i + 1], float(np.median(gaps[start:i]))))
        start = i
    return tuple(found)


def _stretch(times: Doubles, gap: float) -> tuple[float, float, float]:
    """Seconds per beat over spans of beats; the numbers count beats that were left out."""
    number = np.concatenate([[0], np.cumsum(np.round(np.diff(times) / gap))])
    span = max(min(16, len(times) // 2), 1)
    # The median over spans, not a line through all: one slip of phase must not tilt the tempo.
    beat_s = float(np.median((times[span:] - times[:-span]) / (number[span:] - number[:-span])))
    return float(times[0]), float(times[-1]), 60 / beat_s
