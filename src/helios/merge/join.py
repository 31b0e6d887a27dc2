"""Join parts into a film: video packets are copied, the sound is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from helios.errors import ChunkMismatch, MergeError, UnknownFormatError
from helios.files.whole import Finish
from helios.media.probe import has_alpha_layer
from helios.merge.grid import FrameGrid, OffGrid
from helios.merge.output import film
from helios.merge.parts import Part, PartHeader, open_first, open_part
from helios.model.chapters import Chapter
from helios.model.encoding import SoundSettings
from helios.model.formats import ANIMATIONS, MP4_FAMILY

# What makes sounds and animations needs numpy, which takes longer to load than most films to join.
if TYPE_CHECKING:
    from helios.merge.sound import Samples, SoundTrack

_REENCODE = "Re-encode the parts with --video-codec."


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinResult:
    """What was written."""

    path: Path
    frame_count: int
    fps: Fraction
    sound_samples: int
    size_bytes: int

    @property
    def duration_s(self) -> Fraction:
        """Length of the film, which is its frames' and never its sound's."""
        return self.frame_count / self.fps


def join_parts(
    parts: Sequence[Part],
    output: Path,
    *,
    fps: Fraction | None = None,
    sound: Iterable[Samples] | None = None,
    sound_samples: int = 0,
    sound_settings: SoundSettings | None = None,
    on_packet: Callable[[int], None] | None = None,
    finish: Finish | None = None,
    tags: Mapping[str, str] | None = None,
    chapters: Sequence[Chapter] = (),
) -> JoinResult:
    """Join ``parts``, in this order, into ``output``, whose suffix says the container.

    ``sound`` comes as float32 blocks (n, 2) at 48 kHz and is cut or lengthened by silence to
    ``sound_samples``. AAC, PCM, FLAC and ALAC films play back exactly that many; Opus in MP4
    and MP3 may add less than one packet of silence at the end. Sound inside the parts is not
    taken; see ``helios.merge.part_sound``. ``on_packet`` hears the number of frames written.
    The output appears whole, by renaming, with its index in front (MP4, MOV); or by ``finish``,
    which writes it anew and is spared the work of moving the index twice. GIF, APNG and WebP are
    encoded from the parts' frames, without sound, ``tags`` and ``chapters``.

    Raises:
        ChunkMissing: a part's file is not there.
        ChunkMismatch: a part does not fit; the message names it and what differs.
        OutputNotWritable, DiskFull, EncodeError: the film cannot be written.
    """
    with open_first(parts, fps) as (template, headers):
        fps = fps or headers[0].fps
        if fps <= 0:
            raise MergeError(f"the frame rate of {parts[0].path} is unknown", hint="Give --fps.")
        if output.suffix.lower().lstrip(".") in ANIMATIONS:
            from helios.merge.animation import write_animation

            count = write_animation(parts, headers[0], output, fps, on_packet)
            return _result(output, count, fps, 0)
        grid = FrameGrid(fps=fps, delay=max(header.delay for header in headers))
        track: SoundTrack | None = None
        with film(output, finish, tags=tags, chapters=chapters) as container:
            stream = _copy_stream(container, template, headers[0], output)
            stream.time_base = 1 / fps
            if sound is not None and sound_samples > 0:
                from helios.merge.sound import SoundTrack, exact_length

                settings = sound_settings or SoundSettings(encoder="aac", bitrate_bps=384_000)
                track = SoundTrack(container, settings, exact_length(sound, sound_samples))
            for part in parts:
                _copy_packets(part, container, stream, grid, track, on_packet)
            if track is not None:
                track.finish()
    return _result(output, grid.frame_count, fps, track.sample_count if track else 0)


def _result(output: Path, frame_count: int, fps: Fraction, sound_samples: int) -> JoinResult:
    return JoinResult(
        path=output,
        frame_count=frame_count,
        fps=fps,
        sound_samples=sound_samples,
        size_bytes=output.stat().st_size,
    )


def _copy_stream(
    container: OutputContainer, template: VideoStream, header: PartHeader, output: Path
) -> VideoStream:
    try:
        # An opaque template needs no encoder, which decoders such as dav1d do not have.
        stream = container.add_stream_from_template(template, opaque=True)
    except ValueError as error:
        raise UnknownFormatError(
            f"{output.suffix} cannot hold {header.codec}", hint=_REENCODE
        ) from error
    if header.codec == "prores":  # the profile is nowhere else
        stream.codec_context.codec_tag = template.codec_context.codec_tag
    elif header.codec == "hevc" and output.suffix.lower().lstrip(".") in MP4_FAMILY:
        stream.codec_context.codec_tag = "hvc1"
    if has_alpha_layer(template):
        stream.metadata["alpha_mode"] = "1"
    return stream


def _copy_packets(
    part: Part,
    container: OutputContainer,
    stream: VideoStream,
    grid: FrameGrid,
    track: SoundTrack | None,
    on_packet: Callable[[int], None] | None,
) -> None:
    with open_part(part, decodes=False) as (source, video):
        grid.begin_part(Fraction(video.time_base or 1))
        done, time_base = grid.frame_count, 1 / grid.fps
        try:
            for packet in _packets(part, source, video):
                pts, dts = grid.place(packet.pts or 0)
                if track is not None:
                    track.advance(dts / grid.fps)
                packet.stream = stream
                packet.time_base = time_base
                packet.pts, packet.dts, packet.duration = pts, dts, 1
                container.mux_one(packet)
                done += 1
                if on_packet is not None:
                    on_packet(done)
            count = grid.end_part()
        except OffGrid as error:
            raise ChunkMismatch(
                f"part {part.path.name} cannot be joined as it is: {error}", hint=_REENCODE
            ) from error
        wanted = part.frame_count or video.frames or count
    if count != wanted:
        raise ChunkMismatch(
            f"part {part.path.name} has {count} frames, not {wanted}", hint="Render it again."
        )


def _packets(
    part: Part, source: InputContainer, video: VideoStream
) -> Iterator[av.Packet[VideoStream]]:
    is_first = True
    try:
        for packet in source.demux(video):
            if packet.size:
                _check_packet(packet, is_first=is_first)
                is_first = False
                yield packet
    except av.FFmpegError as error:
        # Errors of the film's writer do not come this way: they rise where the packet is used.
        raise MergeError(
            f"part {part.path.name} is damaged: {error.strerror}", hint="Render it again."
        ) from error


def _check_packet(packet: av.Packet[VideoStream], *, is_first: bool) -> None:
    if packet.pts is None:
        raise OffGrid("a frame has no time stamp")
    if packet.is_discard:
        raise OffGrid("an edit list hides some of its frames")
    if packet.is_corrupt:
        raise OffGrid("it is damaged")
    if is_first and not packet.is_keyframe:
        raise OffGrid("it does not start with a key frame")
