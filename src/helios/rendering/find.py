"""What a name given by a user means on this machine."""

from __future__ import annotations

import re
from pathlib import Path

from helios.errors import CompositionNotFound
from helios.model.composition import Composition, CompositionKind, parse_composition, within
from helios.rendering.combined import combinations, find_combination
from helios.shader.gallery import find_shipped, shipped_shaders

_TEMPLATE_NAME = re.compile(r"[A-Za-z][\w -]*")


def find_composition(text: str, folder: Path, root: str | None = None) -> Composition:
    """The composition called ``text``: a page, a template, Python, or a file of one.

    ``root`` is the folder that a page may load from; its own by default.

    Raises:
        CompositionNotFound: there is none; the hint names what comes near.
        OptionError: ``root`` does not fit it.
    """
    return within(_found(text, folder), root, folder)


def _found(text: str, folder: Path) -> Composition:
    try:
        return parse_composition(text, folder)
    except CompositionNotFound as error:
        if not _TEMPLATE_NAME.fullmatch(text):
            raise
        no_page = error
    if (known := find_combination(text)) is not None:
        return Composition(kind=CompositionKind.SCENE, location=known.name)
    if (shader := find_shipped(text)) is not None:
        return shader.composition
    from helios.scene.library import load_template
    from helios.scene.presets import suggestion

    try:
        load_template(text)
    except CompositionNotFound as error:
        if (folder / text).is_dir():
            raise no_page from None
        raise CompositionNotFound(error.message, hint=suggestion(text, known_names())) from None
    return Composition(kind=CompositionKind.SCENE, location=text)


def known_names() -> tuple[str, ...]:
    """All that comes with Helios and can be rendered by its name: scenes, shaders, combinations."""
    from helios.scene.library import template_names

    return (
        *template_names(),
        *(each.name for each in shipped_shaders()),
        *(each.name for each in combinations()),
    )
