"""The shaders that come with Helios, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helios.model.composition import Composition, CompositionKind

_FOLDER = Path(__file__).with_suffix("")
_SUFFIX = ".frag"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedShader:
    """One of them. The first comment of its file says what is seen."""

    name: str
    file: Path

    @property
    def title(self) -> str:
        """Its name in words."""
        words = re.findall(r"[A-Z]?[a-z]+", self.name)
        return " ".join(word.capitalize() for word in words)

    @property
    def description(self) -> str:
        """What is seen, in a sentence."""
        lines = []
        for line in self.file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("// ") or line.startswith("// helios:"):
                break
            lines.append(line.removeprefix("// "))
        return " ".join(lines)

    @property
    def composition(self) -> Composition:
        """It as something to render."""
        return Composition(kind=CompositionKind.PAGE, location=str(self.file), root=_FOLDER)


@cache
def shipped_shaders() -> tuple[ShippedShader, ...]:
    """All of them, in order of their names."""
    files = sorted(_FOLDER.glob(f"*{_SUFFIX}"), key=lambda file: file.stem.lower())
    return tuple(ShippedShader(name=file.stem, file=file) for file in files)


def find_shipped(name: str) -> ShippedShader | None:
    """The one of this name, without regard to capitals, spaces and dashes."""
    wanted = _plain(name)
    return next((each for each in shipped_shaders() if _plain(each.name) == wanted), None)


def shipped_as(composition: Composition) -> ShippedShader | None:
    """The one that a composition is: it has no place that is the same on all machines."""
    return next((each for each in shipped_shaders() if each.composition == composition), None)


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
