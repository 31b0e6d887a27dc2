"""Open one video encoder inside a container."""

from __future__ import annotations

import os

import av
from av.codec.context import ThreadType
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from helios.encode.parameters import encoder_options
from helios.errors import EncodeError, EnvironmentProblem
from helios.model.encoding import EncodeSettings
from helios.model.formats import video_codec


def open_encoder(container: OutputContainer, settings: EncodeSettings) -> VideoStream:
    """Add a video stream that is ready to encode.

    Raises:
        EnvironmentProblem: the encoder needs hardware that is not there.
        EncodeError: the encoder refuses these settings.
    """
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 would write to stderr itself
    try:
        stream = container.add_stream(
            settings.encoder,
            rate=settings.fps,
            options=encoder_options(settings),
            width=settings.width,
            height=settings.height,
            time_base=1 / settings.fps,
        )
        assert isinstance(stream, VideoStream)
        _configure(stream, settings)
        stream.codec_context.open()
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _refusal(settings, error) from error
    return stream


def check_encoder(settings: EncodeSettings) -> None:
    """Open the encoder for real, without a file; cheap for software encoders.

    Raises:
        EnvironmentProblem: it needs hardware that is not there.
        EncodeError: it refuses these settings.
    """
    with av.open(os.devnull, "w", format="null") as container:
        open_encoder(container, settings)


def matrix_of(settings: EncodeSettings) -> Colorspace:
    """BT.709; VP8 says by its very format that it is BT.601 (RFC 6386, section 9.2)."""
    return Colorspace.ITU601 if settings.encoder == "libvpx" else Colorspace.ITU709


def _configure(stream: VideoStream, settings: EncodeSettings) -> None:
    context = stream.codec_context
    stream.pix_fmt = settings.pixel_format
    context.gop_size = settings.gop_frames
    context.thread_count = settings.threads
    # SLICE would cut x264's pictures into slices: slower and larger.
    context.thread_type = ThreadType.FRAME
    if settings.encoder in ("ffv1", "prores_ks"):
        context.thread_type = ThreadType.SLICE
    if settings.bitrate_bps is not None:
        context.bit_rate = settings.bitrate_bps
    if settings.codec_tag:
        context.codec_tag = settings.codec_tag
    if settings.pixel_format == "yuva420p":
        stream.metadata["alpha_mode"] = "1"
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709 if settings.is_yuv else ColorTrc.IEC61966_2_1
    if settings.is_yuv:
        context.colorspace = matrix_of(settings)
        context.color_range = ColorRange.MPEG


def _refusal(settings: EncodeSettings, error: Exception) -> EnvironmentProblem | EncodeError:
    codec = video_codec(settings.encoder)
    reason = getattr(error, "strerror", None) or str(error)
    if codec.hardware:
        return EnvironmentProblem(
            f"{codec.encoder} cannot be used here: it needs {codec.hardware} ({reason})",
            hint="Use a software encoder: --encoding-preset h265-quality or h264-web.",
        )
    return EncodeError(
        f"{codec.encoder} refuses {settings.width}x{settings.height} {settings.pixel_format} "
        f"with these settings: {reason}"
    )
