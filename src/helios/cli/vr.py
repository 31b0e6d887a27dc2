"""``helios vr``: spherical metadata of any MP4."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from helios.cli.flags import Json, QuietAlready, QuietFindings
from helios.errors import EXIT_OK, MetadataError, OptionError
from helios.files.hold import reserved, sweep
from helios.findings import finding as findings
from helios.model.formats import Projection, StereoLayout, conventional_name
from helios.spatial.inject import inject_spatial_metadata
from helios.spatial.inspect import FilmReport, describe, inspect_film
from helios.spatial.metadata import InitialView, SphericalMetadata
from helios.spatial.validate import (
    Severity,
    Target,
    Validation,
    validate_film,
)

_PROJECTIONS = {
    "360": Projection.EQUIRECT,
    "180": Projection.EQUIRECT_180,
    "flat": Projection.PERSPECTIVE,
}
_STATUS: dict[Severity, findings.Status] = {
    Severity.OK: "ok",
    Severity.WARN: "note",
    Severity.FAIL: "problem",
}
_MARKS = {Severity.OK: "ok  ", Severity.WARN: "warn", Severity.FAIL: "FAIL"}


def inject(
    file: Path,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    *,
    projection: Literal["360", "180", "flat"] = "360",
    stereo: StereoLayout = StereoLayout.MONO,
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    ambisonic: bool = False,
    moov_first: bool = True,
    track: int | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Write spherical metadata into an MP4, in place or to OUTPUT, and read it back.

    Args:
        file: the film.
        output: where the result goes (default: in place).
        projection: what the picture shows; flat takes the metadata out.
        stereo: mono, top-bottom (left eye on top) or left-right.
        yaw: degrees to the right at which the viewer begins.
        pitch: degrees up at which the viewer begins.
        roll: degrees the viewer's head is tilted at the beginning.
        ambisonic: the sound is ambiX (4, 6, 9 or 16 channels).
        moov_first: move the index to the front.
        track: the video track's number, if there are several.
        force: also where the picture has not the shape of the projection.
        json: JSON on standard output.
    """
    target = (output or file).resolve()
    try:
        view = InitialView(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    except MetadataError as error:
        raise OptionError(error.message) from error
    with reserved(target):
        sweep(target.parent)
        result = inject_spatial_metadata(
            file,
            output,
            projection=_PROJECTIONS[projection],
            stereo=stereo,
            view=view,
            ambisonic=ambisonic,
            moov_first=moov_first,
            track_id=track,
            force=force,
        )
    if json:
        from helios.agents.reports import of_film, of_sphere

        report = of_film(result.path, result.report)
        report.replaced = tuple(map(of_sphere, result.replaced))
        report.warnings = result.warnings
        print(report.model_dump_json(indent=1))
        return EXIT_OK
    spherical = result.report.spherical
    print(f"{result.path}: {describe(spherical) if spherical else 'no spherical metadata'}")
    for old in result.replaced:
        print(f"  replaced: {describe(old)}")
    for warning in result.warnings:
        print(f"  warning: {warning}")
    if spherical:
        name = conventional_name(result.path, spherical.projection, spherical.stereo).name
        if name != result.path.name:
            print(f"  headset players know it best as {name}")
    return EXIT_OK


def inspect(
    file: Path,
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Print what an MP4 says about its projection, and everything odd about it.

    Args:
        file: the film.
        json: JSON on standard output.
    """
    report = inspect_film(file)
    if json:
        from helios.agents.reports import of_film

        print(of_film(file, report).model_dump_json(indent=1))
        return EXIT_OK
    spherical = report.spherical
    print(f"{file}: {describe(spherical) if spherical else 'no spherical metadata'}")
    for version, metadata in ((1, report.v1), (2, report.v2)):
        print(f"  version {version}: {_details(metadata) if metadata else 'none'}")
    _print_tracks(report)
    for oddity in report.oddities:
        print(f"  odd: {oddity}")
    return EXIT_OK


def _details(metadata: SphericalMetadata) -> str:
    view, bounds = metadata.view, metadata.bounds
    crop = [float(f) for f in (bounds.top, bounds.bottom, bounds.left, bounds.right)]
    sides = " ".join(f"{value:.4g}" for value in crop)
    looks = f"{view.yaw_deg:g} {view.pitch_deg:g} {view.roll_deg:g}"
    parts = [describe(metadata), f"view (yaw pitch roll) {looks}", f"by {metadata.software!r}"]
    if any(crop):
        parts.insert(1, f"crop (top bottom left right) {sides}")
    return "; ".join(parts)


def _print_tracks(report: FilmReport) -> None:
    for video in report.video:
        codec = video.codec
        level = "" if codec.level is None else f" level {codec.level:g}"
        rate = "?" if video.fps is None else f"{float(video.fps):.6g}"
        print(
            f"  video {video.track_id}: {codec.tag} {codec.profile}{level}, "
            f"{video.width}x{video.height}, {rate} fps, {video.frame_count} frames, "
            f"{video.duration_s:.3f} s, {video.bitrate_bps / 1e6:.2f} Mbit/s, "
            f"keyframe every {video.keyframe_interval}"
        )
    for sound in report.audio:
        kind = " ambisonic" if sound.is_ambisonic else ""
        print(
            f"  sound {sound.track_id}: {sound.codec}, {sound.channel_count} channels{kind}, "
            f"{sound.sample_rate_hz} Hz"
        )
    print(f"  index: {'in front' if report.is_moov_first else 'at the end'}")


def validate(
    file: Path,
    *,
    target: Annotated[Target, Parameter(name="--for")] = Target.YOUTUBE,
    json: Json = False,
    quiet: QuietFindings = False,
) -> int:
    """Check that an MP4 will play as a spherical film. Exit code 1: it will not.

    Args:
        file: the film.
        target: where it is meant to play (--for youtube, quest or vlc).
        json: JSON on standard output.
    """
    result = validate_film(file, target)
    if json:
        print(_as_verified(file, result).model_dump_json(indent=1))
        return 0 if result.is_valid else 1
    for finding in result.findings:
        if quiet and finding.severity is Severity.OK:
            continue
        hint = f"  {finding.hint}" if finding.hint else ""
        print(f"{_MARKS[finding.severity]}  {finding.check}: {finding.text}{hint}")
    print(f"{file}: {'plays' if result.is_valid else 'does not play as meant'} on {target.value}")
    return 0 if result.is_valid else 1


def _as_verified(file: Path, result: Validation) -> findings.FilmReport:
    """The findings as ``helios verify`` tells its own."""
    found = [
        findings.Finding(
            check=each.check, status=_STATUS[each.severity], what=each.text, remedy=each.hint
        )
        for each in result.findings
    ]
    return findings.FilmReport(
        film=str(file), problems=findings.problems(found), findings=tuple(found)
    )
