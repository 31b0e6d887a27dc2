"""Templates that combine: a composition with pages over it, as one name."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from helios.errors import CompositionNotFound, OptionError
from helios.files.documents import parse_json, validated
from helios.files.names import named_path
from helios.files.near import nearest
from helios.model.composition import Composition, CompositionKind, name_composition
from helios.model.formats import export_type
from helios.model.options import DEFAULT_HEIGHT, DEFAULT_WIDTH, RenderOptions
from helios.model.overlay import OverlayPage
from helios.planning.picture_size import sides
from helios.rendering.unbundle import unbundled
from helios.shader.gallery import find_shipped, shipped_shaders

_FILE = "combinations.json"
_FILES = ("picture", "lines")
"""Props that name files, for the pages that show them."""
_BELOW = "below"
"""The prop that names another composition to lie below."""
_WIDE, _TALL = Fraction(6, 5), Fraction(5, 6)


class CombinedPage(BaseModel):
    """One of the pages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: str
    props: dict[str, Any] = {}
    when: str | None = None
    """Only with this file."""
    unless: str | None = None
    """Only without it."""


class Combination(BaseModel):
    """What lies over what, for each shape of the picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    description: str
    below: str
    needs: tuple[str, ...] = ()
    """Files without which it is nothing."""
    options: dict[str, Any] = {}
    """Those of the film, unless they are given."""
    layouts: dict[str, tuple[CombinedPage, ...]] = Field(min_length=1)
    """For square, portrait, landscape, or any."""


@cache
def combinations() -> tuple[Combination, ...]:
    """Those that Helios brings."""
    text = resources.files("helios.rendering").joinpath(_FILE).read_text("utf-8")
    return tuple(validated(Combination, each, _FILE) for each in parse_json(text, _FILE))


def find_combination(name: str) -> Combination | None:
    """The one of this name, without regard to capitals, spaces and dashes."""
    wanted = _plain(name)
    return next((each for each in combinations() if _plain(each.name) == wanted), None)


def combined(
    composition: Composition, options: RenderOptions, base: Path
) -> tuple[Composition, RenderOptions]:
    """The composition and the options that a combination stands for, the file of a shader that
    comes with Helios; others as they are.

    Props of a combination are those of its pages; ``picture`` and ``lines`` are files, and
    ``below`` is a template to lie below in place of its own. Pages that are asked for lie on top.

    Raises:
        OptionError: it lacks what it needs.
    """
    composition = _shipped(composition)
    composition, options = unbundled(composition, options)
    known = find_combination(composition.location)
    if composition.kind is not CompositionKind.SCENE or known is None:
        return composition, options
    props = dict(options.props)
    given = {name: _file(props.pop(name, None), name) for name in _FILES}
    below = _shipped(name_composition(str(props.pop(_BELOW, known.below)), base))
    if below.kind is CompositionKind.SCENE:
        _check_below(below.location)
    files = {**given, "picture": given["picture"] or _cover_of_song(options, base)}
    for name in known.needs:
        if files[name] is None:
            meant = next((prop for prop in props if nearest(prop, (name,))), None)
            instead = f", and was given {meant}" if meant else ""
            raise OptionError(
                f"{known.name} needs {name}{instead}",
                hint=f"""Give --props '{{"{name}": "FILE"}}'.""",
            )
    missing = {key: v for key, v in known.options.items() if not _is_given(key, options)}
    if options.type is None and (options.width is None) != (options.height is None):
        width, height = known.options.get("width"), known.options.get("height")
        if width and height:
            missing["width"], missing["height"] = sides(options, width, height)
    colours = {"accent": "picture"} if files["picture"] else {}
    pages = tuple(
        OverlayPage(
            page=each.page,
            picture=given["picture"],
            lines=files["lines"] if each.when == "lines" else None,
            props={**colours, **each.props, **props},
        )
        for each in known.layouts.get(_shape({**dict(options), **missing})) or known.layouts["any"]
        if (each.when is None or files[each.when]) and not (each.unless and files[each.unless])
    )
    return below, options.changed(**missing, props={}, overlay=(*pages, *options.overlay))


def _check_below(name: str) -> None:
    """Refuse what is no template to lie below pages, and say what is."""
    from helios.scene.library import load_template, template_names
    from helios.scene.presets import suggestion

    if find_combination(name):
        raise OptionError(f"{_BELOW}: {name} is a combination itself")
    try:
        load_template(name)
    except CompositionNotFound as error:
        known = (*template_names(), *(each.name for each in shipped_shaders()))
        raise CompositionNotFound(
            f"{_BELOW}: {error.message}", hint=suggestion(name, known)
        ) from None


def _shipped(composition: Composition) -> Composition:
    """The file of a shader that comes with Helios, if that is what is named."""
    is_name = composition.kind is CompositionKind.SCENE
    shader = find_shipped(composition.location) if is_name else None
    return shader.composition if shader else composition


def _is_given(option: str, options: RenderOptions) -> bool:
    if option in ("width", "height"):
        return any(each is not None for each in (options.width, options.height, options.type))
    return getattr(options, option) is not None


def _shape(size: dict[str, Any]) -> str:
    """Which layout fits the picture of these options."""
    entry = export_type(size["type"]) if size["type"] else None
    width, height = size["width"], size["height"]
    if width is None or height is None:  # one of them alone keeps the usual shape
        width = entry.width if entry else DEFAULT_WIDTH
        height = entry.height if entry else DEFAULT_HEIGHT
    ratio = Fraction(width, height)
    return "landscape" if ratio > _WIDE else "portrait" if ratio < _TALL else "square"


def _cover_of_song(options: RenderOptions, base: Path) -> str | None:
    from helios.media.cover import has_cover

    track = options.react_to or (options.audio[0] if options.audio else None)
    if track is None:
        return None
    file = track.file if "://" in track.file else str(named_path(base, track.file))
    try:
        return file if has_cover(file) else None
    except OptionError:
        return None  # said where the song's tags are read


def _file(value: object, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise OptionError(f"{name} must be the name of a file, not {value!r}")
    return value or None


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
