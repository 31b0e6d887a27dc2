"""What a bundle of a composition or of a job has to hold, and what it cannot."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from helios.commit.bundle import BUNDLE_NAME, MAX_FILES, write_bundle
from helios.commit.record import RECORD_SUFFIX
from helios.commit.store import is_far, open_store
from helios.drawing.overlays import overlay_names, page_of
from helios.encode.images import MIN_DIGITS
from helios.errors import JobSpecError, OptionError
from helios.executors.pool import WorkerPool
from helios.files.hold import temporary_folder
from helios.files.names import named_path
from helios.files.whole import file_sha256
from helios.model.choices import ImageFormat
from helios.model.composition import Composition, CompositionKind
from helios.model.formats import ANIMATIONS, CONTAINERS
from helios.model.options import RenderOptions
from helios.planning.flags import argument, argv_to_values, options_to_argv
from helios.planning.jobspec import JobBundle, JobSpec, named_from
from helios.rendering.emit import input_name
from helios.rendering.job_argv import OwnChunks
from helios.rendering.job_place import JOB_NAME, demand_own_chunks, load_job
from helios.rendering.local import check_not_input, make_folder
from helios.rendering.look import look
from helios.rendering.places import absolute
from helios.rendering.prepare import files_read, requested

_LEFT_OUT = ("node_modules", "__pycache__")
"""Folders of which only what is known to be read is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a film is made of."""

    files: frozenset[Path]
    addresses: frozenset[str]
    """What no bundle can hold."""
    unasked: tuple[Path, ...] = ()
    """Those of the files that nothing has loaded, and that look like what a render makes."""


def contents_of(
    composition: Composition, options: RenderOptions, loaded: Iterable[str]
) -> Contents:
    """All files that a composition reads, or may come to read.

    Args:
        composition: a page and Python count with their folders: what a page loads late, nobody
            knows before it is drawn.
        options: with absolute names.
        loaded: what inspection saw.

    Raises:
        OptionError: there are too many.
    """
    pages = [page_of(o) for o in options.overlay if o.page not in overlay_names()]
    named = {*loaded, *files_read(composition, options)} - {*overlay_names()}
    names = named - {composition.location}
    for each in (composition, *pages):
        if each.is_remote:
            names.add(each.location)
        elif each.kind is CompositionKind.PAGE and each.root is not None:
            names.update(map(str, _tree(each.root)))
        elif each.kind is CompositionKind.PYTHON and each.root is not None:
            names.update(map(str, _tree(_python_folder(each))))
        elif Path(each.location).is_absolute():
            names.add(each.location)
    addresses = frozenset(name for name in names if "://" in name)
    own = Path(__file__).parents[1]
    files = {Path(os.path.normpath(Path(name).absolute())) for name in names - addresses}
    files = {f for f in files if not f.is_relative_to(own)}
    unasked = sorted(f for f in files if str(f) not in named and _looks_made(f))
    return Contents(files=frozenset(files), addresses=addresses, unasked=tuple(unasked))


def _looks_made(path: Path) -> bool:
    """Whether it may be a film or its numbered images; the page may as well load it later."""
    kind = path.suffix.lower().lstrip(".")
    if kind in get_args(ImageFormat):
        return path.stem.isdigit() and len(path.stem) >= MIN_DIGITS
    return kind in CONTAINERS and kind not in ANIMATIONS


def _python_folder(composition: Composition) -> Path:
    module = composition.location.rpartition(":")[0]
    assert composition.root is not None
    if module.endswith(".py"):
        return (composition.root / module).parent
    package = composition.root / module.partition(".")[0]
    return package if package.is_dir() else composition.root


def _tree(folder: Path) -> Iterator[Path]:
    """The files that pages and modules may read in a folder: none that a render has made."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in _LEFT_OUT]
        made = {name.removesuffix(RECORD_SUFFIX) for name in names if name.endswith(RECORD_SUFFIX)}
        for name in names:
            path = Path(place, name)
            is_made = name in made or name.endswith(RECORD_SUFFIX)
            if name.startswith(".") or is_made or not path.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise OptionError(
                    f"{folder} holds more than {MAX_FILES} files",
                    hint="Put the composition into a folder with what it needs and nothing else.",
                )
            yield path


def bundle_composition(
    composition: Composition, options: RenderOptions, target: Path, base: Path
) -> Contents:
    """Write a composition, with all that it needs and the options that belong to it, as a bundle.

    Args:
        composition: what draws.
        options: of its film; ``root`` names a wider folder for what it needs, whatever it is.
        target: the bundle.
        base: where relative names in the options lead.

    Raises:
        HeliosError: it cannot be loaded, or holds what no bundle can: an address, a file that is
            not in its folder, an absolute path in its props.
        OutputNotWritable: the bundle cannot be written.
    """
    wide = named_path(base, options.root) if options.root is not None else None
    if composition.kind is not CompositionKind.PAGE:
        options = options.changed(root=None)
    composition, options = requested(composition, options, base)
    for name in files_read(composition, options):
        if "://" in name:
            raise _cannot_hold(name, "it is an address")
    root = wide or _own_folder(composition, base)
    check_not_input(target, files_read(composition, options))
    for name in _absolute_names(options):
        raise _cannot_hold(name, "a prop names it by its absolute path")
    found = _looked_at(composition, options)
    for address in sorted(found.addresses):
        raise _cannot_hold(address, "it is an address")
    files = found.files - {target.absolute()}
    for path in sorted(files):
        if not path.is_relative_to(root):
            raise _cannot_hold(str(path), f"it is not in {root}", "Or name a wider one: --root.")
    make_folder(target.absolute().parent)
    name = argument(input_name(composition, root, None))
    write_bundle(
        target,
        {path.relative_to(root).as_posix(): path for path in files},
        argv=(name, *options_to_argv(named_from(root, options))),
    )
    return found


def _looked_at(composition: Composition, options: RenderOptions) -> Contents:
    """What it is made of, by what it loads when it is looked at."""
    with WorkerPool() as pool, temporary_folder(Path(tempfile.gettempdir())) as sounds:
        facts = look(pool, composition, options, sounds)
        loaded = [name for name, _ in facts.inputs]
        return contents_of(composition, options, [n for n in loaded if str(sounds) not in n])


def _own_folder(composition: Composition, base: Path) -> Path:
    if composition.kind is CompositionKind.PYTHON:
        folder = _python_folder(composition)
        is_package = not composition.location.rpartition(":")[0].endswith(".py")
        return folder.parent if is_package and composition.root != folder else folder
    if composition.root is not None:
        return composition.root
    named = Path(composition.location)
    return named.parent if named.is_absolute() else base


def _absolute_names(options: RenderOptions) -> Iterator[str]:
    """Files that props name in a way that means nothing elsewhere."""
    values: list[object] = [options.props, *(each.props for each in options.overlay)]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            values += value.values()
        elif isinstance(value, list | tuple):
            values += value
        elif isinstance(value, str) and value.startswith("/") and os.path.exists(value):  # noqa: PTH110 - any text
            yield value


def _cannot_hold(name: str, why: str, more: str = "") -> OptionError:
    return OptionError(
        f"a bundle cannot hold {name}: {why}",
        hint=f"Put a copy into the composition's folder, and name that. {more}".strip(),
    )


def put_job(job_file: Path, store_url: str) -> JobSpec:
    """Put a job and a bundle of all that it names into a store.

    Raises:
        JobSpecError: it cannot be read or carried, or another job is there.
        OptionError: a file that it names is not there, or there are too many.
        StoreUnavailable, StoreRefused: the store cannot be used.
    """
    if not is_far(store_url) or store_url.startswith("memory:"):
        raise OptionError(
            f"--store {store_url}: that is no store for several machines",
            hint="Give an address that begins with s3://, gs:// or az://.",
        )
    job = load_job(job_file)
    demand_own_chunks(job)
    folder = job_file.resolve().parent
    store = open_store(store_url)
    store.names()  # says at once what is wrong with it
    with temporary_folder(store.folder) as made:
        bundle = made / BUNDLE_NAME
        bundle_job(job, folder, job_file.name, bundle)
        size, sha256 = bundle.stat().st_size, file_sha256(bundle)
        if not store.holds(BUNDLE_NAME, size, sha256):
            store.put(BUNDLE_NAME, bundle, sha256)
    carried = job.model_copy(update={"bundle": JobBundle(sha256=sha256, size=size)})
    text = carried.to_json().encode()
    if not store.create(JOB_NAME, text) and store.read(JOB_NAME) != text:
        raise JobSpecError(
            f"another job is in {store_url}", hint="Give each job an address of its own."
        )
    return carried


def bundle_job(job: JobSpec, folder: Path, name: str, target: Path) -> None:
    """Write a bundle of all that the chunks and the merge of a job read.

    Raises:
        JobSpecError: it cannot be read.
        OptionError: a file is not there, or there are too many.
        OutputNotWritable: the bundle cannot be written.
    """
    call = OwnChunks(job, folder, any_browser=True).call(job.chunks[0], "")
    assert call is not None
    merge = absolute(RenderOptions.read(argv_to_values(job.merge_argv[2:])[1]), folder)
    options = call.draw.request.changed(audio=merge.audio)
    loaded = [n if "://" in n else os.path.normpath(folder / n) for n, _ in job.inputs]
    found = contents_of(call.composition, options, loaded)
    outputs = {folder / job.output, *(folder / chunk.output_file for chunk in job.chunks)}
    made = {Path(os.path.normpath(path)) for path in (*outputs, folder / name)}
    files = found.files - made
    places = [folder, *(path.parent for path in (*files, *made))]
    root = Path(os.path.commonpath(places))
    write_bundle(
        target,
        {path.relative_to(root).as_posix(): path for path in files},
        folder=folder.relative_to(root).as_posix(),
    )
