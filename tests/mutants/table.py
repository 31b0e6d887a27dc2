"""The planted faults: one TOML file for each room, each fault a text and what stands in its place.

A fault is found by its text, not by a line number, so that it survives code that moves. ``place``
is a file or a folder below ``src/helios``; the text stands exactly once in it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = Path("src/helios")
_KINDS = ("*.py", "*.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One realistic mistake, and the tests that ought to notice it, the quickest first."""

    room: str
    id: str
    place: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...]
    survives: str = ""
    """Why no test notices it, if none does."""

    def found(self, root: Path) -> list[Path]:
        """The files in which ``old`` stands, once for each time it does."""
        place = root / SOURCE / self.place
        if place.is_file():
            files = [place]
        else:
            files = sorted(path for kind in _KINDS for path in place.rglob(kind))
        return [path for path in files for _ in range(path.read_text().count(self.old))]


def read_faults(folder: Path = Path(__file__).parent) -> list[Fault]:
    """All faults, room by room. A room's ``tests`` are those of its faults that name none."""
    faults = []
    for path in sorted(folder.glob("*.toml")):
        document = tomllib.loads(path.read_text())
        for entry in document["fault"]:
            tests = tuple(entry.pop("tests", document.get("tests", ())))
            faults.append(Fault(room=path.stem, tests=tests, **entry))
    return faults
