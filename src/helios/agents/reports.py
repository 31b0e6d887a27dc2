"""What commands print with ``--json`` once they are over: one document each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.audio.table import PreAnalysisResult
    from helios.rendering.stills import Still
    from helios.spatial.inspect import AudioFacts, FilmReport, VideoFacts
    from helios.spatial.metadata import SphericalMetadata

TemplateKind = Literal["scene", "shader", "combination"]
JobAction = Literal["cancel", "requeue", "retry", "pause", "resume", "prune"]


class _Part(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class _Report(_Part):
    version: Literal[1] = 1


class Named(_Part):
    """One of a list of names."""

    name: str
    title: str | None = None
    """Of templates."""
    kind: TemplateKind | None = None
    """Of templates: what draws it; a combination is a composition with pages over it."""
    description: str


NAMES: TypeAdapter[tuple[Named, ...]] = TypeAdapter(tuple[Named, ...])
"""What ``helios init --list``, ``templates list`` and ``schema`` list."""


class StarterReport(_Report):
    """What ``helios init`` wrote."""

    files: tuple[str, ...]
    render: tuple[str, ...]
    """The words of the command that makes the film."""


class MeasureWords(_Part):
    """What was measured of a scene's film."""

    name: str
    value: float | None
    """Null: nothing could be measured."""
    limit: float
    passes: bool


MEASURES: TypeAdapter[tuple[MeasureWords, ...]] = TypeAdapter(tuple[MeasureWords, ...])
"""What ``helios templates sheet`` measured."""


class SectionWords(_Part):
    """A part of a song."""

    start_s: float
    end_s: float
    kind: str
    """silence, intro, quiet, steady, build, drop, breakdown or outro."""
    energy: float
    """0 to 1."""


class SongReport(_Report):
    """What ``helios analyze`` heard. The rows of frames are in the table."""

    file: str
    duration_s: float
    sample_rate: int
    channels: int
    fps: str
    """A fraction: 30, 30000/1001."""
    frames: int
    """Of the film, and rows of the table."""
    bpm: float | None
    """Beats per minute of the longest steady stretch; null: no steady beat."""
    tempo_confidence: float
    """0 to 1."""
    beats: tuple[float, ...]
    """When they are, in seconds."""
    beats_per_bar: int
    bar_confidence: float
    """0 to 1: how sure it is that bars begin where they are counted."""
    loudness_lufs: float
    sections: tuple[SectionWords, ...]
    table: str | None
    """The file of the table, if one was asked for."""
    plot: str | None
    """The file of the picture, if one was asked for."""


class CaptionsReport(_Report):
    """What ``helios captions`` read."""

    file: str
    lines: int
    words: int
    """Those with times of their own."""
    end_s: float
    """Of the last line."""
    warnings: tuple[str, ...]
    """Lines that overlap, are too long or too fast to read."""
    output: str | None
    """The file of the props, if one was asked for."""


class PictureReport(_Report):
    """The picture that ``helios still``, ``sheet`` or ``preview`` drew."""

    file: str
    width: int
    height: int
    frames: tuple[int, ...]
    """Numbers of the frames that it shows."""
    total_frames: int
    """Of the film."""
    warnings: tuple[str, ...]


class FilesReport(_Report):
    """What ``helios templates new`` or ``job emit`` wrote."""

    files: tuple[str, ...]
    store: str | None = None
    """Where the job was put, if it was to go into a store."""


class ShaderText(_Report):
    """A shader that comes with Helios, of ``helios templates show``."""

    name: str
    title: str
    description: str
    text: str


class KeptAnalysis(_Part):
    """A table of a song, kept from an earlier run."""

    name: str
    size_bytes: int
    age_s: float


class CacheReport(_Report):
    """What ``helios cache ls`` found."""

    folder: str
    analyses: tuple[KeptAnalysis, ...]


class ClearedReport(_Report):
    """How many of each ``helios cache clear`` removed."""

    folder: str
    analyses: int
    remote_files: int
    bundles: int


CACHE: TypeAdapter[CacheReport | ClearedReport] = TypeAdapter(CacheReport | ClearedReport)


class SphereWords(_Part):
    """Spherical metadata."""

    projection: str
    stereo: str
    yaw_deg: float
    """To the right, where the viewer begins; as with the pitch, up, and the roll."""
    pitch_deg: float
    roll_deg: float
    crop: tuple[float, float, float, float]
    """Parts of the whole left out at the top, bottom, left and right."""
    software: str
    """What wrote it, as it says."""


class VideoTrack(_Part):
    """A track of pictures."""

    track: int
    codec: str
    """The four characters by which the file names it."""
    profile: str
    level: float | None
    width: int
    height: int
    fps: str | None
    """A fraction: 30, 30000/1001."""
    frames: int
    duration_s: float
    bitrate_bps: int
    keyframe_interval: int
    """The largest distance between keyframes, in frames."""


class SoundTrack(_Part):
    """A track of sound."""

    track: int
    codec: str
    channels: int
    is_ambisonic: bool
    sample_rate: int


class SphereReport(_Report):
    """What an MP4 says of its projection, of ``helios vr inspect`` and ``vr inject``."""

    file: str
    spherical: SphereWords | None
    """What players believe: version 2 before version 1; null: a flat film."""
    version_1: SphereWords | None
    version_2: SphereWords | None
    video: tuple[VideoTrack, ...]
    audio: tuple[SoundTrack, ...]
    is_index_in_front: bool
    oddities: tuple[str, ...]
    conventional_name: str | None
    """The name by which headset players know such a film; null: a flat film."""
    replaced: tuple[SphereWords, ...] = ()
    """Of inject: what was there before."""
    warnings: tuple[str, ...] = ()
    """Of inject."""


class JobsReport(_Report):
    """What became of jobs, of ``helios job`` and ``helios queue``."""

    action: JobAction
    jobs: tuple[str, ...]
    """Those that it was done to."""
    is_whole_queue: bool = False
    """It was done to the queue, and to no job alone."""


class LogReport(_Report):
    """What happened to a job, of ``helios queue logs``."""

    job: str
    lines: tuple[str, ...]


def of_song(
    table: PreAnalysisResult, file: str, output: Path | None, plot: Path | None
) -> SongReport:
    """What was heard of a song."""
    return SongReport(
        file=file,
        duration_s=table.duration,
        sample_rate=table.sample_rate,
        channels=table.channels,
        fps=str(table.fps),
        frames=table.total_frames,
        bpm=table.bpm,
        tempo_confidence=table.tempo_confidence,
        beats=tuple(table.beat_times.tolist()),
        beats_per_bar=table.beats_per_bar,
        bar_confidence=table.bar_confidence,
        loudness_lufs=table.integrated_lufs,
        sections=tuple(
            SectionWords(start_s=s.start_s, end_s=s.end_s, kind=s.kind, energy=s.energy)
            for s in table.sections
        ),
        table=str(output) if output else None,
        plot=str(plot) if plot else None,
    )


def of_stills(file: Path, picture: NDArray[np.uint8], shown: Sequence[Still]) -> PictureReport:
    """A picture of one or more frames of a film."""
    return PictureReport(
        file=str(file),
        width=picture.shape[1],
        height=picture.shape[0],
        frames=tuple(still.frame for still in shown),
        total_frames=shown[0].total_frames,
        warnings=shown[0].warnings,
    )


def of_film(file: Path, report: FilmReport) -> SphereReport:
    """What a film says of its projection."""
    from helios.model.formats import conventional_name

    spherical = report.spherical
    return SphereReport(
        file=str(file),
        spherical=spherical and of_sphere(spherical),
        version_1=report.v1 and of_sphere(report.v1),
        version_2=report.v2 and of_sphere(report.v2),
        video=tuple(map(_of_video, report.video)),
        audio=tuple(map(_of_sound, report.audio)),
        is_index_in_front=report.is_moov_first,
        oddities=report.oddities,
        conventional_name=conventional_name(file, spherical.projection, spherical.stereo).name
        if spherical
        else None,
    )


def of_sphere(metadata: SphericalMetadata) -> SphereWords:
    """Spherical metadata."""
    view, bounds = metadata.view, metadata.bounds
    return SphereWords(
        projection=metadata.projection,
        stereo=metadata.stereo,
        yaw_deg=view.yaw_deg,
        pitch_deg=view.pitch_deg,
        roll_deg=view.roll_deg,
        crop=(float(bounds.top), float(bounds.bottom), float(bounds.left), float(bounds.right)),
        software=metadata.software,
    )


def _of_video(track: VideoFacts) -> VideoTrack:
    return VideoTrack(
        track=track.track_id,
        codec=track.codec.tag,
        profile=track.codec.profile,
        level=track.codec.level,
        width=track.width,
        height=track.height,
        fps=str(track.fps) if track.fps is not None else None,
        frames=track.frame_count,
        duration_s=track.duration_s,
        bitrate_bps=track.bitrate_bps,
        keyframe_interval=track.keyframe_interval,
    )


def _of_sound(track: AudioFacts) -> SoundTrack:
    return SoundTrack(
        track=track.track_id,
        codec=track.codec,
        channels=track.channel_count,
        is_ambisonic=track.is_ambisonic,
        sample_rate=track.sample_rate_hz,
    )
