"""Pictures of findings, as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.findings.finding import Box, Finding
from helios.rendering.stills import write_image

_MARGIN = 16

PictureAt = Callable[[float], NDArray[np.uint8] | None]
"""What is shown at a second, or None if nothing is."""


def with_pictures(
    findings: Iterable[Finding], folder: Path, picture_at: PictureAt
) -> list[Finding]:
    """The findings, each that has a moment with a file of its part of the picture.

    Raises:
        OutputNotWritable: a picture cannot be written.
    """
    found: list[Finding] = []
    for number, finding in enumerate(findings, 1):
        start_s = finding.start_s
        pixels = None
        if start_s is not None and finding.status != "ok":
            pixels = picture_at((start_s + (finding.end_s or start_s)) / 2)
        if pixels is None:
            found.append(finding)
            continue
        path = folder / f"{number:02d}-{finding.check.replace(' ', '-')}.png"
        write_image(path, _part(pixels, finding.box))
        found.append(replace(finding, picture=str(path)))
    return found


def _part(pixels: NDArray[np.uint8], box: Box | None) -> NDArray[np.uint8]:
    if box is None:
        return pixels
    height, width = pixels.shape[:2]
    left, top = max(0, box.x - _MARGIN), max(0, box.y - _MARGIN)
    right = min(width, box.x + box.width + _MARGIN)
    bottom = min(height, box.y + box.height + _MARGIN)
    if right - left < 1 or bottom - top < 1:
        return pixels
    return np.ascontiguousarray(pixels[top:bottom, left:right])
