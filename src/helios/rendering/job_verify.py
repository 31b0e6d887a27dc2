"""Whether a job's pictures are the same when they are drawn anew, here and now."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from helios.errors import JobSpecError
from helios.model.progress import ProgressListener
from helios.rendering.cancellation import Cancellation
from helios.rendering.job import JobRunner
from helios.rendering.progress import ProgressMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """What came of drawing anew."""

    same: tuple[int, ...]
    """Numbers of frames."""
    different: tuple[int, ...]


def chosen_frames(
    known: Sequence[int], starts: Sequence[int], count: int, seed: int
) -> tuple[int, ...]:
    """Which frames are drawn anew: ``count`` pairs at borders of chunks, and as many others.

    Args:
        known: frames whose digests were kept.
        starts: first frames of chunks.
        count: of pairs, and of others.
        seed: another one chooses others.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    have = set(known)
    borders = [start for start in starts if {start - 1, start} <= have]
    pairs = chance.sample(borders, min(count, len(borders)))
    rest = sorted(have - {frame for start in pairs for frame in (start - 1, start)})
    others = chance.sample(rest, min(count, len(rest)))
    return tuple(sorted({*(f for start in pairs for f in (start - 1, start)), *others}))


def verify_job(
    runner: JobRunner,
    count: int,
    seed: int,
    on_progress: ProgressListener | None = None,
    cancellation: Cancellation | None = None,
) -> Sameness:
    """Draw a sample anew, and compare each picture with what was drawn for the film.

    Raises:
        JobSpecError: nothing is finished yet.
        HeliosError: a frame cannot be drawn.
    """
    known = runner.frames_drawn()
    starts = [chunk.start_frame for chunk in runner.job.chunks]
    frames = chosen_frames(sorted(known), starts, count, seed)
    if not frames:
        raise JobSpecError(
            "nothing of the job is finished, or it was drawn by an older Helios",
            hint="Draw it: helios job run JOB",
        )
    meter = ProgressMeter(len(frames), on_progress)
    now = runner.draw_anew(frames, cancellation or Cancellation())
    meter.finished()
    different = tuple(frame for frame in frames if now.get(frame) != known[frame])
    return Sameness(
        same=tuple(frame for frame in frames if frame not in different), different=different
    )
