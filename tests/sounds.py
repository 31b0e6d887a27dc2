"""Sound files for tests, made in memory."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

_FLOAT_GUID = bytes.fromhex("0300000000001000800000aa00389b71")


def wav(samples: NDArray[np.floating], rate: int = 48_000, mask: int | None = None) -> bytes:
    """A 32-bit float WAV of ``samples`` (n,) or (n, channels), written by hand."""
    data = np.atleast_2d(samples.T).T.astype("<f4")
    channels = data.shape[1]
    align = 4 * channels
    head = struct.pack("<HIIHH", channels, rate, rate * align & 0xFFFFFFFF, align, 32)
    if mask is None:
        form = struct.pack("<H", 3) + head
    else:
        form = struct.pack("<H", 0xFFFE) + head + struct.pack("<HHI", 22, 32, mask) + _FLOAT_GUID
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", data.nbytes) + data.tobytes()
    return b"RIFF" + struct.pack("<I", len(body)) + body


def encoded(samples: NDArray[np.floating], rate: int, container: str, codec: str) -> bytes:
    """``samples`` (n, channels) in any container and codec PyAV writes."""
    store = io.BytesIO()
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    with av.open(store, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T.astype(np.float32)), format="fltp", layout=layout
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        fifo = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        pieces = [*fifo.read_many(size), fifo.read()]
        for piece in [*(p for p in pieces if p is not None), None]:
            out.mux(stream.encode(piece))
    return store.getvalue()


def tagged_mp3(
    samples: NDArray[np.floating], rate: int, picture: bytes = b"", **texts: str
) -> bytes:
    """An MP3 with ID3v2.3 frames of these names, and cover art (JPEG or PNG)."""

    def frame(name: str, body: bytes) -> bytes:
        return name.encode() + len(body).to_bytes(4, "big") + bytes(2) + body

    tags = b"".join(frame(name, b"\1" + text.encode("utf-16")) for name, text in texts.items())
    if picture:
        tags += frame("APIC", b"\0image/png\0\3\0" + picture)
    size = bytes(len(tags) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + tags + encoded(samples, rate, "mp3", "libmp3lame")


def clicks(seconds: float, rate: int, times: list[float], channels: int = 2) -> NDArray[np.float32]:
    """Silence with one full-scale sample at each of ``times``."""
    samples = np.zeros((round(seconds * rate), channels), np.float32)
    for time in times:
        samples[round(time * rate)] = 0.9
    return samples
