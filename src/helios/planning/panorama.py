"""The size of pictures that go around, and the bits that the table of formats grants them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from helios.errors import OptionError
from helios.model.formats import ExportType, Projection, StereoLayout, export_type
from helios.model.options import RenderOptions

_COVERAGE = {Projection.EQUIRECT: 2 * math.pi, Projection.EQUIRECT_180: math.pi}
_LAYOUTS = {StereoLayout.MONO: 0, StereoLayout.TOP_BOTTOM: 1, StereoLayout.LEFT_RIGHT: 2}
_GRID = 4
"""Widths are multiples of it, so that each eye's height is even, too."""
_SHAPES = {
    Projection.EQUIRECT: "twice as wide as high",
    Projection.EQUIRECT_180: "as wide as high",
    Projection.FULLDOME: "as wide as high",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """How a page that can draw any direction draws all of them, each pixel by itself."""

    coverage_rad: float
    """How far the picture reaches from left to right."""
    eye_radius: float
    """Half the distance of the eyes, in units of the page; 0 for one eye."""
    layout: int
    """Where the eyes are: 0 there is one, 1 one above the other, 2 side by side."""


def around_of(options: RenderOptions) -> Around | None:
    """How the film goes around; None if it does not, or is made of a cube's faces."""
    entry = export_type(options.type) if options.type else None
    if entry is None or options.panorama == "cubemap" or entry.projection not in _COVERAGE:
        return None
    is_stereo = entry.stereo is not StereoLayout.MONO
    return Around(
        coverage_rad=_COVERAGE[entry.projection],
        eye_radius=options.ipd / 2 * (options.unit_scale or 1.0) if is_stereo else 0.0,
        layout=_LAYOUTS[entry.stereo],
    )


def panorama_size(entry: ExportType, options: RenderOptions) -> tuple[int, int]:
    """Width and height of the whole picture: as asked, or as the type says, in the right shape.

    One of the two that is not asked for follows from the other.

    Raises:
        OptionError: the shape does not fit the projection; the nearest that does is named.
    """
    ratio = Fraction(entry.width, entry.height)
    width, height = options.width, options.height
    if width is None:
        width = entry.width if height is None else round(height * ratio)
    if height is None:
        height = round(width / ratio)
    check_shape(entry, width, height)
    if options.scale != 1:
        width = _on_grid(width * options.scale)
        height = round(width / ratio)
    return width, height


def check_shape(entry: ExportType, width: int, height: int) -> None:
    """Refuse what players would stretch.

    Raises:
        OptionError: names the nearest size that fits.
    """
    ratio = Fraction(entry.width, entry.height)
    if width == height * ratio and width % _GRID == 0:
        return
    across = _on_grid(math.sqrt(width * height * ratio))
    eye = "one eye of " if entry.stereo.value != "mono" else ""
    raise OptionError(
        f"--width, --height: {eye}{entry.name} is {_SHAPES[entry.projection]}, "
        f"which {width}x{height} is not",
        hint=f"The nearest size is {across}x{round(across / ratio)}.",
    )


def _on_grid(width: float | Fraction) -> int:
    return max(_GRID, round(width / _GRID) * _GRID)


def most_bits(entry: ExportType, width: int, height: int, fps: Fraction) -> int:
    """Bits per second that are asked for at this size and rate; more would be thrown away."""
    full = entry.bitrate_60_bps if fps > 30 else entry.bitrate_30_bps
    return round(Fraction(full * width * height, entry.width * entry.height))
