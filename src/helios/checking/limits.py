"""What the platform or export type asks for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from helios.findings.finding import Finding, ok
from helios.model.export import PLATFORMS
from helios.model.facts import CompositionFacts
from helios.model.resolved import ResolvedFrames
from helios.spatial.validate import YOUTUBE_FPS

_SHAPE = Fraction(1, 50)
MOST_FPS = 60


def limits(
    platform: str | None, facts: CompositionFacts, resolved: ResolvedFrames
) -> Iterator[Finding]:
    """Compare a film with what is asked for where it is shown; ``platform`` is the chosen type."""
    if platform is None:
        return
    draw = resolved.draw
    found = [
        *_length(platform, resolved.frame_count / draw.fps),
        *_shape(platform, facts, draw.width, draw.height),
        *_rate(draw.fps),
    ]
    yield from found or [ok("limits", f"{platform}: length, shape and frame rate fit")]


def _length(platform: str, seconds: Fraction) -> Iterator[Finding]:
    if platform not in PLATFORMS:
        return
    most_s = PLATFORMS[platform].max_duration_s
    if seconds > most_s:
        yield Finding(
            check="limits",
            status="problem",
            what=f"{float(seconds):g} s, and {platform} takes {float(most_s):g} s",
            start_s=float(most_s),
            end_s=float(seconds),
            why="the platform refuses it or cuts it",
            remedy=f"Make it shorter: --duration {float(most_s):g}.",
        )


def _shape(platform: str, facts: CompositionFacts, width: int, height: int) -> Iterator[Finding]:
    own = facts.declared_width, facts.declared_height
    if own[0] is None or own[1] is None:
        return
    if abs(Fraction(own[0], own[1]) / Fraction(width, height) - 1) > _SHAPE:
        yield Finding(
            check="limits",
            status="problem",
            what=f"the composition is made for {own[0]}x{own[1]}, {platform} is {width}x{height}",
            why="it is laid out in another shape than it was made for",
            remedy="Choose a type of its shape, or let its layout follow the size of the window.",
        )


def _rate(fps: Fraction) -> Iterator[Finding]:
    if fps > MOST_FPS:
        yield Finding(
            check="limits",
            status="problem",
            what=f"{float(fps):g} frames per second; platforms take up to {MOST_FPS}",
            remedy=f"Render at --fps {MOST_FPS} or fewer.",
        )
    elif fps not in YOUTUBE_FPS and fps * Fraction(1001, 1000) not in YOUTUBE_FPS:
        yield Finding(
            check="limits",
            status="note",
            what=f"{float(fps):g} frames per second are no rate of the platforms, which convert it",
            remedy="Render at --fps 24, 25, 30, 50 or 60.",
        )
