"""The table a picture reacts to: one row per output frame.

Every column is an array over all frames, so a scene takes what it needs once
(``bass = table["bass"]``) and reads ``bass[n]``; ``table.row(n)`` gives a whole row.
Levels lie in 0..1. Row n describes the sound around time ``n / fps``; beats and onsets lie in the
row whose frame, ``n / fps`` to ``(n + 1) / fps``, contains them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import BAND_NAMES, COLUMNS, SILENT_LUFS, SPECTRUM_BANDS, Section
from helios.model.timebase import parse_number


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameAudioData:
    """One row: what the sound does at frame ``frame``."""

    frame: int
    time: float
    amplitude: float
    bass: float
    mid: float
    high: float
    is_beat: bool
    bands: tuple[float, ...]
    envelopes: tuple[float, ...]
    onset: float
    beat_phase: float
    loudness: float
    centroid: float
    flatness: float
    width: float
    energy: float
    section: int
    bar_position: float
    """Bars since the song's first: 3.25 is a quarter through the fourth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreAnalysisResult:
    """A whole song, heard once.

    ``columns`` holds one array per name in ``COLUMNS``: (total_frames,) or (total_frames, 8).
    They may be memory-mapped and are read-only.
    """

    fps: Fraction
    total_frames: int
    duration: float
    """Seconds, counted in decoded samples."""
    columns: Mapping[str, NDArray[Any]]
    spectrum: NDArray[np.uint8] = field(
        default_factory=lambda: np.zeros((0, SPECTRUM_BANDS), np.uint8)
    )
    """(total_frames, 64): level of each band of ``bands.SPECTRUM_EDGES_HZ``, 255 for 1."""
    beat_times: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Seconds; the same at every fps."""
    beat_numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Of each beat: divided by ``beats_per_bar`` its bar, the rest its place in the bar."""
    beats_per_bar: int = 4
    bar_confidence: float = 0.0
    """0..1: how probable it is that bars begin where they are counted."""
    bpm: float | None = None
    """Beats per minute of the longest steady stretch, None where there is no pulse."""
    tempo_confidence: float = 0.0
    tempos: tuple[tuple[float, float, float], ...] = ()
    """(start_s, end_s, bpm) of each stretch with one tempo."""
    sections: tuple[Section, ...] = ()
    integrated_lufs: float = SILENT_LUFS
    sample_rate: int = 0
    channels: int = 0
    analyzer: str = "helios"

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column by name, or one band as ``bands.sub_bass`` or ``envelopes.air``."""
        column, dot, band = name.partition(".")
        values = self.columns[column]
        return values[:, BAND_NAMES.index(band)] if dot else values

    def row(self, frame: int) -> FrameAudioData:
        """Row ``frame``; beyond the end of the sound a silent row."""
        if not 0 <= frame < self.total_frames:
            return silent_row(frame, self.fps)
        values: dict[str, Any] = {
            name: tuple(column[frame].tolist()) if column.ndim == 2 else column[frame].item()
            for name, column in self.columns.items()
        }
        return FrameAudioData(frame=frame, time=float(frame / self.fps), **values)

    @property
    def section_kinds(self) -> tuple[str, ...]:
        """What the sections are, by their numbers."""
        return tuple(section.kind for section in self.sections)

    @property
    def frames(self) -> Sequence[FrameAudioData]:
        """All rows, made one by one as they are asked for."""
        return _Rows(self)

    def frame_at(self, time_s: float) -> FrameAudioData:
        """The row of the frame shown at ``time_s``."""
        return self.row(int(parse_number(time_s, "time") * self.fps))

    @property
    def beat_frames(self) -> NDArray[np.intp]:
        """Numbers of the frames that contain a beat."""
        return np.flatnonzero(self.columns["is_beat"])


class _Rows(Sequence[FrameAudioData]):
    def __init__(self, table: PreAnalysisResult) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.total_frames

    @overload
    def __getitem__(self, index: int) -> FrameAudioData: ...
    @overload
    def __getitem__(self, index: slice) -> list[FrameAudioData]: ...
    def __getitem__(self, index: int | slice) -> FrameAudioData | list[FrameAudioData]:
        chosen = range(len(self))[index]
        if isinstance(chosen, range):
            return [self._table.row(n) for n in chosen]
        return self._table.row(chosen)

    def __iter__(self) -> Iterator[FrameAudioData]:
        return (self._table.row(n) for n in range(len(self)))


def silent_row(frame: int, fps: Fraction) -> FrameAudioData:
    """What silence looks like."""
    values: dict[str, Any] = {
        name: (0.0,) * width if width > 1 else 0.0 for name, (_, width) in COLUMNS.items()
    }
    values |= {"is_beat": False, "beat_phase": 1.0, "section": -1, "loudness": SILENT_LUFS}
    return FrameAudioData(frame=frame, time=float(frame / fps), **values)


def silent_table(total_frames: int, fps: Fraction) -> PreAnalysisResult:
    """The table of a film without sound."""
    columns: dict[str, NDArray[Any]] = {
        name: np.zeros((total_frames, width) if width > 1 else total_frames, kind)
        for name, (kind, width) in COLUMNS.items()
    }
    columns["loudness"] += np.float32(SILENT_LUFS)
    columns["section"] -= 1
    columns["beat_phase"] += np.float32(1)
    return PreAnalysisResult(
        fps=fps, total_frames=total_frames, duration=float(total_frames / fps), columns=columns
    )
