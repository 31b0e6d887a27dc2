"""What a film's file says of itself: its index, its frame rate, its lengths, its colour tags."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from helios.findings.finding import Finding, ok
from helios.media.probe import Colour, MediaInfo, VideoInfo

LENGTHS_S = Fraction(1, 10)
"""How far the ends of picture and sound may be apart; and no less than two frames."""
_ROUNDED_S = 0.002
"""What a coarser clock than the container's may have left; nobody sees it."""
_UNSPECIFIED = 2
_AGREE = {1: (1,), 5: (5, 6, 1), 6: (5, 6, 1), 9: (9,)}
"""Primaries that go with each matrix (ITU-T H.273); those of BT.601 are often tagged as BT.709."""
_AGAIN = "Render the film again, or copy it again from where it is whole."


def cut_off(path: Path, reason: str) -> Finding:
    """The finding of a film whose file ends before its index."""
    return Finding(
        check="decodes",
        status="problem",
        what=f"{path.name} is cut off: its index is missing",
        why=reason,
        remedy=_AGAIN,
    )


def decoded(media: MediaInfo, frames: int, declared: int, error: str) -> Iterator[Finding]:
    """Whether all frames of a film are there: ``declared`` is what its index says, or 0."""
    video = media.video
    assert video is not None
    missing_s = float(media.duration_s - video.duration_s)
    if error or frames < declared:
        yield Finding(
            check="decodes",
            status="problem",
            what=f"{frames} of {declared or 'its'} frames can be decoded",
            start_s=float(frames / video.fps) if video.fps else None,
            end_s=float(media.duration_s) or None,
            why=error or "the file ends before its index says",
            remedy=_AGAIN,
        )
    elif not declared and missing_s > max(0.5, 3 / float(video.fps or 30)) and _ends_early(media):
        yield Finding(
            check="decodes",
            status="problem",
            what=f"the film ends {missing_s:.2f} s before its header says",
            start_s=float(video.duration_s),
            end_s=float(media.duration_s),
            why="the file is cut off",
            remedy=_AGAIN,
        )
    else:
        yield ok("decodes", f"{frames} frames")


def _ends_early(media: MediaInfo) -> bool:
    """Whether the sound is not what lasts longer."""
    sound = media.audio
    if sound is None:
        return True
    return media.duration_s - Fraction(sound.sample_count, sound.sample_rate) > Fraction(1, 4)


def frame_rate(starts_s: list[Fraction], video: VideoInfo) -> Finding:
    """Whether all frames last equally long, as far as the container's clock can say."""
    if len(starts_s) < 2:
        return ok("frame rate", "a single frame")
    times = np.array([float(start - starts_s[0]) for start in starts_s])
    steps = np.diff(times)
    period = times[-1] / (len(times) - 1)
    # A container whose clock is coarse rounds: GIF to 10 ms, WebM to 1 ms.
    tolerance = max(1.01 * float(video.time_base), _ROUNDED_S)
    odd = np.flatnonzero(np.abs(steps - period) > tolerance)
    off = np.abs(times - period * np.arange(len(times)))
    if not len(odd) and float(off.max()) <= tolerance:
        return ok("frame rate", f"constant, {1 / period:.5g} frames per second")
    first = int(odd[0]) if len(odd) else int(off.argmax()) - 1
    return Finding(
        check="frame rate",
        status="problem",
        what=f"frames do not all last equally long: {len(odd)} of {len(steps)} differ"
        if len(odd)
        else f"frames are up to {off.max() * 1000:.1f} ms off a constant rate",
        start_s=float(starts_s[first]),
        end_s=float(starts_s[first + 1]),
        why=f"frame {first} lasts {steps[first] * 1000:.1f} ms, the mean is {period * 1000:.1f} ms",
        remedy="Render it again, or convert it to a constant frame rate.",
    )


def lengths(media: MediaInfo) -> Iterator[Finding]:
    """Whether picture and sound begin and end together."""
    video, sound = media.video, media.audio
    if video is None or sound is None:
        return
    sound_s = Fraction(sound.sample_count, sound.sample_rate)
    picture_s = video.duration_s + video.first_pts * video.time_base
    apart = sound_s - picture_s
    limit = max(LENGTHS_S, 2 / video.fps if video.fps else LENGTHS_S)
    if abs(apart) <= limit:
        yield ok("lengths", f"picture {float(picture_s):.3f} s, sound {float(sound_s):.3f} s")
        return
    yield Finding(
        check="lengths",
        status="problem",
        what=f"the sound is {float(abs(apart)):.2f} s {'longer' if apart > 0 else 'shorter'} than "
        "the picture",
        start_s=float(min(sound_s, picture_s)),
        end_s=float(max(sound_s, picture_s)),
        why=f"more than {float(limit):.2f} s",
        remedy="Render the film again; sounds that Helios lays under a film have its length.",
    )


def colour(video: VideoInfo, container: str) -> Finding:
    """Whether players are told which colours are meant."""
    tags = video.colour
    shown = f"matrix {tags.matrix}, primaries {tags.primaries}, transfer {tags.transfer}"
    if not video.pixel_format.startswith(("yuv", "nv", "p0")) or "gif" in container:
        return ok("colour", "stored as RGB")
    if untagged := _untagged(tags):
        return Finding(
            check="colour",
            status="problem",
            what=f"no {' and '.join(untagged)} written down ({shown})",
            why="players guess, and show other colours than were drawn",
            remedy="Render it with Helios, or tag it when it is encoded.",
        )
    if tags.matrix in _AGREE and tags.primaries not in _AGREE[tags.matrix]:
        return Finding(
            check="colour",
            status="problem",
            what=f"its tags contradict each other ({shown})",
            why="players show other colours than were drawn",
            remedy="Render it with Helios, or tag it when it is encoded.",
        )
    if tags.is_full_range:
        return Finding(
            check="colour",
            status="note",
            what="full range: some players and platforms take it for limited",
            remedy="Films of Helios have limited range.",
        )
    return ok("colour", shown)


def _untagged(tags: Colour) -> list[str]:
    named = {"matrix": tags.matrix, "primaries": tags.primaries, "transfer": tags.transfer}
    return [name for name, value in named.items() if value == _UNSPECIFIED]
