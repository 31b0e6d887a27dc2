"""Everything about a film, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from helios.errors import CompositionNotFound, DecodeError, HeliosError, UnknownFormatError
from helios.files.names import check_name
from helios.files.regular import is_special
from helios.findings.finding import Finding, ok
from helios.findings.flashes import FlashWatch
from helios.findings.movement import MovementWatch
from helios.findings.sounds import SAMPLE_RATE, SoundWatch
from helios.media.fault import read_reason
from helios.media.pictures import film_length
from helios.media.probe import MediaInfo, VideoInfo, probe
from helios.media.shown import shown_frames
from helios.media.sound import decode_sound
from helios.media.truncation import lacks_index
from helios.model.composition import Composition
from helios.model.options import RenderOptions
from helios.verifying.against import Sample, compare
from helios.verifying.container import colour, cut_off, decoded, frame_rate, lengths
from helios.verifying.spherical import spherical

_COUNTED = ("mov", "mp4", "avi")
"""Containers that say how many frames they hold."""
_IN_DOUBT = ("blank", "frozen", "duplicate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """The composition that a film should be of, and the sample that is drawn anew."""

    composition: Composition
    options: RenderOptions
    count: int
    seed: int


def verify_film(path: Path, against: Against | None = None) -> list[Finding]:
    """Look at all of a film.

    Raises:
        CompositionNotFound: there is no such file.
        UnknownFormatError: it is no film.
        HeliosError: the composition cannot be loaded or drawn.
    """
    check_name(str(path))
    if is_special(path):
        raise UnknownFormatError(
            f"{path} is a device or a pipe, not a file", hint="Name a film's file."
        )
    if not path.is_file():
        raise CompositionNotFound(f"no film at {path}", hint="Name a film's file.")
    try:
        media = probe(path)
    except DecodeError as error:
        if lacks_index(path):
            return [cut_off(path, error.message)]
        raise _no_film(path, read_reason(error, path)) from error
    if media.video is None:
        raise _no_film(path, "it contains no pictures")
    if not media.video.frame_count:
        return [cut_off(path, "no frame is left")]
    findings = [
        *_pictures(path, media, media.video),
        *lengths(media),
        colour(media.video, media.container),
        *spherical(path, media.video),
        *_sound(path, media),
    ]
    if against is None:
        return findings
    return _compared(path, media.video, findings, against)


def _no_film(path: Path, reason: str) -> UnknownFormatError:
    return UnknownFormatError(
        f"{path} is no film that can be read: {reason}",
        hint="Name a film, such as one that helios render has made.",
    )


def _pictures(path: Path, media: MediaInfo, video: VideoInfo) -> Iterator[Finding]:
    movement, flashes = MovementWatch(), FlashWatch()
    starts_s: list[Fraction] = []
    error = ""
    try:
        for frame in shown_frames(path):
            start_s = float(frame.start_s)
            starts_s.append(frame.start_s)
            movement.see(frame.planes, start_s)
            flashes.see(frame.planes[0], start_s)
    except DecodeError as stop:
        error = stop.message
    is_counted = media.container.split(",")[0] in _COUNTED
    yield from decoded(media, len(starts_s), film_length(path)[1] if is_counted else 0, error)
    if not starts_s:
        return
    yield frame_rate(starts_s, video)
    end_s = float(starts_s[-1] + (1 / video.fps if video.fps else 0))
    seen = [*movement.findings(end_s), *flashes.findings()]
    yield from seen
    if not any(finding.status == "problem" for finding in seen):
        yield ok("pictures", "none blank, frozen or repeated where others move; no flashes")


def _sound(path: Path, media: MediaInfo) -> Iterator[Finding]:
    if media.audio is None:
        yield Finding(check="sound", status="note", what="the film has no sound")
        return
    watch = SoundWatch()
    try:
        for block in decode_sound(path, sample_rate=SAMPLE_RATE):
            watch.hear(block)
    except DecodeError as error:
        yield Finding(
            check="sound",
            status="problem",
            what="the sound cannot be decoded to its end",
            start_s=watch.samples / SAMPLE_RATE,
            end_s=float(media.duration_s) or None,
            why=error.message,
            remedy="Render the film again, or copy it again from where it is whole.",
        )
    if watch.samples:
        yield from watch.findings(watch.samples / SAMPLE_RATE)


def _compared(
    path: Path, video: VideoInfo, findings: list[Finding], against: Against
) -> list[Finding]:
    """The findings with those of the sample; what the composition draws so as well is meant."""
    in_doubt = {
        finding: (finding.start_s + (finding.end_s or finding.start_s)) / 2
        for finding in findings
        if finding.check in _IN_DOUBT and finding.start_s is not None
    }
    try:
        compared = compare(
            path,
            video,
            against.composition,
            against.options,
            Sample(count=against.count, seed=against.seed, doubtful_s=tuple(in_doubt.values())),
        )
    except DecodeError as error:
        what = f"the film's frames cannot be read: {error.message}"
        return [*findings, Finding(check="against", status="problem", what=what)]
    except HeliosError as error:
        error.warnings = ()
        raise
    agreeing = compared.agreeing_s
    tick = float(1 / video.fps) if video.fps else 0.05
    meant = {
        finding
        for finding, at_s in in_doubt.items()
        if finding.check != "duplicate" and any(0 <= at_s - each < tick for each in agreeing)
    }
    return [
        *(
            replace(finding, status="note", why="the composition draws it so", remedy="")
            if finding in meant and finding.status == "problem"
            else finding
            for finding in findings
        ),
        *compared.findings,
    ]
