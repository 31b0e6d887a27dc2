"""From options to encoder settings: defaults, quality words, and what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from helios.errors import OptionError, UnknownFormatError
from helios.model.choices import QualityWord
from helios.model.encoding import EncodeSettings, SoundSettings
from helios.model.formats import (
    ANIMATIONS,
    AUDIO_CODECS,
    CONTAINERS,
    COPY,
    ENCODING_PRESETS,
    MP4_FAMILY,
    VIDEO_CODECS,
    EncodingPreset,
    VideoCodec,
    alpha_video_codec,
    audio_codec,
    default_audio_codec,
    default_video_codec,
    export_type,
    video_codec,
)
from helios.model.options import RenderOptions
from helios.planning.panorama import most_bits

DEFAULT_THREADS = 2
_SAME_FORMATS = (("yuv420p", "nv12"), ("yuv420p10le", "p010le"))
"""Of the same pixels, in other places."""
QUALITY_WORDS: tuple[QualityWord, ...] = get_args(QualityWord)


@dataclass(frozen=True, slots=True)
class Hardware:
    """An encoder of a graphics card, and what asks for it."""

    codec: VideoCodec
    options: RenderOptions


def resolve_encoding(
    options: RenderOptions, container: str, *, width: int, height: int, fps: Fraction
) -> EncodeSettings:
    """What every chunk of a film with suffix ``container`` is encoded with.

    The result's ``container`` is the chunk's, which joins into the film without re-encoding.

    Raises:
        OptionError: an option's value does not fit the codec or the picture.
        UnknownFormatError: the film's container is unknown or cannot hold the codec.
    """
    container = container.lower().lstrip(".")
    codec = _codec(options, container)
    _check_size(codec, width, height)
    crf, bitrate_bps = _rate(options, codec)
    pixel_format = _pixel_format(options, codec, container)
    return EncodeSettings(
        encoder=codec.encoder,
        container=codec.chunk_container,
        width=width,
        height=height,
        fps=fps,
        pixel_format=pixel_format,
        crf=crf,
        bitrate_bps=bitrate_bps,
        ceiling_bps=_ceiling(options, width, height, fps) if codec.has_ceiling else None,
        preset=_preset(options, codec, pixel_format),
        gop_frames=1 if codec.is_intra else max(1, round(fps / 2)),
        threads=options.threads or DEFAULT_THREADS,
        codec_tag=codec.codec_tag if codec.chunk_container in MP4_FAMILY else "",
    )


def hardware_for(options: RenderOptions, encode: EncodeSettings, container: str) -> list[Hardware]:
    """Encoders of graphics cards for a film of suffix ``container`` that would else be encoded as
    ``encode`` says, with the options that ask for each; of a film that names one, that one.

    What an encoder cannot be asked for shows when its options are resolved.
    """
    named = video_codec(encode.encoder)
    container = container.lower().lstrip(".")
    rows = [
        row
        for row in VIDEO_CODECS
        if row.hardware and row.family == named.family and container in row.containers
    ]
    if named.hardware:
        return [Hardware(named, options.changed(hwaccel="none"))]
    return [
        Hardware(
            row,
            options.changed(
                hwaccel="none",
                video_codec=row.encoder,
                encoding_preset=None,
                # A word means the same of both; of a preset, its CRF.
                quality=options.quality
                if options.encoding_preset is None or options.video_bitrate is not None
                else encode.crf,
                pixel_format=_in_hardware(options.pixel_format, row),
            ),
        )
        for row in rows
    ]


def _in_hardware(pixel_format: str | None, codec: VideoCodec) -> str | None:
    """What hardware calls the format; one that it lacks stays, and is refused."""
    if pixel_format is None or pixel_format in codec.pixel_formats:
        return pixel_format
    same = next((names for names in _SAME_FORMATS if pixel_format in names), ())
    return next((name for name in codec.pixel_formats if name in same), pixel_format)


def resolve_sound(options: RenderOptions, container: str) -> SoundSettings:
    """What the sound of a film with suffix ``container`` is encoded with.

    Raises:
        OptionError: the bit rate does not fit the codec.
        UnknownFormatError: the container is unknown or cannot hold the codec.
    """
    container = container.lower().lstrip(".")
    if container in ANIMATIONS:
        return _silence(options, container)
    if options.audio_codec in (None, COPY):
        codec = default_audio_codec(container)
    else:
        codec = audio_codec(options.audio_codec or "")
    if container not in codec.containers:
        fitting = [row.encoder for row in AUDIO_CODECS if container in row.containers]
        raise UnknownFormatError(
            f"--audio-codec: .{container} cannot hold {codec.encoder}",
            hint=f"Use {_either(fitting)}, or name the film .{codec.containers[0]}.",
        )
    if codec.default_bitrate_bps is None:
        if options.audio_bitrate is not None:
            raise OptionError(
                f"--audio-bitrate: {codec.encoder} is lossless and has no bit rate",
                hint="Leave it out, or use aac.",
            )
        return SoundSettings(encoder=codec.encoder)
    bitrate_bps = options.audio_bitrate or codec.default_bitrate_bps
    least, most = codec.bitrate_limits_bps
    if not least <= bitrate_bps <= most:
        raise OptionError(
            f"--audio-bitrate: {codec.encoder} takes {least // 1000}k to {most // 1000}k, "
            f"not {bitrate_bps / 1000:g}k"
        )
    return SoundSettings(encoder=codec.encoder, bitrate_bps=bitrate_bps)


def _silence(options: RenderOptions, container: str) -> SoundSettings:
    if options.audio:
        raise OptionError(f"--audio: a .{container} has no sound", hint="Name the film .mp4.")
    return SoundSettings(encoder="pcm_s16le")  # a stand-in that nothing is encoded with


def expected_codec(
    name: str | None,
    preset: str | None,
    container: str,
    *,
    type_name: str | None = None,
    is_transparent: bool = False,
) -> VideoCodec:
    """What a film of suffix ``container`` will be encoded with; of one that cannot be, something.

    Args:
        name: the codec that was asked for.
        preset: the encoding preset.
        container: with its dot or without, or empty.
        type_name: the export type.
        is_transparent: what the page leaves uncovered is.
    """
    container = container.lower().lstrip(".") or "mp4"
    try:
        if name is None and preset is None and type_name is not None:
            usual = export_type(type_name).video_codec
            name = usual if usual != VIDEO_CODECS[0].encoder else None
        known = EncodingPreset(preset) if preset is not None else None
        return _chosen(name, known, container, is_transparent=is_transparent)
    except (ValueError, UnknownFormatError):
        return VIDEO_CODECS[0]


def _chosen(
    name: str | None, preset: EncodingPreset | None, container: str, *, is_transparent: bool
) -> VideoCodec:
    if preset is not None:
        name = ENCODING_PRESETS[preset][0]
    if name is not None:
        return video_codec(name)
    alpha = alpha_video_codec(container) if is_transparent else None
    return alpha or default_video_codec(container)


def _codec(options: RenderOptions, container: str) -> VideoCodec:
    name = options.video_codec
    if container in ANIMATIONS and name is not None and video_codec(name).family != "ffv1":
        raise OptionError(
            f"--video-codec: a .{container} has only one codec, its own", hint="Leave it out."
        )
    if name == COPY:
        raise OptionError(
            "--video-codec: there is nothing to copy when frames are drawn",
            hint="copy is for helios merge; name a codec or leave it out.",
        )
    if options.encoding_preset is not None:
        preset_encoder = ENCODING_PRESETS[options.encoding_preset][0]
        if name is not None and video_codec(name).encoder != preset_encoder:
            raise OptionError(
                f"--encoding-preset {options.encoding_preset} encodes with {preset_encoder}, "
                f"but --video-codec says {name}",
                hint="Give one of the two.",
            )
    codec = _chosen(name, options.encoding_preset, container, is_transparent=options.transparent)
    if container not in codec.containers:
        fitting = [row.encoder for row in VIDEO_CODECS if container in row.containers]
        raise UnknownFormatError(
            f"--video-codec: .{container} cannot hold {codec.encoder}",
            hint=f"Use {_either(fitting)}, or name the film .{codec.containers[0]}.",
        )
    return codec


def _check_size(codec: VideoCodec, width: int, height: int) -> None:
    block = 16 if codec.family == "h264" else 1
    samples = -(-width // block) * -(-height // block) * block**2
    too_many = codec.max_luma_samples is not None and samples > codec.max_luma_samples
    if too_many or max(width, height) > codec.max_side:
        why = (
            f": its highest level ends at {codec.max_luma_samples // 256} macroblocks"
            if (too_many and codec.family == "h264" and codec.max_luma_samples)
            else ""
        )
        raise OptionError(
            f"--width, --height: {width}x{height} is larger than {codec.encoder} can encode{why}",
            hint="Use --video-codec hevc (up to 80 million pixels) or av1, or a smaller picture."
            if codec.family == "h264"
            else "Use --video-codec av1 or a smaller picture.",
        )


def _rate(options: RenderOptions, codec: VideoCodec) -> tuple[int | None, int | None]:
    """(CRF, bit rate): at most one is set."""
    quality, bitrate_bps = options.quality, options.video_bitrate
    if bitrate_bps is not None:
        if quality is not None:
            raise OptionError(
                "--quality and --video-bitrate exclude each other", hint="Give one of the two."
            )
        if not codec.has_bitrate:
            raise OptionError(f"--video-bitrate: {codec.encoder} has no bit rate to set")
        return None, bitrate_bps
    if codec.crf is None:
        if isinstance(quality, int):
            raise OptionError(
                f"--quality: {codec.encoder} has no CRF",
                hint=f"Use {_either(QUALITY_WORDS)}, or leave it out.",
            )
        return None, None
    if isinstance(quality, int):
        if not 0 <= quality <= codec.crf_limit:
            raise OptionError(
                f"--quality: CRF of {codec.encoder} goes from 0 (best) to {codec.crf_limit}, "
                f"not {quality}",
                hint=f"Give {_either(QUALITY_WORDS)}, or a number: --quality "
                f"{codec.crf[QUALITY_WORDS.index('standard')]}.",
            )
        return quality, None
    if quality is not None:
        return codec.crf[QUALITY_WORDS.index(quality)], None
    if options.encoding_preset is not None:
        return ENCODING_PRESETS[options.encoding_preset][2], None
    return codec.crf[QUALITY_WORDS.index("standard")], None


def _ceiling(options: RenderOptions, width: int, height: int, fps: Fraction) -> int | None:
    """Bits that platforms ask for; more of them in a 360 film would be thrown away."""
    wishes = (options.quality, options.video_bitrate, options.encoding_preset)
    if options.type is None or any(wish is not None for wish in wishes):
        return None
    entry = export_type(options.type)
    return most_bits(entry, width, height, fps) if entry.projection.is_spherical else None


def _pixel_format(options: RenderOptions, codec: VideoCodec, container: str) -> str:
    wanted = options.pixel_format
    if options.transparent:
        if container not in codec.alpha_containers:
            raise OptionError(
                f"--transparent: {codec.encoder} in .{container} has no transparency",
                hint=f"Use {_either(_transparent_outputs())}.",
            )
        if wanted not in (None, codec.alpha_format):
            raise OptionError(
                f"--transparent: {wanted} has no transparency", hint="Leave --pixel-format out."
            )
        return codec.alpha_format
    if wanted is None:
        profile_444 = codec.family == "prores" and (options.preset or "").startswith("4444")
        return "yuv444p10le" if profile_444 else codec.pixel_formats[0]
    if wanted not in codec.pixel_formats:
        raise OptionError(
            f"--pixel-format: {codec.encoder} does not take {wanted}",
            hint=f"Use {_either(codec.pixel_formats)}.",
        )
    return wanted


def _transparent_outputs() -> list[str]:
    """Films that keep transparency, each with the codec that does."""
    films = [(name, alpha_video_codec(name)) for name in CONTAINERS]
    named = [
        f".{name}" if name in ANIMATIONS else f".{name} ({(codec.aliases or (codec.encoder,))[0]})"
        for name, codec in films
        if codec is not None
    ]
    return [*named, "--frames png"]


def _preset(options: RenderOptions, codec: VideoCodec, pixel_format: str) -> str:
    preset = options.preset
    if preset is None:
        if codec.family == "prores":
            return _prores_profile(options, pixel_format)
        if options.encoding_preset is not None:
            return ENCODING_PRESETS[options.encoding_preset][1]
        return codec.default_preset
    if preset not in codec.presets:
        known = f"Use {_either(codec.presets)}." if codec.presets else "Leave it out."
        raise OptionError(f"--preset: {codec.encoder} has no preset {preset!r}", hint=known)
    if codec.family == "prores" and preset.startswith("4444") != ("444p" in pixel_format):
        raise OptionError(
            f"--preset: ProRes {preset} does not go with --pixel-format {pixel_format}",
            hint="4444 and 4444xq take yuv444p10le and yuva444p10le, the others yuv422p10le.",
        )
    return preset


def _prores_profile(options: RenderOptions, pixel_format: str) -> str:
    word = options.quality if isinstance(options.quality, str) else "high"
    if "444p" in pixel_format:
        return "4444"
    return ("lt", "standard", "hq")[QUALITY_WORDS.index(word)]


def _either(names: tuple[str, ...] | list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def is_film_suffix(container: str) -> bool:
    """Whether a film may be written to a file with this suffix."""
    return container.lower().lstrip(".") in CONTAINERS
