"""A file's new layout as a list of pieces, and writing it in one pass.

A piece is new bytes, a span of the old file, or a table of chunk offsets that is translated on
the way. Memory does not depend on the size of the file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.errors import FilmRefused, MetadataError
from helios.spatial.boxes import Box, Source

_BLOCK = 1 << 16
_COPY_BLOCK = 1 << 20
_LIMIT_32 = (1 << 32) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes ``[start, end)`` of the old file."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What to leave out (by where a box starts) and what to add to which box."""

    drop: frozenset[int] = frozenset()
    append: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ChunkTable:
    """An ``stco`` or ``co64`` box of the old file; ``wide`` is what it becomes."""

    box: Box
    count: int
    wide: bool

    @property
    def size(self) -> int:
        """Bytes of the new box."""
        return 16 + self.count * (8 if self.wide else 4)

    def blocks(self, source: Source) -> Iterator[NDArray[np.int64]]:
        """The old offsets, a block at a time."""
        row = np.dtype(">u8" if self.box.kind == b"co64" else ">u4")
        start = self.box.body + 8
        for first in range(0, self.count, _BLOCK):
            rows = min(_BLOCK, self.count - first)
            data = source.read(start + first * row.itemsize, rows * row.itemsize)
            offsets = np.frombuffer(data, row)
            if row.itemsize == 8 and rows and int(offsets.max()) > source.size:
                raise _outside()
            yield offsets.astype(np.int64)


Piece = bytes | Span | ChunkTable


class Layout:
    """The new file: its pieces in order, and where each old top-level box has gone."""

    def __init__(
        self, source: Source, boxes: tuple[Box, ...], edits: Edits, *, moov_first: bool
    ) -> None:
        self.source = source
        self.edits = edits
        self._tables: dict[int, ChunkTable] = {}
        self._old = boxes
        self._order = _moov_first(boxes) if moov_first else boxes
        self._settle()

    def _settle(self) -> None:
        """Compute positions; widen tables whose offsets need it until nothing changes."""
        moov = next(box for box in self._order if box.kind == b"moov")
        while True:
            moov_pieces = self._rebuild(moov)
            self.pieces: list[Piece] = []
            position = 0
            starts = {}
            for box in self._order:
                new: list[Piece] = [Span(start=box.start, end=box.end)]
                if box is moov:
                    new = [*_header(moov, sum(map(_size, moov_pieces))), *moov_pieces]
                starts[box.start] = position
                self.pieces += new
                position += sum(map(_size, new))
            self.size = position
            self._shift = np.array([starts[b.start] - b.start for b in self._old], np.int64)
            if not self._widen():
                return

    def _widen(self) -> bool:
        changed = False
        for table in self.tables:
            if table.wide:
                continue
            for block in table.blocks(self.source):
                if block.size and int(self.translate(block).max()) > _LIMIT_32:
                    table.wide = changed = True
                    break
        return changed

    def translate(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where bytes of the old file are in the new one.

        Raises:
            MetadataError: an offset lies in no box that holds media.
        """
        starts = np.array([box.start for box in self._old], np.int64)
        ends = np.array([box.end for box in self._old], np.int64)
        movie = np.array([box.kind == b"moov" for box in self._old])
        where = np.clip(np.searchsorted(starts, offsets, "right") - 1, 0, None)
        if bool(np.any((offsets < starts[where]) | (offsets >= ends[where]) | movie[where])):
            raise _outside()
        translated: NDArray[np.int64] = offsets + self._shift[where]
        return translated

    def _rebuild(self, box: Box) -> list[Piece]:
        """The new content of a box that was opened, without its header."""
        pieces: list[Piece] = []
        position = box.body
        end_of_children = box.body + box.prefix_size
        for child in box.children or ():
            end_of_children = child.end
            if child.start in self.edits.drop:
                pieces.append(Span(start=position, end=child.start))
            elif child.kind in (b"stco", b"co64"):
                pieces += [Span(start=position, end=child.start), self._table(child)]
            elif child.children is not None:
                content = self._rebuild(child)
                header = _header(child, sum(map(_size, content)))
                pieces += [Span(start=position, end=child.start), *header, *content]
            else:
                continue
            position = child.end
        pieces.append(Span(start=position, end=end_of_children))
        if box.start in self.edits.append:
            pieces.append(self.edits.append[box.start])
        pieces.append(Span(start=end_of_children, end=box.end))
        return [piece for piece in pieces if _size(piece)]

    def _table(self, box: Box) -> ChunkTable:
        if box.body_size < 8:
            raise FilmRefused("a chunk offset table is cut off")
        count = int.from_bytes(self.source.read(box.body + 4, 4), "big")
        row = 8 if box.kind == b"co64" else 4
        if count * row > box.body_size - 8:
            raise FilmRefused(f"table {box.name!r} is shorter than it says")
        table = ChunkTable(box=box, count=count, wide=box.kind == b"co64")
        return self._tables.setdefault(box.start, table)

    @property
    def tables(self) -> tuple[ChunkTable, ...]:
        """All chunk offset tables."""
        return tuple(self._tables.values())

    def write(self, target: int) -> None:
        """Write the new file to the file descriptor ``target``, from its start.

        Raises:
            MetadataError: the old file changed meanwhile.
            OSError: the new one cannot be written.
        """
        for piece in self.pieces:
            if isinstance(piece, bytes):
                _write(target, piece)
            elif isinstance(piece, Span):
                copy_span(self.source.stream.fileno(), target, piece)
            else:
                self._write_table(target, piece)
        os.ftruncate(target, self.size)

    def _write_table(self, target: int, table: ChunkTable) -> None:
        kind = b"co64" if table.wide else b"stco"
        flags = self.source.read(table.box.body, 4)
        _write(target, struct.pack(">I4s4sI", table.size, kind, flags, table.count))
        row: Any = ">u8" if table.wide else ">u4"
        for block in table.blocks(self.source):
            _write(target, self.translate(block).astype(row).tobytes())


def copy_span(source: int, target: int, span: Span) -> None:
    """Copy to the target's position without bringing the bytes up here; holes stay holes.

    Raises:
        MetadataError: the source has become shorter.
    """
    position = span.start
    while position < span.end:
        data_start, data_end = _next_data(source, position, span.end)
        if data_start > position:
            os.lseek(target, data_start - position, os.SEEK_CUR)
        position = data_start
        while position < data_end:
            copied = _copy_some(source, target, position, data_end - position)
            if copied == 0:
                raise FilmRefused(
                    "the file became shorter while it was copied",
                    hint="Wait until it is finished.",
                )
            position += copied


def _next_data(source: int, position: int, end: int) -> tuple[int, int]:
    """The next range that is not a hole, as far as the file system tells."""
    if not hasattr(os, "SEEK_DATA"):
        return position, end
    try:
        start = os.lseek(source, position, os.SEEK_DATA)
        if start >= end:
            return end, end
        return start, min(end, os.lseek(source, start, os.SEEK_HOLE))
    except OSError as error:
        # ENXIO: nothing but a hole up to the end.
        return (end, end) if error.errno == errno.ENXIO else (position, end)


def _copy_some(source: int, target: int, position: int, size: int) -> int:
    if hasattr(os, "copy_file_range"):
        with contextlib.suppress(OSError):
            return os.copy_file_range(source, target, min(size, 1 << 30), offset_src=position)
    data = os.pread(source, min(size, _COPY_BLOCK), position)
    _write(target, data)
    return len(data)


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


def _size(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.size


def _header(box: Box, content_size: int) -> list[Piece]:
    """The box's own header if it is long and still right, else the shortest that fits."""
    if content_size == box.body_size and box.header_size == 16:
        return [Span(start=box.start, end=box.body)]
    size = content_size + 8
    if size > _LIMIT_32:
        return [struct.pack(">I4sQ", 1, box.kind, size + 8)]
    return [struct.pack(">I4s", size, box.kind)]


def _moov_first(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    moov = next(box for box in boxes if box.kind == b"moov")
    rest = [box for box in boxes if box is not moov]
    head = 1 if rest and rest[0].kind == b"ftyp" else 0
    return (*rest[:head], moov, *rest[head:])


def _outside() -> MetadataError:
    return MetadataError(
        "the film's tables point outside its media data",
        hint="The file is damaged or cut off; export or download it again.",
    )
