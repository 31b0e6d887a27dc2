"""What a film says about itself, and everything odd about how it says it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from helios.errors import CompositionNotFound, FilmRefused, MetadataError
from helios.files.regular import open_regular
from helios.files.unread import unread
from helios.model.formats import StereoLayout
from helios.spatial.boxes import Box, Source
from helios.spatial.codec import CodecFacts, aac_channels, read_codec
from helios.spatial.metadata import (
    FULL_SPHERE,
    SPHERICAL_UUID,
    XML_LIMIT,
    SphericalMetadata,
    eye_size,
    read_v1,
    read_v2,
)
from helios.spatial.movie import Movie, Track
from helios.spatial.order import PictureOrder, picture_order

MAX_ODDITIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """One track of pictures."""

    track_id: int
    codec: CodecFacts
    width: int
    height: int
    fps: Fraction | None
    is_constant_rate: bool
    frame_count: int
    duration_s: float
    bitrate_bps: int
    keyframe_interval: int
    """The largest distance between keyframes, in frames."""
    edits: tuple[tuple[int, int], ...]
    """(duration, media time) of the edit list."""
    order: PictureOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """One track of sound."""

    track_id: int
    codec: str
    channel_count: int
    sample_rate_hz: int
    is_ambisonic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmReport:
    """All that ``inspect_film`` found. ``v1`` and ``v2`` are None where there is none."""

    size: int
    brand: str
    is_moov_first: bool
    is_fragmented: bool
    video: tuple[VideoFacts, ...]
    audio: tuple[AudioFacts, ...]
    v1: SphericalMetadata | None
    v2: SphericalMetadata | None
    oddities: tuple[str, ...]

    @property
    def spherical(self) -> SphericalMetadata | None:
        """What a reader that knows both versions believes: version 2 wins."""
        return self.v2 or self.v1


def inspect_film(path: Path) -> FilmReport:
    """Read what an MP4 or QuickTime file says about its projection, and its technical facts.

    Raises:
        CompositionNotFound: no such file.
        MetadataError: not an MP4, or damaged.
    """
    try:
        with open_regular(path, buffering=0) as stream:
            return report(Movie.read(Source(stream, os.fstat(stream.fileno()).st_size)))
    except FileNotFoundError as error:
        raise unread(str(path), path, error, error=CompositionNotFound) from error
    except OSError as error:
        raise unread(str(path), path, error, error=FilmRefused) from error


def report(movie: Movie) -> FilmReport:
    """The report on a film that was read."""
    oddities: list[str] = []
    video = tuple(_video(track) for track in movie.video_tracks)
    v1 = v2 = None
    for track in movie.tracks:
        first, second = read_spherical(track, oddities)
        v1, v2 = v1 or first, v2 or second
    oddities += _oddities(movie, video, v1, v2)
    ftyp = next((box for box in movie.boxes if box.kind == b"ftyp" and box.body_size >= 4), None)
    brand = movie.source.read(ftyp.body, 4).decode("latin-1") if ftyp else ""
    return FilmReport(
        size=movie.source.size,
        brand=brand,
        is_moov_first=movie.is_moov_first,
        is_fragmented=movie.is_fragmented,
        video=video,
        audio=tuple(_audio(track) for track in movie.audio_tracks),
        v1=v1,
        v2=v2,
        oddities=tuple(dict.fromkeys(oddities))[:MAX_ODDITIES],
    )


def spherical_uuids(track: Track) -> list[Box]:
    """The version 1 boxes of a track."""
    return [
        box
        for box in track.box.all(b"uuid")
        if box.body_size >= 16 and track.source.read(box.body, 16) == SPHERICAL_UUID
    ]


def read_spherical(
    track: Track, oddities: list[str]
) -> tuple[SphericalMetadata | None, SphericalMetadata | None]:
    """(version 1, version 2) of one track; what cannot be read is added to ``oddities``."""
    v1 = v2 = None
    boxes = spherical_uuids(track)
    if len(boxes) > 1:
        oddities.append(f"track {track.track_id} has {len(boxes)} version 1 boxes")
    for box in boxes[:1]:
        body = track.source.read(box.body, min(box.body_size, XML_LIMIT))
        try:
            v1 = read_v1(body[16:])
        except MetadataError as error:
            oddities.append(error.message)
    for entry in track.entries[:8]:
        try:
            v2 = v2 or _entry_metadata(track, entry)
        except MetadataError as error:
            oddities.append(error.message)
        oddities += _entry_oddities(track, entry)
    return v1, v2


def _entry_metadata(track: Track, entry: Box) -> SphericalMetadata | None:
    sv3d = entry.find(b"sv3d")
    if sv3d is None:
        return None
    bodies = []
    for path in ((b"svhd",), (b"proj", b"prhd"), (b"proj", b"equi")):
        box = sv3d.find(*path)
        bodies.append(track.source.read(box.body, min(box.body_size, 1024)) if box else b"")
    if not bodies[2]:
        raise FilmRefused("the version 2 metadata is not of an equirectangular film")
    st3d = entry.find(b"st3d")
    stereo = track.source.read(st3d.body, min(st3d.body_size, 64)) if st3d else None
    return read_v2(stereo, *bodies)


def _entry_oddities(track: Track, entry: Box) -> list[str]:
    found = []
    sv3d = entry.find(b"sv3d")
    if sv3d is not None and sv3d.find(b"svhd") is None:
        found.append("the version 2 metadata lacks its header 'svhd', which is mandatory")
    if sv3d is None and entry.find(b"st3d") is not None:
        found.append("there is a stereo mode ('st3d') but no projection ('sv3d')")
    for kind in (b"st3d", b"sv3d"):
        count = sum(1 for _ in entry.all(kind))
        if count > 1:
            found.append(f"there are {count} boxes {kind.decode()!r} in one sample entry")
    if entry.find(b"vexu") is not None:
        found.append("Apple's stereo metadata ('vexu') is there too; it is left alone")
    if track.handler != b"vide" and (sv3d or entry.find(b"st3d")):
        found.append(f"track {track.track_id} has no pictures but spherical metadata")
    return found


def _oddities(
    movie: Movie,
    video: tuple[VideoFacts, ...],
    v1: SphericalMetadata | None,
    v2: SphericalMetadata | None,
) -> list[str]:
    found = []
    if movie.is_fragmented:
        found.append("the film is fragmented; metadata cannot be injected")
    if len(video) != 1:
        found.append(f"the film has {len(video)} video tracks")
    if v1 and v2 and not v1.means(v2):
        found.append(
            "versions 1 and 2 contradict each other "
            f"({describe(v1)} against {describe(v2)}); players may differ"
        )
    if bool(v1) != bool(v2):
        found.append(f"only version {1 if v1 else 2} metadata; some players read only the other")
    spherical = v2 or v1
    if spherical and video:
        found += shape_oddities(spherical, video[0].width, video[0].height)
    if spherical is None:
        found += ["no spherical metadata: players show this film flat"]
    return found


def shape_oddities(spherical: SphericalMetadata, width: int, height: int) -> list[str]:
    """What is wrong with the picture's size for this projection and stereo layout."""
    eye_width, eye_height = eye_size(spherical.stereo, width, height)
    wanted = spherical.bounds.aspect
    if not eye_height or abs(Fraction(eye_width, eye_height) / wanted - 1) > Fraction(1, 100):
        shown = f"one eye's picture is {eye_width}x{eye_height}"
        return [f"{shown}, but this projection needs {float(wanted):g}:1; it will look stretched"]
    return []


def describe(metadata: SphericalMetadata) -> str:
    """Projection, stereo layout and crop in a few words."""
    shown = "VR180" if metadata.projection.value == "equirect-180" else "360°"
    layout = "mono" if metadata.stereo is StereoLayout.MONO else f"stereo {metadata.stereo.value}"
    parts = [f"{shown} equirectangular", layout]
    if metadata.bounds != FULL_SPHERE and shown != "VR180":
        parts.append("cropped")
    return ", ".join(parts)


def _video(track: Track) -> VideoFacts:
    width, height = track.size
    seconds = track.duration_s
    return VideoFacts(
        track_id=track.track_id,
        codec=read_codec(track.source, track.entries[0] if track.entries else None),
        width=width,
        height=height,
        fps=track.fps,
        is_constant_rate=len(track.frame_durations) <= 1,
        frame_count=track.sample_count,
        duration_s=seconds,
        bitrate_bps=round(track.byte_count * 8 / seconds) if seconds else 0,
        keyframe_interval=track.keyframe_interval,
        edits=track.edits,
        order=picture_order(track),
    )


def _audio(track: Track) -> AudioFacts:
    entry = track.entries[0] if track.entries else None
    body = track.source.read(entry.body, 28) if entry and entry.body_size >= 28 else bytes(28)
    return AudioFacts(
        track_id=track.track_id,
        codec=entry.name if entry else "",
        channel_count=channel_count(track),
        sample_rate_hz=track.timing[0] or int.from_bytes(body[24:26], "big"),
        is_ambisonic=entry is not None and entry.find(b"SA3D") is not None,
    )


def channel_count(track: Track) -> int:
    """Sound channels, from the codec's own description where we can read it."""
    entry = track.entries[0] if track.entries else None
    if entry is None or entry.body_size < 18:
        return 0
    shown = int.from_bytes(track.source.read(entry.body + 16, 2), "big")
    opus = entry.find(b"dOps")
    if opus is not None and opus.body_size >= 2:
        return track.source.read(opus.body, 2)[1]
    esds = entry.find(b"esds")
    if esds is None:
        return shown
    return aac_channels(track.source.read(esds.body, min(esds.body_size, 256))) or shown
