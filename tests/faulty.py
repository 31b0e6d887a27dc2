"""Films with planted faults, and what goes into them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 320, 180
FPS = 30


def moving(number: int) -> Pixels:
    """A bright square that moves over a ground with some texture."""
    pixels = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    pixels[100:, : WIDTH // 2] = np.random.default_rng(5).integers(20, 90, (80, WIDTH // 2, 3))
    x = number * 5 % (WIDTH - 60)
    pixels[20:80, x : x + 60] = (255, 200, 0)
    return pixels


def plain(level: int = 0) -> Pixels:
    """One colour throughout."""
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def tone(seconds: float, gain: float = 0.3) -> NDArray[np.float32]:
    """A tone with a beat in it: (n, 2) at 48 kHz."""
    at = np.arange(round(seconds * 48_000)) / 48_000
    wave = gain * np.sin(2 * np.pi * 220 * at) * (0.8 + 0.2 * np.sin(2 * np.pi * 2 * at))
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def write(
    path: Path,
    pictures: Iterable[Pixels],
    *,
    sound: NDArray[np.float32] | None = None,
    starts: Sequence[int] | None = None,
    tagged: bool = True,
) -> Path:
    """A film of these pictures, each 1/30 s; ``starts`` says otherwise, in 1/600 s."""
    with av.open(os.fspath(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast", "crf": "16"}
        stream.time_base = Fraction(1, 600)
        stream.codec_context.time_base = Fraction(1, 600)
        if tagged:
            context = stream.codec_context
            context.colorspace = context.color_primaries = context.color_trc = 1
            context.color_range = 1
        audio = None
        if sound is not None:
            audio = container.add_stream("aac", rate=48_000, layout="stereo")
            audio.bit_rate = 192_000  # type: ignore[union-attr]
        for number, pixels in enumerate(pictures):
            if not number:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            frame.pts = starts[number] if starts else number * 600 // FPS
            frame.time_base = Fraction(1, 600)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None and sound is not None:
            planes = np.ascontiguousarray(sound.T)
            for start in range(0, planes.shape[1], 1024):
                block = np.ascontiguousarray(planes[:, start : start + 1024])
                part = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                part.sample_rate, part.pts = 48_000, start
                part.time_base = Fraction(1, 48_000)
                container.mux(audio.encode(part))  # type: ignore[union-attr]
            container.mux(audio.encode(None))  # type: ignore[union-attr]
    return path
