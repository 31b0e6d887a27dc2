"""Any source with subtitles over its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import numpy as np

from helios.browser.subtitles import Overlay
from helios.model.picture import Alpha, Picture, PixelFormat
from helios.model.subtitles import Cue, CueFrames, Subtitles
from helios.sources.cover import Compositor, Over, prepared
from helios.sources.source import FrameSource


class _Drawer(Protocol):
    def draw(self, cues: tuple[Cue, ...]) -> Overlay | None: ...
    def inputs(self) -> tuple[tuple[str, str], ...]: ...
    def close(self) -> None: ...


class SubtitledSource:
    """Draws the cues that frame n shows over the picture of frame n."""

    def __init__(
        self,
        source: FrameSource,
        drawer: _Drawer,
        subtitles: Subtitles,
        fps: Fraction,
        inputs: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._source, self._drawer = source, drawer
        self._cues = CueFrames(subtitles, fps)
        self._inputs = inputs
        self._last: tuple[tuple[Cue, ...], PixelFormat, Alpha] | None = None
        self._over: Over | None = None
        self._compositor = Compositor()

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``."""
        for picture in self._source.frames(start_frame, frame_count):
            cues = self._cues.at(picture.frame)
            key = (cues, picture.format, picture.alpha)
            if key != self._last:
                overlay = self._drawer.draw(cues)
                self._over = _over(overlay, picture) if overlay is not None else None
                self._last = key
            yield self._compositor.laid(picture, self._over)

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything loaded, the subtitles included."""
        return tuple(sorted({*self._source.inputs(), *self._drawer.inputs(), *self._inputs}))

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``; of the subtitles all was told before."""
        return self._source.warnings()

    def close(self) -> None:
        """Close both."""
        try:
            self._source.close()
        finally:
            self._drawer.close()


def _over(overlay: Overlay, picture: Picture) -> Over:
    alpha = overlay.pixels[..., 3].astype(np.float32) / 255
    light = overlay.pixels[..., :3].astype(np.float32) * alpha[..., None]
    return prepared(light, alpha, overlay.x, overlay.y, picture)
