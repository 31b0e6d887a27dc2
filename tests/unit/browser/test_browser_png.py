from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from helios.browser.png import decode_png
from helios.errors import CaptureError


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def up_filtered(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, -1)
    rows = np.diff(np.vstack([np.zeros((1, flat.shape[1]), np.uint8), flat]), axis=0)
    lines = np.hstack([np.full((height, 1), 2, np.uint8), rows.astype(np.uint8)])
    body = zlib.compress(lines.tobytes())
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 6, 0, 0, 0)
    half = len(body) // 2
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", body[:half]),
            chunk(b"IDAT", body[half:]),
            chunk(b"IEND", b""),
        )
    )


@pytest.mark.parametrize("channels", [3, 4])
def test_both_ways_to_decode_agree(channels: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (9, 7, channels), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    assert np.array_equal(decode_png(stream.getvalue()), pixels)
    data = up_filtered(pixels)
    assert np.array_equal(decode_png(data), pixels)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)


def test_broken_pictures_are_refused() -> None:
    data = up_filtered(np.zeros((4, 4, 3), np.uint8))
    for broken in (b"", b"GIF89a", data[:50], data.replace(b"IDAT", b"JUNK")):
        with pytest.raises(CaptureError, match="broken picture"):
            decode_png(broken)
