"""Animated images: GIF with one palette for the whole film, APNG without loss, WebP."""

from __future__ import annotations

import errno
import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.format import VideoFormat
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from helios.errors import MergeError
from helios.media.fault import write_fault
from helios.media.pictures import decode_frames
from helios.merge.output import replaced
from helios.merge.parts import Part, PartHeader, open_part

GIF_MAX_FPS = 50
"""Browsers show shorter GIF frames than 20 ms for 100 ms instead."""

_DITHER = "dither=sierra2_4a:diff_mode=rectangle:alpha_threshold=128"
_SCALING = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)


def write_animation(
    parts: Sequence[Part],
    header: PartHeader,
    output: Path,
    fps: Fraction,
    on_frame: Callable[[int], None] | None = None,
) -> int:
    """Write the parts' frames as an image that plays for ever; the suffix says which kind.

    GIF keeps every second (third, ...) frame where the film is faster than 50 per second. Returns
    the number of frames of the film.

    Raises:
        ChunkMissing, MergeError: a part cannot be read.
        OutputNotWritable, DiskFull, EncodeError: the animation cannot be written.
    """
    has_alpha = header.pixel_format in ("bgra", "rgba") or "yuva" in header.pixel_format
    film = _Film(parts, fps, on_frame)
    write = {"gif": _write_gif, "apng": _write_apng, "webp": _write_webp}
    suffix = output.suffix.lower().lstrip(".")
    with replaced(output) as temporary:
        try:
            write[suffix](film, temporary, has_alpha)
        except (av.FFmpegError, OSError) as error:
            raise write_fault(error, output) from error
    return film.frame_count


class _Film:
    """The frames of all parts, converted, as often as they are asked for."""

    def __init__(
        self, parts: Sequence[Part], fps: Fraction, on_frame: Callable[[int], None] | None
    ) -> None:
        self.parts = parts
        self.fps = fps
        self.frame_count = 0
        self._on_frame = on_frame
        self._reformatter = VideoReformatter()
        with open_part(parts[0]) as (_, stream):
            self.width = stream.codec_context.width
            self.height = stream.codec_context.height

    def frames(
        self, pixel_format: str, *, step: int = 1, matrix: Colorspace | None = None
    ) -> Iterator[av.VideoFrame]:
        """Every ``step``-th frame, stamped in steps of ``step / fps``."""
        self.frame_count = 0
        for part in self.parts:
            try:
                with open_part(part) as (container, stream):
                    for frame in decode_frames(container, stream):
                        if self.frame_count % step == 0:
                            yield self._converted(frame, pixel_format, step, matrix)
                        self.frame_count += 1
            except av.FFmpegError as error:
                raise MergeError(
                    f"cannot read frame {self.frame_count} (part {part.path.name}): "
                    f"{error.strerror}"
                ) from error

    def tell(self, frame: av.VideoFrame, step: int = 1) -> None:
        """Report that ``frame`` was written."""
        if self._on_frame is not None:
            self._on_frame(((frame.pts or 0) + 1) * step)

    def _converted(
        self, frame: av.VideoFrame, pixel_format: str, step: int, matrix: Colorspace | None
    ) -> av.VideoFrame:
        untagged = int(frame.colorspace) == 2 and not frame.format.is_rgb
        converted = self._reformatter.reformat(
            frame,
            format=pixel_format,
            src_colorspace=Colorspace.ITU709 if untagged else None,
            dst_colorspace=matrix,
            dst_color_range=ColorRange.JPEG if matrix is None else ColorRange.MPEG,
            interpolation=_SCALING,
            threads=1,
        )
        converted.pts = self.frame_count // step
        converted.time_base = step / self.fps
        return converted


def _write_gif(film: _Film, path: Path, has_alpha: bool) -> None:  # noqa: FBT001 - one of three
    step = max(1, math.ceil(film.fps / GIF_MAX_FPS))
    palette = _palette(film, step, has_alpha=has_alpha)
    painter = _Painter(film, step, palette)
    with _open(path, "gif", {"loop": "0"}) as container:
        stream = _stream(container, film, "gif", "pal8", film.fps / step, {})
        for frame in itertools.chain(film.frames("bgra", step=step), [None]):
            for painted in painter.paint(frame):
                container.mux(stream.encode(painted))
                film.tell(painted, step)
        container.mux(stream.encode(None))


def _palette(film: _Film, step: int, *, has_alpha: bool) -> av.VideoFrame:
    """The 256 colours that suit the whole film, as a 16 x 16 frame."""
    graph = Graph()
    source = _buffer(graph, film.width, film.height, step / film.fps)
    chooser = graph.add("palettegen", f"reserve_transparent={int(has_alpha)}")
    sink = graph.add("buffersink")
    source.link_to(chooser)
    chooser.link_to(sink)
    graph.configure()
    for frame in film.frames("bgra", step=step):
        source.push(frame)
    source.push(None)
    palette = sink.pull()
    assert isinstance(palette, av.VideoFrame)
    palette.pts = 0
    return palette


class _Painter:
    """Paints frames in the colours of one palette, dithered."""

    def __init__(self, film: _Film, step: int, palette: av.VideoFrame) -> None:
        # The contexts do not keep their graph alive.
        self._graph = Graph()
        self._source = _buffer(self._graph, film.width, film.height, step / film.fps)
        colours = _buffer(self._graph, 16, 16, step / film.fps)
        painter = self._graph.add("paletteuse", _DITHER)
        self._sink = self._graph.add("buffersink")
        self._source.link_to(painter, 0, 0)
        colours.link_to(painter, 0, 1)
        painter.link_to(self._sink)
        self._graph.configure()
        colours.push(palette)
        colours.push(None)

    def paint(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """The frames that are ready after ``frame`` went in; None says it was the last."""
        self._source.push(frame)
        while (painted := _pulled(self._sink)) is not None:
            yield painted


def _buffer(graph: Graph, width: int, height: int, tick: Fraction) -> FilterContext:
    return graph.add_buffer(
        width=width, height=height, format=VideoFormat("bgra", width, height), time_base=tick
    )


def _pulled(sink: FilterContext) -> av.VideoFrame | None:
    try:
        frame = sink.pull()
    except EOFError:
        return None
    except av.FFmpegError as error:
        if error.errno == errno.EAGAIN:
            return None
        raise
    assert isinstance(frame, av.VideoFrame)
    return frame


def _write_apng(film: _Film, path: Path, has_alpha: bool) -> None:  # noqa: FBT001 - one of three
    pixel_format = "rgba" if has_alpha else "rgb24"
    with _open(path, "apng", {"plays": "0"}) as container:
        stream = _stream(container, film, "apng", pixel_format, film.fps, {"pred": "up"})
        _encode(film, container, stream, film.frames(pixel_format))


def _write_webp(film: _Film, path: Path, has_alpha: bool) -> None:  # noqa: FBT001 - one of three
    # WebP is BT.601. RGB input would let small changes add up unseen from frame to frame.
    pixel_format = "yuva420p" if has_alpha else "yuv420p"
    with _open(path, "webp", {"loop": "0"}) as container:
        options = {"quality": "90"}
        stream = _stream(container, film, "libwebp_anim", pixel_format, film.fps, options)
        _encode(film, container, stream, film.frames(pixel_format, matrix=Colorspace.ITU601))


def _encode(
    film: _Film, container: OutputContainer, stream: VideoStream, frames: Iterator[av.VideoFrame]
) -> None:
    for frame in frames:
        container.mux(stream.encode(frame))
        film.tell(frame)
    container.mux(stream.encode(None))


def _open(path: Path, muxer: str, options: dict[str, str]) -> OutputContainer:
    return av.open(os.fspath(path), "w", format=muxer, options={"fflags": "+bitexact", **options})


def _stream(
    container: OutputContainer,
    film: _Film,
    encoder: str,
    pixel_format: str,
    fps: Fraction,
    options: dict[str, str],
) -> VideoStream:
    stream = container.add_stream(
        encoder, rate=fps, options=options, width=film.width, height=film.height, time_base=1 / fps
    )
    assert isinstance(stream, VideoStream)
    stream.pix_fmt = pixel_format
    return stream
