"""Read pictures: the frames of a film, and images on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from helios.errors import DecodeError
from helios.files.regular import open_regular
from helios.media.containers import open_container
from helios.media.fault import read_fault
from helios.media.probe import has_alpha_layer
from helios.model.picture import Alpha, Picture, PixelFormat

_UNSPECIFIED = 2
_SCALING = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)


def decode_pictures(path: Path) -> Iterator[Picture]:
    """The frames of a film in showing order: RGB24, or straight RGBA where it has alpha.

    Films whose matrix is not tagged are taken for BT.709.

    Raises:
        DecodeError: the film cannot be read to its end; the message names the frame.
    """
    reformatter = VideoReformatter()
    number = 0
    try:
        with open_container(path) as container:
            if not container.streams.video:
                raise DecodeError(f"{path} contains no video")
            for frame in decode_frames(container, container.streams.video[0]):
                yield rgb_picture(frame, number, reformatter)
                number += 1
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path, f"frame {number} of {path}") from error


def count_pictures(path: Path) -> int:
    """How many frames :func:`decode_pictures` gives, which the container need not know.

    Raises:
        DecodeError: the film cannot be read to its end.
    """
    try:
        with open_container(path) as container:
            return sum(1 for _ in decode_frames(container, container.streams.video[0]))
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path) from error


def decode_frames(
    container: InputContainer, stream: VideoStream, threads: Literal["AUTO", "SLICE"] = "AUTO"
) -> Iterator[av.VideoFrame]:
    """The stream's frames in showing order, with the alpha that WebM keeps beside the picture.

    Raises:
        av.FFmpegError: the stream cannot be decoded.
    """
    if not has_alpha_layer(stream):
        if not stream.codec_context.is_open:
            stream.thread_type = threads
        yield from container.decode(stream)
        return
    name = "libvpx-vp9" if stream.codec_context.codec.canonical_name == "vp9" else "libvpx"
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    for packet in container.demux(stream):
        for frame in decoder.decode(packet if packet.size else None):
            if frame.colorspace == _UNSPECIFIED:
                frame.colorspace = stream.codec_context.colorspace
            yield frame


def film_length(path: Path) -> tuple[Fraction, int]:
    """A film's frames per second, and how many frames it has.

    Raises:
        DecodeError: it cannot be read.
    """
    try:
        with open_container(path) as container:
            if not container.streams.video:
                raise DecodeError(f"{path} contains no video")
            stream = container.streams.video[0]
            fps = Fraction(stream.average_rate or stream.guessed_rate or 30)
            if stream.frames:
                return fps, stream.frames
            if stream.duration is not None:
                return fps, max(1, round(stream.duration * Fraction(stream.time_base or 1) * fps))
            if container.duration is not None:
                return fps, max(1, round(Fraction(container.duration, av.time_base) * fps))
            return fps, max(1, sum(1 for packet in container.demux(stream) if packet.size))
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path) from error


def pictures_at(path: Path, times_s: Sequence[Fraction]) -> Iterator[Picture]:
    """What a film shows at these seconds, which rise.

    Raises:
        DecodeError: it cannot be read.
    """
    reformatter = VideoReformatter()
    try:
        with open_container(path) as container:
            stream = container.streams.video[0]
            tick = Fraction(stream.time_base or 1)
            first = stream.start_time or 0
            for time_s in times_s:
                # Half a tick, for the times of a container are rounded.
                wanted = time_s / tick + first + Fraction(1, 2)
                container.seek(int(wanted), stream=stream, backward=True)
                shown = _last_until(container, wanted)
                if shown is None or (shown.pts or 0) > wanted:
                    # MPEG-TS has no index: what was sought lies behind the picture it needs.
                    with open_container(path) as whole:
                        shown = _last_until(whole, wanted)
                if shown is None:
                    raise DecodeError(f"{path} shows nothing at second {float(time_s):g}")
                yield rgb_picture(shown, 0, reformatter)
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path) from error


def picture_at(path: Path, time_s: float) -> NDArray[np.uint8] | None:
    """What a film shows at a second, (H, W, 3) or (H, W, 4), or None if it cannot be read there."""
    try:
        (picture,) = pictures_at(path, [Fraction(time_s).limit_denominator(1_000_000)])
    except DecodeError:
        return None
    return np.asarray(picture.planes[0], np.uint8)


def _last_until(container: InputContainer, pts: Fraction) -> av.VideoFrame | None:
    """From where the container stands, the last frame that is shown by ``pts``, or the first."""
    shown: av.VideoFrame | None = None
    for frame in decode_frames(container, container.streams.video[0]):
        if shown is not None and (frame.pts or 0) > pts:
            break
        shown = frame
    return shown


def rgb_picture(frame: av.VideoFrame, number: int, reformatter: VideoReformatter) -> Picture:
    """A decoded frame as RGB24 or straight RGBA; tags decide the matrix, BT.709 without them."""
    has_alpha = any(component.is_alpha for component in frame.format.components)
    name = "rgba" if has_alpha else "rgb24"
    untagged = frame.colorspace == _UNSPECIFIED and not frame.format.is_rgb
    converted = reformatter.reformat(
        frame,
        format=name,
        src_colorspace=Colorspace.ITU709 if untagged else None,
        dst_color_range=ColorRange.JPEG,
        interpolation=_SCALING,
        threads=1,
    )
    pixels: NDArray[np.uint8] = np.asarray(converted.to_ndarray(), np.uint8)
    if frame.format.name.startswith("yuva"):
        # swscale's own may be one level off.
        limit = (1 << frame.format.components[3].bits) - 1
        pixels[..., 3] = np.rint(plane_view(frame, 3) * (255 / limit))
    return Picture(
        frame=number,
        width=frame.width,
        height=frame.height,
        format=PixelFormat(name),
        planes=(pixels,),
        alpha=Alpha.STRAIGHT if has_alpha else Alpha.OPAQUE,
    )


def plane_view(frame: av.VideoFrame, index: int) -> NDArray[Any]:
    """A writable (height, width) view of one plane of a planar frame, uint8 or uint16."""
    plane = frame.planes[index]
    wide = frame.format.components[index].bits > 8
    values: NDArray[Any] = np.frombuffer(memoryview(plane), np.uint16 if wide else np.uint8)
    rows = values.reshape(-1, plane.line_size // values.itemsize)
    return rows[: plane.height, : plane.width]


def read_image(path: Path) -> NDArray[np.uint8]:
    """An image file as (H, W, 3) RGB or, where it has transparency, (H, W, 4) straight RGBA.

    16-bit images are rounded to 8 bits; palettes and grey become RGB.

    Raises:
        DecodeError: not an image, or damaged.
    """
    from PIL import Image

    if path.suffix.lower() == ".png" and (pixels := _plain_png(path)) is not None:
        return pixels
    try:
        with open_regular(path) as stream, Image.open(stream) as image:
            image.load()
            if image.mode.startswith(("I", "F")):
                values = np.asarray(image, np.float64)
                grey = np.rint(values / 257).clip(0, 255).astype(np.uint8)
                return np.repeat(grey[..., None], 3, axis=2)
            mode = "RGBA" if image.has_transparency_data else "RGB"
            return np.asarray(image if image.mode == mode else image.convert(mode))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise read_fault(error, path, f"image {path}") from error


def _plain_png(path: Path) -> NDArray[np.uint8] | None:
    """An 8-bit RGB or RGBA PNG, in half of Pillow's time; None for all others and broken ones."""
    try:
        decoder = av.CodecContext.create("png", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.thread_count = 1
        decoder.options = {"err_detect": "crccheck+explode"}
        with open_regular(path) as stream:
            packet = av.Packet(stream.read())
        frames = [*decoder.decode(packet), *decoder.decode(None)]
    except (av.FFmpegError, OSError):
        return None
    if not frames or frames[0].format.name not in ("rgb24", "rgba"):
        return None
    pixels: NDArray[np.uint8] = np.asarray(frames[0].to_ndarray(), np.uint8)
    return pixels
