"""PreAnalyzer: hear a whole song once, before the first frame is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from helios.audio.bars import find_bars
from helios.audio.beats import NO_PULSE, Pulse, find_pulse, threshold_beats
from helios.audio.cache import AnalysisCache, content_digest
from helios.audio.hops import HOP, RATE, Hops, join_hops, measure_hops
from helios.audio.loudness import integrated_lufs
from helios.audio.onsets import onset_strength
from helios.audio.rows import Shaping, build_rows, continuous_columns, spectrum_rows
from helios.audio.sections import find_sections, slow_energy
from helios.audio.settings import AnalysisSettings, Analyzer, BeatRule
from helios.audio.table import PreAnalysisResult
from helios.audio.webaudio import webaudio_levels
from helios.errors import Cancelled, DecodeError
from helios.files.unread import unread
from helios.media.fetch import fetch_sound
from helios.media.sound import SoundSource, decode_sound, probe_sound
from helios.model.progress import Progress, ProgressListener, Stage
from helios.model.timebase import parse_fps

PROGRESS_FRAMES = 100
Floats = NDArray[np.float32]


class CancelToken(Protocol):
    """Anything like ``threading.Event``: set it and the analysis stops."""

    def is_set(self) -> bool:
        """Whether to stop."""


class PreAnalyzer:
    """Analyses sounds with one set of parameters.

    Example:
        ``table = PreAnalyzer(fps=60).analyze("song.mp3"); table["bass"][120]``
    """

    def __init__(
        self,
        *,
        fps: object = 30,
        use_cache: bool = True,
        cache: AnalysisCache | None = None,
        **settings: Any,
    ) -> None:
        """Take ``fps`` (any spelling of a rate) and the fields of ``AnalysisSettings``."""
        self.settings = AnalysisSettings(fps=parse_fps(fps), **settings)
        self.cache = (cache or AnalysisCache()) if use_cache else None

    def analyze(
        self,
        source: SoundSource,
        *,
        on_progress: ProgressListener | None = None,
        cancel: CancelToken | None = None,
    ) -> PreAnalysisResult:
        """Analyse a path, the bytes of a file, or an http(s) address.

        ``on_progress`` is called every 100 frames and once at the end with fraction 1.

        Raises:
            OptionError: the sound cannot be opened.
            DecodeError: it is not a sound, damaged, or changed while it was read.
            Cancelled: ``cancel`` was set; nothing is left in the cache.
        """
        source = fetch_sound(source)
        before = _identity(source)
        key = None
        if self.cache is not None:
            key = self.cache.key(_digest(source), self.settings)
            if (kept := self.cache.load(key)) is not None:
                _report(on_progress, kept.total_frames, kept.total_frames)
                return kept
        table = _analyze(source, self.settings, _Watch(self.settings.fps, on_progress, cancel))
        if _identity(source) != before:
            raise DecodeError(f"{source!s} changed while it was read", hint="Try again.")
        if self.cache is not None and key is not None:
            self.cache.store(key, table)
        _report(on_progress, table.total_frames, table.total_frames)
        return table


def analyze(source: SoundSource, *, fps: object = 30, **settings: Any) -> PreAnalysisResult:
    """Analyse one sound: ``PreAnalyzer(fps=fps, ...).analyze(source)``."""
    return PreAnalyzer(fps=fps, **settings).analyze(source)


class _Watch:
    """Reports progress and obeys cancellation while samples go by."""

    def __init__(
        self, fps: Fraction, listener: ProgressListener | None, cancel: CancelToken | None
    ) -> None:
        self._fps, self._listener, self._cancel = fps, listener, cancel
        self.expected_frames = 0
        self.samples = 0
        self._reported = 0

    def check(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("the analysis was cancelled")

    def passing(self, blocks: Iterator[Floats]) -> Iterator[Floats]:
        for block in blocks:
            self.check()
            self.samples += len(block)
            frame = int(self.samples * self._fps / RATE)
            for done in range(self._reported + PROGRESS_FRAMES, frame + 1, PROGRESS_FRAMES):
                _report(self._listener, done, max(self.expected_frames, done + 1))
                self._reported = done
            yield block


def _report(listener: ProgressListener | None, done: int, total: int) -> None:
    if listener is not None:
        fraction = done / total if total else 1.0
        listener(
            Progress(stage=Stage.ANALYZING, fraction=fraction, frames_done=done, frames_total=total)
        )


def _analyze(source: SoundSource, settings: AnalysisSettings, watch: _Watch) -> PreAnalysisResult:
    info = probe_sound(source, exact=False)
    watch.expected_frames = math.ceil(info.duration_s * settings.fps)
    blocks = watch.passing(decode_sound(source, sample_rate=RATE, channels=2))
    hops = join_hops([_checked(part, watch) for part in measure_hops(blocks)])
    duration = Fraction(watch.samples, RATE)
    # One sample less: a length that was rounded up to 48 kHz must not make one more frame.
    total = max(math.ceil(Fraction(watch.samples - 1, RATE) * settings.fps), 1)
    strength = onset_strength(hops)
    watch.check()
    pulse = _pulse(hops, settings)
    watch.check()
    integrated = integrated_lufs(hops.weighted.astype(np.float64) * HOP)
    energy = slow_energy(hops, integrated)
    bars = find_bars(hops, strength, pulse)
    watch.check()
    sections = find_sections(hops, energy, strength, pulse.times, bars, float(duration))
    shaping = Shaping(
        percentile=settings.percentile, attack_s=settings.attack_s, release_s=settings.release_s
    )
    curves = continuous_columns(hops, shaping, energy)
    columns = build_rows(hops, pulse, bars, curves, strength, sections, settings.fps, total)
    if settings.analyzer is Analyzer.WEBAUDIO:
        columns |= webaudio_levels(source, settings, total, info.sample_rate)
    spectrum = spectrum_rows(hops, settings.fps, total)
    for column in (*columns.values(), spectrum):
        column.flags.writeable = False
    return PreAnalysisResult(
        fps=settings.fps,
        total_frames=total,
        duration=float(duration),
        columns=columns,
        spectrum=spectrum,
        beat_times=pulse.times,
        beat_numbers=bars.numbers,
        beats_per_bar=bars.size,
        bar_confidence=bars.confidence,
        bpm=pulse.bpm,
        tempo_confidence=pulse.confidence,
        tempos=pulse.tempos,
        sections=sections,
        integrated_lufs=integrated,
        sample_rate=info.sample_rate,
        channels=info.channels,
        analyzer=settings.analyzer.value,
    )


def _identity(source: SoundSource) -> tuple[int, int] | None:
    if isinstance(source, bytes):
        return None
    try:
        stat = _path(source).stat()
    except (OSError, ValueError):
        return None
    return stat.st_size, stat.st_mtime_ns


def _digest(source: SoundSource) -> str:
    try:
        return content_digest(source if isinstance(source, bytes) else _path(source))
    except (OSError, ValueError) as error:
        raise unread(str(source), Path(str(source)), error) from error


def _path(source: str | Path) -> Path:
    return Path(str(source).removeprefix("file://"))


def _checked(part: Hops, watch: _Watch) -> Hops:
    watch.check()
    return part


def _pulse(hops: Hops, settings: AnalysisSettings) -> Pulse:
    if settings.beats is BeatRule.ADAPTIVE:
        return find_pulse(hops)
    times = threshold_beats(hops.levels[:, 0])
    return Pulse(times=times, tempos=NO_PULSE.tempos, confidence=NO_PULSE.confidence)
