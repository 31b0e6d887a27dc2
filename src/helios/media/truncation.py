"""How long a file says it is, where its word can be trusted."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from helios.errors import DecodeError
from helios.files.regular import open_regular
from helios.media.probe import box_names

_EXACT = ("flac", "aiff", "w64", "wav", "mov", "caf", "tta", "ape", "wv")
"""Formats whose headers carry the length in samples; others estimate it from their size."""

_ID3_HEADER = 10
_XING_WITHIN = 4096
_HAS_FRAMES, _HAS_BYTES = 1, 2
_TAGS = 1024
"""What may stand after the last frame; with more, the frames are counted."""


def declared_seconds(container: Any, stream: Any, file: IO[bytes]) -> Fraction | None:
    """The length the container declares in seconds, or None where it would be a guess."""
    if stream.duration is None or stream.time_base is None:
        return None
    names = container.format.name.split(",")
    if names[0] not in _EXACT and not (names[0] == "mp3" and _is_counted(file)):
        return None
    return Fraction(stream.duration) * Fraction(stream.time_base)


def refuse_cut_file(file: IO[bytes], format_name: str, name: str) -> None:
    """Refuse a RIFF file shorter than its header says: the demuxer hides the difference.

    Raises:
        DecodeError: the end of the file is missing.
    """
    if format_name != "wav":
        return
    at = file.tell()
    file.seek(0)
    head = file.read(12)
    have = file.seek(0, os.SEEK_END)
    file.seek(at)
    said = int.from_bytes(head[4:8], "little")
    if head[:4] == b"RIFF" and 0 < said < 0xFFFF_FF00 and have < said + 8 - 1:
        raise DecodeError(
            f"{name} is truncated: {have} of {said + 8} bytes are there",
            hint="Copy or download it again.",
        )


def _is_counted(file: IO[bytes]) -> bool:
    """Whether an MP3 says how many frames it has, and they are all that is in the file.

    Of joined files the first one's header says what that one had.
    """
    at = file.tell()
    file.seek(0)
    head = file.read(_ID3_HEADER)
    start = 0
    if head[:3] == b"ID3" and len(head) == _ID3_HEADER:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        start = size + _ID3_HEADER
    file.seek(start)
    found = file.read(_XING_WITHIN)
    have = file.seek(0, os.SEEK_END) - start
    file.seek(at)
    place = max(found.find(b"Xing"), found.find(b"Info"))
    if place < 0:
        return False
    flags = int.from_bytes(found[place + 4 : place + 8], "big")
    if not flags & _HAS_BYTES:
        return True
    skip = place + 8 + (4 if flags & _HAS_FRAMES else 0)
    said = int.from_bytes(found[skip : skip + 4], "big")
    return have <= said + _TAGS


def lacks_index(path: Path) -> bool:
    """Whether an MP4 or QuickTime file begins as one and has no index (``moov``): its end is gone.

    Raises:
        OSError: it cannot be read.
    """
    with open_regular(path) as file:
        names = box_names(file)
        return next(names, b"") == b"ftyp" and b"moov" not in names
