"""The head of a WAV file, for sounds of our own."""

from __future__ import annotations

import struct
from typing import Literal

_KINDS = {16: 1, 32: 3}
"""By the bits of a sample: whole numbers, floats."""
_CHANNELS = 2


def wave_head(rate: int, size: int, *, bits: Literal[16, 32] = 32) -> bytes:
    """The head of a stereo WAV file of 32-bit floats, or of 16-bit numbers."""
    frame = bits // 8 * _CHANNELS
    shape = struct.pack("<HHIIHH", _KINDS[bits], _CHANNELS, rate, rate * frame, frame, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(shape)) + shape + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", len(body) + size) + body
