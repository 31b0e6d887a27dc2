"""The boxes of an MP4 or QuickTime file (ISO/IEC 14496-12), read with hard bounds.

Nothing a file says makes this read more than it needs: sizes are checked against the enclosing
box, depth and number of boxes are limited, and no single read is larger than ``READ_LIMIT``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from helios.errors import FilmRefused, MetadataError

READ_LIMIT = 1 << 20
"""Bytes that one read may ask for."""
MAX_BOXES = 50_000
MAX_DEPTH = 12

_CONTAINERS = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"sv3d", b"proj")
)
_LENIENT = frozenset((b"sv3d", b"proj"))
VISUAL_ENTRY_SIZE = 78
"""Bytes of a VisualSampleEntry before its first child."""
_AUDIO_ENTRY_SIZES = {0: 28, 1: 44, 2: 64}


class Source:
    """Bounded random reads of one open file of a known size."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.size = size
        self.bytes_read = 0

    def read(self, start: int, size: int) -> bytes:
        """Exactly ``size`` bytes at ``start``.

        Raises:
            MetadataError: too much at once, outside the file, or the file has become shorter.
        """
        if not (0 <= size <= READ_LIMIT and 0 <= start <= self.size - size):
            raise FilmRefused(
                f"the file asks for {size} bytes at {start}, which it does not have",
                hint="It is damaged or cut off; export or download it again.",
            )
        self.stream.seek(start)
        data = self.stream.read(size)
        self.bytes_read += len(data)
        if len(data) != size:
            raise FilmRefused(
                "the file became shorter while it was read", hint="Wait until it is finished."
            )
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box: ``[start, end)`` in the file, of which ``header_size`` bytes are its header.

    ``children`` is None for a box that was not opened; ``prefix_size`` bytes stand between the
    header and the first child.
    """

    kind: bytes
    start: int
    end: int
    header_size: int
    prefix_size: int = 0
    children: tuple[Box, ...] | None = None

    @property
    def body(self) -> int:
        """Where the header ends."""
        return self.start + self.header_size

    @property
    def body_size(self) -> int:
        """Bytes after the header."""
        return self.end - self.body

    @property
    def name(self) -> str:
        """The kind, readable whatever its bytes are."""
        return self.kind.decode("latin-1").encode("unicode_escape").decode("ascii")

    def all(self, *path: bytes) -> Iterator[Box]:
        """Every descendant reached by following ``path``."""
        for child in self.children or ():
            if child.kind == path[0]:
                if len(path) == 1:
                    yield child
                else:
                    yield from child.all(*path[1:])

    def find(self, *path: bytes) -> Box | None:
        """The first of ``all(*path)``."""
        return next(self.all(*path), None)


class BoxReader:
    """Reads the tree of boxes of one file, opening only what describes tracks."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._count = 0

    def top_level(self) -> tuple[Box, ...]:
        """All boxes of the file; ``moov`` is opened.

        Raises:
            MetadataError: not an MP4, damaged, or beyond the limits.
        """
        boxes = []
        position = 0
        while position < self.source.size:
            box = self._header(position, self.source.size, top_level=True)
            boxes.append(self._open(box, b"", b"", 0) if box.kind == b"moov" else box)
            position = box.end
        return tuple(boxes)

    def _header(self, start: int, limit: int, *, top_level: bool = False) -> Box:
        self._count += 1
        if self._count > MAX_BOXES:
            raise FilmRefused(f"the file has more than {MAX_BOXES} boxes; that is no film")
        if limit - start < 8:
            raise FilmRefused(f"a box is cut off at byte {start}", hint=_CUT_OFF)
        size, kind = struct.unpack(">I4s", self.source.read(start, 8))
        header_size = 8
        if size == 1:
            if limit - start < 16:
                raise FilmRefused(f"a box is cut off at byte {start}", hint=_CUT_OFF)
            header_size = 16
            (size,) = struct.unpack(">Q", self.source.read(start + 8, 8))
        elif size == 0 and top_level:
            size = limit - start
        box = Box(kind=kind, start=start, end=start + size, header_size=header_size)
        if size < header_size:
            raise FilmRefused(f"box {box.name!r} at byte {start} has the impossible size {size}")
        if box.end > limit:
            raise FilmRefused(
                f"box {box.name!r} at byte {start} should be {size} bytes long, "
                f"but only {limit - start} are there",
                hint=_CUT_OFF,
            )
        return box

    def _open(self, box: Box, parent: bytes, handler: bytes, depth: int) -> Box:
        prefix_size = self._prefix_size(box, parent, handler)
        if prefix_size is None or prefix_size > box.body_size:
            return box
        if depth >= MAX_DEPTH:
            raise FilmRefused(f"boxes are nested deeper than {MAX_DEPTH}")
        found = self._headers(
            box, prefix_size, strict=parent != b"stsd" and box.kind not in _LENIENT
        )
        if box.kind == b"mdia":
            handler = self._handler(found)
        children = tuple(self._open(child, box.kind, handler, depth + 1) for child in found)
        return Box(
            kind=box.kind,
            start=box.start,
            end=box.end,
            header_size=box.header_size,
            prefix_size=prefix_size,
            children=children,
        )

    def _headers(self, box: Box, prefix_size: int, *, strict: bool) -> list[Box]:
        found = []
        position = box.body + prefix_size
        while box.end - position >= 8:
            try:
                child = self._header(position, box.end)
            except MetadataError:
                # Sample entries of old writers end in padding that is no box.
                if strict:
                    raise
                break
            found.append(child)
            position = child.end
        return found

    def _prefix_size(self, box: Box, parent: bytes, handler: bytes) -> int | None:
        """Bytes before the first child, or None for a box that has none we care for."""
        if parent == b"stsd":
            if handler == b"vide":
                return VISUAL_ENTRY_SIZE
            if handler == b"soun" and box.body_size >= 28:
                (version,) = struct.unpack(">H", self.source.read(box.body + 8, 2))
                return _AUDIO_ENTRY_SIZES.get(version)
            return None
        if box.kind in (b"stsd", b"dref"):
            return 8
        return 0 if box.kind in _CONTAINERS else None

    def _handler(self, boxes: list[Box]) -> bytes:
        for box in boxes:
            if box.kind == b"hdlr" and box.body_size >= 12:
                return self.source.read(box.body + 8, 4)
        return b""


_CUT_OFF = "The file is damaged, cut off or still being written."
