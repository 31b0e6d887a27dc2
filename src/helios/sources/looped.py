"""Any source as a loop: its beginning comes out of what follows its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.picture import Picture
from helios.sources.source import FrameSource


class LoopedSource:
    """Frame 0 follows the last frame: the first frames are blended with those after the end.

    Two sources of one composition, which goes on after the film's end: one draws what follows the
    end, the other the film. Frame n is a function of n: so is every chunk.
    """

    def __init__(
        self, source: FrameSource, after: FrameSource, total_frames: int, blended: int
    ) -> None:
        """``after`` draws frames from ``total_frames`` on; ``blended`` frames are of both."""
        self._source, self._after = source, after
        self._total, self._blended = total_frames, blended

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``."""
        stop = start_frame + frame_count
        both = max(0, min(stop, self._blended) - start_frame)
        pictures = self._source.frames(start_frame, frame_count)
        if both:
            after = self._after.frames(self._total + start_frame, both)
            for late, early in zip(after, pictures, strict=False):
                yield _blended(late, early, smooth(early.frame / self._blended))
            # The first that is not blended is none of those before it.
            yield from (replace(picture, changed=None) for picture in islice(pictures, 1))
        yield from pictures

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything loaded."""
        return tuple(sorted({*self._source.inputs(), *self._after.inputs()}))

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``."""
        return tuple(dict.fromkeys((*self._source.warnings(), *self._after.warnings())))

    def close(self) -> None:
        """Close both."""
        try:
            self._source.close()
        finally:
            self._after.close()


def smooth(part: float) -> float:
    """From 0 to 1, beginning and ending slowly.

    Example:
        >>> smooth(0.0), smooth(0.5), smooth(1.0)
        (0.0, 0.5, 1.0)
    """
    return part * part * (3 - 2 * part)


def _blended(late: Picture, early: Picture, share: float) -> Picture:
    """``early`` with its share, ``late`` with the rest."""
    planes: list[NDArray[Any]] = []
    for before, now in zip(late.planes, early.planes, strict=True):
        mixed = np.asarray(before, np.float32)
        mixed = mixed + (np.asarray(now, np.float32) - mixed) * np.float32(share)
        planes.append(np.rint(mixed).astype(now.dtype))
    return replace(early, planes=tuple(planes), changed=None)
