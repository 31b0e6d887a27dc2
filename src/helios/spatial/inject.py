"""Make players believe that a film is spherical: write the metadata and prove it.

One pass copies the film into a temporary file beside its place, with the metadata and with the
index in front; the result is read back and only then put in place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helios.errors import (
    CompositionNotFound,
    DiskFull,
    FilmRefused,
    HeliosError,
    MetadataError,
    OutputNotWritable,
    UsageError,
)
from helios.files.regular import open_regular
from helios.files.unread import unread
from helios.files.whole import new_file
from helios.model.formats import MP4_FAMILY, Projection, StereoLayout
from helios.spatial.boxes import Source
from helios.spatial.flush import flushed
from helios.spatial.inspect import (
    FilmReport,
    channel_count,
    inspect_film,
    read_spherical,
    report,
    shape_oddities,
    spherical_uuids,
)
from helios.spatial.metadata import (
    FRONT_HALF,
    FULL_SPHERE,
    SOFTWARE,
    CropBounds,
    InitialView,
    SphericalMetadata,
    write_sa3d,
    write_v1,
    write_v2,
)
from helios.spatial.movie import Movie, Track
from helios.spatial.rewrite import Edits, Layout

_LOOK_BACK = InitialView()
_PROBES = 64
"""Chunks of each 65 536 that are compared with the old file after writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """A film that was written and read back."""

    path: Path
    report: FilmReport
    replaced: tuple[SphericalMetadata, ...] = ()
    """What it said before, where it said something else."""
    warnings: tuple[str, ...] = ()


def inject_spatial_metadata(
    path: Path,
    output: Path | None = None,
    *,
    projection: Projection = Projection.EQUIRECT,
    stereo: StereoLayout = StereoLayout.MONO,
    view: InitialView = _LOOK_BACK,
    bounds: CropBounds | None = None,
    ambisonic: bool = False,
    software: str = SOFTWARE,
    versions: tuple[int, ...] = (1, 2),
    moov_first: bool = True,
    track_id: int | None = None,
    force: bool = False,
) -> Injected:
    """Write spherical metadata (both versions) into an MP4 or QuickTime film, and read it back.

    Pictures and sound are copied bit for bit. What was said before is replaced, so doing it twice
    gives the same file. Nothing appears at ``output`` (default: ``path`` itself) unless the result
    was read back and is right; the film at ``path`` is never harmed.

    Args:
        path: the film.
        output: where the result goes; it may exist.
        projection: ``EQUIRECT``, ``EQUIRECT_180``, or ``PERSPECTIVE`` to take the metadata out.
        stereo: where the eyes are; left on top, or left on the left.
        view: where the viewer looks first.
        bounds: which part of the sphere is there; default by the projection.
        ambisonic: mark the sound as ambiX (4, 6, 9, ... channels).
        software: the name written as the film's maker.
        versions: which spellings to write; players differ in which they read.
        moov_first: put the index first, so that players can start before they have all.
        track_id: which video track, if there are several.
        force: also where the picture has not the shape of the projection.

    Raises:
        UsageError: the file or the request cannot be used: a picture of another shape, an output
            whose name promises another container.
        MetadataError: not an MP4, damaged, fragmented, or the result could not be proven.
        OutputNotWritable, DiskFull: the result cannot be written.
    """
    wanted = _wanted(projection, stereo, view, bounds, software)
    target = (output or path).resolve()
    if output is not None and output.suffix.lower().lstrip(".") not in MP4_FAMILY:
        known = ", ".join(f".{name}" for name in sorted(MP4_FAMILY))
        raise UsageError(
            f"{output.name} would be an MP4 under another name", hint=f"End it in {known}."
        )
    with _opened(path) as source:
        opened = os.fstat(source.stream.fileno())
        movie = Movie.read(source)
        _refuse(movie)
        video = _choose(movie, track_id)
        odd = shape_oddities(wanted, *video.size) if wanted else []
        if odd and not force:
            raise UsageError(
                odd[0],
                hint="Say what it shows with --projection and --stereo, or --force it.",
            )
        before = [found for found in read_spherical(video, odd) if found is not None]
        edits = _edits(movie, video, wanted, versions, ambisonic=ambisonic)
        layout = Layout(source, movie.boxes, edits, moov_first=moov_first)
        with _temporary(target, layout.size) as (descriptor, name):
            with flushed(descriptor):
                layout.write(descriptor)
            result = _prove(movie, layout, name, wanted, versions)
            _unchanged(path, opened)
            if target.exists():
                name.chmod(stat.S_IMODE(target.stat().st_mode))
    replaced = tuple(m for m in before if wanted is None or not m.means(wanted))
    return Injected(path=output or path, report=result, replaced=replaced, warnings=tuple(odd))


def _wanted(
    projection: Projection,
    stereo: StereoLayout,
    view: InitialView,
    bounds: CropBounds | None,
    software: str,
) -> SphericalMetadata | None:
    if projection is Projection.FULLDOME:
        raise FilmRefused(
            "there is no standard metadata for fulldome films",
            hint="Dome players are told by hand; the film is complete as it is.",
        )
    if projection is Projection.PERSPECTIVE:
        return None
    default = FRONT_HALF if projection is Projection.EQUIRECT_180 else FULL_SPHERE
    return SphericalMetadata(stereo=stereo, view=view, bounds=bounds or default, software=software)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Source]:
    try:
        stream = open_regular(path, buffering=0)
    except FileNotFoundError as error:
        raise unread(str(path), path, error, error=CompositionNotFound) from error
    except OSError as error:
        raise unread(str(path), path, error, error=FilmRefused) from error
    with stream:
        yield Source(stream, os.fstat(stream.fileno()).st_size)


def _refuse(movie: Movie) -> None:
    """What cannot be moved without breaking it is left alone."""
    if movie.is_fragmented:
        raise FilmRefused(
            "the film is fragmented (made for streaming)",
            hint="Remux it into a plain MP4 first; for example: ffmpeg -i in.mp4 -c copy out.mp4.",
        )
    if any(movie.moov.all(b"trak", b"mdia", b"minf", b"stbl", b"saio")):
        raise FilmRefused("the film is encrypted", hint="Use the film before encryption.")
    if any(box.kind == b"meta" for box in movie.boxes):
        raise FilmRefused("the file holds still images (HEIF), not only a film")
    for table in movie.moov.all(b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        for entry in table.children or ():
            if entry.body_size < 4 or not movie.source.read(entry.body, 4)[3] & 1:
                raise FilmRefused(
                    "the film's pictures or sound are in another file",
                    hint="Export it as one self-contained file.",
                )


def _choose(movie: Movie, track_id: int | None) -> Track:
    tracks = movie.video_tracks
    if track_id is not None:
        tracks = tuple(track for track in tracks if track.track_id == track_id)
    if not tracks:
        known = ", ".join(str(track.track_id) for track in movie.video_tracks)
        raise FilmRefused(
            f"the film has no video track {track_id}"
            if track_id
            else "the film has no video track",
            hint=f"It has: {known}." if known else "Name a film with pictures.",
        )
    if len(tracks) > 1:
        known = ", ".join(str(track.track_id) for track in tracks)
        raise FilmRefused(
            f"the film has {len(tracks)} video tracks (numbers {known})",
            hint="Say which one with track_id, or --track on the command line.",
        )
    if len(tracks[0].entries) != 1 or tracks[0].entries[0].children is None:
        raise FilmRefused("the video track does not describe its pictures in the one usual way")
    return tracks[0]


def _edits(
    movie: Movie,
    video: Track,
    wanted: SphericalMetadata | None,
    versions: tuple[int, ...],
    *,
    ambisonic: bool,
) -> Edits:
    drop = {box.start for track in movie.tracks for box in spherical_uuids(track)}
    entry = video.entries[0]
    drop |= {box.start for kind in (b"st3d", b"sv3d") for box in entry.all(kind)}
    append = {}
    if wanted and 1 in versions:
        append[video.box.start] = write_v1(wanted, *video.size)
    if wanted and 2 in versions:
        append[entry.start] = write_v2(wanted)
    if ambisonic:
        sound = movie.audio_tracks[0] if len(movie.audio_tracks) == 1 else None
        if sound is None or len(sound.entries) != 1 or sound.entries[0].children is None:
            raise FilmRefused("ambisonic sound needs exactly one sound track")
        drop |= {box.start for box in sound.entries[0].all(b"SA3D")}
        append[sound.entries[0].start] = write_sa3d(channel_count(sound))
    return Edits(drop=frozenset(drop), append=append)


@contextlib.contextmanager
def _temporary(target: Path, size: int) -> Iterator[tuple[int, Path]]:
    """A file beside ``target`` that takes its place if all is well with it."""
    try:
        free = shutil.disk_usage(target.parent).free
        with new_file(target) as name:
            descriptor = os.open(name, os.O_RDWR)
            try:
                yield descriptor, name
            finally:
                os.close(descriptor)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"the disk of {target.parent} is full ({free // 1_000_000} of "
                f"{size // 1_000_000} MB were free)",
                hint="Free some space; the film is unchanged.",
            ) from error
        raise OutputNotWritable(
            f"cannot write {target}: {error.strerror or error}", hint="The film is unchanged."
        ) from error


def _prove(
    movie: Movie,
    layout: Layout,
    name: Path,
    wanted: SphericalMetadata | None,
    versions: tuple[int, ...],
) -> FilmReport:
    """Read the new file as a stranger would; every difference is an error."""
    try:
        result = inspect_film(name)
        found = {1: result.v1, 2: result.v2}
        for version, metadata in found.items():
            expected = wanted if version in versions else None
            if (expected is None) != (metadata is None) or (
                expected and metadata and not expected.means(metadata)
            ):
                raise MetadataError(f"version {version} metadata was not read back as written")
        _compare_chunks(layout, name)
        old = report(movie)
        if (old.video, old.audio) != (result.video, _deaf(result, old)):
            raise MetadataError("the tracks are not the same as before")
    except HeliosError as error:
        raise MetadataError(
            f"the written film could not be proven spherical: {error.message}",
            hint="The film is unchanged. Please report it with what `helios vr inspect` says.",
        ) from error
    return result


def _deaf(new: FilmReport, old: FilmReport) -> object:
    """The new sound tracks; whether they are ambisonic is what may have changed."""
    same = len(new.audio) == len(old.audio) and all(
        (a.track_id, a.codec, a.channel_count) == (b.track_id, b.codec, b.channel_count)
        for a, b in zip(new.audio, old.audio, strict=True)
    )
    return old.audio if same else new.audio


def _compare_chunks(layout: Layout, name: Path) -> None:
    with _opened(name) as written:
        for block in (block for table in layout.tables for block in table.blocks(layout.source)):
            chosen = block[np.unique(np.linspace(0, block.size - 1, _PROBES).astype(np.int64))]
            for before, after in zip(chosen, layout.translate(chosen), strict=True):
                size = min(64, layout.source.size - int(before), written.size - int(after))
                if layout.source.read(int(before), size) != written.read(int(after), size):
                    raise MetadataError("pictures or sound are not where the tables say")


def _unchanged(path: Path, opened: os.stat_result) -> None:
    now = path.stat()
    then = (opened.st_size, opened.st_ino, opened.st_mtime_ns)
    if (now.st_size, now.st_ino, now.st_mtime_ns) != then:
        raise MetadataError("the film changed while it was read", hint="Wait until it is finished.")
