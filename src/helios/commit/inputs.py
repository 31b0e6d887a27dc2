"""Names of what a chunk was made of that mean the same on a machine with other paths."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

Inputs = tuple[tuple[str, str], ...]
"""(name or URL, SHA-256) of each."""
_OURS = "helios:"
"""What stands before the name of a file that comes with Helios."""
_PACKAGE = Path(__file__).parents[1]


def named_from(folder: Path, inputs: Iterable[tuple[str, str]]) -> Inputs:
    """The inputs, named by the way to them from ``folder``; addresses keep their names."""
    return tuple(
        sorted(
            (_name(Path(name), folder) if "://" not in name else name, sha) for name, sha in inputs
        )
    )


def found_from(folder: Path, name: str) -> Path | None:
    """The file of this machine that a name means; None for an address."""
    if name.startswith(_OURS):
        return _PACKAGE / name.removeprefix(_OURS)
    if "://" in name:
        return None
    # By name, as it was named: ``..`` of a link would lead elsewhere on the disk.
    return Path(os.path.normpath(folder.absolute() / name))


def _name(path: Path, folder: Path) -> str:
    path = path.absolute()
    if path.is_relative_to(_PACKAGE):
        return _OURS + path.relative_to(_PACKAGE).as_posix()
    return Path(os.path.relpath(path, folder.absolute())).as_posix()
