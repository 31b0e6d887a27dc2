"""``/api/named``: the composition that ``helios studio`` was started with."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from helios.errors import HeliosError
from helios.files.documents import as_object, read_json
from helios.files.whole import write_whole
from helios.model.composition import Composition, CompositionKind
from helios.rendering.find import find_composition
from helios.server.bodies import read_object
from helios.server.context import Context, errors
from helios.server.guard import Refused
from helios.server.policy import template_names
from helios.server.requests import PropsBody, described
from helios.server.shapes import Named, Success

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
    file = settings.props_file
    stamp = _stamp(found, settings.folder or Path(), (settings.data, *([file] if file else [])))
    context.previews.files_are(stamp)
    return Named(
        composition=settings.composition,
        title=_title(found, settings.composition),
        kind=found.kind,
        stamp=stamp,
        props=_props(file) if file is not None else {},
        props_file=file.name if file is not None else "",
    )


@router.post(
    "/api/named/props",
    responses=errors(400, 404, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": PropsBody}),
)
async def write_props(request: Request, context: Context) -> Success:
    """Write props into the file that the operator named for them, and nowhere else."""
    props = as_object((await read_object(request)).get("props"), "props")
    file = context.settings.props_file
    if file is None:
        raise Refused(404, "no file for props was named when the studio was started")
    await run_in_threadpool(_write, file, props)
    return Success()


def _props(file: Path) -> dict[str, Any]:
    """What the file says; nothing where there is none, or none that can be read."""
    try:
        return as_object(read_json(file, file.name), file.name) if file.exists() else {}
    except HeliosError:
        return {}


def _write(file: Path, props: dict[str, Any]) -> None:
    try:
        write_whole(file, json.dumps(props, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        raise Refused(507, f"cannot write {file.name}: {error.strerror}") from error


def _title(found: Composition, given: str) -> str:
    name = Path(given.rstrip("/")).name
    # "." and ".." are named as the folders that they are.
    is_named = found.is_remote or name not in ("", ".", "..")
    return name if is_named else Path(found.location).resolve().parent.name


def _stamp(found: Composition, folder: Path, without: tuple[Path, ...]) -> str:
    if found.is_remote:
        return ""
    is_python = found.kind is CompositionKind.PYTHON
    name = found.location.rpartition(":")[0] if is_python else found.location
    if name in template_names():
        return ""
    digest = hashlib.sha256()
    for path in islice(_files((folder / name).parent, without), MAX_FILES):
        try:
            look = path.stat()
        except OSError:
            continue
        digest.update(f"{path} {look.st_mtime_ns} {look.st_size}\n".encode(errors="replace"))
    return digest.hexdigest()[:16]


def _files(folder: Path, without: tuple[Path, ...]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_ITS_OWN
            and Path(place, name) not in without
        )
        files = (Path(place, name) for name in sorted(names))
        yield from (file for file in files if file not in without)
