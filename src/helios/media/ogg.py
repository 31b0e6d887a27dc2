"""Chained Ogg: files set one after the other, which are one sound (RFC 3533, section 4).

FFmpeg goes on from one link of a chain to the next only where the next has the same form.
"""

from __future__ import annotations

import io
import os
from typing import IO

_PAGE = b"OggS"
_HEADER = 27
_BEGINS = 2
"""Flag of the first page of a stream."""
_MOST_LINKS = 1000


def ogg_links(file: IO[bytes]) -> list[tuple[int, int]]:
    """Where each link begins and ends, in bytes; nothing for a file that is no chain."""
    length = file.seek(0, os.SEEK_END)
    starts: list[int] = []
    at, was_first = 0, False
    while True:
        file.seek(at)
        header = file.read(_HEADER)
        if len(header) < _HEADER or not header.startswith(_PAGE):
            break
        is_first = bool(header[5] & _BEGINS)
        if is_first and not was_first:  # the streams of one link begin together
            starts.append(at)
        was_first = is_first
        at += _HEADER + header[-1] + sum(file.read(header[-1]))
    file.seek(0)
    if not 1 < len(starts) <= _MOST_LINKS:
        return []
    return list(zip(starts, [*starts[1:], length], strict=True))


class Section(io.RawIOBase):
    """Some bytes of a file, as a file of their own."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        """``file`` stays the caller's to close."""
        self._file = file
        self._start, self._length = start, end - start
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """From the beginning of the section."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As in a file."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """No more than is left of the section."""
        left = max(0, self._length - self._at)
        self._file.seek(self._start + self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data
