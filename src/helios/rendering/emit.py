"""``--emit-job``: inspect once, plan, write the plan down."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urljoin

from helios.errors import OptionError, OutputNotWritable
from helios.executors.pool import WorkerPool
from helios.files.hold import sweep
from helios.files.names import short_name
from helios.files.whole import write_whole
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.planning.jobspec import job_from_plan
from helios.planning.planner import RenderPlan
from helios.rendering.local import check_not_input, make_folder
from helios.rendering.look import planned
from helios.rendering.prepare import files_read, prepare
from helios.shader.gallery import shipped_as
from helios.version import __version__


def emit(
    composition: Composition,
    output: Path,
    options: RenderOptions,
    job_file: Path,
    *,
    base_url: str | None = None,
) -> RenderPlan:
    """Write the job file for a render, and nothing else.

    Raises:
        HeliosError: the render cannot be planned, or the file cannot be written.
    """
    if options.frames is not None:
        raise OptionError("--frames writes images, which need no merge: a job is for films")
    folder = job_file.resolve().parent
    asked = prepare(composition, output.resolve(), options, Path.cwd())
    check_not_input(job_file, files_read(asked.composition, asked.options))
    make_folder(folder)
    sweep(folder)
    sounds = folder / f"{short_name(output.stem)}_sounds"
    if base_url is not None:
        # Whoever fetches the page fetches what it loads, too.
        asked = replace(asked, options=asked.options.changed(root=None))
    with WorkerPool() as pool:
        plan = planned(asked, pool, sounds, beside_output=True)
    name = input_name(asked.composition, folder, base_url)
    job = job_from_plan(
        plan,
        folder,
        input_name=name,
        version=__version__,
        place_input=lambda path: path if "://" in path else os.path.relpath(path, folder),
    )
    write_atomically(job_file, job.to_json())
    return plan


def input_name(composition: Composition, folder: Path, base_url: str | None) -> str:
    """The composition as commands in ``folder`` name it."""
    shader = shipped_as(composition)
    if shader is not None or composition.is_remote:
        return shader.name if shader else composition.location
    if composition.kind is CompositionKind.SCENE:
        is_file = Path(composition.location).is_absolute()
        return os.path.relpath(composition.location, folder) if is_file else composition.location
    if composition.kind is CompositionKind.PYTHON:
        module, _, name = composition.location.rpartition(":")
        if module.endswith(".py") and composition.root is not None:
            return f"{os.path.relpath(composition.root / module, folder)}:{name}"
        return composition.location
    relative = os.path.relpath(composition.location, folder)
    if base_url is None:
        return relative
    return urljoin(base_url.rstrip("/") + "/", quote(relative.lstrip("./")))


def write_atomically(path: Path, text: str) -> None:
    """Put ``text`` at ``path``, whole or not at all.

    Raises:
        OutputNotWritable: it cannot be written.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise OutputNotWritable(f"cannot write {path}: {error.strerror or error}") from error
