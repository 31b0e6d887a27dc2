"""The frames of a composition that are drawn to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from helios.findings.finding import Box, Finding, ok
from helios.findings.flashes import FlashWatch
from helios.findings.movement import FROZEN_S, MovementWatch
from helios.model.picture import Alpha, Picture, PixelFormat
from helios.sources.rgb import to_pixels, to_rgb

if TYPE_CHECKING:
    from helios.model.resolved import ResolvedFrames
    from helios.sources.source import FrameSource

MOST_FRAMES = 900
"""Of longer films, stretches are drawn, evenly spread."""
_STRETCH_S = FROZEN_S + 1
LOOKS = 12
"""Frames at which texts are looked at, each with the one before it."""
_TWICE = (0.75, 0.4)
"""Where frames are drawn a second time, in this order."""

Pixels = NDArray[np.uint8]


@dataclass(slots=True)
class Seen:
    """What was seen of a composition."""

    findings: list[Finding] = field(default_factory=list)
    pixels: dict[int, Pixels] = field(default_factory=dict)
    """The frames at which texts are looked at."""
    twice: dict[int, tuple[NDArray[np.generic], ...]] = field(default_factory=dict)
    """The frames that are drawn a second time."""


def stretches(start: int, total: int, fps: Fraction) -> list[tuple[int, int]]:
    """(first frame, how many) of the stretches that are drawn, in order."""
    if total <= MOST_FRAMES:
        return [(start, total)]
    length = round(_STRETCH_S * fps)
    count = max(2, MOST_FRAMES // length)
    if count * length >= total:
        return [(start, total)]
    return [
        (start + round((total - length) * place / (count - 1)), length) for place in range(count)
    ]


def looked_at(drawn: list[tuple[int, int]]) -> list[int]:
    """The frames at which texts are looked at, rising: pairs of neighbours."""
    numbers = [frame for start, count in drawn for frame in range(start, start + count)]
    chosen: set[int] = set()
    for place in range(LOOKS):
        at = round((len(numbers) - 1) * (place + 0.5) / LOOKS)
        chosen |= {numbers[max(0, at - 1)], numbers[at]}
    return sorted(chosen)


def see(source: FrameSource, resolved: ResolvedFrames, *, keep_pixels: bool) -> Seen:
    """Draw the composition's frames and look at them.

    Raises:
        HeliosError: a frame cannot be drawn.
    """
    seen = Seen()
    fps = resolved.draw.fps
    drawn = stretches(resolved.start_frame, resolved.frame_count, fps)
    kept = set(looked_at(drawn)) if keep_pixels else set()
    middle = [frame for start, count in drawn for frame in range(start, start + count)]
    again = [middle[int((len(middle) - 1) * share)] for share in _TWICE]
    movement, flashes = MovementWatch(), FlashWatch()
    for number, (start, count) in enumerate(drawn):
        if number:
            movement.cut()
            flashes.cut()
        for picture in source.frames(start, count):
            at_s = float(picture.frame / fps)
            planes = _planes(picture)
            movement.see(planes, at_s)
            flashes.see(planes[0], at_s)
            if picture.frame in kept:
                seen.pixels[picture.frame] = to_rgb(picture)
            if picture.frame in again:
                seen.twice[picture.frame] = tuple(np.array(plane) for plane in picture.planes)
    # In this order, so that a frame is not drawn after those before it.
    seen.twice = {frame: seen.twice[frame] for frame in dict.fromkeys(again)}
    end_s = float((drawn[-1][0] + drawn[-1][1]) / fps)
    seen.findings = [*movement.findings(end_s), *flashes.findings()]
    if not any(finding.status == "problem" for finding in seen.findings):
        count = sum(count for _, count in drawn)
        what = f"{count} of {resolved.frame_count} drawn: none blank or repeated, no flashes"
        seen.findings.append(ok("frames", what))
    return seen


def draw_again(source: FrameSource, seen: Seen, fps: Fraction) -> Iterator[Finding]:
    """Draw some frames a second time, in another order, and say which are not the same.

    Raises:
        HeliosError: a frame cannot be drawn.
    """
    for frame, before in seen.twice.items():
        (now,) = (
            tuple(np.array(plane) for plane in picture.planes)
            for picture in source.frames(frame, 1)
        )
        if len(now) == len(before) and all(map(np.array_equal, before, now)):
            continue
        yield Finding(
            check="determinism",
            status="problem",
            what=f"frame {frame} is another picture when it is drawn a second time",
            start_s=float(frame / fps),
            why="a chunk drawn elsewhere, or later, would not fit the others: a clock, chance "
            "without a seed, or something kept from frame to frame",
            remedy="Draw frame n from n, the props and the seed alone.",
            box=_where(before[0], now[0]),
        )
        return
    yield ok("determinism", f"frames {', '.join(map(str, sorted(seen.twice)))} drawn twice")


def _where(before: NDArray[np.generic], now: NDArray[np.generic]) -> Box | None:
    if before.shape != now.shape:
        return None
    differs = before != now
    if differs.ndim == 3:
        differs = differs.any(2)
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    if not len(rows):
        return None
    x, y = int(columns[0]), int(rows[0])
    return Box(x=x, y=y, width=int(columns[-1]) - x + 1, height=int(rows[-1]) - y + 1)


def _planes(picture: Picture) -> tuple[Pixels, ...]:
    """Brightness (16 to 235) and two planes of colour, as ``MovementWatch`` takes them."""
    if picture.format is PixelFormat.YUV420P:
        return tuple(np.asarray(plane, np.uint8) for plane in picture.planes)
    if picture.format is PixelFormat.YUV420P10:
        return tuple((plane >> 2).astype(np.uint8) for plane in picture.planes)
    rgb = to_rgb(picture)
    if picture.alpha is not Alpha.OPAQUE:
        # Over black, dark text could not be seen.
        pixels = to_pixels(picture, keep_alpha=True)
        rgb += (255 - pixels[..., 3:]) // 2
    red, green, blue = (rgb[..., channel] for channel in range(3))
    luma = (red * np.uint16(47) + green * np.uint16(157) + blue * np.uint16(16)) >> 8
    return (luma + 16).astype(np.uint8), red, blue
