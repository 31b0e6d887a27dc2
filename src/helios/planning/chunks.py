"""Cut a range of frames into chunks."""

from __future__ import annotations

from helios.errors import OptionError

Range = tuple[int, int]
"""(first frame, number of frames)."""

_PIXELS_720P = 1280 * 720
_FRAMES_PER_CHUNK_720P = 2400
_MIN_CHUNK_FRAMES = 60
_MAX_CHUNK_FRAMES = 3600


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
    end = start_frame + frame_count
    return tuple(
        (first, min(chunk_frames, end - first)) for first in range(start_frame, end, chunk_frames)
    )


def default_chunk_frames(width: int, height: int) -> int:
    """Frames of about a minute's work, from the size of the picture alone.

    It must not depend on the machine: the bytes of a film depend on where it is cut.
    """
    frames = _FRAMES_PER_CHUNK_720P * _PIXELS_720P // (width * height)
    return max(_MIN_CHUNK_FRAMES, min(_MAX_CHUNK_FRAMES, frames // 60 * 60))


def _demand_positive(*counts: int) -> None:
    if min(counts) < 1:
        raise OptionError(f"frames and chunks are counted from 1, not {min(counts)}")
