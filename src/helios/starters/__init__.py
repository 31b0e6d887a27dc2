"""Starters: small compositions that render at once, to change into one's own.

A starter is a folder here: the files that are copied, and ``starter.json``, which says what it is,
how it is rendered, and which of ``sounds/`` come with it.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from helios.errors import OptionError, OutputNotWritable

ABOUT = "starter.json"
SOUNDS = "sounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """One of the compositions to start from."""

    name: str
    description: str
    render: tuple[str, ...]
    """Words after ``helios render``; ``{folder}`` and ``{name}`` stand for the copy's."""
    files: tuple[Traversable, ...]

    def render_words(self, folder: Path) -> list[str]:
        """The command that makes a film of the copy in ``folder``."""
        name = folder.name or "film"
        words = [word.format(folder=folder, name=name) for word in self.render]
        return ["helios", "render", *words]

    def command(self, folder: Path) -> str:
        """The same as a line to type."""
        return shlex.join(self.render_words(folder))


def starter_names() -> tuple[str, ...]:
    """The starters there are."""
    entries = _home().iterdir()
    return tuple(sorted(e.name for e in entries if e.is_dir() and (e / ABOUT).is_file()))


def load_starter(name: str) -> Starter:
    """A starter by its name.

    Raises:
        OptionError: there is none of that name.
    """
    if name not in starter_names():
        raise OptionError(
            f"there is no starter {name!r}", hint=f"There are: {', '.join(starter_names())}."
        )
    folder = _home() / name
    about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    own = (e for e in folder.iterdir() if e.is_file() and e.name != ABOUT)
    sounds = (_home() / SOUNDS / sound for sound in about.get("sounds", ()))
    return Starter(
        name=name,
        description=about["description"],
        render=tuple(about["render"]),
        files=(*sorted(own, key=lambda e: e.name), *sounds),
    )


def copy_starter(starter: Starter, folder: Path) -> tuple[Path, ...]:
    """Write the files into ``folder``, which is made, or is empty.

    Raises:
        OptionError: there is something already.
        OutputNotWritable: it cannot be written.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise OptionError(f"{folder} is a file", hint="Choose another name.")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OptionError(
                f"{folder} is not empty", hint="Choose another name, or an empty folder."
            )
        written = []
        for file in starter.files:
            path = folder / file.name
            with path.open("xb") as stream:
                stream.write(file.read_bytes())
            written.append(path)
    except OSError as error:
        raise OutputNotWritable(
            f"cannot write {folder}: {error.strerror or error}", hint="Choose another place."
        ) from error
    return tuple(written)


def _home() -> Traversable:
    return resources.files(__name__)
