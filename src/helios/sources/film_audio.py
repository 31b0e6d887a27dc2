"""The sound of a film as pages and Python compositions read it, frame by frame and as a whole.

Both read the very same numbers, so a page and a Python composition can be laid over each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import COLUMNS, SPECTRUM_BANDS, Section
from helios.audio.table import FrameAudioData, PreAnalysisResult, silent_table
from helios.model.audio import SAMPLE_RATE, AudioTrack
from helios.model.stem import Stem
from helios.scene.audio_input import Placement, heard_frames, placed_rows
from helios.sources.acts import acts
from helios.sources.film_columns import FILM_COLUMNS, describe, described, digest_of

_SILENT_WAVE = 128
_HAIR = 1e-6
"""Of a frame: a beat that rounding puts before its frame is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameAudio(FrameAudioData):
    """What the film's sound does in one frame."""

    beat_index: int
    """Number of the last beat in the song, from 0; -1 before the first."""
    bar: int
    """Number of its bar; -1 before the first beat."""
    beat_in_bar: int
    """Which beat of the bar it is, 0 for the *one*; -1 before the first beat."""
    section_kind: str
    """silence, intro, quiet, steady, build, drop, breakdown or outro; empty without sound."""
    section_progress: float
    """0 where the section begins, 1 where it ends."""
    act: int
    """Number of the section or of the phrase of one that lasts, from 0: a change of picture."""
    act_in_section: int
    """The same, from 0 in each section."""
    act_progress: float
    """0 where the act begins, towards 1 where it ends."""
    levels: tuple[float, ...]
    """The spectrum in 64 bands from 40 Hz to 16 kHz, 0..1."""
    stems: Mapping[str, FrameAudio] = field(default_factory=dict)
    """What each stem does in it, by name."""

    def spectrum(self, count: int = SPECTRUM_BANDS) -> tuple[float, ...]:
        """The spectrum in ``count`` bands, low to high, 0..1: of fewer than 64 each is the
        loudest of those it stands for, of more each lies between its neighbours."""
        return tuple(_resampled(self.levels, count))


@dataclass(frozen=True, kw_only=True)
class FilmAudio:
    """The sound as it lies in the film. Columns have one row for each of its frames."""

    fps: Fraction
    total_frames: int
    columns: Mapping[str, NDArray[Any]]
    """Those of ``FILM_COLUMNS``."""
    section_kinds: tuple[str, ...] = ()
    """By the number in the column ``section``."""
    bpm: float | None = None
    beats_per_bar: int = 4
    stems: Mapping[str, FilmAudio] = field(default_factory=dict)
    """Parts of it that are heard apart, by name."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column."""
        return self.columns[name]

    def frame(self, number: int) -> FrameAudio:
        """What it does in frame ``number``; beyond the film silence."""
        row = number if 0 <= number < self.total_frames else None
        values: dict[str, Any] = {}
        for name, column in self.columns.items():
            value = column[row].tolist() if row is not None else FILM_COLUMNS[name].silence()
            values[name] = tuple(value) if isinstance(value, list) else value
        section = values["section"]
        values["levels"] = tuple(level / 255 for level in values["levels"])
        return FrameAudio(
            frame=number,
            time=number * self.fps.denominator / self.fps.numerator,
            section_kind=self.section_kinds[section] if section >= 0 else "",
            stems={name: stem.frame(number) for name, stem in self.stems.items()},
            **values,
        )

    def at(self, time_s: float) -> FrameAudio:
        """What it does in the frame shown at ``time_s``."""
        return self.frame(math.floor(time_s * self.fps.numerator / self.fps.denominator + 1e-6))

    def waveform(
        self, count: int, start_s: float = 0.0, end_s: float | None = None
    ) -> tuple[float, ...]:
        """The highest ``amplitude`` in each of ``count`` equal parts of a time; see pages.md."""
        rate = self.fps.numerator / self.fps.denominator
        first = start_s * rate
        last = self.total_frames if end_s is None else end_s * rate
        edges = [math.floor(first + (last - first) * i / count + 1e-6) for i in range(count + 1)]
        heights = []
        for low, high in pairwise(edges):
            part = self.columns["amplitude"][max(low, 0) : max(high, low + 1, 0)]
            heights.append(float(part.max()) if len(part) else 0.0)
        return tuple(heights)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The parts of the film in which the song's sections sound, in seconds of the film."""
        column = self.columns["section"]
        edges = [0, *(np.flatnonzero(np.diff(column)) + 1).tolist(), len(column)]
        return tuple(
            Section(
                start_s=float(start / self.fps),
                end_s=float(end / self.fps),
                kind=self.section_kinds[column[start]],
                energy=float(self.columns["energy"][start:end].mean(dtype=np.float64)),
            )
            for start, end in pairwise(edges)
            if end > start and column[start] >= 0
        )

    @cached_property
    def about(self) -> str:
        """JSON that says where each column lies in ``payload``, and what is no column."""
        about, offset = self._described(0), _padded(self._size)
        for name, stem in self.stems.items():
            about["stems"][name] = stem._described(offset)
            offset += _padded(stem._size)
        return describe(about)

    @property
    def payload(self) -> bytes:
        """All columns, little-endian, one after the other; then those of each stem."""
        parts = (self, *self.stems.values())
        if not self.stems:
            return self._own
        return b"".join(part._own.ljust(_padded(part._size), b"\0") for part in parts)

    @property
    def _own(self) -> bytes:
        return b"".join(self.columns[name].tobytes() for name in FILM_COLUMNS)

    @property
    def _size(self) -> int:
        return sum(self.columns[name].nbytes for name in FILM_COLUMNS)

    def _described(self, offset: int) -> dict[str, Any]:
        return described(
            self.total_frames,
            bpm=self.bpm,
            beats_per_bar=self.beats_per_bar,
            section_kinds=self.section_kinds,
            sections=self.sections,
            offset=offset,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that can be read here."""
        return digest_of(self.about, self.payload)


def film_audio(
    track: AudioTrack | None, total_frames: int, fps: Fraction, stems: Sequence[Stem] = ()
) -> FilmAudio:
    """Hear a sound as it lies in a film, and each of its stems; silence without one.

    Raises:
        HeliosError: the sound cannot be read.
    """
    if track is None:
        return _fitted(silent_table(0, fps), total_frames, fps, Placement())
    from helios.audio.analyzer import PreAnalyzer

    table = PreAnalyzer(fps=fps).analyze(track.file)
    whole = _fitted(table, total_frames, fps, placement_of(track, table.duration))
    heard = {stem.name: film_audio(stem.beside(track), total_frames, fps) for stem in stems}
    return replace(whole, stems=heard)


def film_textures(track: AudioTrack | None, total_frames: int, fps: Fraction) -> NDArray[np.uint8]:
    """Shadertoy's texture of a sound for every frame of a film in which it lies: (frames, 2, 512).

    Raises:
        HeliosError: the sound cannot be read.
    """
    from helios.audio.webaudio import TEXTURE_WIDTH, sound_textures

    textures = np.zeros((total_frames, 2, TEXTURE_WIDTH), np.uint8)
    textures[:, 1] = _SILENT_WAVE
    if track is None:
        return textures
    from helios.audio.analyzer import PreAnalyzer

    table = PreAnalyzer(fps=fps).analyze(track.file)
    rows = placed_rows(table, total_frames, fps, placement_of(track, table.duration))
    heard = sound_textures(track.file, fps, table.total_frames)
    textures[rows >= 0] = heard[rows[rows >= 0]]
    return textures


def _padded(size: int) -> int:
    """Where the next columns may begin: each number lies where its type may."""
    return -(-size // 8) * 8


def placement_of(track: AudioTrack, duration_s: float) -> Placement:
    """Where a sound of this length lies in the film."""
    # In samples of the mix: a rounding would add up with every pass of a loop.
    length, seek = round(duration_s * SAMPLE_RATE), round(track.seek * SAMPLE_RATE)
    return Placement(
        offset_s=track.offset,
        seek_s=Fraction(seek, SAMPLE_RATE),
        length_s=Fraction(length, SAMPLE_RATE),
        rate=Fraction(repr(track.rate)),
        loop=track.loop,
    )


def _fitted(
    table: PreAnalysisResult, total_frames: int, fps: Fraction, placement: Placement
) -> FilmAudio:
    rows = placed_rows(table, total_frames, fps, placement)
    sounding = rows >= 0
    source = rows[sounding]

    def placed(name: str, values: NDArray[Any]) -> NDArray[Any]:
        kind = FILM_COLUMNS[name].kind
        column = np.zeros((total_frames, *values.shape[1:]), kind)
        column += np.asarray(FILM_COLUMNS[name].silent, kind)
        column[sounding] = values[source]
        column.flags.writeable = False
        return column

    columns = {
        name: placed(name, table.columns[name])
        for name in COLUMNS
        if name not in ("is_beat", "beat_phase", "section", "bar_position")
    }
    levels = table.spectrum if len(table.spectrum) else np.zeros((0, SPECTRUM_BANDS), np.uint8)
    columns["levels"] = placed("levels", levels)
    # Acts as they are in the whole song: one that goes on after the film is no shorter for it.
    long = heard_frames(placement, total_frames, fps)
    edges = _edges(long, fps, placement)
    whole = _beats(table, edges) | (parts := _parts(table, edges)) | _acts(parts, fps)
    for name, values in whole.items():
        column = values[:total_frames].astype(FILM_COLUMNS[name].kind)
        column.flags.writeable = False
        columns[name] = column
    return FilmAudio(
        fps=fps,
        total_frames=total_frames,
        columns=columns,
        section_kinds=table.section_kinds,
        bpm=table.bpm,
        beats_per_bar=table.beats_per_bar,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Where the sound is as each frame of a film begins and, the last of them, ends."""

    moments_s: NDArray[np.float64]
    """(frames + 1,): in the sound; a hair less, so that rounding puts nothing before its frame."""
    passes: NDArray[np.float64]
    """(frames + 1,): how often a loop has begun again."""
    sounds: NDArray[np.bool_]
    """(frames,): whether anything of the sound is in a frame."""
    seek_s: float
    length_s: float
    """Of one pass."""


def _edges(total_frames: int, fps: Fraction, placement: Placement) -> _Edges:
    seek_s = float(placement.seek_s)
    length_s = float((placement.length_s or 0) - placement.seek_s)
    edges = np.arange(total_frames + 1) - _HAIR
    places = (edges / float(fps) - float(placement.offset_s)) * float(placement.rate)
    passes = np.zeros(len(places))
    if placement.loop and length_s > 0:
        passes = np.floor(places / length_s).clip(0)
    hair_s = _HAIR / float(fps) * float(placement.rate)
    starts = (places[:-1] + 2 * hair_s < length_s) | placement.loop
    return _Edges(
        moments_s=seek_s + (places - passes * length_s).clip(0, max(length_s, 0)),
        passes=passes,
        sounds=(places[1:] > 0) & starts & (length_s > 0),
        seek_s=seek_s,
        length_s=length_s,
    )


def _beats(table: PreAnalysisResult, edges: _Edges) -> dict[str, NDArray[Any]]:
    """What is said of beats, from their own times: each lies in the frame that contains it, however
    the sound lies in the film."""
    times, moments, sounds = table.beat_times, edges.moments_s, edges.sounds
    counted = np.searchsorted(times, moments)
    first = int(np.searchsorted(times, edges.seek_s - _HAIR))
    of_a_pass = max(int(np.searchsorted(times, edges.seek_s + edges.length_s)) - first, 0)
    heard = edges.passes * of_a_pass + counted
    index = np.where(sounds, counted[1:] - 1, -1)
    phase = np.ones(len(sounds))
    number = np.append(table.beat_numbers, 0)[index]
    if len(times):
        # Loads the analyser, which a film without a sound need not wait for.
        from helios.audio.rows import beat_gaps

        since = (moments[:-1] - times[index]).clip(0) / beat_gaps(times)[index]
        phase = np.where(index >= 0, since.clip(0, 1), 1)
    return {
        "is_beat": sounds & (np.diff(heard) > 0),
        "beat_phase": phase,
        "beat_index": index,
        "bar": np.where(index >= 0, number // table.beats_per_bar, -1),
        "beat_in_bar": np.where(index >= 0, number % table.beats_per_bar, -1),
    }


def _parts(table: PreAnalysisResult, edges: _Edges) -> dict[str, NDArray[Any]]:
    """Sections and bars as each frame ends, from their own times: they begin with their beats."""
    moments, sounds = edges.moments_s, edges.sounds
    section, bars, progress = np.full(len(sounds), -1), np.zeros(len(sounds)), 0.0 * sounds
    if sounds.any():
        from helios.audio.bars import Bars, bar_positions

        counted = Bars(numbers=table.beat_numbers, size=table.beats_per_bar)
        bars = np.where(sounds, bar_positions(table.beat_times, counted, moments[1:]), 0.0)
    if len(table.sections):
        starts = np.array([part.start_s for part in table.sections])
        lengths = np.array([part.end_s - part.start_s for part in table.sections])
        section = np.where(sounds, np.searchsorted(starts, moments[1:], side="right") - 1, -1)
        since = (moments[:-1] - starts[section]) / np.maximum(lengths[section], 1e-9)
        progress = np.where(section >= 0, since.clip(0, 1), 0.0)
    return {"section": section, "bar_position": bars, "section_progress": progress}


def _acts(parts: dict[str, NDArray[Any]], fps: Fraction) -> dict[str, NDArray[Any]]:
    found = acts(parts["section"], parts["bar_position"], float(fps))
    return {
        "act": found.number,
        "act_in_section": found.in_section,
        "act_progress": found.progress,
    }


def _resampled(levels: tuple[float, ...], count: int) -> list[float]:
    # pages: browser/js/hearing.js does the same, step by step
    have = len(levels)
    if count <= have:
        edges = [i * have // count for i in range(count + 1)]
        return [max(levels[low:high]) for low, high in pairwise(edges)]
    out = []
    for i in range(count):
        place = i * (have - 1) / (count - 1)
        low = min(math.floor(place), have - 2)
        out.append(levels[low] + (levels[low + 1] - levels[low]) * (place - low))
    return out
