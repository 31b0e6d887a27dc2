"""The one table of output formats: codecs, containers, sizes, and what fits into what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from helios.errors import UnknownFormatError
from helios.files.near import did_you_mean

SOUND_SUFFIXES = (
    ".mp3",
    ".flac",
    ".wav",
    ".ogg",
    ".oga",
    ".opus",
    ".m4a",
    ".aac",
    ".aif",
    ".aiff",
    ".wv",
    ".wma",
)
"""What the names of sounds end in: the tracks of a folder are told by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCodec:
    """One way to encode pictures. ``encoder`` is FFmpeg's name for it."""

    encoder: str
    family: str
    """Codec as a bitstream: h264, hevc, av1, vp9, vp8, prores, ffv1."""
    aliases: tuple[str, ...] = ()
    containers: tuple[str, ...]
    """File suffixes that can hold it, the best first."""
    chunk_container: str
    """What a chunk of it is written to; joins without re-encoding."""
    pixel_formats: tuple[str, ...] = ("yuv420p",)
    """The first is the default."""
    alpha_format: str = ""
    """The pixel format that keeps transparency (straight), if one does."""
    alpha_containers: tuple[str, ...] = ()
    """Those of ``containers`` that keep it."""
    default_preset: str = ""
    presets: tuple[str, ...] = ()
    """Effort, or for ProRes the profile; empty where there is nothing to choose."""
    crf: tuple[int, int, int] | None = (28, 20, 16)
    """Constant quality for draft, standard and high on the encoder's own scale, if it has one."""
    crf_limit: int = 51
    has_bitrate: bool = True
    has_ceiling: bool = False
    """Takes a highest bit rate beside constant quality, and two runs still give the same bytes."""
    is_intra: bool = False
    """Every frame is a key frame."""
    codec_tag: str = ""
    """What MP4 and MOV call it, where FFmpeg's choice is not what players want."""
    max_luma_samples: int | None = None
    """The largest legal picture at the codec's highest level, in luma samples (H.264 counts
    whole macroblocks of 256)."""
    max_side: int = 16_384
    hardware: str = ""
    """What the machine must have, for encoders that are not software. Their constant quality is
    asked for on the scale of the software encoder of the same family (``encode/parameters.py``)."""
    sessions: int | None = None
    """Films that the hardware encodes at once, where drivers allow only so many."""
    pixel_bytes: int = 60
    """Memory that the encoder needs for a pixel of the picture, at most: of pictures from 1080p on,
    by ``benchmarks/encoder_memory.py``."""
    large_pixel_bytes: int | None = None
    """The same of pictures that are large (``helios.model.encoding``), of which it holds fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioCodec:
    """One way to encode sound. ``encoder`` is FFmpeg's name for it."""

    encoder: str
    aliases: tuple[str, ...] = ()
    containers: tuple[str, ...]
    default_bitrate_bps: int | None = None
    """None for lossless codecs."""
    bitrate_limits_bps: tuple[int, int] = (0, 0)
    """The least and the most for stereo at 48 kHz; not for lossless codecs."""


X26X_PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)
NVENC_PRESETS = ("p1", "p2", "p3", "p4", "p5", "p6", "p7")
QSV_PRESETS = ("veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
AMF_PRESETS = ("speed", "balanced", "quality")
_X26X_FORMATS = ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le")
_MPEG4_FAMILY = ("mp4", "mov", "mkv", "m4v")
_AV1_CONTAINERS = ("mp4", "webm", "mkv")
_H264_CRF = (28, 22, 17)
_HEVC_CRF = (30, 22, 18)
_AV1_CRF = (45, 32, 24)
_AV1_CRF_LIMIT = 63
_NVENC = "an NVIDIA GPU with NVENC"
_QSV = "an Intel GPU with Quick Sync"
_AMF = "an AMD GPU with AMF"
_VIDEOTOOLBOX = "a Mac with VideoToolbox"
_NVENC_SESSIONS = 3
"""A worker finishes one chunk while it begins the next, and drivers for cards that are not for
workstations open eight sessions."""
_HARDWARE_ALIASES = {"hevc_nvenc": ("hevc-nvenc", "h265_nvenc", "h265-nvenc")}
_HARDWARE_SIDE = 8192
_HARDWARE_H264_SIDE = 4096

ANIMATIONS = ("gif", "apng", "webp")
"""Films that are images; made of lossless chunks, without sound."""


def _hardware_codecs(
    interface: str,
    hardware: str,
    *,
    families: tuple[str, ...] = ("h264", "hevc", "av1"),
    pixel_formats: tuple[str, str],
    default_preset: str = "",
    presets: tuple[str, ...] = (),
    sessions: int | None = None,
) -> tuple[VideoCodec, ...]:
    """What one kind of hardware encodes: H.264 in 8 bits, the others also in 10."""
    return tuple(
        VideoCodec(
            encoder=f"{family}_{interface}",
            family=family,
            aliases=_HARDWARE_ALIASES.get(f"{family}_{interface}", (f"{family}-{interface}",)),
            containers=_AV1_CONTAINERS if family == "av1" else _MPEG4_FAMILY,
            chunk_container="mp4" if family == "av1" else "mov",
            pixel_formats=pixel_formats[:1] if family == "h264" else pixel_formats,
            default_preset=default_preset,
            presets=presets,
            crf={"h264": _H264_CRF, "hevc": _HEVC_CRF, "av1": _AV1_CRF}[family],
            crf_limit=_AV1_CRF_LIMIT if family == "av1" else 51,
            codec_tag="hvc1" if family == "hevc" else "",
            max_side=_HARDWARE_H264_SIDE if family == "h264" else _HARDWARE_SIDE,
            hardware=hardware,
            sessions=sessions,
        )
        for family in families
    )


VIDEO_CODECS: tuple[VideoCodec, ...] = (
    VideoCodec(
        encoder="libx264",
        family="h264",
        aliases=("h264", "x264", "avc"),
        containers=_MPEG4_FAMILY,
        chunk_container="mov",
        pixel_formats=_X26X_FORMATS,
        default_preset="superfast",
        presets=X26X_PRESETS,
        crf=_H264_CRF,
        max_luma_samples=139_264 * 256,
    ),
    VideoCodec(
        encoder="libx265",
        family="hevc",
        aliases=("hevc", "h265", "x265"),
        containers=_MPEG4_FAMILY,
        chunk_container="mov",
        pixel_formats=_X26X_FORMATS,
        default_preset="fast",
        presets=X26X_PRESETS,
        crf=_HEVC_CRF,
        codec_tag="hvc1",
        max_luma_samples=80_216_064,
        has_ceiling=True,
        pixel_bytes=200,
        large_pixel_bytes=60,
    ),
    VideoCodec(
        encoder="libsvtav1",
        family="av1",
        aliases=("av1", "svtav1"),
        containers=_AV1_CONTAINERS,
        chunk_container="mp4",
        pixel_formats=("yuv420p", "yuv420p10le"),
        default_preset="8",
        # 10 and faster lose whole blocks that change from frame to frame.
        presets=tuple(str(n) for n in range(10)),
        crf=_AV1_CRF,
        crf_limit=_AV1_CRF_LIMIT,
        pixel_bytes=240,
    ),
    *_hardware_codecs(
        "nvenc",
        _NVENC,
        pixel_formats=("yuv420p", "p010le"),
        default_preset="p5",
        presets=NVENC_PRESETS,
        sessions=_NVENC_SESSIONS,
    ),
    *_hardware_codecs(
        "qsv",
        _QSV,
        pixel_formats=("nv12", "p010le"),
        default_preset="medium",
        presets=QSV_PRESETS,
    ),
    *_hardware_codecs(
        "amf",
        _AMF,
        pixel_formats=("yuv420p", "p010le"),
        default_preset="quality",
        presets=AMF_PRESETS,
    ),
    *_hardware_codecs(
        "videotoolbox", _VIDEOTOOLBOX, families=("h264", "hevc"), pixel_formats=("nv12", "p010le")
    ),
    VideoCodec(
        encoder="libvpx-vp9",
        family="vp9",
        aliases=("vp9",),
        containers=("webm", "mp4", "mkv"),
        chunk_container="webm",
        # The libvpx at hand has no more than 8 bits.
        pixel_formats=("yuv420p", "yuva420p", "yuv444p"),
        alpha_format="yuva420p",
        alpha_containers=("webm", "mkv"),
        default_preset="4",
        presets=tuple(str(n) for n in range(9)),
        crf=(42, 31, 22),
        crf_limit=63,
        pixel_bytes=150,
    ),
    VideoCodec(
        encoder="libvpx",
        family="vp8",
        aliases=("vp8",),
        containers=("webm", "mkv"),
        chunk_container="webm",
        pixel_formats=("yuv420p", "yuva420p"),
        alpha_format="yuva420p",
        alpha_containers=("webm", "mkv"),
        default_preset="4",
        presets=tuple(str(n) for n in range(17)),
        crf=(30, 10, 4),
        crf_limit=63,
        pixel_bytes=70,
    ),
    VideoCodec(
        encoder="prores_ks",
        family="prores",
        aliases=("prores",),
        containers=("mov", "mkv"),
        chunk_container="mov",
        pixel_formats=("yuv422p10le", "yuv444p10le", "yuva444p10le"),
        alpha_format="yuva444p10le",
        alpha_containers=("mov", "mkv"),
        default_preset="hq",
        presets=("proxy", "lt", "standard", "hq", "4444", "4444xq"),
        crf=None,
        has_bitrate=False,
        is_intra=True,
    ),
    VideoCodec(
        encoder="ffv1",
        family="ffv1",
        containers=("mkv", *ANIMATIONS),
        chunk_container="mkv",
        alpha_format="bgra",
        alpha_containers=("mkv", *ANIMATIONS),
        pixel_formats=("bgr0", "bgra", "yuv420p", "yuv422p", "yuv444p", "yuv420p10le"),
        crf=None,
        has_bitrate=False,
        is_intra=True,
        pixel_bytes=120,
    ),
)

AUDIO_CODECS: tuple[AudioCodec, ...] = (
    AudioCodec(
        encoder="aac",
        containers=("mp4", "mov", "m4v", "mkv", "m4a"),
        default_bitrate_bps=384_000,
        bitrate_limits_bps=(16_000, 576_000),
    ),
    AudioCodec(
        encoder="libopus",
        aliases=("opus",),
        containers=("webm", "mkv", "mp4", "ogg"),
        default_bitrate_bps=256_000,
        bitrate_limits_bps=(6_000, 510_000),
    ),
    AudioCodec(
        encoder="libmp3lame",
        aliases=("mp3",),
        containers=("mp4", "mov", "mkv", "mp3"),
        default_bitrate_bps=320_000,
        bitrate_limits_bps=(32_000, 320_000),
    ),
    AudioCodec(encoder="flac", containers=("mkv", "mp4", "flac")),
    AudioCodec(encoder="alac", containers=("mov", "mp4", "m4v", "mkv", "m4a")),
    AudioCodec(encoder="pcm_s16le", aliases=("pcm",), containers=("mov", "mkv", "wav")),
    AudioCodec(encoder="pcm_s24le", containers=("mov", "mkv", "wav")),
)

CONTAINERS = ("mp4", "mov", "webm", "mkv", "m4v", *ANIMATIONS)
"""Suffixes a film may have."""

MUXERS = {"mkv": "matroska", "m4v": "mp4"}
"""FFmpeg's name of a container, where it differs from the suffix."""

MP4_FAMILY = ("mp4", "mov", "m4v")
"""Suffixes of films made of boxes, which spatial metadata goes into."""

COPY = "copy"
"""The codec name that means: keep what is there."""


class EncodingPreset(StrEnum):
    """Named encoder settings: codec, quality and effort in one word."""

    H264_WEB = "h264-web"
    H265_QUALITY = "h265-quality"
    H265_NVENC = "h265-nvenc"


ENCODING_PRESETS: dict[EncodingPreset, tuple[str, str, int]] = {
    EncodingPreset.H264_WEB: ("libx264", "slow", 18),
    EncodingPreset.H265_QUALITY: ("libx265", "slow", 20),
    EncodingPreset.H265_NVENC: ("hevc_nvenc", "p5", 20),
}
"""(encoder, preset, CRF) of each."""


class Projection(StrEnum):
    """How directions map to the picture."""

    PERSPECTIVE = "perspective"
    EQUIRECT = "equirect"
    """Full sphere, 2:1 per eye."""
    EQUIRECT_180 = "equirect-180"
    """Front half of the sphere, 1:1 per eye."""
    FULLDOME = "fulldome"
    """Fisheye of the upper half, angle proportional to the radius: the zenith in the middle,
    straight ahead at the bottom."""

    @property
    def is_spherical(self) -> bool:
        """Whether players have to be told, by spatial metadata."""
        return self in (Projection.EQUIRECT, Projection.EQUIRECT_180)


class StereoLayout(StrEnum):
    """Where the eyes are in the picture."""

    MONO = "mono"
    TOP_BOTTOM = "top-bottom"
    """Left eye on top."""
    LEFT_RIGHT = "left-right"


def film_suffix(projection: Projection, stereo: StereoLayout) -> str:
    """The ending headset players know a film by, such as ``_360_TB``; empty for flat films."""
    sphere = {Projection.EQUIRECT: "_360", Projection.EQUIRECT_180: "_180"}.get(projection, "")
    eyes = {StereoLayout.TOP_BOTTOM: "_TB", StereoLayout.LEFT_RIGHT: "_LR"}.get(stereo, "")
    return sphere + eyes if sphere else ""


def conventional_name(path: Path, projection: Projection, stereo: StereoLayout) -> Path:
    """``path`` with the ending headset players know: ``film.mp4`` to ``film_360_TB.mp4``."""
    stem = path.stem
    for ending in ("_TB", "_LR", "_360", "_180"):
        stem = stem.removesuffix(ending)
    return path.with_name(stem + film_suffix(projection, stereo) + path.suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportType:
    """A named size, projection and stereo layout. Width and height are of the whole picture."""

    name: str
    width: int
    height: int
    aliases: tuple[str, ...] = ()
    projection: Projection = Projection.PERSPECTIVE
    stereo: StereoLayout = StereoLayout.MONO
    video_codec: str = "libx264"
    bitrate_30_bps: int
    """What YouTube asks for at 24 to 30 frames per second."""
    bitrate_60_bps: int


_MBPS = 1_000_000

EXPORT_TYPES: tuple[ExportType, ...] = (
    ExportType(
        name="flat-1080p-landscape",
        width=1920,
        height=1080,
        aliases=("1080p-landscape",),
        bitrate_30_bps=8 * _MBPS,
        bitrate_60_bps=12 * _MBPS,
    ),
    ExportType(
        name="flat-1080p-portrait",
        width=1080,
        height=1920,
        aliases=("1080p-portrait", "flat-1080p-vertical"),
        bitrate_30_bps=8 * _MBPS,
        bitrate_60_bps=12 * _MBPS,
    ),
    ExportType(
        name="flat-1080p-square",
        width=1080,
        height=1080,
        aliases=("1080p-square",),
        bitrate_30_bps=8 * _MBPS,
        bitrate_60_bps=12 * _MBPS,
    ),
    ExportType(
        name="flat-4k-landscape",
        width=3840,
        height=2160,
        aliases=("4k-landscape",),
        bitrate_30_bps=45 * _MBPS,
        bitrate_60_bps=68 * _MBPS,
    ),
    ExportType(
        name="flat-4k-portrait",
        width=2160,
        height=3840,
        aliases=("4k-portrait", "flat-4k-vertical"),
        bitrate_30_bps=45 * _MBPS,
        bitrate_60_bps=68 * _MBPS,
    ),
    ExportType(
        name="flat-8k-landscape",
        width=7680,
        height=4320,
        aliases=("8k-landscape",),
        video_codec="libx265",
        bitrate_30_bps=120 * _MBPS,
        bitrate_60_bps=180 * _MBPS,
    ),
    ExportType(
        name="360-mono-4k",
        width=4096,
        height=2048,
        aliases=("360-4k",),
        projection=Projection.EQUIRECT,
        bitrate_30_bps=45 * _MBPS,
        bitrate_60_bps=68 * _MBPS,
    ),
    ExportType(
        name="360-mono-6k",
        width=6144,
        height=3072,
        aliases=("360-6k",),
        projection=Projection.EQUIRECT,
        video_codec="libx265",
        bitrate_30_bps=80 * _MBPS,
        bitrate_60_bps=120 * _MBPS,
    ),
    ExportType(
        name="360-mono-8k",
        width=8192,
        height=4096,
        aliases=("360-8k",),
        projection=Projection.EQUIRECT,
        video_codec="libx265",
        bitrate_30_bps=120 * _MBPS,
        bitrate_60_bps=180 * _MBPS,
    ),
    ExportType(
        name="360-stereo-4k",
        width=4096,
        height=4096,
        projection=Projection.EQUIRECT,
        stereo=StereoLayout.TOP_BOTTOM,
        video_codec="libx265",
        bitrate_30_bps=60 * _MBPS,
        bitrate_60_bps=90 * _MBPS,
    ),
    ExportType(
        name="360-stereo-5.7k",
        width=5760,
        height=5760,
        projection=Projection.EQUIRECT,
        stereo=StereoLayout.TOP_BOTTOM,
        video_codec="libx265",
        bitrate_30_bps=100 * _MBPS,
        bitrate_60_bps=150 * _MBPS,
    ),
    ExportType(
        name="360-stereo-8k",
        width=8192,
        height=8192,
        projection=Projection.EQUIRECT,
        stereo=StereoLayout.TOP_BOTTOM,
        video_codec="libx265",
        bitrate_30_bps=160 * _MBPS,
        bitrate_60_bps=240 * _MBPS,
    ),
    ExportType(
        name="vr180-4k",
        width=4096,
        height=2048,
        projection=Projection.EQUIRECT_180,
        stereo=StereoLayout.LEFT_RIGHT,
        bitrate_30_bps=45 * _MBPS,
        bitrate_60_bps=68 * _MBPS,
    ),
    ExportType(
        name="vr180-5.7k",
        width=5760,
        height=2880,
        projection=Projection.EQUIRECT_180,
        stereo=StereoLayout.LEFT_RIGHT,
        video_codec="libx265",
        bitrate_30_bps=80 * _MBPS,
        bitrate_60_bps=120 * _MBPS,
    ),
    ExportType(
        name="vr180-8k",
        width=8192,
        height=4096,
        projection=Projection.EQUIRECT_180,
        stereo=StereoLayout.LEFT_RIGHT,
        video_codec="libx265",
        bitrate_30_bps=120 * _MBPS,
        bitrate_60_bps=180 * _MBPS,
    ),
    ExportType(
        name="fulldome-2k",
        width=2048,
        height=2048,
        projection=Projection.FULLDOME,
        bitrate_30_bps=20 * _MBPS,
        bitrate_60_bps=30 * _MBPS,
    ),
    ExportType(
        name="fulldome-4k",
        width=4096,
        height=4096,
        projection=Projection.FULLDOME,
        video_codec="libx265",
        bitrate_30_bps=60 * _MBPS,
        bitrate_60_bps=90 * _MBPS,
    ),
    ExportType(
        name="fulldome-8k",
        width=8192,
        height=8192,
        projection=Projection.FULLDOME,
        video_codec="libx265",
        bitrate_30_bps=160 * _MBPS,
        bitrate_60_bps=240 * _MBPS,
    ),
)


def video_codec(name: str) -> VideoCodec:
    """The codec called ``name`` (FFmpeg's name or an alias).

    Raises:
        UnknownFormatError: no such codec.
    """
    wanted = name.lower()
    for codec in VIDEO_CODECS:
        if wanted == codec.encoder or wanted in codec.aliases:
            return codec
    known = [codec.aliases[0] if codec.aliases else codec.encoder for codec in VIDEO_CODECS]
    raise _unknown("video codec", name, known)


def audio_codec(name: str) -> AudioCodec:
    """The sound codec called ``name`` (FFmpeg's name or an alias).

    Raises:
        UnknownFormatError: no such codec.
    """
    wanted = name.lower()
    for codec in AUDIO_CODECS:
        if wanted == codec.encoder or wanted in codec.aliases:
            return codec
    raise _unknown("audio codec", name, [codec.encoder for codec in AUDIO_CODECS])


def export_type(name: str, also: Iterable[str] = ()) -> ExportType:
    """The export type called ``name``, or by an alias; ``also`` names what could be meant besides.

    Raises:
        UnknownFormatError: no such type.
    """
    wanted = name.lower()
    for entry in EXPORT_TYPES:
        if wanted == entry.name or wanted in entry.aliases:
            return entry
    raise _unknown("export type", name, [*also, *(entry.name for entry in EXPORT_TYPES)])


def _unknown(kind: str, name: str, known: Sequence[str]) -> UnknownFormatError:
    meant = did_you_mean(name, known)
    words = set(name.lower().split("-"))
    whole = [each for each in known if words <= set(each.split("-"))]
    if whole and not meant:  # no slip of the hand, but words of it: 360, flat-1080p
        meant = f"Did you mean {' or '.join(whole)}? "
    hint = f"{meant}There are: {', '.join(known)}."
    return UnknownFormatError(f"unknown {kind} {name!r}", hint=hint)


def default_video_codec(container: str) -> VideoCodec:
    """What a film with this suffix is encoded with when nothing else is said."""
    for codec in VIDEO_CODECS:
        if container in codec.containers:
            return codec if container != "webm" else video_codec("vp9")
    raise UnknownFormatError(
        f"unknown film container {container!r}", hint=f"Use one of: {', '.join(CONTAINERS)}."
    )


def alpha_video_codec(container: str) -> VideoCodec | None:
    """What keeps transparency in a film with this suffix when nothing else is said."""
    fitting = [codec for codec in VIDEO_CODECS if container in codec.alpha_containers]
    return fitting[0] if fitting else None


def default_audio_codec(container: str) -> AudioCodec:
    """What a film with this suffix carries as sound when nothing else is said."""
    return audio_codec("libopus" if container == "webm" else "aac")
