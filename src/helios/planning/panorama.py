"""The size of pictures that go around, and the bits that the table of formats grants them."""

from __future__ import annotations

import math
from fractions import Fraction

from helios.errors import OptionError
from helios.model.formats import ExportType, Projection
from helios.model.options import RenderOptions

_GRID = 4
"""Widths are multiples of it, so that each eye's height is even, too."""
_SHAPES = {
    Projection.EQUIRECT: "twice as wide as high",
    Projection.EQUIRECT_180: "as wide as high",
    Projection.FULLDOME: "as wide as high",
}


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
