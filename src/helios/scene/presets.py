"""Named skies and named audio responses, kept as data."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from helios.errors import OptionError
from helios.files.near import did_you_mean


def sky_names() -> tuple[str, ...]:
    """The Star Nest skies there are."""
    return tuple(_table("skies.json"))


def sky_values(name: str) -> dict[str, Any]:
    """Parameters of the sky called ``name``; capitals, spaces and dashes do not matter.

    Raises:
        OptionError: no such sky.
    """
    return _find("skies.json", "sky", name)


def response_names() -> tuple[str, ...]:
    """The audio responses there are."""
    return tuple(_table("responses.json"))


def response_values(name: str) -> dict[str, Any]:
    """Parameters of the audio response called ``name``.

    Raises:
        OptionError: no such response.
    """
    return _find("responses.json", "audio response", name)


def plain(name: str) -> str:
    """A name without capitals, spaces, dashes and underscores, for comparing."""
    return "".join(c for c in name.lower() if c.isalnum())


def suggestion(name: str, known: tuple[str, ...]) -> str:
    """One line that names what was probably meant, and what there is."""
    return f"{did_you_mean(name, known)}There are: {', '.join(known)}."


@cache
def _table(file: str) -> dict[str, dict[str, Any]]:
    text = resources.files("helios.scene").joinpath(file).read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table


def _find(file: str, kind: str, name: str) -> dict[str, Any]:
    table = _table(file)
    for key, values in table.items():
        if plain(key) == plain(name):
            return dict(values)
    raise OptionError(f"unknown {kind} {name!r}", hint=suggestion(name, tuple(table)))
