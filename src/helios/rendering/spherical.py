"""The last touch of a 360° film: say in the file that it is one, and check that players see it."""

from __future__ import annotations

import logging
from pathlib import Path

from helios.errors import MetadataError
from helios.model.formats import export_type
from helios.model.options import RenderOptions

logger = logging.getLogger("helios.spatial")


def is_spherical(options: RenderOptions) -> bool:
    """Whether the options' type is one that players must be told about."""
    return options.type is not None and export_type(options.type).projection.is_spherical


def make_spherical(film: Path, options: RenderOptions) -> None:
    """Write spherical metadata into ``film`` if its type asks for it, and validate the result.

    Raises:
        MetadataError: it could not be written or proven, or players will not show the film as
            meant. The film is kept in any case.
    """
    if not is_spherical(options):
        return
    from helios.spatial.inject import inject_spatial_metadata
    from helios.spatial.metadata import read_view
    from helios.spatial.validate import Severity, conventional_name, validate_film

    assert options.type is not None
    entry = export_type(options.type)
    try:
        inject_spatial_metadata(
            film, projection=entry.projection, stereo=entry.stereo,
            view=read_view(options.initial_view),
        )  # fmt: skip
    except MetadataError as error:
        raise _kept(film, error.message, error.hint) from error
    result = validate_film(film)
    failed = [f for f in result.findings if f.severity is Severity.FAIL]
    if failed:
        text = "; ".join(f"{f.check}: {f.text}" for f in failed)
        raise _kept(film, text, " ".join(f.hint for f in failed if f.hint))
    name = conventional_name(film, entry.projection, entry.stereo).name
    if name != film.name:
        logger.info("headset players know this film best as %s", name)


def _kept(film: Path, text: str, hint: str) -> MetadataError:
    return MetadataError(
        f"{film.name} is finished, but players will not show it as a 360° film: {text}",
        hint=f"The film is kept. {hint}".strip(),
    )
