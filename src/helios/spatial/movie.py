"""What the boxes of a film say about its tracks."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.errors import FilmRefused
from helios.spatial.boxes import Box, BoxReader, Source

_DISTINCT = 100
_BLOCK = 1 << 16
"""Table entries read at once."""


class Track:
    """One ``trak`` box; everything is read when it is asked for."""

    def __init__(self, source: Source, box: Box) -> None:
        self.source = source
        self.box = box

    def _body(self, *path: bytes, limit: int = 4096) -> bytes:
        found = self.box.find(*path)
        return self.source.read(found.body, min(found.body_size, limit)) if found else b""

    @cached_property
    def handler(self) -> bytes:
        """``vide``, ``soun``, ..."""
        return self._body(b"mdia", b"hdlr")[8:12]

    @cached_property
    def track_id(self) -> int:
        """As the header says; 0 if it does not."""
        body = self._body(b"tkhd")
        start = 20 if body[:1] == b"\1" else 12
        return int.from_bytes(body[start : start + 4], "big")

    @cached_property
    def timing(self) -> tuple[int, int]:
        """(ticks per second, duration in ticks) of the media."""
        body = self._body(b"mdia", b"mdhd")
        layout = ">IQ" if body[:1] == b"\1" else ">II"
        start = 20 if body[:1] == b"\1" else 12
        if len(body) < start + struct.calcsize(layout):
            raise FilmRefused("a track has no readable media header")
        timescale, duration = struct.unpack_from(layout, body, start)
        return timescale, duration

    @cached_property
    def entries(self) -> tuple[Box, ...]:
        """Sample entries: one for each way the track's samples are coded."""
        table = self.box.find(b"mdia", b"minf", b"stbl", b"stsd")
        return (table.children or ()) if table else ()

    @cached_property
    def edits(self) -> tuple[tuple[int, int], ...]:
        """(duration in the film's ticks, media time) of each edit; media time -1 is a pause."""
        body = self._body(b"edts", b"elst")
        if len(body) < 8:
            return ()
        wide = body[0] == 1
        layout = struct.Struct(">Qqi" if wide else ">Iii")
        count = min(int.from_bytes(body[4:8], "big"), (len(body) - 8) // layout.size)
        return tuple(layout.unpack_from(body, 8 + n * layout.size)[:2] for n in range(count))

    def table(self, kind: bytes, header: int, dtype: Any) -> Iterator[NDArray[Any]]:
        """Rows of a sample table in blocks; ``header`` bytes end with the row count.

        Raises:
            MetadataError: the table says it is longer than its box.
        """
        box = self.box.find(b"mdia", b"minf", b"stbl", kind)
        if box is None or box.body_size < header:
            return
        row = np.dtype(dtype)
        count = int.from_bytes(self.source.read(box.body + header - 4, 4), "big")
        if count * row.itemsize > box.body_size - header:
            raise FilmRefused(f"table {box.name!r} is shorter than it says")
        for first in range(0, count, _BLOCK):
            rows = min(_BLOCK, count - first)
            start = box.body + header + first * row.itemsize
            yield np.frombuffer(self.source.read(start, rows * row.itemsize), row)

    @cached_property
    def sample_count(self) -> int:
        """How many samples (frames) the track has."""
        body = self._body(b"mdia", b"minf", b"stbl", b"stsz", limit=12)
        return int.from_bytes(body[8:12], "big")

    @cached_property
    def byte_count(self) -> int:
        """Bytes of all samples."""
        body = self._body(b"mdia", b"minf", b"stbl", b"stsz", limit=12)
        fixed = int.from_bytes(body[4:8], "big")
        if fixed:
            return fixed * self.sample_count
        return sum(int(block.sum(dtype=np.uint64)) for block in self.table(b"stsz", 12, ">u4"))

    @cached_property
    def frame_durations(self) -> dict[int, int]:
        """How many samples last how many ticks (the first few distinct durations)."""
        found: dict[int, int] = {}
        for block in self.table(b"stts", 8, ">u4,>u4"):
            for count, delta in block.tolist():
                if delta in found or len(found) < _DISTINCT:
                    found[delta] = found.get(delta, 0) + count
        return found

    @cached_property
    def fps(self) -> Fraction | None:
        """Frames per second: one over the duration most frames have."""
        durations = {delta: count for delta, count in self.frame_durations.items() if delta}
        if not durations or not self.timing[0]:
            return None
        return Fraction(self.timing[0], max(durations, key=lambda delta: durations[delta]))

    @cached_property
    def keyframe_interval(self) -> int:
        """The largest distance between keyframes in frames; 1 if all frames are."""
        if self.box.find(b"mdia", b"minf", b"stbl", b"stss") is None:
            return 1
        largest, last = 0, 1
        for block in self.table(b"stss", 8, ">u4"):
            numbers = block.astype(np.int64)
            steps = np.diff(numbers, prepend=last)
            largest, last = max(largest, int(steps.max(initial=0))), int(numbers[-1])
        return max(largest, self.sample_count + 1 - last, 1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the sample entry says."""
        if not self.entries or self.entries[0].body_size < 28:
            return 0, 0
        width, height = struct.unpack(">HH", self.source.read(self.entries[0].body + 24, 4))
        return width, height

    @property
    def duration_s(self) -> float:
        """Length of the media in seconds: all samples, else as the header says.

        Some headers count what decoding ahead of showing takes as well.
        """
        timescale, duration = self.timing
        lengths = self.frame_durations
        if 0 < len(lengths) < _DISTINCT:
            duration = sum(delta * count for delta, count in lengths.items()) or duration
        return duration / timescale if timescale else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """A whole file: its boxes, and the tracks in its ``moov``."""

    source: Source
    boxes: tuple[Box, ...]
    moov: Box
    tracks: tuple[Track, ...]

    @classmethod
    def read(cls, source: Source) -> Movie:
        """Read all that describes the film, and nothing of its pictures.

        Raises:
            MetadataError: not an MP4, or damaged; the message says what and where.
        """
        start = source.read(0, min(12, source.size))
        if start[:4] == b"\x1a\x45\xdf\xa3":
            raise FilmRefused(
                "this is a Matroska or WebM file, not an MP4", hint="Export to .mp4 or .mov."
            )
        if len(start) < 8 or start[4:8] not in _FIRST_BOXES:
            name = getattr(source.stream, "name", "this")
            raise FilmRefused(
                f"{name} is not an MP4 file",
                hint="Give an .mp4, .m4v or .mov file.",
            )
        boxes = BoxReader(source).top_level()
        movies = [box for box in boxes if box.kind == b"moov"]
        if not movies:
            raise FilmRefused(
                "the file has no 'moov' box",
                hint="It is still being written, or it was cut off while it was.",
            )
        if len(movies) > 1:
            raise FilmRefused("the file has several 'moov' boxes", hint="Export it again.")
        tracks = tuple(Track(source, box) for box in movies[0].all(b"trak"))
        return cls(source=source, boxes=boxes, moov=movies[0], tracks=tracks)

    @property
    def video_tracks(self) -> tuple[Track, ...]:
        """Tracks with pictures."""
        return tuple(track for track in self.tracks if track.handler == b"vide")

    @property
    def audio_tracks(self) -> tuple[Track, ...]:
        """Tracks with sound."""
        return tuple(track for track in self.tracks if track.handler == b"soun")

    @property
    def is_fragmented(self) -> bool:
        """Whether samples are described outside ``moov``."""
        outside = any(box.kind in (b"moof", b"sidx") for box in self.boxes)
        return outside or self.moov.find(b"mvex") is not None

    @property
    def is_moov_first(self) -> bool:
        """Whether a player can start before it has the whole file."""
        order = [box.kind for box in self.boxes if box.kind in (b"moov", b"mdat")]
        return order[:1] == [b"moov"]


_FIRST_BOXES = frozenset(
    (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"styp")
)
