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
        if name not in ("is_beat", "beat_phase")
    }
    columns |= _beats(table, total_frames, fps, placement)
    levels = table.spectrum if len(table.spectrum) else np.zeros((0, SPECTRUM_BANDS), np.uint8)
    columns["levels"] = placed("levels", levels)
    columns["section_progress"] = placed("section_progress", _section_progress(table))
    columns |= _acts(table, total_frames, fps, placement)
    return FilmAudio(
        fps=fps,
        total_frames=total_frames,
        columns=columns,
        section_kinds=table.section_kinds,
        bpm=table.bpm,
        beats_per_bar=table.beats_per_bar,
    )


def _acts(
    table: PreAnalysisResult, total_frames: int, fps: Fraction, placement: Placement
) -> dict[str, NDArray[Any]]:
    """Acts as they are in the whole song: one that goes on after the film is no shorter for it."""
    rows = placed_rows(table, heard_frames(placement, total_frames, fps), fps, placement)
    sounding = rows >= 0
    section, bars = np.full(len(rows), -1, np.int32), np.zeros(len(rows))
    for column, name in ((section, "section"), (bars, "bar_position")):
        column[sounding] = table.columns[name][rows[sounding]]
    found = acts(section, bars, float(fps))
    return {
        "act": found.number[:total_frames],
        "act_in_section": found.in_section[:total_frames],
        "act_progress": found.progress[:total_frames],
    }


def _beats(
    table: PreAnalysisResult, total_frames: int, fps: Fraction, placement: Placement
) -> dict[str, NDArray[Any]]:
    """What is said of beats, from their own times: each lies in the frame that contains it, however
    the sound lies in the film."""
    times = table.beat_times
    length = float((placement.length_s or 0) - placement.seek_s)
    edges = np.arange(total_frames + 1) - _HAIR
    places = (edges / float(fps) - float(placement.offset_s)) * float(placement.rate)
    passes = np.zeros(len(places))
    if placement.loop and length > 0:
        passes = np.floor(places / length).clip(0)
    seek = float(placement.seek_s)
    moments = seek + (places - passes * length).clip(0, max(length, 0))
    counted = np.searchsorted(times, moments)
    first = int(np.searchsorted(times, seek - _HAIR))
    heard = passes * max(int(np.searchsorted(times, seek + length)) - first, 0) + counted
    starts = (places[:-1] < length) | placement.loop
    sounds = (places[1:] > 0) & starts & (length > 0)
    index = np.where(sounds, counted[1:] - 1, -1)
    phase = np.ones(total_frames, np.float32)
    number = np.append(table.beat_numbers, 0)[index]
    if len(times):
        # Loads the analyser, which a film without a sound need not wait for.
        from helios.audio.rows import beat_gaps

        since = (moments[:-1] - times[index]).clip(0) / beat_gaps(times)[index]
        phase = np.where(index >= 0, since.clip(0, 1), 1)
    return {
        "is_beat": sounds & (np.diff(heard) > 0),
        "beat_phase": phase.astype("<f4"),
        "beat_index": index.astype("<i4"),
        "bar": np.where(index >= 0, number // table.beats_per_bar, -1).astype("<i4"),
        "beat_in_bar": np.where(index >= 0, number % table.beats_per_bar, -1).astype("<i4"),
    }


def _section_progress(table: PreAnalysisResult) -> NDArray[np.float64]:
    """How far each of the table's rows is in its section, 0 to 1."""
    rows = np.arange(table.total_frames)
    section = np.asarray(table["section"])
    starts = np.array([part.start_s for part in table.sections] or [0.0])
    lengths = np.array([part.end_s - part.start_s for part in table.sections] or [1.0])
    since = rows / float(table.fps) - starts[section.clip(0)]
    progress = (since / np.maximum(lengths[section.clip(0)], 1e-9)).clip(0, 1)
    return np.where(section >= 0, progress, 0.0)


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
