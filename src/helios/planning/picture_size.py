"""The size of a film's picture, and of the page that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from helios.errors import OptionError
from helios.model.composition import CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.formats import Projection, export_type
from helios.model.options import DEFAULT_HEIGHT, DEFAULT_WIDTH, MAX_SIDE, RenderOptions
from helios.planning.panorama import panorama_size


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSize:
    """``width`` and ``height`` in pixels; a page is laid out ``1 / pixel_ratio`` as large."""

    width: int
    height: int
    pixel_ratio: Fraction = Fraction(1)


def picture_size(
    kind: CompositionKind, options: RenderOptions, facts: CompositionFacts | None
) -> PictureSize:
    """What was asked for, else what the type says, else what the composition declares."""
    entry = export_type(options.type) if options.type else None
    if entry and goes_around(options):
        width, height = panorama_size(entry, options)
        return PictureSize(width=width, height=height)
    declared = (facts.declared_width, facts.declared_height) if facts else (None, None)
    if kind is not CompositionKind.PAGE:
        width, height = sides(
            options,
            (entry.width if entry else declared[0]) or DEFAULT_WIDTH,
            (entry.height if entry else declared[1]) or DEFAULT_HEIGHT,
        )
        return PictureSize(width=_draft(width, options), height=_draft(height, options))
    return page_size(options, *declared)


def size_before_inspection(kind: CompositionKind, options: RenderOptions) -> PictureSize:
    """The size as far as options tell it; a side that follows from the composition's own shape is
    taken small, that nothing is refused for a shape which it may not have."""
    one = options.width or options.height
    if one is None or (options.width and options.height) or options.type:
        return picture_size(kind, options, None)
    small = min(one, DEFAULT_HEIGHT)
    known = options.changed(width=options.width or small, height=options.height or small)
    return picture_size(kind, known, None)


def page_size(
    options: RenderOptions, declared_width: int | None, declared_height: int | None
) -> PictureSize:
    """The same for a page. What it declares is in CSS pixels, all else in those of the film.

    Raises:
        OptionError: the page is laid out smaller or larger than a browser can.

    >>> page_size(RenderOptions(scale="1/2"), 1280, 720)
    PictureSize(width=640, height=360, pixel_ratio=Fraction(1, 2))
    >>> page_size(RenderOptions(pixel_ratio=2), 1280, 720)
    PictureSize(width=2560, height=1440, pixel_ratio=Fraction(2, 1))
    """
    entry = None if goes_around(options) else options.type and export_type(options.type)
    ratio = options.pixel_ratio

    width, height = sides(
        options,
        entry.width if entry else even((declared_width or DEFAULT_WIDTH) * ratio),
        entry.height if entry else even((declared_height or DEFAULT_HEIGHT) * ratio),
    )
    drawn = PictureSize(
        width=_draft(width, options),
        height=_draft(height, options),
        pixel_ratio=drawn_ratio(options),
    )
    for size in (PictureSize(width=width, height=height, pixel_ratio=ratio), drawn):
        _check_layout(size)
    return drawn


def sides(options: RenderOptions, usual_width: int, usual_height: int) -> tuple[int, int]:
    """Width and height in pixels as asked for; from one of them the other follows, in the usual
    shape.

    Raises:
        OptionError: what follows is larger than a picture may be.

    >>> sides(RenderOptions(width=320), 1920, 1080)
    (320, 180)
    """
    width, height = options.width, options.height
    if width is not None and height is None:
        height = even(Fraction(width * usual_height, usual_width))
    elif height is not None and width is None:
        width = even(Fraction(height * usual_width, usual_height))
    width, height = width or usual_width, height or usual_height
    if max(width, height) > MAX_SIDE:
        raise OptionError(
            f"the picture would be {width}x{height}: a side has at most {MAX_SIDE} pixels",
            hint="Give a smaller --width or --height, or both of them.",
        )
    return width, height


def _check_layout(size: PictureSize) -> None:
    ratio = size.pixel_ratio
    across, down = round(size.width / ratio), round(size.height / ratio)
    if not (1 <= across <= MAX_SIDE and 1 <= down <= MAX_SIDE):
        raise OptionError(
            f"--pixel-ratio {ratio}: {size.width}x{size.height} pixels would show a page of "
            f"{across}x{down}",
            hint="It is how many pixels of the film a CSS pixel of the page has: 1, 2, 1.5.",
        )


def drawn_ratio(options: RenderOptions) -> Fraction:
    """Pixels that are drawn for a CSS pixel of a page; the faces of a panorama have their own."""
    return Fraction(1) if goes_around(options) else options.pixel_ratio * options.scale


def goes_around(options: RenderOptions) -> bool:
    """Whether the film is of more than what one looks at straight ahead."""
    projection = export_type(options.type).projection if options.type else Projection.PERSPECTIVE
    return projection is not Projection.PERSPECTIVE


def _draft(side: int, options: RenderOptions) -> int:
    return even(side * options.scale) if options.scale != 1 else side


def even(side: Fraction) -> int:
    """The nearest number of pixels that an encoder takes."""
    return max(2, round(side / 2) * 2)
