"""The parts of a film, and whether they fit each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from helios.errors import ChunkMismatch, ChunkMissing, MergeError
from helios.files.unread import what_to_do
from helios.media.containers import open_container
from helios.media.fault import read_reason


@dataclass(frozen=True, slots=True)
class Part:
    """One encoded part. What is known about its place is checked while joining."""

    path: Path
    start_frame: int | None = None
    frame_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHeader:
    """What must agree before packets of two parts may follow each other."""

    codec: str
    profile: str
    width: int
    height: int
    pixel_format: str
    colour: tuple[int, int, int, int]
    """Range, matrix, primaries, transfer."""
    fps: Fraction
    extradata: bytes
    delay: int
    """Frames that decoding runs ahead."""
    frames: int
    """As the container says; 0 when it does not."""
    has_sound: bool


_NAMES = {
    "codec": "codec",
    "width": "width",
    "height": "height",
    "pixel_format": "pixel format",
    "colour": "colour (range, matrix, primaries, transfer)",
    "profile": "profile",
    "fps": "frame rate",
    "extradata": "encoder headers",
}


_UNDECODED = {"codec_whitelist": "none"}
"""With no decoder to try, opening a file costs a thirtieth: none of its frames is looked into."""


@contextmanager
def open_part(part: Part, *, decodes: bool = True) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The part's container and its video.

    Without ``decodes`` only what the file's own tables say is known of the pictures, enough to copy
    packets: files whose tables say too little (all but MP4 and MOV) are opened as usual.

    Raises:
        ChunkMissing: there is no such file.
        MergeError: it is not a video.
    """
    try:
        container = _open(part.path, decodes=decodes)
    except FileNotFoundError as error:
        raise ChunkMissing(
            f"part {part.path} is missing", hint=what_to_do(part.path, error)
        ) from error
    except (av.FFmpegError, OSError) as error:
        refused = isinstance(error, PermissionError)
        raise MergeError(
            f"part {part.path} cannot be read: {read_reason(error, part.path)}",
            hint="" if refused else "It may be unfinished or damaged; render it again.",
        ) from error
    with container:
        if not container.streams.video:
            raise MergeError(f"part {part.path} contains no video", hint="Leave it out.")
        yield container, container.streams.video[0]


def _open(path: Path, *, decodes: bool) -> InputContainer:
    if decodes:
        return open_container(path)
    container = open_container(path, _UNDECODED)
    if "mp4" in container.format.name.split(","):
        return container
    container.close()
    return open_container(path)


def read_headers(parts: Sequence[Part], fps: Fraction | None) -> list[PartHeader]:
    """The headers of all parts, which agree.

    Raises:
        ChunkMissing, ChunkMismatch, MergeError: naming the part.
    """
    with open_first(parts, fps) as (_, headers):
        return headers


@contextmanager
def open_first(
    parts: Sequence[Part], fps: Fraction | None
) -> Iterator[tuple[VideoStream, list[PartHeader]]]:
    """The video of the first part, and the headers of all, which agree.

    Raises:
        ChunkMissing, ChunkMismatch, MergeError: naming the part.
    """
    if not parts:
        raise MergeError("there are no parts to join")
    with open_part(parts[0]) as (container, stream):
        yield stream, _headers(parts, fps, _header(container, stream, fps))


def _headers(parts: Sequence[Part], fps: Fraction | None, first: PartHeader) -> list[PartHeader]:
    tables = _read_header(parts[0], fps, decodes=False) if len(parts) > 1 else first
    headers = [first]
    for part in parts[1:]:
        header = _read_header(part, fps, decodes=False)
        if header.extradata and replace(header, frames=tables.frames) == tables:
            # Encoder headers say all that looking into the pictures would.
            header = replace(first, frames=header.frames)
        else:
            header = _read_header(part, fps)
        headers.append(header)
        _compare(parts[0], first, part, header)
    _check_ranges(parts)
    return headers


def _read_header(part: Part, fps: Fraction | None, *, decodes: bool = True) -> PartHeader:
    with open_part(part, decodes=decodes) as (container, stream):
        return _header(container, stream, fps)


def _header(container: InputContainer, stream: VideoStream, fps: Fraction | None) -> PartHeader:
    context = stream.codec_context
    rate = Fraction(stream.average_rate or stream.guessed_rate or fps or 0)
    is_exact = fps is not None and (stream.frames == 1 or _same_rate(rate, fps))
    return PartHeader(
        codec=context.codec.canonical_name,
        profile=stream.profile or "",
        width=context.width,
        height=context.height,
        pixel_format=context.pix_fmt or "",
        colour=(
            int(context.color_range),
            int(context.colorspace),
            int(context.color_primaries),
            int(context.color_trc),
        ),
        fps=fps if is_exact and fps is not None else rate,
        extradata=bytes(context.extradata or b""),
        delay=max(context.reorder_depth, 0),
        frames=stream.frames,
        has_sound=bool(container.streams.audio),
    )


def _same_rate(measured: Fraction, fps: Fraction) -> bool:
    # Containers that count milliseconds give 29.97 only to four digits.
    return abs(measured - fps) <= fps / 1000


def _compare(first: Part, wanted: PartHeader, part: Part, found: PartHeader) -> None:
    for field, name in _NAMES.items():
        ours, theirs = getattr(found, field), getattr(wanted, field)
        if ours != theirs and not (field == "fps" and 1 in (found.frames, wanted.frames)):
            shown = "" if field == "extradata" else f" ({_show(ours)}, not {_show(theirs)})"
            raise ChunkMismatch(
                f"part {part.path.name} does not fit {first.path.name}: its {name} differ{shown}"
                if field == "extradata"
                else f"part {part.path.name} does not fit {first.path.name}: "
                f"its {name} differs{shown}",
                hint="Render the parts with the same settings, or re-encode with --video-codec.",
            )


def _show(value: object) -> str:
    return str(value) if not isinstance(value, tuple) else "/".join(map(str, value))


def _check_ranges(parts: Sequence[Part]) -> None:
    for before, after in itertools.pairwise(parts):
        if before.start_frame is None or before.frame_count is None or after.start_frame is None:
            continue
        end = before.start_frame + before.frame_count
        if after.start_frame != end:
            raise ChunkMismatch(
                f"part {after.path.name} starts at frame {after.start_frame}, "
                f"but {before.path.name} ends before frame {end}",
                hint="Give the parts in the order of their frames, without gaps.",
            )
