"""Cut a range of frames into chunks."""

from __future__ import annotations

from helios.errors import OptionError
from helios.model.options import MAX_CHUNKS, check_amount

Range = tuple[int, int]
"""(first frame, number of frames)."""

_PIXELS_720P = 1280 * 720
_FRAMES_PER_CHUNK_720P = 2400
_CHUNKS_PER_FILM = 32
_LEAST_FRAMES_720P = 30
_LEAST_FRAMES = 15


def split_evenly(start_frame: int, frame_count: int, concurrency: int) -> tuple[Range, ...]:
    """At most ``concurrency`` contiguous ranges of ``ceil(frame_count / concurrency)`` frames.

    The last takes the remainder; ranges that would be empty do not exist, so 5 frames by 4 gives
    2, 2, 1.

    Raises:
        OptionError: a count that is not positive.
    """
    _demand_positive(frame_count, concurrency)
    return split_grid(start_frame, frame_count, -(-frame_count // concurrency))


def split_grid(start_frame: int, frame_count: int, chunk_frames: int) -> tuple[Range, ...]:
    """Contiguous ranges of ``chunk_frames`` frames; the last takes the remainder.

    Raises:
        OptionError: a count that is not positive.
    """
    _demand_positive(frame_count, chunk_frames)
    check_amount(frame_count, chunk_frames)
    end = start_frame + frame_count
    return tuple(
        (first, min(chunk_frames, end - first)) for first in range(start_frame, end, chunk_frames)
    )


def default_chunk_frames(width: int, height: int, frame_count: int, gop_frames: int) -> int:
    """Frames of a chunk, from the film alone: a half, a quarter, ... a thirty-second of it, in
    whole groups of pictures, and never more than about a minute's work on a small machine, nor so
    little that to begin a chunk (an encoder, perhaps a process) costs more than it gains.

    Powers of two, because most machines have such a number of cores: eight workers have a film of
    ten seconds in one round, and a stopped render of an hour loses little. It must not depend on
    the machine: the bytes of a film depend on where it is cut.

    Args:
        width: pixels.
        height: pixels.
        frame_count: frames that are rendered.
        gop_frames: distance of the encoder's key frames; 1 for codecs that have none but these.

    Example:
        >>> default_chunk_frames(1280, 720, 300, 15), default_chunk_frames(1280, 720, 108_000, 15)
        (45, 2400)
    """
    pixels = width * height
    most = max(_LEAST_FRAMES, _FRAMES_PER_CHUNK_720P * _PIXELS_720P // pixels)
    least = min(_LEAST_FRAMES_720P, max(_LEAST_FRAMES, _LEAST_FRAMES_720P * _PIXELS_720P // pixels))
    chunks = 1
    while chunks < _CHUNKS_PER_FILM and frame_count >= 2 * chunks * least:
        chunks *= 2
    group = gop_frames if gop_frames > 1 else _LEAST_FRAMES
    wanted = min(-(-frame_count // chunks), most)
    groups = -(-wanted // group)
    if 4 * groups * group > 5 * wanted:
        # Far more than wanted would leave workers without any; a little less costs another round.
        groups -= 1
    return max(groups, 1, -(-frame_count // (MAX_CHUNKS * group))) * group


def _demand_positive(*counts: int) -> None:
    if min(counts) < 1:
        raise OptionError(f"frames and chunks are counted from 1, not {min(counts)}")
