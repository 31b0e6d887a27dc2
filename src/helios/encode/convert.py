"""Pictures to encoder frames: BT.709 limited for YUV, straight alpha, one copy at most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import av
import numpy as np
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

from helios.errors import EncodeError
from helios.media.pictures import plane_view
from helios.model.encoding import is_yuv
from helios.model.picture import Alpha, Part, Picture, PixelFormat, joined

# Box-averaged chroma, rounded, the same on every processor; also the fastest way to 4:2:0.
_FAST = Interpolation.AREA | Interpolation.FULL_CHR_H_INP | Interpolation.BITEXACT
"""For 8-bit RGB to 4:2:0 only: elsewhere it leaves the last columns of odd widths undefined."""
_SCALING = _FAST | Interpolation.ACCURATE_RND
_RGB_NAMES = {PixelFormat.RGB48: "rgb48le", PixelFormat.RGBA64: "rgba64le"}
_EIGHT_BIT_RGB = ("rgb24", "bgra", "rgba")
_YUV_NAMES = {PixelFormat.YUV420P: "yuv420p", PixelFormat.YUV420P10: "yuv420p10le"}
_UNSPECIFIED = 2
_GRID = 16
"""Pixels between the edges of parts that are converted alone."""
_BLEED = 8
"""How far colour reaches into what is invisible, in pixels."""
_WITH_ALPHA = ("yuva420p", "yuva444p10le", "bgra", "rgba")


Pixels = NDArray[Any]
"""uint8 or uint16."""


class PictureConverter:
    """Turns pictures into frames of one pixel format that own their memory.

    RGB is never left to the encoder, which would take it for BT.601.
    """

    def __init__(
        self,
        pixel_format: str,
        width: int,
        height: int,
        *,
        matrix: Colorspace = Colorspace.ITU709,
    ) -> None:
        self.pixel_format = pixel_format
        self.width = width
        self.height = height
        self._matrix = matrix
        self._is_yuv = is_yuv(pixel_format)
        self._keeps_alpha = pixel_format in _WITH_ALPHA
        self._reformatter = VideoReformatter()
        self._before: tuple[Picture, av.VideoFrame] | None = None
        """The last picture, without its planes, and its frame."""

    def convert(self, picture: Picture) -> av.VideoFrame:
        """A tagged frame with the picture's pixels; the picture may change afterwards.

        Of one that follows the picture before, only what has changed is converted.

        Raises:
            EncodeError: the picture does not have the size that was announced.
        """
        self._check_size(picture.frame, picture.width, picture.height)
        frame = self._renewed(picture) or self._whole(picture)
        # Held only for sources that say what changes: of large pictures it is 0.1 GB.
        self._before = (replace(picture, planes=()), frame) if picture.changed is not None else None
        return self._tagged(frame)

    def convert_frame(self, frame: av.VideoFrame, number: int) -> av.VideoFrame:
        """A decoded frame in the film's pixel format, by its own tags (BT.709 without them).

        Raises:
            EncodeError: it does not have the size that was announced.
        """
        self._check_size(number, frame.width, frame.height)
        untagged = frame.colorspace == _UNSPECIFIED and not frame.format.is_rgb
        matrix = Colorspace.ITU709 if untagged else None
        converted = self._reformatter.reformat(
            frame,
            format=self.pixel_format,
            src_colorspace=matrix,
            dst_colorspace=self._matrix if self._is_yuv else None,
            dst_color_range=ColorRange.MPEG if self._is_yuv else ColorRange.JPEG,
            interpolation=_SCALING,
            threads=1,
        )
        return self._tagged(_copied(frame) if converted is frame else converted)

    def _whole(self, picture: Picture) -> av.VideoFrame:
        return self._from_yuv(picture) if picture.format in _YUV_NAMES else self._from_rgb(picture)

    def _renewed(self, picture: Picture) -> av.VideoFrame | None:
        """The frame before with what has changed since, where that gives the same bytes."""
        if self._before is None or picture.changed is None:
            return None
        before, frame = self._before
        if (picture.frame - 1, picture.format) != (before.frame, before.format):
            return None
        in_parts = picture.format in _EIGHT_BIT_RGB and self.pixel_format == "yuv420p"
        if picture.changed and not in_parts:
            return None
        renewed = _copied(frame)
        for part in joined(_on_grid(part, picture) for part in picture.changed):
            new = self._from_rgb(replace(picture, planes=(part.within(picture.planes[0]),)))
            for index in range(3):
                shrink = 2 if index else 1
                part.within(plane_view(renewed, index), shrink)[...] = plane_view(new, index)
        return renewed

    def _check_size(self, number: int, width: int, height: int) -> None:
        if (width, height) != (self.width, self.height):
            raise EncodeError(
                f"frame {number} is {width}x{height}, not {self.width}x{self.height} as the film"
            )

    def _tagged(self, frame: av.VideoFrame) -> av.VideoFrame:
        if self._is_yuv:
            frame.colorspace = self._matrix
            frame.color_range = ColorRange.MPEG
        frame.color_primaries = ColorPrimaries.BT709
        frame.color_trc = ColorTrc.BT709 if self._is_yuv else ColorTrc.IEC61966_2_1
        return frame

    def _from_yuv(self, picture: Picture) -> av.VideoFrame:
        name = _YUV_NAMES[picture.format]
        frame = av.VideoFrame(self.width, self.height, name)
        for index, plane in enumerate(picture.planes):
            plane_view(frame, index)[:] = plane
        is_right = name == self.pixel_format and self._matrix is Colorspace.ITU709
        return frame if is_right else self._reformat(frame, from_yuv=True)

    def _from_rgb(self, picture: Picture) -> av.VideoFrame:
        pixels: Pixels = picture.planes[0]
        name = _RGB_NAMES.get(picture.format, str(picture.format))
        if pixels.shape[2] == 4:
            pixels = _with_alpha(pixels, picture.alpha, keep=self._keeps_alpha)
        whole = pixels
        sample = pixels.itemsize
        if sample == 2:
            # swscale takes 65536 for white: one 256th less makes it 65280, and 255 in 8 bits.
            pixels = pixels - (pixels >> 8)
        if pixels.strides[0] < 0 or pixels.strides[1:] != (pixels.shape[2] * sample, sample):
            pixels = np.ascontiguousarray(pixels)
        frame = av.VideoFrame.from_numpy_buffer(pixels, name)
        if name == self.pixel_format:
            return av.VideoFrame.from_ndarray(pixels, name)
        if self.pixel_format == "yuva420p" and pixels.shape[2] == 4:
            frame = av.VideoFrame.from_ndarray(bled(pixels), name)
        converted = self._reformat(frame)
        if self.pixel_format.startswith("yuva") and pixels.shape[2] == 4:
            # swscale's own may be one level off.
            limit = (1 << converted.format.components[3].bits) - 1
            most = np.iinfo(pixels.dtype).max
            plane_view(converted, 3)[:] = np.rint(whole[..., 3] * (limit / most))
        return converted

    def _reformat(self, frame: av.VideoFrame, *, from_yuv: bool = False) -> av.VideoFrame:
        is_plain = frame.format.name in _EIGHT_BIT_RGB and self.pixel_format == "yuv420p"
        return self._reformatter.reformat(
            frame,
            format=self.pixel_format,
            src_colorspace=Colorspace.ITU709 if from_yuv else None,
            src_color_range=ColorRange.MPEG if from_yuv else None,
            dst_colorspace=self._matrix if self._is_yuv else None,
            dst_color_range=ColorRange.MPEG if self._is_yuv else ColorRange.JPEG,
            interpolation=_FAST if is_plain else _SCALING,
            threads=1,
        )


def _on_grid(part: Part, picture: Picture) -> Part:
    """What is converted for a part: of what is two pixels wide swscale takes another mean, and
    the grid's last cell may be that narrow."""
    left, right = _cells(part.left, part.right, picture.width)
    top, bottom = _cells(part.top, part.bottom, picture.height)
    return Part(left, top, right, bottom)


def _cells(start: int, stop: int, size: int) -> tuple[int, int]:
    first, end = start // _GRID * _GRID, -(-stop // _GRID) * _GRID
    return (max(0, first - _GRID), size) if end > size else (first, end)


def _copied(frame: av.VideoFrame) -> av.VideoFrame:
    """The same pixels in a frame of its own, for one picture may be shown more than once."""
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for ours, theirs in zip(copy.planes, frame.planes, strict=True):
        target = np.frombuffer(memoryview(ours), np.uint8).reshape(-1, ours.line_size)
        source = np.frombuffer(memoryview(theirs), np.uint8).reshape(-1, theirs.line_size)
        width = min(ours.line_size, theirs.line_size)
        target[:, :width] = source[:, :width]
    return copy


def _with_alpha(pixels: Pixels, alpha: Alpha, *, keep: bool) -> Pixels:
    """(H, W, 4) pixels as the output wants them: straight, or composited over black."""
    if keep:
        if alpha is Alpha.OPAQUE:
            pixels = pixels.copy()
            pixels[..., 3] = np.iinfo(pixels.dtype).max
        return straight(pixels) if alpha is Alpha.PREMULTIPLIED else pixels
    # Premultiplied colour is colour over black already; an opaque channel is not looked at.
    return over_black(pixels) if alpha is Alpha.STRAIGHT else pixels


def over_black(pixels: Pixels) -> Pixels:
    """Straight (H, W, 4) pixels over black, rounded to the nearest level."""
    coverage = pixels[..., 3:]
    most = np.iinfo(pixels.dtype).max
    if coverage.min() == most:
        return pixels
    if most > 255:
        colour = (pixels[..., :3].astype(np.uint64) * coverage + most // 2) // most
        return np.dstack([colour, np.full_like(coverage, most)]).astype(pixels.dtype)
    scaled = pixels[..., :3].astype(np.uint16) * coverage + 128
    result = np.empty(pixels.shape, np.uint8)
    result[..., :3] = (scaled + (scaled >> 8)) >> 8
    result[..., 3] = 255
    return result


def bled(pixels: Pixels) -> Pixels:
    """Straight (H, W, 4) pixels whose invisible ones have the colour of what is visible nearby.

    Where colour has half the resolution of alpha, they would darken the edges beside them.
    """
    height, width = pixels.shape[0] // _BLEED * _BLEED, pixels.shape[1] // _BLEED * _BLEED
    result = pixels.copy()
    for rows, columns, side in (
        (slice(height), slice(width), _BLEED),
        (slice(height, None), slice(None), 2),
        (slice(height), slice(width, None), 2),
    ):
        _bleed(result[rows, columns], side)
    return result


def _bleed(pixels: Pixels, side: int) -> None:
    """Colour the invisible pixels of every block in which others are visible, in place."""
    height, width = pixels.shape[:2]
    blocks = pixels.reshape(height // side, side, width // side, side, 4)
    alpha = blocks[..., 3]
    mixed = np.nonzero((alpha.max(axis=(1, 3)) > 0) & (alpha.min(axis=(1, 3)) == 0))
    if not mixed[0].size:
        return
    found = blocks[mixed[0], :, mixed[1]].astype(np.float32)
    weight = found[..., 3:]
    total = weight.sum(axis=(1, 2), keepdims=True)
    mean = (found[..., :3] * weight).sum(axis=(1, 2), keepdims=True) / total
    found[..., :3] = np.where(weight == 0, np.rint(mean), found[..., :3])
    blocks[mixed[0], :, mixed[1]] = found.astype(pixels.dtype)


def straight(pixels: Pixels) -> Pixels:
    """Premultiplied (H, W, 4) pixels with their colour divided by alpha again."""
    coverage = pixels[..., 3:]
    if coverage.min() == 255:
        return pixels
    divisor = np.maximum(coverage, 1).astype(np.uint16)
    colour = (pixels[..., :3].astype(np.uint16) * 255 + divisor // 2) // divisor
    result = np.empty(pixels.shape, np.uint8)
    result[..., :3] = np.minimum(colour, 255)
    result[..., 3:] = coverage
    return result
