"""Anything that can draw frame n."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from errno import ENOENT
from pathlib import Path
from urllib.parse import urlsplit

from helios.errors import CompositionNotFound, OptionError
from helios.files.names import named_path
from helios.files.regular import is_special
from helios.files.unread import what_to_do
from helios.model.formats import ANIMATIONS, CONTAINERS, SOUND_SUFFIXES

GLSL_SUFFIXES = (".frag", ".glsl")
WGSL_SUFFIX = ".wgsl"
SHADER_SUFFIXES = (*GLSL_SUFFIXES, WGSL_SUFFIX)
BUNDLE_SUFFIX = ".helios"
"""Of files that hold a composition with all that it needs."""
_TEMPLATE_SUFFIX = ".json"
PAGE_SUFFIXES = (".html", ".htm", ".xhtml", ".svg", *SHADER_SUFFIXES)
"""A shader is a page that is made for it (``helios.shader``)."""
_BEGUN = (("scene.json", ""), ("film.py", ":draw"))
"""Files that ``helios init`` writes which are no pages, and the function that draws."""
_PYTHON_NAME = re.compile(r"[\w./ -]+(\.py)?:[A-Za-z_][\w.]*")


class CompositionKind(StrEnum):
    """Who draws."""

    PAGE = "page"
    """An HTML page in Chromium; or a shader, for which one is made."""
    SCENE = "scene"
    """A native scene from a template."""
    PYTHON = "python"
    """A Python callable or class."""
    IMAGES = "images"
    """A sequence of numbered images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What to render.

    ``location`` is an absolute path or URL (page), a template's name or file (scene) or
    ``module:object`` (python). ``root`` is the folder a page on disk may read from.
    """

    kind: CompositionKind
    location: str
    root: Path | None = None

    @property
    def is_wgsl(self) -> bool:
        """Whether it is a shader that only WebGPU draws."""
        return self.kind is CompositionKind.PAGE and self.location.lower().endswith(WGSL_SUFFIX)

    @property
    def is_remote(self) -> bool:
        """Whether the page comes over the network."""
        return self.location.startswith(("http://", "https://"))


def name_composition(text: str, folder: Path) -> Composition:
    """What ``text`` names by its looks alone; nothing is looked up, so nothing need exist."""
    if text.startswith(("http://", "https://")):
        return Composition(kind=CompositionKind.PAGE, location=text)
    if _PYTHON_NAME.fullmatch(text):
        return Composition(kind=CompositionKind.PYTHON, location=text, root=folder)
    path = folder / text
    known = _by_suffix(path) if path.suffix.lower() != _TEMPLATE_SUFFIX else None
    return known or Composition(kind=CompositionKind.SCENE, location=text)


def parse_composition(
    text: str, folder: Path, templates: frozenset[str] = frozenset()
) -> Composition:
    """Tell what ``text`` names; relative paths are taken from ``folder``.

    A path that exists wins over a template of the same name. A folder stands for the
    ``composition.html`` or ``index.html`` in it.

    Raises:
        CompositionNotFound: nothing of that name.
        OptionError: nothing can have it.
    """
    if text.startswith(("http://", "https://")):
        return Composition(kind=CompositionKind.PAGE, location=text)
    if text.startswith("file:"):
        from urllib.request import url2pathname  # brings all of HTTP with it

        text = url2pathname(urlsplit(text).path)
    path = named_path(folder, text) if text else folder
    if path.is_dir():
        for name in ("composition.html", "index.html"):
            if (path / name).is_file():
                return _page(path / name)
    if path.is_file() and (known := _by_suffix(path)) is not None:
        return known
    if text in templates:
        return Composition(kind=CompositionKind.SCENE, location=text)
    if _PYTHON_NAME.fullmatch(text):
        return Composition(kind=CompositionKind.PYTHON, location=text, root=folder)
    raise _no_composition(text, path)


def _no_composition(text: str, path: Path) -> CompositionNotFound:
    if path.suffix == ".py" and path.is_file():
        return CompositionNotFound(
            f"{text} is a file of Python", hint=f"Say which function of it draws: {text}:NAME."
        )
    if path.suffix.lower() in SOUND_SUFFIXES:
        return CompositionNotFound(
            f"{text} is a sound, and no composition",
            hint=f"Name what is drawn, too: helios render etherealFlame --audio {text}",
        )
    is_film = path.suffix.lower().lstrip(".") in set(CONTAINERS) - set(ANIMATIONS)
    if path.is_file():
        return CompositionNotFound(
            f"{text} is {'a film, and no' if is_film else 'not a'} composition",
            hint="Show it in a page, as a <video>: helios init page NAME"
            if is_film
            else "Give an HTML page, a shader (.frag, .wgsl), a template (a name or .json), or"
            " MODULE:OBJECT for Python.",
        )
    if is_special(path):
        return CompositionNotFound(
            f"{text} is a device or a pipe, not a file", hint="Name a file that can be read again."
        )
    if path.is_dir():
        begun = [
            f"{Path(text) / file}{function}" for file, function in _BEGUN if (path / file).is_file()
        ]
        return CompositionNotFound(
            f"the folder {text} has neither composition.html nor index.html",
            hint=f"Did you mean {begun[0]}?"
            if begun
            else "Name the page in it, or begin one: helios init page NAME",
        )
    hint = "Give the path or URL of an HTML page, a shader, a template's name, or MODULE:OBJECT."
    if path.suffix and "://" not in text:
        hint = f"{hint} {what_to_do(path, FileNotFoundError(ENOENT, ''))}"
    kind = "film and no composition" if is_film else "composition"
    return CompositionNotFound(f"no {kind} at {text!r}", hint=hint)


def within(composition: Composition, root: str | None, folder: Path) -> Composition:
    """The composition with a wider folder to read from; ``root`` is taken from ``folder``.

    Raises:
        OptionError: it reads from no folder, or lies outside this one.
    """
    if root is None:
        return composition
    if composition.kind is not CompositionKind.PAGE or composition.is_remote:
        raise OptionError("--root: only a page on disk has a folder to load from")
    wide = named_path(folder, root)
    if not wide.is_dir():
        raise OptionError(
            f"--root: there is no folder {wide}",
            hint="Name a folder that holds the page and all that it loads.",
        )
    if not Path(composition.location).resolve().is_relative_to(wide):
        raise OptionError(
            f"--root: {composition.location} is not in {wide}",
            hint="Name a folder that holds the page and all that it loads.",
        )
    return replace(composition, root=wide)


def _by_suffix(path: Path) -> Composition | None:
    """What a file is by its name."""
    suffix = path.suffix.lower()
    if suffix in PAGE_SUFFIXES:
        return _page(path)
    if suffix in (_TEMPLATE_SUFFIX, BUNDLE_SUFFIX):  # what is in a bundle, whoever opens it finds
        return Composition(kind=CompositionKind.SCENE, location=str(path))
    return None


def _page(path: Path) -> Composition:
    return Composition(kind=CompositionKind.PAGE, location=str(path), root=path.parent)
