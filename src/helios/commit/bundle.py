"""Bundles: all files that a film is made of in one, the same bytes for the same files.

A bundle is a ZIP file without compression: its first entry says what it holds, with the digest of
every file. It is unpacked into the cache, under its own digest, once on each machine.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from helios.errors import EnvironmentProblem, OptionError, OutputNotWritable
from helios.files.cache import cache_home
from helios.files.documents import parse_json, validated
from helios.files.hold import RESERVED, hold, new_folder, retire
from helios.files.unread import unread
from helios.files.whole import file_sha256, new_file
from helios.model.composition import BUNDLE_SUFFIX

BUNDLE_NAME = f"job{BUNDLE_SUFFIX}"
"""That of a job, in the job's store."""
MAX_BYTES = 8 << 30
MAX_FILES = 50_000
_NOTE = "bundle.json"
_FILES = "files/"
_PART_BYTES = 1 << 20
KEPT_S = 30 * 24 * 3600.0
"""What was unpacked goes when it was not used for so long and another bundle is unpacked."""
_UNPACKED = re.compile(r"[0-9a-f]{32}")
_PATIENCE_S = 600.0
"""Another process may be unpacking the same bundle."""


class BundleNote(BaseModel):
    """What a bundle holds. All names lead from the folder into which it is unpacked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bundle: int = 1
    """Of this format."""
    folder: str = "."
    """Where ``argv`` is said."""
    argv: tuple[str, ...] = ()
    """The composition and the options that belong to it, as ``helios render`` takes them."""
    files: dict[str, str]
    """SHA-256 of each file."""


def write_bundle(
    target: Path, files: Mapping[str, Path], *, folder: str = ".", argv: tuple[str, ...] = ()
) -> BundleNote:
    """Write ``files`` (by the names that they have in the bundle) as a bundle.

    Raises:
        OptionError: there are too many, they are too large, or one cannot be read.
        OutputNotWritable: it cannot be written.
    """
    try:
        size = sum(path.stat().st_size for path in files.values())
        note = BundleNote(
            folder=folder,
            argv=argv,
            files={name: file_sha256(files[name]) for name in sorted(files)},
        )
    except OSError as error:
        raise OptionError(f"cannot bundle {error.filename}: {error.strerror or error}") from error
    if len(files) > MAX_FILES or size > MAX_BYTES:
        largest = max(files.values(), key=lambda path: path.stat().st_size)
        raise OptionError(
            f"too much for a bundle: {len(files)} files, {size / 1e9:.1f} GB, most of it {largest}",
            hint="Bundle a folder that holds the composition and what it needs, and nothing else.",
        )
    try:
        with new_file(target) as path, zipfile.ZipFile(path, "w") as archive:
            archive.writestr(_entry(_NOTE), note.model_dump_json(indent=1))
            for name in note.files:
                with (
                    files[name].open("rb") as source,
                    archive.open(_entry(_FILES + name), "w", force_zip64=True) as entry,
                ):
                    while part := source.read(_PART_BYTES):
                        entry.write(part)
    except OSError as error:
        raise OutputNotWritable(f"cannot write {target}: {error.strerror or error}") from error
    return note


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without clock, user or system in it."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def read_note(bundle: Path) -> BundleNote:
    """What a bundle holds.

    Raises:
        OptionError: it is none, or one of another version of Helios.
    """
    try:
        with zipfile.ZipFile(bundle) as archive:
            info = archive.getinfo(_NOTE)
            if info.compress_type != zipfile.ZIP_STORED:
                raise _damaged(bundle, "its list is compressed")
            text = archive.read(info)
            names = {i.filename for i in archive.infolist()}
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise OptionError(
            f"{bundle} is not a bundle: {error}",
            hint="Make one with: helios bundle COMPOSITION -o FILE.helios",
        ) from error
    note = validated(BundleNote, parse_json(text, str(bundle)), str(bundle))
    if note.bundle != 1:
        raise OptionError(
            f"{bundle} is a bundle of version {note.bundle}", hint="Update Helios on this machine."
        )
    if names != {_NOTE, *(_FILES + name for name in note.files)}:
        raise _damaged(bundle, "it holds other files than it says")
    if odd := next((name for name in (*note.files, note.folder) if not _is_plain(name)), None):
        raise _damaged(bundle, f"{odd!r} leads out of it")
    return note


def unpacked(digest: str, fetch: Callable[[Path], Path]) -> tuple[Path, BundleNote]:
    """The folder with the files of a bundle, and what it says of itself.

    Args:
        digest: of the bundle: SHA-256 of its bytes.
        fetch: gives the bundle as a file; asked to put it at a path that is nobody's, if it must
            come from elsewhere. Not called if the cache has what the bundle holds, unchanged.

    Raises:
        OptionError: it is not the bundle that is meant.
        EnvironmentProblem: the cache cannot be used.
    """
    home = _home()
    place = home / digest[:32]
    try:
        home.mkdir(parents=True, exist_ok=True)
        held = hold(home / f"{RESERVED}{digest[:24]}", patience_s=_PATIENCE_S)
    except OSError as error:
        raise _no_cache(home, error) from error
    if held is None:
        raise EnvironmentProblem(f"another process has been unpacking {place} for too long")
    with held:
        try:
            note = _kept(place)
            if note is None:
                clear_unpacked(KEPT_S)
                _unpack(place, digest, fetch)
                note = _kept(place)
                assert note is not None
            with suppress(OSError):  # of another user: it may be used, and is not ours to keep
                os.utime(place)
        except OSError as error:
            raise _no_cache(home, error) from error
        finally:
            held.path.unlink(missing_ok=True)
    return place / "files", note


def clear_unpacked(unused_s: float = 0.0) -> int:
    """Remove what bundles were unpacked to and was not used for so long; how many of them."""
    home, count = _home(), 0
    for place in home.glob("*"):
        if not _UNPACKED.fullmatch(place.name):
            continue
        with suppress(OSError):
            held = hold(home / f"{RESERVED}{place.name[:24]}", patience_s=0)
            if held is None:
                continue
            with held:
                if time.time() - place.stat().st_mtime >= unused_s:
                    grave, grave_held = new_folder(home)
                    place.rename(grave / "unused")
                    retire(grave, grave_held)
                    count += 1
                held.path.unlink(missing_ok=True)
    return count


def _home() -> Path:
    return cache_home() / "bundles"


def unpacked_file(bundle: Path) -> tuple[Path, BundleNote]:
    """The same, of a bundle that is a file here.

    Raises:
        OptionError: it is no bundle.
        EnvironmentProblem: the cache cannot be used.
    """
    try:
        digest = file_sha256(bundle)
    except OSError as error:
        raise unread(str(bundle), bundle, error) from error
    return unpacked(digest, lambda _: bundle)


def _kept(place: Path) -> BundleNote | None:
    """What was unpacked there, if it is still so."""
    try:
        note = validated(BundleNote, parse_json((place / _NOTE).read_bytes(), str(place)), "bundle")
        same = all(file_sha256(place / "files" / n) == sha for n, sha in note.files.items())
    except (OSError, OptionError):
        return None
    return note if same else None


def _unpack(place: Path, digest: str, fetch: Callable[[Path], Path]) -> None:
    folder, held = new_folder(place.parent)
    try:
        bundle = fetch(folder / f"fetched{BUNDLE_SUFFIX}")
        if file_sha256(bundle) != digest:
            raise _damaged(bundle, "it was changed on its way")
        note = read_note(bundle)
        whole = folder / "whole"
        (whole / "files" / note.folder).mkdir(parents=True)
        with zipfile.ZipFile(bundle) as archive:
            for name, sha256 in note.files.items():
                _extract(archive, name, sha256, whole / "files", bundle)
            (whole / _NOTE).write_bytes(archive.read(_NOTE))
        if place.exists():  # changed since it was unpacked
            place.rename(folder / "changed")
        whole.rename(place)
    finally:
        retire(folder, held)


def _extract(archive: zipfile.ZipFile, name: str, sha256: str, into: Path, bundle: Path) -> None:
    info = archive.getinfo(_FILES + name)
    if info.compress_type != zipfile.ZIP_STORED:
        raise _damaged(bundle, f"{name!r} is compressed")
    target, found = into / name, hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(info) as source, target.open("xb") as stream:
            while part := source.read(_PART_BYTES):
                found.update(part)
                stream.write(part)
    except (zipfile.BadZipFile, FileExistsError) as error:
        raise _damaged(bundle, f"{name}: {error}") from error
    if found.hexdigest() != sha256:
        raise _damaged(bundle, f"{name} is not what was bundled")


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _damaged(bundle: Path, why: str) -> OptionError:
    return OptionError(f"the bundle {bundle.name} is damaged: {why}", hint="Make it again.")


def _no_cache(home: Path, error: OSError) -> OutputNotWritable:
    return OutputNotWritable(
        f"cannot unpack a bundle in {home}: {error.strerror or error}",
        hint="Name a folder that can be written: export HELIOS_CACHE_DIR=FOLDER",
    )
