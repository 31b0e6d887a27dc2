"""A test film of two chunks: whether an encoder makes what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from helios.encode.encoder import ChunkEncoder
from helios.errors import EncodeError, HeliosError
from helios.media.containers import open_container
from helios.media.pictures import decode_frames, plane_view
from helios.model.encoding import EncodeSettings
from helios.model.picture import Picture, PixelFormat

CHUNK_FRAMES = 3
_CHUNKS = 2
_GOP_FRAMES = 2
_DARKEST, _BRIGHTER = 48, 24
"""Luma of the first frame, and what each is brighter than the one before it."""
_RISE = 32
"""What luma rises by from left to right."""
_CHROMA = (90, 170)
_TOLERANCE = 8.0
"""Levels of 255 that a plane may differ in the mean: a third of what two frames do."""
_BT709_LIMITED = (1, 1)
"""Matrix and range."""
_LAST_WORDS = 2


def encode_chunks(folder: Path, settings: EncodeSettings) -> list[Path]:
    """Two chunks of three frames, with key frames at every second.

    Raises:
        HeliosError: the encoder refuses; the message ends with its own words.
    """
    if settings.encoder not in av.codecs_available:
        raise EncodeError("the FFmpeg of PyAV has no such encoder here")
    short = replace(settings, gop_frames=_GOP_FRAMES)
    paths = [folder / f"{number}.{settings.container}" for number in range(_CHUNKS)]
    with _last_words():
        for number, path in enumerate(paths):
            with ChunkEncoder(path, short) as encoder:
                for frame in range(CHUNK_FRAMES):
                    encoder.write(_picture(number * CHUNK_FRAMES + frame, settings))
    return paths


def what_is_wrong(film: Path, settings: EncodeSettings) -> str:
    """What is wrong with a film that was joined from these chunks; empty if nothing is.

    Raises:
        DecodeError: it cannot be opened.
    """
    try:
        return _fault(film, settings)
    except av.FFmpegError as error:
        return f"it cannot be decoded: {error.strerror}"


def _fault(film: Path, settings: EncodeSettings) -> str:
    keys = [packet.is_keyframe for packet in _packets(film)]
    if len(keys) != _CHUNKS * CHUNK_FRAMES:
        return f"{len(keys)} frames came out of {_CHUNKS * CHUNK_FRAMES}"
    if not all(keys[n] for n in range(len(keys)) if n % CHUNK_FRAMES % _GOP_FRAMES == 0):
        return "its key frames are not where they were asked for"
    with open_container(film) as container:
        stream = container.streams.video[0]
        shown = 0
        for number, frame in enumerate(decode_frames(container, stream)):
            shown += 1
            if (int(frame.colorspace), int(frame.color_range)) != _BT709_LIMITED:
                return "its pictures do not say that they are BT.709 of limited range"
            if wrong := _differs(frame, number, settings):
                return wrong
    return "" if shown == len(keys) else f"{shown} pictures came out of {len(keys)}"


def _packets(film: Path) -> Iterator[av.Packet[av.VideoStream]]:
    with open_container(film) as container:
        for packet in container.demux(video=0):
            if packet.size:
                yield packet


def _differs(frame: av.VideoFrame, number: int, settings: EncodeSettings) -> str:
    """What is wrong with a decoded frame."""
    if (frame.width, frame.height) != (settings.width, settings.height):
        return f"its pictures are {frame.width}x{frame.height}"
    is_deep = "10" in settings.pixel_format
    plain = frame.reformat(format="yuv420p10le" if is_deep else "yuv420p")
    if is_deep and "10" not in frame.format.name:
        return "its pictures have no 10 bits"
    for index, wanted in enumerate(_picture(number, settings).planes):
        found = plane_view(plain, index).astype(np.float32)
        off = float(np.abs(found - wanted).mean()) / (4 if is_deep else 1)
        if off > _TOLERANCE:
            return f"frame {number} does not look as it was drawn"
    return ""


def _picture(number: int, settings: EncodeSettings) -> Picture:
    """Brighter from left to right, and from frame to frame."""
    is_deep = "10" in settings.pixel_format
    kind, factor = (np.uint16, 4) if is_deep else (np.uint8, 1)
    width, height = settings.width, settings.height
    row = _DARKEST + _BRIGHTER * number + np.linspace(0, _RISE, width)
    luma = np.broadcast_to((factor * row).astype(kind), (height, width))
    chroma = [np.full((height // 2, width // 2), factor * level, kind) for level in _CHROMA]
    return Picture(
        frame=number,
        width=width,
        height=height,
        format=PixelFormat.YUV420P10 if is_deep else PixelFormat.YUV420P,
        planes=(np.ascontiguousarray(luma), *chroma),
    )


@contextmanager
def _last_words() -> Iterator[None]:
    """What FFmpeg says of an error says more than its name: that a driver is missing, and which."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture(local=False) as said:
            try:
                yield
            except HeliosError as error:
                words = [*dict.fromkeys(" ".join(text.split()) for _, _, text in said)]
                if not words:
                    raise
                raise EncodeError("; ".join(words[-_LAST_WORDS:]).rstrip(".")) from error
    finally:
        av.logging.set_level(level)
