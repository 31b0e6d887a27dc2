"""The head of a WAV file, for sounds of our own."""

from __future__ import annotations

import struct

_FLOAT_WAVE = 3
_CHANNELS = 2


def wave_head(rate: int, size: int) -> bytes:
    """The head of a stereo WAV file of 32-bit floats."""
    frame = 4 * _CHANNELS
    shape = struct.pack("<HHIIHH", _FLOAT_WAVE, _CHANNELS, rate, rate * frame, frame, 32)
    body = b"WAVEfmt " + struct.pack("<I", len(shape)) + shape + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", len(body) + size) + body
