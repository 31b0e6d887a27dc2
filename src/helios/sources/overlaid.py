"""Any source with the frames of a transparent page over its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Alpha, Picture, PixelFormat
from helios.sources.cover import Layer, covered, layers
from helios.sources.source import FrameSource


class OverlaidSource:
    """Lays frame n of one source over frame n of another.

    What lies over in a part of the picture only costs only that part, and what stands still is
    prepared once.
    """

    def __init__(self, below: FrameSource, over: FrameSource) -> None:
        self._below, self._over = below, over
        self._last: tuple[PixelFormat, Alpha, int, int, NDArray[np.uint8]] | None = None
        self._layers: list[Layer] = []

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``."""
        both = zip(
            self._below.frames(start_frame, frame_count),
            self._over.frames(start_frame, frame_count),
            strict=True,
        )
        shown: Picture | None = None
        for below, over in both:
            if below.is_repeat and over.is_repeat and shown is not None:
                yield replace(shown, frame=below.frame, is_repeat=True)
                continue
            self._prepare(below, over)
            shown = replace(below, is_repeat=False)
            if self._layers:
                shown = covered(shown, self._layers)
            yield shown

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything that both have loaded."""
        return tuple(sorted({*self._below.inputs(), *self._over.inputs()}))

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``."""
        return (*self._below.warnings(), *self._over.warnings())

    def close(self) -> None:
        """Close both."""
        try:
            self._below.close()
        finally:
            self._over.close()

    def _prepare(self, below: Picture, over: Picture) -> None:
        kind: tuple[PixelFormat, Alpha] = (below.format, below.alpha)
        if self._last and over.is_repeat and self._last[:2] == kind:
            return
        x, y, pixels = _seen(over)
        place = (*kind, x, y)
        if self._last and self._last[:4] == place and np.array_equal(self._last[4], pixels):
            return
        self._last = (*place, np.array(pixels))
        if not pixels.size:
            self._layers = []
            return
        colour: NDArray[Any] = pixels[..., :3].astype(np.float32)
        if over.format is PixelFormat.BGRA:
            colour = colour[..., ::-1]
        alpha: NDArray[Any] = np.ones(pixels.shape[:2], np.float32)
        if over.alpha is not Alpha.OPAQUE:
            alpha = pixels[..., 3].astype(np.float32) / 255
        if over.alpha is Alpha.STRAIGHT:
            colour = colour * alpha[..., None]
        self._layers = layers(colour, alpha, x, y, below)


def _seen(over: Picture) -> tuple[int, int, NDArray[np.uint8]]:
    """The part that is not empty, and where it is, on even pixels so that halved colour fits."""
    pixels = np.asarray(over.planes[0], np.uint8)
    if over.alpha is Alpha.OPAQUE:
        return 0, 0, pixels
    covers = pixels[..., 3] != 0
    rows = np.flatnonzero(covers.any(axis=1))
    if not rows.size:
        return 0, 0, pixels[:0, :0]
    top, bottom = int(rows[0]) // 2 * 2, (int(rows[-1]) // 2 + 1) * 2
    columns = np.flatnonzero(covers[top:bottom].any(axis=0))
    left, right = int(columns[0]) // 2 * 2, (int(columns[-1]) // 2 + 1) * 2
    return left, top, pixels[top:bottom, left:right]
