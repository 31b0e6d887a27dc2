"""Encode films anew, one after the other, into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

from helios.encode.encoder import ChunkEncoder
from helios.errors import DecodeError
from helios.media.containers import open_container
from helios.media.fault import read_fault
from helios.media.pictures import decode_frames
from helios.model.encoding import EncodeSettings


def transcode(
    sources: Sequence[Path],
    output: Path,
    settings: EncodeSettings,
    on_frame: Callable[[int], None] | None = None,
) -> int:
    """Decode ``sources`` in order and encode their frames to ``output``, video only.

    Frames are placed on the grid of ``settings.fps``; where a source has that rate, every frame
    is kept. Returns the number of frames written, which ``on_frame`` hears while it grows.

    Raises:
        DecodeError: a source cannot be read.
        EncodeError, DiskFull, OutputNotWritable: the output cannot be written.
    """
    with ChunkEncoder(output, settings) as encoder:
        for source in sources:
            for frame in _on_grid(_timed_frames(source), settings.fps):
                encoder.write_frame(frame)
                if on_frame is not None:
                    on_frame(encoder.frame_count)
        return encoder.frame_count


Timed = tuple[Fraction, Fraction, av.VideoFrame]
"""(start, length) in seconds, and the frame."""


def _timed_frames(source: Path) -> Iterator[Timed]:
    number, origin = 0, Fraction(0)
    try:
        with open_container(source) as container:
            if not container.streams.video:
                raise DecodeError(f"{source} contains no video")
            stream = container.streams.video[0]
            tick = Fraction(stream.time_base or 1)
            usual = 1 / Fraction(stream.average_rate or stream.guessed_rate or 30)
            for frame in decode_frames(container, stream):
                time = origin + number * usual if frame.pts is None else frame.pts * tick
                if number == 0:
                    origin = time
                number += 1
                length = frame.duration * tick if frame.duration else usual
                yield time - origin, length, frame
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, source, f"frame {number} of {source}") from error


def _on_grid(frames: Iterator[Timed], fps: Fraction) -> Iterator[av.VideoFrame]:
    """Each frame as often as the grid shows it."""
    written = 0
    shown: Timed | None = None
    for timed in frames:
        if shown is not None:
            until = round(timed[0] * fps)
            for _ in range(written, until):
                yield shown[2]
            written = max(written, until)
        shown = timed
    if shown is not None:
        for _ in range(written, max(written + 1, round((shown[0] + shown[1]) * fps))):
            yield shown[2]
