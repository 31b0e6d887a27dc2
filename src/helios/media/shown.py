"""What a film shows, frame by frame, as it is stored: brightness and colour, not yet RGB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from helios.errors import DecodeError
from helios.media.containers import open_container
from helios.media.fault import read_fault
from helios.media.pictures import decode_frames, plane_view

_PLANAR = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p")


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """One frame: when it is shown, and its planes, which are valid until the next one."""

    number: int
    start_s: Fraction
    planes: tuple[NDArray[np.uint8], ...]
    """Brightness, and where there is colour its two differences: (H, W) each, 8 bits."""


def shown_frames(path: Path) -> Iterator[ShownFrame]:
    """The frames of a film in showing order.

    Raises:
        DecodeError: it is no film, or cannot be decoded to its end; the message names the frame.
    """
    number = 0
    try:
        for frame in _frames(path, "AUTO"):
            yield frame
            number += 1
        return
    except av.FFmpegError:
        pass
    # Threads decode ahead, and stop all together: one alone comes to where the damage is.
    try:
        for frame in _frames(path, "SLICE"):
            if frame.number >= number:
                number = frame.number + 1
                yield frame
    except av.FFmpegError as error:
        raise DecodeError(
            f"frame {number} of {path} cannot be decoded: {error.strerror}"
        ) from error


def _frames(path: Path, threads: Literal["AUTO", "SLICE"]) -> Iterator[ShownFrame]:
    reformatter = VideoReformatter()
    try:
        container = open_container(path)
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path) from error
    with container:
        if not container.streams.video:
            raise DecodeError(f"{path} contains no video")
        stream = container.streams.video[0]
        tick = Fraction(stream.time_base or 1)
        for number, frame in enumerate(decode_frames(container, stream, threads)):
            yield ShownFrame(number, (frame.pts or 0) * tick, _planes(frame, reformatter))


def _planes(frame: av.VideoFrame, reformatter: VideoReformatter) -> tuple[NDArray[np.uint8], ...]:
    if frame.format.name not in _PLANAR:
        frame = reformatter.reformat(frame, format="yuv420p", threads=1)
    return tuple(plane_view(frame, index) for index in range(3))
