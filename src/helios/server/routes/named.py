"""``/api/named``: the composition that ``helios studio`` was started with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fastapi import APIRouter

from helios.model.composition import Composition, CompositionKind
from helios.rendering.find import find_composition
from helios.server.context import Context, errors
from helios.server.policy import template_names
from helios.server.shapes import Named

router = APIRouter(tags=["about"])
MAX_FILES = 2000
"""Of a composition's folder, that are looked at for changes."""
_NOT_ITS_OWN = frozenset({"node_modules", "__pycache__"})


@router.get("/api/named", responses=errors(404))
def get_named(context: Context) -> Named:
    """The composition that was named when the server was started, or none. ``stamp`` is another one
    whenever a file in its folder was written."""
    settings = context.settings
    if settings.composition is None:
        return Named(composition=None)
    found = find_composition(settings.composition, settings.folder or Path())
    return Named(
        composition=settings.composition,
        title=_title(found, settings.composition),
        kind=found.kind,
        stamp=_stamp(found, settings.folder or Path(), settings.data),
    )


def _title(found: Composition, given: str) -> str:
    name = Path(given.rstrip("/")).name
    # "." and ".." are named as the folders that they are.
    is_named = found.is_remote or name not in ("", ".", "..")
    return name if is_named else Path(found.location).resolve().parent.name


def _stamp(found: Composition, folder: Path, data: Path) -> str:
    if found.is_remote:
        return ""
    is_python = found.kind is CompositionKind.PYTHON
    name = found.location.rpartition(":")[0] if is_python else found.location
    if name in template_names():
        return ""
    digest = hashlib.sha256()
    for path in islice(_files((folder / name).parent, data), MAX_FILES):
        try:
            look = path.stat()
        except OSError:
            continue
        digest.update(f"{path} {look.st_mtime_ns} {look.st_size}\n".encode(errors="replace"))
    return digest.hexdigest()[:16]


def _files(folder: Path, data: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NOT_ITS_OWN and Path(place, name) != data
        )
        yield from (Path(place, name) for name in sorted(names))
