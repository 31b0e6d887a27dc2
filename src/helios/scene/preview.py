"""Stills of a scene: one moment, or a page of moments over the whole song."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError, OutputNotWritable
from helios.scene.capture import FrameCapture
from helios.scene.scene import SceneSettings

_GAP = 4


def still(settings: SceneSettings, at_s: float, threads: int | None = None) -> NDArray[np.uint8]:
    """(H, W, 3): the frame shown at ``at_s``; the last frame if that is the very end.

    Raises:
        OptionError: the film has no such moment.
    """
    return stills(settings, (at_s,), threads)[0]


def stills(
    settings: SceneSettings, moments: Sequence[float], threads: int | None = None
) -> list[NDArray[np.uint8]]:
    """The frames shown at these seconds.

    Raises:
        OptionError: the film has no such moment.
    """
    duration = float(settings.total_frames / settings.fps)
    for at_s in moments:
        if not 0 <= at_s <= duration:
            raise OptionError(f"there is no second {at_s:g} in a film of {duration:g} seconds")
    capture = FrameCapture(settings, threads=threads)
    try:
        numbers = [min(int(at_s * settings.fps), settings.total_frames - 1) for at_s in moments]
        return [frame.planes[0] for frame in capture.capture_frames(numbers)]
    finally:
        capture.dispose()


def spread(duration_s: float, count: int) -> list[float]:
    """``count`` moments over a film, first and last included."""
    return [duration_s * i / max(1, count - 1) for i in range(count)]


def contact_sheet(pictures: Sequence[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """The pictures on one page, row by row, a small gap between them."""
    height, width = pictures[0].shape[:2]
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    shape = (rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3)
    sheet = np.zeros(shape, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = i // columns * (height + _GAP), i % columns * (width + _GAP)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def write_image(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write PNG, JPEG or WebP by the file's suffix.

    Raises:
        OptionError: another suffix.
        OutputNotWritable: it cannot be written.
    """
    from PIL import Image

    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
        raise OptionError(f"{path.name} is no kind of still", hint="Use .png, .jpg or .webp.")
    try:
        Image.fromarray(picture).save(path, quality=90)
    except OSError as error:
        raise OutputNotWritable(f"cannot write {path}: {error}") from error
