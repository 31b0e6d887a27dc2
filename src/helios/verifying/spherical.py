"""Whether what a film says of its projection fits its picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from helios.errors import MetadataError
from helios.findings.finding import Finding, ok
from helios.media.probe import VideoInfo
from helios.model.formats import EXPORT_TYPES
from helios.spatial.inspect import describe, inspect_film, shape_oddities

_INJECT = "helios vr inject FILM --help"
_FLAT = "helios vr inject FILM --projection flat"


def spherical(path: Path, video: VideoInfo) -> Iterator[Finding]:
    """Compare the spatial metadata of an MP4 or QuickTime film with its picture."""
    try:
        report = inspect_film(path)
    except MetadataError:  # no boxes
        return
    found = report.spherical
    if found is None:
        yield from _missing(video.width, video.height)
        return
    wrong = shape_oddities(found, video.width, video.height)
    if report.v1 and report.v2 and not report.v1.means(report.v2):
        wrong.append(
            f"versions 1 and 2 contradict each other: {describe(report.v1)}, {describe(report.v2)}"
        )
    for text in wrong:
        yield Finding(
            check="spherical",
            status="problem",
            what=text,
            why=f"the film says: {describe(found)}",
            remedy=f"If it is no sphere: {_FLAT}; else say what it is: {_INJECT}.",
        )
    for text in report.oddities:
        if text not in wrong and not text.startswith("versions 1 and 2"):
            yield Finding(check="spherical", status="note", what=text)
    if not wrong:
        yield ok("spherical", describe(found))


def _missing(width: int, height: int) -> Iterator[Finding]:
    """A film without metadata that has the size of spherical ones, and of no others."""
    same = [entry for entry in EXPORT_TYPES if (entry.width, entry.height) == (width, height)]
    if not same or not all(entry.projection.is_spherical for entry in same):
        return
    yield Finding(
        check="spherical",
        status="problem",
        what=f"no spatial metadata, and the size of {', '.join(entry.name for entry in same)}",
        why="players show it flat",
        remedy=f"If it is a sphere, write the metadata: {_INJECT}.",
    )
