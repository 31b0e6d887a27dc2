"""Small films for tests: pictures that carry their number, and what a film shows when decoded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from helios.encode.encoder import ChunkEncoder
from helios.media.pictures import decode_pictures
from helios.merge.parts import Part
from helios.model.encoding import EncodeSettings
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.planning.encoding import resolve_encoding

WIDTH, HEIGHT = 160, 96
BITS = 10
_CELL = WIDTH // BITS


def settings(
    container: str = "mp4",
    fps: Fraction = Fraction(30),
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    **options: Any,
) -> EncodeSettings:
    """Encoder settings of a film, fast unless ``options`` say otherwise."""
    return resolve_encoding(
        RenderOptions.read(options), container, width=width, height=height, fps=fps
    )


def numbered(number: int) -> NDArray[np.uint8]:
    """(96, 160, 3) pixels: the number as ten black or white cells over a moving pattern."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    pixels[..., 0] = (rows * 2 + number * 3) % 256
    pixels[..., 1] = (columns + number) % 256
    pixels[..., 2] = 96
    for bit in range(BITS):
        cell = slice(bit * _CELL, (bit + 1) * _CELL)
        pixels[: HEIGHT // 3, cell] = 255 if number >> bit & 1 else 0
    return pixels


def number_in(pixels: NDArray[np.uint8]) -> int:
    """The number that a picture of ``numbered`` shows."""
    row = pixels[HEIGHT // 6, _CELL // 2 :: _CELL, 0]
    return sum(1 << bit for bit in range(BITS) if row[bit] > 127)


def rgb(pixels: NDArray[np.uint8], frame: int = 0) -> Picture:
    """An RGB24 picture of ``pixels``."""
    height, width = pixels.shape[:2]
    return Picture(
        frame=frame, width=width, height=height, format=PixelFormat.RGB24, planes=(pixels,)
    )


def encode(path: Path, encoding: EncodeSettings, numbers: Sequence[int]) -> Path:
    """A chunk that shows ``numbers``."""
    with ChunkEncoder(path, encoding) as encoder:
        for number in numbers:
            encoder.write(rgb(numbered(number), number))
    return path


def encode_parts(folder: Path, encoding: EncodeSettings, lengths: Sequence[int]) -> list[Part]:
    """Chunks of these lengths that count on from 0."""
    parts, start = [], 0
    for index, length in enumerate(lengths):
        path = folder / f"part_{index}.{encoding.container}"
        encode(path, encoding, range(start, start + length))
        parts.append(Part(path, start, length))
        start += length
    return parts


def shown(path: Path) -> list[int]:
    """The numbers a film shows, in order."""
    return [number_in(picture.planes[0]) for picture in decode_pictures(path)]  # type: ignore[arg-type]


def stamps(path: Path) -> list[Fraction]:
    """When each frame of a film is shown, in seconds."""
    with av.open(os.fspath(path)) as container:
        stream = container.streams.video[0]
        return [Fraction(f.pts or 0) * Fraction(f.time_base or 1) for f in container.decode(stream)]


def sound_of(path: Path) -> NDArray[np.float32]:
    """(n, channels) samples that a player hears, starting at the film's time 0."""
    with av.open(os.fspath(path)) as container:
        blocks = list(_placed(container.decode(container.streams.audio[0])))
    return np.concatenate(blocks)


def _placed(frames: Iterator[av.AudioFrame]) -> Iterator[NDArray[np.float32]]:
    resampler = av.AudioResampler("flt", "stereo", 48_000)
    position: int | None = None
    for frame in frames:
        for piece in resampler.resample(frame):
            samples = np.asarray(piece.to_ndarray(), np.float32).reshape(-1, 2)
            if position is None:
                position = round((piece.time or 0) * 48_000)
                if position > 0:
                    yield np.zeros((position, 2), np.float32)
            yield samples
            position += len(samples)
