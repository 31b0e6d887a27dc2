"""The sound of a film as pages and Python compositions read it: its columns, and silence.

Loads nothing, so that a page can be opened before the sound is heard.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from helios.audio.columns import BAND_NAMES, COLUMNS, SILENT_LUFS, SPECTRUM_BANDS, Section
from helios.browser.preload import PageSong
from helios.model.audio import AudioTrack
from helios.model.stem import Stem


@dataclass(frozen=True, slots=True)
class FilmColumn:
    """A column: one value, or ``width`` of them, for each frame."""

    kind: str
    """As numpy writes it."""
    width: int = 1
    silent: float = 0.0
    """Its value where nothing sounds."""

    @property
    def item_bytes(self) -> int:
        """Of one value."""
        return int(self.kind[-1])

    def silence(self) -> object:
        """What a frame without sound reads."""
        if self.width > 1:
            return [0 if self.kind[-2] == "u" else 0.0] * self.width
        return {"b": bool, "i": int, "f": float}[self.kind[-2]](self.silent)


_IN_SILENCE = {"loudness": SILENT_LUFS, "beat_phase": 1.0, "section": -1.0}
_COLUMNS = {
    **{
        name: FilmColumn("|b1" if kind == "?" else kind, width, _IN_SILENCE.get(name, 0.0))
        for name, (kind, width) in COLUMNS.items()
    },
    "beat_index": FilmColumn("<i4", silent=-1),
    "bar": FilmColumn("<i4", silent=-1),
    "beat_in_bar": FilmColumn("<i4", silent=-1),
    "levels": FilmColumn("|u1", SPECTRUM_BANDS),  # the spectrum, 255 for 1
    "section_progress": FilmColumn("<f4"),
    "act": FilmColumn("<i4"),
    "act_in_section": FilmColumn("<i4"),
    "act_progress": FilmColumn("<f4"),
}
# Wide items first, so that each lies where its type may.
FILM_COLUMNS = dict(sorted(_COLUMNS.items(), key=lambda each: (-each[1].item_bytes, each[0])))
"""Those of the analysis table and the film's own, in the order in which a page is given them."""


def described(
    total_frames: int,
    *,
    bpm: float | None = None,
    beats_per_bar: int = 4,
    section_kinds: Sequence[str] = (),
    sections: Sequence[Section] = (),
    offset: int = 0,
) -> dict[str, Any]:
    """Where each column lies in the payload, from ``offset`` on, and what is no column."""
    layout = {}
    for name, column in FILM_COLUMNS.items():
        layout[_camel(name)] = {
            "kind": column.kind.lstrip("<|"),
            "width": column.width,
            "offset": offset,
            "silent": column.silence(),
        }
        offset += total_frames * column.width * column.item_bytes
    return {
        "frameCount": total_frames,
        "bpm": bpm,
        "bandNames": [_camel(name) for name in BAND_NAMES],
        "beatsPerBar": beats_per_bar,
        "sectionKinds": section_kinds,
        "sections": [
            {"start": s.start_s, "end": s.end_s, "kind": s.kind, "energy": s.energy}
            for s in sections
        ],
        "columns": layout,
        "stems": {},
    }


def describe(about: dict[str, Any]) -> str:
    """What was described, as JSON."""
    return json.dumps(about, allow_nan=False)


def digest_of(about: str, payload: bytes) -> str:
    """SHA-256 (hex) of everything that can be read."""
    return hashlib.sha256(about.encode() + b"\n" + payload).hexdigest()


def page_song(
    track: AudioTrack | None, total_frames: int, fps: Fraction, stems: Sequence[Stem] = ()
) -> PageSong:
    """What a page reads of a sound, and of its stems, as it lies in a film; silence without one.

    Raises:
        HeliosError: the sound cannot be read.
    """
    if track is None:  # the same for all films
        about = describe(described(0))
        return PageSong(digest=digest_of(about, b""), about=about, payload=b"")
    from helios.sources.film_audio import film_audio, film_textures

    audio = film_audio(track, total_frames, fps, stems)
    return PageSong(
        digest=audio.digest,
        about=audio.about,
        payload=audio.payload,
        textures=lambda: film_textures(track, total_frames, fps).tobytes(),
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
