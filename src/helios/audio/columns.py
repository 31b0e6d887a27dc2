"""What is heard of a sound: the columns of its table, and its parts. Loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BAND_NAMES = (
    "sub_bass",
    "bass",
    "low_mid",
    "mid",
    "upper_mid",
    "presence",
    "brilliance",
    "air",
)
SPECTRUM_BANDS = 64
COLUMNS: Mapping[str, tuple[str, int]] = {
    "amplitude": ("<f4", 1),
    "bass": ("<f4", 1),
    "mid": ("<f4", 1),
    "high": ("<f4", 1),
    "is_beat": ("?", 1),
    "bands": ("<f4", 8),
    "envelopes": ("<f4", 8),
    "onset": ("<f4", 1),
    "beat_phase": ("<f4", 1),
    "loudness": ("<f4", 1),
    "centroid": ("<f4", 1),
    "flatness": ("<f4", 1),
    "width": ("<f4", 1),
    "energy": ("<f4", 1),
    "section": ("<i4", 1),
    "bar_position": ("<f8", 1),
}
"""Name, type and width of every column; docs/audio.md says what each means."""

SILENT_LUFS = -70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the song, ``start_s`` to ``end_s``."""

    start_s: float
    end_s: float
    kind: str
    """silence, intro, quiet, steady, build, drop, breakdown or outro."""
    energy: float
    """Mean of the ``energy`` column, 0..1."""
