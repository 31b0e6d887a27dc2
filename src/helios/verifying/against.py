"""Frames of a film compared with the composition that it is of, drawn anew."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.findings.cells import CELL, cell_means
from helios.findings.finding import Box, Finding, ok
from helios.media.pictures import pictures_at
from helios.media.probe import VideoInfo
from helios.model.composition import Composition
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.rendering.in_process import open_source
from helios.sources.rgb import to_rgb

LEAST_PSNR_DB = 20.0
MOST_LEVELS = 28.0
"""How far the mean of a cell may be off: encoders lose detail, not what is large."""
_LEAST_LIKENESS = 0.5
_ANOTHER = 0.5
_FLAGS = "Give the flags that the film was rendered with."

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Which frames are drawn anew: so many by chance, and those in doubt."""

    count: int
    seed: int
    doubtful_s: tuple[float, ...] = ()

    def frames(self, total: int, fps: Fraction) -> list[int]:
        """Their numbers, rising."""
        chosen = random.Random(self.seed).sample(range(total), min(self.count, total))  # noqa: S311 - no secret
        doubtful = (min(total - 1, max(0, int(at * fps))) for at in self.doubtful_s)
        return sorted({*chosen, *doubtful})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison found."""

    findings: tuple[Finding, ...]
    agreeing_s: tuple[float, ...] = ()
    """Moments at which film and composition show the same."""


def compare(
    path: Path,
    video: VideoInfo,
    composition: Composition,
    options: RenderOptions,
    sample: Sample,
) -> Compared:
    """Draw a sample of frames anew, and compare each with what the film shows.

    Raises:
        HeliosError: the composition cannot be loaded or drawn.
    """
    with ExitStack() as stack:
        source, resolved, facts = open_source(stack, composition, options, format=PixelFormat.RGB24)
        stack.callback(source.close)
        draw = resolved.draw
        odd = _mismatch(video, (draw.width, draw.height), draw.fps, resolved.frame_count)
        if odd is not None and (draw.width, draw.height) != (video.width, video.height):
            return Compared(findings=(odd,))
        last = min(video.frame_count, resolved.frame_count)
        frames = sample.frames(last, video.fps)
        times = [frame / video.fps for frame in frames]
        shown = pictures_at(path, times)
        findings: list[Finding] = [] if odd is None else [odd]
        agreeing: list[float] = []
        levels: list[float] = []
        for frame, at, film in zip(frames, times, shown, strict=True):
            (drawn,) = (to_rgb(each) for each in source.frames(resolved.start_frame + frame, 1))
            psnr, finding = _compared(
                np.asarray(film.planes[0], np.uint8)[..., :3], drawn, frame, float(at)
            )
            levels.append(psnr)
            if finding is None:
                agreeing.append(float(at))
            else:
                findings.append(finding)
        findings += _not_the_same(facts.undigested, len(findings))
    differing = len(frames) - len(agreeing)
    said = f"{len(frames)} frames drawn anew (sample seed {sample.seed})"
    lowest = min(levels)
    least = "all equal" if math.isinf(lowest) else f"the least PSNR {lowest:.1f} dB"
    if differing > _ANOTHER * len(frames):
        findings = [*findings[: 1 if odd is None else 2], _another(differing, len(frames), said)]
    elif not findings:
        findings.append(ok("against", f"{said}: {least}"))
    return Compared(findings=tuple(findings), agreeing_s=tuple(agreeing))


def _not_the_same(undigested: Sequence[str], differing: int) -> Iterator[Finding]:
    if undigested and differing:
        yield Finding(
            check="against",
            status="note",
            what=f"what {', '.join(undigested[:3])} holds may have changed since the film",
        )


def _mismatch(
    video: VideoInfo, size: tuple[int, int], fps: Fraction, frames: int
) -> Finding | None:
    told = []
    if size != (video.width, video.height):
        told.append(f"{video.width}x{video.height} and {size[0]}x{size[1]}")
    if abs(video.fps - fps) > Fraction(1, 100):
        told.append(f"{float(video.fps):g} and {float(fps):g} frames per second")
    if video.frame_count != frames:
        told.append(f"{video.frame_count} and {frames} frames")
    if not told:
        return None
    return Finding(
        check="against",
        status="problem",
        what=f"film and composition have {', '.join(told)}",
        why="it is another composition, or was rendered with other flags",
        remedy=_FLAGS,
    )


def _another(differing: int, count: int, said: str) -> Finding:
    return Finding(
        check="against",
        status="problem",
        what=f"{differing} of {count} frames show something else than the composition",
        why=said,
        remedy=f"It is a film of another composition, or was rendered otherwise. {_FLAGS}",
    )


def _compared(film: Pixels, drawn: Pixels, frame: int, at_s: float) -> tuple[float, Finding | None]:
    height, width = drawn.shape[:2]
    film = film[:height, :width]
    error = np.mean((film.astype(np.float32) - drawn) ** 2)
    psnr = math.inf if error == 0 else 10 * math.log10(255**2 / float(error))
    off = np.max(
        [np.abs(cell_means(film[..., c]) - cell_means(drawn[..., c])) for c in range(3)], axis=0
    )
    variance = float(drawn.astype(np.float32).var())
    is_unlike = psnr < LEAST_PSNR_DB and error > _LEAST_LIKENESS * variance
    if not is_unlike and float(off.max()) <= MOST_LEVELS:
        return psnr, None
    return psnr, Finding(
        check="against",
        status="problem",
        what=f"frame {frame} is not what the composition draws: PSNR {psnr:.1f} dB",
        start_s=at_s,
        why=f"a part of the picture is {float(off.max()):.0f} levels off; {MOST_LEVELS:g} are "
        "allowed",
        remedy=f"Render the film again. {_FLAGS}",
        box=_where(off > MOST_LEVELS, width, height),
    )


def _where(off: NDArray[np.bool_], width: int, height: int) -> Box | None:
    if not off.any():
        return None
    rows, columns = np.flatnonzero(off.any(1)), np.flatnonzero(off.any(0))
    size = min(CELL, width, height)
    x, y = int(columns[0]) * size, int(rows[0]) * size
    return Box(
        x=x,
        y=y,
        width=min(width, (int(columns[-1]) + 1) * size) - x,
        height=min(height, (int(rows[-1]) + 1) * size) - y,
    )
