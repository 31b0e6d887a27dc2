"""From hops to rows: normalise at the internal rate, then sample every column per output frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.audio.bands import SPECTRUM_RANGE_DB
from helios.audio.bars import Bars, bar_positions
from helios.audio.beats import Pulse
from helios.audio.columns import COLUMNS, SILENT_LUFS, Section
from helios.audio.envelope import follow
from helios.audio.hops import HOPS_PER_S, Hops
from helios.audio.loudness import MOMENTARY_HOPS, lufs
from helios.audio.onsets import exact_time, moving_mean, pick_onsets

Doubles = NDArray[np.float64]

_QUIETEST = 10 ** (-50 / 20)
_GATE = 10 ** (-60 / 20)
_WIDTH_HOPS = 10
_LONGEST_BEAT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaping:
    """How levels are made from what was measured."""

    percentile: float = 98.0
    attack_s: float = 0.01
    release_s: float = 0.15


def continuous_columns(hops: Hops, shaping: Shaping, energy: Doubles) -> dict[str, Doubles]:
    """Every column that has a value at every hop."""
    amplitude = np.sqrt(2 * hops.power.astype(np.float64))
    active = amplitude > _GATE
    levels = _normalised(hops.levels.astype(np.float64), active, shaping)
    bands = _normalised(hops.bands.astype(np.float64), active, shaping)
    momentary = moving_mean(hops.weighted.astype(np.float64), MOMENTARY_HOPS)
    side = moving_mean(hops.side.astype(np.float64), _WIDTH_HOPS)
    total = moving_mean(hops.power.astype(np.float64), _WIDTH_HOPS)
    return {
        "amplitude": _normalised(amplitude, active, shaping),
        "bass": levels[:, 0],
        "mid": levels[:, 1],
        "high": levels[:, 2],
        "bands": bands,
        "envelopes": follow(
            bands, HOPS_PER_S, attack_s=shaping.attack_s, release_s=shaping.release_s
        ),
        "loudness": lufs(momentary.clip(0)),
        "centroid": hops.centroid.astype(np.float64),
        "flatness": hops.flatness.astype(np.float64),
        "width": np.where(total > _GATE**2 / 2, side / np.maximum(total, 1e-12), 0).clip(0, 1),
        "energy": energy,
    }


def _normalised(values: Doubles, active: NDArray[np.bool_], shaping: Shaping) -> Doubles:
    """Scale so that the percentile of what sounds is 1; what is very quiet stays quiet."""
    if not active.any():
        return np.zeros_like(values)
    reference = np.percentile(values[active], shaping.percentile, axis=0)
    scaled: Doubles = (values / np.maximum(reference, _QUIETEST)).clip(0, 1)
    return scaled


def sample_rows(
    curves: dict[str, Doubles], fps: Fraction, total_frames: int
) -> dict[str, NDArray[Any]]:
    """Each curve averaged over one frame's length around each frame's time ``n / fps``.

    The average covers at least one hop, and neighbouring frames meet, so no moment is left out.
    """
    return {
        name: _sampled(curve, fps, total_frames).astype(COLUMNS[name][0])
        for name, curve in curves.items()
    }


def _sampled(curve: Doubles, fps: Fraction, total_frames: int) -> Doubles:
    centre: Doubles = np.arange(total_frames).astype(np.float64) * float(HOPS_PER_S / fps)
    half = max(float(HOPS_PER_S / fps) / 2, 0.5)
    return _box(curve, centre - half, centre + half)


def _box(curve: Doubles, low: Doubles, high: Doubles) -> Doubles:
    sums = np.concatenate([np.zeros((1, *curve.shape[1:])), np.cumsum(curve, axis=0)])
    low, high = low.clip(0, len(curve)), high.clip(0, len(curve))
    width = np.maximum(high - low, 1e-9)
    area = _interpolate(sums, high) - _interpolate(sums, low)
    means: Doubles = area / (width[:, None] if curve.ndim == 2 else width)
    return means


def _interpolate(values: Doubles, at: Doubles) -> Doubles:
    index = np.minimum(at.astype(np.intp), len(values) - 2).clip(0)
    part = at - index
    part = part[:, None] if values.ndim == 2 else part
    after = values[np.minimum(index + 1, len(values) - 1)]
    mixed: Doubles = values[index] * (1 - part) + after * part
    return mixed


def spectrum_rows(hops: Hops, fps: Fraction, total_frames: int) -> NDArray[np.uint8]:
    """(total_frames, 64): decibels of each band over each frame's length, 255 for the song's
    loudest and 0 for ``SPECTRUM_RANGE_DB`` less.

    The loudest is a percentile: one click does not make all else small. A song that is very
    quiet throughout stays quiet.
    """
    rows = np.empty((total_frames, hops.fine.shape[1]), np.uint8)
    loudest = np.percentile(hops.fine.max(axis=1), 99) / 2 - 127.5 if len(hops) else 0.0
    low_db = max(float(loudest), -50.0) - SPECTRUM_RANGE_DB
    for band in range(hops.fine.shape[1]):  # one by one: of a long song all would be much memory
        power = 10 ** (hops.fine[:, band].astype(np.float64) / 20 - 12.75)
        mean = _sampled(power, fps, total_frames).clip(1e-13)
        levels = (10 * np.log10(mean) - low_db) / SPECTRUM_RANGE_DB
        rows[:, band] = np.rint(levels.clip(0, 1) * 255)
    return rows


def frame_of(times: Doubles, fps: Fraction, total_frames: int) -> NDArray[np.intp]:
    """The frame that contains each time: start of frame ≤ time < start of the next."""
    frames = np.floor(times * float(fps) + 1e-6).astype(np.intp)
    return frames.clip(0, max(total_frames - 1, 0))


def onset_rows(
    strength: Doubles, hops: Hops, fps: Fraction, total_frames: int
) -> NDArray[np.float32]:
    """Onset strength per frame, 0..1; every peak stands in the frame that contains its moment."""
    if not len(strength) or not total_frames:
        return np.zeros(total_frames, np.float32)
    peaks = pick_onsets(strength, 0.02)
    scaled = strength / max(float(np.percentile(strength[peaks], 90)) if len(peaks) else 0.0, 0.25)
    moments = (np.arange(len(strength)) + 0.5) / HOPS_PER_S
    background = scaled.copy()
    for shift in range(-2, 3):
        background[(peaks + shift).clip(0, len(scaled) - 1)] *= 0.5
    out = np.interp((np.arange(total_frames) + 0.5) / float(fps), moments, background)
    times = np.array([exact_time(int(peak), hops) for peak in peaks])
    np.maximum.at(out, frame_of(times, fps, total_frames), scaled[peaks])
    return np.asarray(out.clip(0, 1), np.float32)


def beat_gaps(times: Doubles) -> Doubles:
    """Seconds from each beat to the next; where none is near, as long as usual."""
    gaps: Doubles = np.diff(times, append=np.inf)
    usual = float(np.median(gaps[:-1])) if len(gaps) > 1 else 0.5
    return np.where(gaps > _LONGEST_BEAT_S, usual, gaps)


def beat_rows(
    pulse_times: Doubles, fps: Fraction, total_frames: int
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Whether each frame contains a beat, and its phase: 0 on a beat, 1 just before the next.

    Where no beat is near (gaps longer than 2 s) the phase rests at 1.
    """
    is_beat = np.zeros(total_frames, np.bool_)
    phase = np.ones(total_frames, np.float32)
    if not len(pulse_times) or not total_frames:
        return is_beat, phase
    is_beat[frame_of(pulse_times, fps, total_frames)] = True
    frame_s = 1 / float(fps)
    time = (np.arange(total_frames) + 1) * frame_s - 1e-9
    last = np.searchsorted(pulse_times, time, side="right") - 1
    gaps = beat_gaps(pulse_times)
    since = np.maximum(np.arange(total_frames) * frame_s - pulse_times[last], 0)
    started = last >= 0
    phase[started] = (since / gaps[last]).clip(0, 1)[started]
    return is_beat, phase


def bar_rows(
    pulse_times: Doubles, bars: Bars, fps: Fraction, total_frames: int
) -> NDArray[np.float64]:
    """Bars since the song's first as each frame ends, so that a bar begins in the frame that
    contains its *one*."""
    ends = (np.arange(total_frames) + 1) / float(fps) - 1e-9
    return bar_positions(pulse_times, bars, ends)


def section_rows(
    sections: tuple[Section, ...], fps: Fraction, total_frames: int
) -> NDArray[np.int32]:
    """Number of the section each frame ends in: one begins in the frame that contains its start,
    as bars and beats do."""
    starts = np.array([section.start_s for section in sections])
    ends = (np.arange(total_frames) + 1) / float(fps) - 1e-9
    return (np.searchsorted(starts, ends, side="right") - 1).astype(np.int32)


def build_rows(
    hops: Hops,
    pulse: Pulse,
    bars: Bars,
    curves: dict[str, Doubles],
    strength: Doubles,
    sections: tuple[Section, ...],
    fps: Fraction,
    total_frames: int,
) -> dict[str, NDArray[Any]]:
    """All columns of the table."""
    rows = sample_rows(curves, fps, total_frames)
    rows["loudness"] = np.maximum(rows["loudness"], np.float32(SILENT_LUFS))
    rows["onset"] = onset_rows(strength, hops, fps, total_frames)
    rows["is_beat"], rows["beat_phase"] = beat_rows(pulse.times, fps, total_frames)
    rows["bar_position"] = bar_rows(pulse.times, bars, fps, total_frames)
    rows["section"] = section_rows(sections, fps, total_frames)
    return {name: np.ascontiguousarray(rows[name]) for name in COLUMNS}
