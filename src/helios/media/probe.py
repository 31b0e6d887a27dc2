"""What is inside a media file, counted packet by packet rather than believed."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from helios.errors import DecodeError
from helios.files.regular import open_regular
from helios.media.containers import open_container
from helios.media.fault import read_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """Colour tags as numbers of ITU-T H.273; 2 is unspecified, 1 is BT.709."""

    matrix: int
    primaries: int
    transfer: int
    is_full_range: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """One video stream."""

    codec: str
    profile: str
    codec_tag: str
    width: int
    height: int
    fps: Fraction
    frame_count: int
    """Packets with pictures."""
    key_frames: tuple[int, ...]
    """Positions of key frames, in decoding order."""
    pixel_format: str
    colour: Colour
    has_alpha: bool
    time_base: Fraction
    first_pts: int
    duration_s: Fraction
    """From the first frame's start to the last one's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInfo:
    """One sound stream."""

    codec: str
    sample_rate: int
    channels: int
    first_sample: int
    """Where it starts on the film's time axis, in samples; before 0 is the codec's priming."""
    sample_count: int
    """Samples from time 0 to the end, by the packets' time stamps."""
    bitrate_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """One file."""

    path: Path
    container: str
    """FFmpeg's names for the container."""
    size_bytes: int
    duration_s: Fraction
    video: VideoInfo | None
    audio: AudioInfo | None
    is_faststart: bool
    """MP4 and MOV: the index stands before the media, so that playing can start at once."""


def probe(path: Path) -> MediaInfo:
    """Read a media file's headers and count its packets (the file is read once).

    Raises:
        DecodeError: it does not exist or is not a media file.
    """
    try:
        with open_container(path) as container:
            return _describe(path, container)
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path) from error


def picture_packets(path: Path) -> list[tuple[int, bool]]:
    """(bytes, whether it is a key frame) of each picture of a film, in decoding order.

    Raises:
        DecodeError: it does not exist or is not a film.
    """
    try:
        with open_container(path) as container:
            packets = container.demux(container.streams.video[:1])
            return [(packet.size, packet.is_keyframe) for packet in packets if packet.size]
    except (av.FFmpegError, OSError) as error:
        raise read_fault(error, path) from error


@dataclass(slots=True)
class _Count:
    """Packets of one stream so far."""

    packets: int = 0
    first_pts: int | None = None
    end: int = 0
    keys: list[int] | None = None

    def add(self, packet: av.Packet[Stream]) -> None:
        pts = packet.pts or 0
        self.first_pts = pts if self.first_pts is None else min(self.first_pts, pts)
        self.end = max(self.end, pts + (packet.duration or 0))
        if packet.is_keyframe and self.keys is not None:
            self.keys.append(self.packets)
        self.packets += 1


def _describe(path: Path, container: InputContainer) -> MediaInfo:
    video = container.streams.video[0] if container.streams.video else None
    audio = container.streams.audio[0] if container.streams.audio else None
    for stream in (video, audio):
        if stream is not None and stream.codec_context is None:
            raise DecodeError(f"{path} holds {stream.type} of a codec we cannot decode")
    counts = {stream.index: _Count() for stream in (video, audio) if stream is not None}
    if video is not None:
        counts[video.index].keys = []
    for packet in container.demux(*(s for s in (video, audio) if s is not None)):
        if packet.size and packet.pts is not None:
            counts[packet.stream_index].add(packet)
    return MediaInfo(
        path=path,
        container=container.format.name,
        size_bytes=path.stat().st_size,
        duration_s=Fraction(container.duration or 0, 1_000_000),
        video=None if video is None else _video(video, counts[video.index]),
        audio=None if audio is None else _audio(audio, counts[audio.index]),
        is_faststart=is_faststart(path),
    )


def _video(stream: VideoStream, count: _Count) -> VideoInfo:
    context = stream.codec_context
    time_base = Fraction(stream.time_base or 1)
    alpha = bool(context.format and any(c.is_alpha for c in context.format.components))
    first = count.first_pts or 0
    return VideoInfo(
        codec=context.codec.canonical_name,
        profile=stream.profile or "",
        codec_tag=context.codec_tag.strip("\0 "),
        width=context.width,
        height=context.height,
        fps=Fraction(stream.average_rate or stream.guessed_rate or 0),
        frame_count=count.packets,
        key_frames=tuple(count.keys or ()),
        pixel_format=context.pix_fmt or "",
        colour=Colour(
            matrix=int(context.colorspace),
            primaries=int(context.color_primaries),
            transfer=int(context.color_trc),
            is_full_range=int(context.color_range) == 2,
        ),
        has_alpha=alpha or has_alpha_layer(stream),
        time_base=time_base,
        first_pts=first,
        duration_s=(count.end - first) * time_base,
    )


def _audio(stream: AudioStream, count: _Count) -> AudioInfo:
    context = stream.codec_context
    samples = Fraction(stream.time_base or 1) * context.sample_rate
    return AudioInfo(
        codec=context.codec.canonical_name,
        sample_rate=context.sample_rate,
        channels=context.layout.nb_channels,
        first_sample=round((count.first_pts or 0) * samples),
        sample_count=round(count.end * samples),
        bitrate_bps=context.bit_rate or 0,
    )


def has_alpha_layer(stream: VideoStream) -> bool:
    """Whether a VP8 or VP9 stream carries its alpha beside the picture, as WebM does."""
    return {k.lower(): v for k, v in stream.metadata.items()}.get("alpha_mode") == "1"


def is_faststart(path: Path) -> bool:
    """Whether an MP4 or MOV file has ``moov`` before ``mdat``.

    Raises:
        OSError: the file cannot be read.
    """
    with open_regular(path) as stream:
        for name in box_names(stream):
            if name in (b"moov", b"mdat"):
                return name == b"moov"
    return False


def box_names(stream: BinaryIO) -> Iterator[bytes]:
    """Names of the outermost boxes of an MP4 or QuickTime file, in order."""
    while (name := _next_box(stream)) is not None:
        yield name


def _next_box(stream: BinaryIO) -> bytes | None:
    """Name of the box at the stream's position, which moves to the end of the box."""
    start = stream.tell()
    header = stream.read(16)
    if len(header) < 8:
        return None
    size, name = struct.unpack(">I4s", header[:8])
    if size == 1 and len(header) == 16:
        size = struct.unpack(">Q", header[8:])[0]
    if size >= 8:
        stream.seek(start + size)
    else:
        stream.seek(0, os.SEEK_END)
    return bytes(name)
