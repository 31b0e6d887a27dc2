"""The last touch of a 360° film: say in the file that it is one, and check that players see it."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from helios.errors import HeliosError, MetadataError
from helios.model.formats import MP4_FAMILY, ExportType, Projection, StereoLayout, export_type
from helios.model.options import RenderOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helios.files.whole import Finish
    from helios.spatial.metadata import SphericalMetadata

logger = logging.getLogger("helios.spatial")


def spherical_type(options: RenderOptions) -> ExportType | None:
    """The options' type, if it is one that players must be told about."""
    entry = export_type(options.type) if options.type is not None else None
    return entry if entry is not None and entry.projection.is_spherical else None


def spherical_finish(film: Path, options: RenderOptions) -> Finish | None:
    """What puts ``film`` in its place with spherical metadata; None if it is to have none.

    One rewrite adds the metadata and moves the index to the front. Where it fails, the film is put
    in its place as it was written, and MetadataError is raised.
    """
    entry = spherical_type(options)
    if entry is None or film.suffix.lower().lstrip(".") not in MP4_FAMILY:
        return None
    from helios.spatial.inject import inject_spatial_metadata
    from helios.spatial.metadata import read_view

    view = read_view(options.initial_view)

    def finish(written: Path, place: Path) -> None:
        try:
            inject_spatial_metadata(
                written,
                place,
                projection=entry.projection,
                stereo=entry.stereo,
                view=view,
                force=True,  # check_spherical says it of the film that is kept
            )
        except HeliosError as error:
            written.replace(place)
            again = f"Then run: {_inject_command(place, entry)}"
            raise _error_with_film_kept(place, error.message, error.hint, again) from error

    return finish


def kept_finish(film: Path, parts: Sequence[Path]) -> Finish | None:
    """What keeps the spherical metadata of joined parts; None where they have none.

    Where it cannot be kept, that is said.
    """
    from helios.spatial.inject import inject_spatial_metadata

    said = [_spherical_of(part) for part in parts]
    known = [metadata for metadata in said if metadata is not None]
    if not known:
        return None
    first = known[0]
    again = "give --type, or run helios vr inject"
    if film.suffix.lower().lstrip(".") not in MP4_FAMILY:
        logger.warning("%s cannot carry the parts' 360° metadata: use .mp4", film.name)
        return None
    if len(known) < len(said) or not all(metadata.means(first) for metadata in known):
        logger.warning("the parts do not agree on what they show: the film says nothing; %s", again)
        return None

    def finish(written: Path, place: Path) -> None:
        try:
            inject_spatial_metadata(
                written,
                place,
                projection=first.projection,
                stereo=first.stereo,
                view=first.view,
                bounds=first.bounds,
                force=True,
            )
        except HeliosError as error:
            written.replace(place)
            logger.warning("the parts' 360° metadata is lost: %s; %s", error.message, again)

    return finish


def _spherical_of(part: Path) -> SphericalMetadata | None:
    from helios.spatial.inspect import inspect_film

    try:
        return inspect_film(part).spherical
    except HeliosError:
        return None


def check_spherical(film: Path, options: RenderOptions) -> None:
    """Validate a film that ``spherical_finish`` put in its place.

    Raises:
        MetadataError: players will not show the film as meant. The film is kept.
    """
    entry = spherical_type(options)
    if entry is None or film.suffix.lower().lstrip(".") not in MP4_FAMILY:
        return
    from helios.spatial.validate import Severity, validate_film

    try:
        result = validate_film(film)
    except HeliosError as error:
        raise _error_with_film_kept(film, error.message, error.hint) from error
    failed = [f for f in result.findings if f.severity is Severity.FAIL]
    if failed:
        text = "; ".join(f"{f.check}: {f.text}" for f in failed)
        hints = [f.hint for f in failed if f.hint]
        raise _error_with_film_kept(
            film, text, *hints, f"All checks: helios vr validate {film.name}"
        )


def _inject_command(film: Path, entry: ExportType) -> str:
    words = ["helios", "vr", "inject", film.name]
    if entry.projection is Projection.EQUIRECT_180:
        words += ["--projection", "180"]
    if entry.stereo is not StereoLayout.MONO:
        words += ["--stereo", entry.stereo]
    return shlex.join(words)


def _error_with_film_kept(film: Path, text: str, *hints: str) -> MetadataError:
    return MetadataError(
        f"{film.name} is finished, but players will not show it as a 360° film: {text}",
        hint=" ".join(("The film is kept.", *filter(None, hints))),
    )
