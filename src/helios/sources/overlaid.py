"""Any source with the frames of a transparent page over its pictures."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Alpha, Picture, PixelFormat
from helios.sources.cover import Compositor, Over, prepared
from helios.sources.source import FrameSource

_Kind = tuple[PixelFormat, Alpha]
_KEPT_BYTES = 128 * 2**20
"""What is kept prepared of pictures that come again."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What lies over pictures of a kind, and of which pixels it was made."""

    kind: _Kind
    x: int
    y: int
    pixels: NDArray[np.uint8]
    over: Over | None
    """None: nothing is seen."""

    def is_of(self, kind: _Kind, x: int, y: int, pixels: NDArray[np.uint8]) -> bool:
        """Whether it was made of the same, for the same kind of pictures."""
        if (self.kind, self.x, self.y) != (kind, x, y):
            return False
        return np.array_equal(self.pixels, pixels)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.pixels.nbytes + (self.over.size if self.over is not None else 0)


@dataclass(frozen=True, slots=True)
class _Kept:
    plane: weakref.ref[Any]
    """Of the picture, which its source gives again."""
    made: _Prepared


class OverlaidSource:
    """Lays frame n of one source over frame n of another.

    What lies over in a part of the picture only costs only that part, and that only where something
    changed; what stands still, or comes again in the same planes, is prepared once.
    """

    def __init__(self, below: FrameSource, over: FrameSource) -> None:
        self._below, self._over = below, over
        self._compositor = Compositor()
        self._last: _Prepared | None = None
        self._kept: dict[int, _Kept] = {}

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``."""
        both = zip(
            self._below.frames(start_frame, frame_count),
            self._over.frames(start_frame, frame_count),
            strict=True,
        )
        for below, over in both:
            yield self._compositor.laid(below, self._prepared(below, over).over)

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

    def _prepared(self, below: Picture, over: Picture) -> _Prepared:
        kind = below.format, below.alpha
        last, plane = self._last, over.planes[0]
        if last is not None and over.is_repeat and last.kind == kind:
            return last
        kept = self._kept.get(id(plane))
        if kept and kept.plane() is plane and kept.made.kind == kind:
            self._last = kept.made
            return kept.made
        x, y, pixels = _seen(over)
        if last is not None and last.is_of(kind, x, y, pixels):
            return last
        self._last = made = _made(kind, x, y, np.array(pixels), over, below)
        if plane.flags.owndata and not plane.flags.writeable:
            self._keep(plane, made)
        return made

    def _keep(self, plane: NDArray[Any], made: _Prepared) -> None:
        """Until nobody has the picture any more, or others need the room."""
        name = id(plane)
        self._kept[name] = _Kept(weakref.ref(plane, lambda _: self._kept.pop(name, None)), made)
        while sum(kept.made.size for kept in self._kept.values()) > _KEPT_BYTES:
            self._kept.pop(next(iter(self._kept)))


def _made(
    kind: _Kind, x: int, y: int, pixels: NDArray[np.uint8], over: Picture, below: Picture
) -> _Prepared:
    if not pixels.size:
        return _Prepared(kind, x, y, pixels, None)
    colour: NDArray[Any] = pixels[..., :3].astype(np.float32)
    if over.format is PixelFormat.BGRA:
        colour = colour[..., ::-1]
    alpha: NDArray[Any] = np.ones(pixels.shape[:2], np.float32)
    if over.alpha is not Alpha.OPAQUE:
        alpha = pixels[..., 3].astype(np.float32) / 255
    if over.alpha is Alpha.STRAIGHT:
        colour = colour * alpha[..., None]
    return _Prepared(kind, x, y, pixels, prepared(colour, alpha, x, y, below))


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
