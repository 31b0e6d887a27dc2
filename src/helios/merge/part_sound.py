"""The sound that lies inside the parts, put together sample by sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from helios.errors import MergeError
from helios.merge.parts import Part, open_part
from helios.merge.sound import Samples, exact_length
from helios.model.audio import SAMPLE_RATE
from helios.model.timebase import sample_index

_JUMP = SAMPLE_RATE // 100
"""Time stamps that differ by less (10 ms) are rounding, not a hole in the sound."""


def part_sound(parts: Sequence[Part], fps: Fraction) -> Iterator[Samples]:
    """The parts' sounds one after the other as float32 blocks (n, 2) at 48 kHz.

    Each is cut, or lengthened by silence, to the samples of its part's frames, so that rounding
    never adds up; a part without sound is silent. PCM at 48 kHz passes through unchanged.

    Raises:
        ChunkMissing, MergeError: a part cannot be read.
        MergeError: a part's sound is damaged.
    """
    start_frame = 0
    for part in parts:
        count = part.frame_count or frame_count(part)
        start = sample_index(start_frame, fps, SAMPLE_RATE)
        start_frame += count
        length = sample_index(start_frame, fps, SAMPLE_RATE) - start
        yield from exact_length(_placed(part), length)


def frame_count(part: Part) -> int:
    """Frames of a part, counted.

    Raises:
        ChunkMissing, MergeError: it cannot be read.
    """
    with open_part(part, decodes=False) as (container, stream):
        return stream.frames or sum(1 for packet in container.demux(stream) if packet.size)


def _placed(part: Part) -> Iterator[Samples]:
    """The part's sound from its first frame on, holes filled with silence."""
    with open_part(part) as (container, video):
        if not container.streams.audio:
            return
        origin = Fraction(video.start_time or 0) * Fraction(video.time_base or 1)
        position = 0
        for start, block in _decoded(part, container, container.streams.audio[0]):
            place = round((start - origin) * SAMPLE_RATE)
            if position == 0 and place < 0:
                block = block[-place:]  # noqa: PLW2901 - the part of it that counts
                place = 0
            if place - position > _JUMP or (position == 0 and place > 0):
                yield np.zeros((place - position, 2), np.float32)
                position = place
            if len(block):
                yield block
                position += len(block)


def _decoded(
    part: Part, container: InputContainer, stream: AudioStream
) -> Iterator[tuple[Fraction, Samples]]:
    """(start in seconds, samples) of each decoded piece."""
    layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
    resampler = AudioResampler("flt", layout, SAMPLE_RATE)
    try:
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                yield _start(piece), _samples(piece)
        for piece in resampler.resample(None):
            yield _start(piece), _samples(piece)
    except (av.FFmpegError, ValueError) as error:
        raise MergeError(
            f"the sound of part {part.path.name} is damaged: {error}", hint="Render it again."
        ) from error


def _start(frame: av.AudioFrame) -> Fraction:
    return Fraction(frame.pts or 0) * Fraction(frame.time_base or 1)


def _samples(frame: av.AudioFrame) -> Samples:
    channels = frame.layout.nb_channels
    values = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, channels)
    return np.repeat(values, 2, axis=1) if channels == 1 else values
