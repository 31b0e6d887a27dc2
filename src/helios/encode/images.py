"""Numbered images instead of a film."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.codec.context import ThreadType
from av.video.reformatter import ColorPrimaries, ColorTrc

from helios.encode.convert import PictureConverter
from helios.errors import EncodeError
from helios.files.whole import write_whole
from helios.media.fault import write_fault
from helios.model.choices import ImageFormat
from helios.model.picture import Picture

MIN_DIGITS = 5


class ImageSequenceWriter:
    """Writes each picture to ``<folder>/<frame number>.png``, lossless, whole or not at all.

    ``last_frame`` decides how many digits names have: five, or more where it needs them.
    ``transparent`` keeps alpha (straight, as PNG has it). JPEG has quality 95.

    Raises:
        OutputNotWritable: the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        width: int,
        height: int,
        *,
        last_frame: int = 0,
        image_format: ImageFormat = "png",
        transparent: bool = False,
        threads: int = 2,
    ) -> None:
        self.folder = folder
        self.frame_count = 0
        self._digits = max(MIN_DIGITS, len(str(last_frame)))
        self._format = image_format
        pixel_format = "rgba" if transparent and image_format == "png" else "rgb24"
        self._converter = PictureConverter(pixel_format, width, height)
        self._encoder = _png_encoder(width, height, pixel_format, threads)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_fault(error, folder) from error

    def path(self, frame: int) -> Path:
        """The image of frame ``frame``."""
        return self.folder / f"{frame:0{self._digits}d}.{self._format}"

    def write(self, picture: Picture) -> None:
        """Add a picture, under its own frame number.

        Raises:
            EncodeError, DiskFull: it cannot be written.
        """
        frame = self._converter.convert(picture)
        self.frame_count += 1
        if self._format == "jpg":
            self._store(picture.frame, _jpeg(frame))
            return
        frame.pts = picture.frame
        frame.time_base = Fraction(1)
        self._store_packets(frame)

    def finish(self) -> None:
        """Write what is still being compressed.

        Raises:
            EncodeError, DiskFull: it cannot be written.
        """
        self._store_packets(None)

    def abort(self) -> None:
        """Write no more; what was written stays and is written over by the next try."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()

    def _store_packets(self, frame: av.VideoFrame | None) -> None:
        if self._format == "jpg":
            return
        try:
            packets = self._encoder.encode(frame)
        except av.FFmpegError as error:
            raise EncodeError(f"cannot compress an image: {error.strerror}") from error
        for packet in packets:
            self._store(packet.pts or 0, bytes(packet))

    def _store(self, number: int, data: bytes) -> None:
        path = self.path(number)
        try:
            write_whole(path, data, durable=False)
        except OSError as error:
            raise write_fault(error, path) from error


def _png_encoder(width: int, height: int, pixel_format: str, threads: int) -> av.VideoCodecContext:
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixel_format
    encoder.time_base = Fraction(1)
    encoder.thread_count = threads
    encoder.thread_type = ThreadType.FRAME
    encoder.color_primaries = ColorPrimaries.BT709
    encoder.color_trc = ColorTrc.IEC61966_2_1
    # Half of Pillow's time, and files as small as with any other predictor on drawn pictures.
    encoder.options = {"compression_level": "1", "pred": "up"}
    return encoder


def _jpeg(frame: av.VideoFrame) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(frame.to_ndarray()).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()
