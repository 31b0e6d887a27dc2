"""Where templates come from: those Helios brings, files, and dictionaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from helios.errors import CompositionNotFound, OptionError
from helios.files.documents import dotted, only_hint, problems, read_json, validated
from helios.files.names import check_name, is_inside
from helios.files.near import did_you_mean
from helios.scene import template as schema
from helios.scene.presets import plain, suggestion
from helios.scene.template import Template
from helios.scene.upstream import from_upstream, is_upstream

TEMPLATE_FILE = "template.json"
"""What a template's folder holds."""


def template_names() -> tuple[str, ...]:
    """The templates Helios brings."""
    folder = resources.files("helios.scene").joinpath("templates")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(n.removesuffix(".json") for n in names if n.endswith(".json")))


def load_template(which: str | Path | Mapping[str, Any] | Template) -> Template:
    """A template by name, file, folder or content.

    Names are compared without capitals, spaces and dashes. A file may also be a render config
    ("version": "1.0") or a template export of Ethereal Flame Studio; of an export with several
    templates, ``FILE#NAME`` picks one, else the first counts.

    Raises:
        CompositionNotFound: no such template or file.
        OptionError: the content is not a template; says what is wrong and what was meant.
    """
    if isinstance(which, Template):
        return which
    if isinstance(which, Mapping):
        return read_template(dict(which))
    check_name(str(which))
    path = Path(which)
    if path.is_dir():
        path = path / TEMPLATE_FILE
    if path.is_file():
        return _from_file(path, None)
    head, mark, part = str(which).rpartition("#")
    if mark and Path(head).is_file():
        return _from_file(Path(head), part)
    for name in template_names():
        if plain(name) == plain(str(which).removeprefix("builtin-")):
            return read_template(builtin_text(name))
    raise CompositionNotFound(
        f"no template {str(which)!r}", hint=suggestion(str(which), template_names())
    )


def builtin_text(name: str) -> dict[str, Any]:
    """The content of one of Helios's own templates."""
    folder = resources.files("helios.scene").joinpath("templates")
    content: dict[str, Any] = json.loads(folder.joinpath(f"{name}.json").read_text("utf-8"))
    return content


def read_template(
    content: object, *, folder: Path | None = None, part: str | None = None
) -> Template:
    """Check ``content``; files it names are taken from ``folder``, and from nowhere else.

    Raises:
        OptionError: not a template.
    """
    if is_upstream(content):
        content = from_upstream(content, part)
    if not isinstance(content, dict):
        raise OptionError(
            "a template is a JSON object", hint="Begin with: helios templates new mine.json"
        )
    template = validated(Template, content, explain=_explain, advise=_advise)
    file = template.sky.file
    if file and folder is not None:
        if not is_inside(folder, file):
            raise OptionError(
                f"sky.file {file!r} leads out of the template's folder",
                hint="A template from a file may name files beside it or below: put the sky there.",
            )
        sky = template.sky.model_copy(update={"file": str(folder / file)})
        template = template.model_copy(update={"sky": sky})
    return template


def _from_file(path: Path, part: str | None) -> Template:
    step = "A template is JSON: begin with helios templates new mine.json."
    content = read_json(path, f"template {path}", step=step)
    try:
        return read_template(content, folder=path.parent, part=part)
    except OptionError as error:
        raise OptionError(f"template {path}: {error.message}", hint=error.hint) from error


def _advise(error: ValidationError) -> str:
    return only_hint(error) or "What a template may hold: helios schema template."


def _explain(error: ValidationError) -> str:
    known = tuple(_keys())
    return problems(
        error,
        named=lambda place: dotted(place) or "template",
        unknown=lambda key: f"no such key. {did_you_mean(key, known)}".rstrip(". "),
    )


def _keys() -> list[str]:
    models = (m for m in vars(schema).values() if isinstance(m, type) and issubclass(m, BaseModel))
    return sorted({f.alias or name for m in models for name, f in m.model_fields.items()})
