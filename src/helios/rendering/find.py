"""What a name given by a user means on this machine."""

from __future__ import annotations

import re
from pathlib import Path

from helios.errors import CompositionNotFound
from helios.model.composition import Composition, CompositionKind, parse_composition

_TEMPLATE_NAME = re.compile(r"[A-Za-z][\w -]*")


def find_composition(text: str, folder: Path) -> Composition:
    """The composition called ``text``: a page, a template, Python, or a file of one.

    Raises:
        CompositionNotFound: there is none; the hint names what comes near.
    """
    try:
        return parse_composition(text, folder)
    except CompositionNotFound:
        if not _TEMPLATE_NAME.fullmatch(text):
            raise
    from helios.scene.library import load_template

    load_template(text)
    return Composition(kind=CompositionKind.SCENE, location=text)
