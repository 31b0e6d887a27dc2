"""PNG screenshots into pixels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from helios.errors import CaptureError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
_FILTER_UP = 2


def decode_png(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 4) RGBA, straight alpha, or (H, W, 3) RGB, as the file has it.

    Raises:
        CaptureError: not a whole PNG.
    """
    try:
        quick = _decode_up(data)
        return _decode_any(data) if quick is None else quick
    except (OSError, SyntaxError, ValueError, zlib.error, struct.error) as error:
        raise CaptureError(f"the browser gave a broken picture: {error}") from error


def _decode_up(data: bytes) -> NDArray[np.uint8] | None:
    """Chromium's fast PNGs say of every row how it differs from the one above: add them up."""
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        return None
    width, height, depth, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if depth != 8 or interlaced or kind not in _CHANNELS:
        return None
    channels = _CHANNELS[kind]
    raw = zlib.decompress(b"".join(_chunks(data)), bufsize=height * (width * channels + 1))
    rows = np.frombuffer(raw, np.uint8).reshape(height, width * channels + 1)
    if not (rows[:, 0] == _FILTER_UP).all():
        return None
    pixels = np.add.accumulate(rows[:, 1:], axis=0, dtype=np.uint8)
    return pixels.reshape(height, width, channels)


def _chunks(data: bytes) -> list[bytes]:
    """The image data's pieces."""
    found = []
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            found.append(data[at + 8 : at + 8 + size])
        at += 12 + size
    return found


def _decode_any(data: bytes) -> NDArray[np.uint8]:
    from PIL import Image  # hardly ever needed

    with Image.open(io.BytesIO(data)) as image:
        if image.mode not in ("RGB", "RGBA"):
            return np.asarray(image.convert("RGBA"))
        return np.asarray(image)
