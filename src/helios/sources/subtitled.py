"""Any source with subtitles over its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from helios.browser.subtitles import Overlay
from helios.model.picture import Alpha, Picture, PixelFormat
from helios.model.subtitles import Cue, CueFrames, Subtitles
from helios.sources.source import FrameSource

_KR, _KB = 0.2126, 0.0722
_YUV = (PixelFormat.YUV420P, PixelFormat.YUV420P10)


class _Drawer(Protocol):
    def draw(self, cues: tuple[Cue, ...]) -> Overlay | None: ...
    def inputs(self) -> tuple[tuple[str, str], ...]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Layer:
    """One plane's share of an overlay: what is added to what shines through."""

    plane: int
    rows: slice
    columns: slice
    light: NDArray[Any]
    through: NDArray[Any]


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
        self._layers: list[_Layer] = []

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``."""
        for picture in self._source.frames(start_frame, frame_count):
            cues = self._cues.at(picture.frame)
            key = (cues, picture.format, picture.alpha)
            if key != self._last:
                overlay = self._drawer.draw(cues)
                self._layers = _layers(overlay, picture) if overlay is not None else []
                self._last = key
            yield _covered(picture, self._layers) if self._layers else picture

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything loaded, the subtitles included."""
        return tuple(sorted({*self._source.inputs(), *self._drawer.inputs(), *self._inputs}))

    def close(self) -> None:
        """Close both."""
        try:
            self._source.close()
        finally:
            self._drawer.close()


def _covered(picture: Picture, layers: list[_Layer]) -> Picture:
    planes: list[NDArray[Any]] = [np.array(plane) for plane in picture.planes]
    for layer in layers:
        plane = planes[layer.plane]
        if picture.alpha is Alpha.STRAIGHT:
            _cover_straight(plane, layer)
            continue
        part = plane[layer.rows, layer.columns]
        part[...] = np.rint(layer.light + layer.through * part)
    return replace(picture, planes=tuple(planes))


def _cover_straight(plane: NDArray[Any], layer: _Layer) -> None:
    """Over straight alpha: as over premultiplied, and divided again."""
    most = float(np.iinfo(plane.dtype).max)
    part = plane[layer.rows, layer.columns]
    alpha = part[..., 3:].astype(np.float32) / most
    laid = layer.light + layer.through * np.concatenate(
        [part[..., :3] * alpha, part[..., 3:]], axis=2
    )
    coverage = np.maximum(laid[..., 3:] / most, 1e-6)
    part[..., :3] = np.rint(np.minimum(laid[..., :3] / coverage, most))
    part[..., 3] = np.rint(laid[..., 3])


def _layers(overlay: Overlay, picture: Picture) -> list[_Layer]:
    colour = overlay.pixels[..., :3].astype(np.float32)
    alpha = overlay.pixels[..., 3:].astype(np.float32) / 255
    height, width = alpha.shape[:2]
    rows, columns = slice(overlay.y, overlay.y + height), slice(overlay.x, overlay.x + width)
    if picture.format in _YUV:
        return _yuv_layers(colour, alpha[..., 0], rows, columns, picture.format)
    if picture.format is PixelFormat.BGRA:
        colour = colour[..., ::-1]
    channels = picture.planes[0].shape[2]
    light = colour * alpha
    if channels == 4:
        light = np.concatenate([light, alpha * 255], axis=2)
    light *= np.iinfo(picture.planes[0].dtype).max / 255
    return [_Layer(0, rows, columns, light, 1 - alpha)]


def _yuv_layers(
    colour: NDArray[Any], alpha: NDArray[Any], rows: slice, columns: slice, name: PixelFormat
) -> list[_Layer]:
    """BT.709, limited range; colour has half the resolution (ITU-R BT.709-6, section 3)."""
    levels = 4.0 if name is PixelFormat.YUV420P10 else 1.0
    red, green, blue = (colour[..., i] / 255 for i in range(3))
    luma = _KR * red + (1 - _KR - _KB) * green + _KB * blue
    first = _Layer(0, rows, columns, alpha * (16 + 219 * luma) * levels, 1 - alpha)
    down, across = (slice(each.start // 2, each.stop // 2) for each in (rows, columns))
    through = 1 - _halved(alpha)
    both = []
    for plane, (value, weight) in enumerate(((blue, 1 - _KB), (red, 1 - _KR)), 1):
        level = 128 + 224 * (value - luma) / (2 * weight)
        both.append(_Layer(plane, down, across, _halved(alpha * level) * levels, through))
    return [first, *both]


def _halved(values: NDArray[Any]) -> NDArray[Any]:
    height, width = values.shape
    mean: NDArray[Any] = values.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return mean
