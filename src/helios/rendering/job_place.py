"""Where a job is: in a folder with all that it names, or in a store with a bundle of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

from helios.commit.bundle import BUNDLE_NAME, unpacked
from helios.commit.inputs import found_from
from helios.commit.record import ChunkRecords
from helios.commit.store import ArtifactStore, FolderStore, is_far, open_store, trimmed
from helios.errors import ChunkMissing, JobSpecError, OptionError
from helios.executors.elsewhere import Carried
from helios.files.documents import read_bytes
from helios.files.hold import temporary_folder
from helios.files.names import is_file_name, is_inside
from helios.files.whole import file_sha256
from helios.planning.flags import argument
from helios.planning.jobspec import MAX_JOB_BYTES, PROGRAM, JobSpec, RenderJobChunk, read_job
from helios.planning.planner import PART_NAME
from helios.rendering.job_argv import OwnMerge, is_own, merge_from_argv

JOB_NAME = "job.json"
"""The job file's name in a store."""
_CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that can be run: as words, or as the command of a foreign job."""

    argv: tuple[str, ...]
    command: str
    film: Path
    """What it writes."""


class JobPlace(Protocol):
    """A job, and where its chunks and its film are."""

    name: str
    """The job file's."""
    job: JobSpec
    digest: str
    """Of all that the film depends on."""

    @property
    def folder(self) -> Path:
        """The current folder of its commands, on this machine."""
        ...

    def chunk(self, chunk: RenderJobChunk) -> tuple[ChunkRecords, str]:
        """Where a chunk is kept, and its name there."""
        ...

    @property
    def film(self) -> tuple[ChunkRecords, str]:
        """Where the film is kept, and its name there."""
        ...

    @property
    def cancelled(self) -> tuple[ArtifactStore, str]:
        """The flag that says, to all machines, that nobody wants the film any more."""
        ...

    @property
    def chunk_store(self) -> str | None:
        """The address that chunks are drawn into; None: beside where their command says."""
        ...

    @property
    def carried(self) -> Carried | None:
        """What machines without this folder need to have it, if they can."""
        ...

    def merging(self) -> AbstractContextManager[Merge]:
        """The merge, and the chunks where it reads them."""
        ...


class JobInFolder:
    """A job file, and what it names from its own folder."""

    chunk_store = None
    carried = None

    def __init__(self, path: Path) -> None:
        self.job = load_job(path)
        self.folder = path.resolve().parent
        self.name = path.name
        self.digest = self.job.digest or file_sha256(path)
        for chunk in self.job.chunks:
            self._check_place(chunk)
        own = merge_from_argv(self.job.merge_argv, self.folder)
        self._check_film(own)
        if not self.job.merge_argv:
            own = merge_from_argv(_words(self.job.merge_command), self.folder)
        self._check_inputs(path, own)

    def chunk(self, chunk: RenderJobChunk) -> tuple[ChunkRecords, str]:
        """See ``JobPlace``."""
        path = self.folder / chunk.output_file
        return ChunkRecords(FolderStore(path.parent)), path.name

    @property
    def film(self) -> tuple[ChunkRecords, str]:
        """See ``JobPlace``."""
        path = self._film
        return ChunkRecords(FolderStore(path.parent)), path.name

    @property
    def cancelled(self) -> tuple[ArtifactStore, str]:
        """See ``JobPlace``."""
        return FolderStore(self.folder), f"{self.name}.{_CANCELLED}"

    @contextmanager
    def merging(self) -> Iterator[Merge]:
        """See ``JobPlace``."""
        yield Merge(self.job.merge_argv, self.job.merge_command, self._film)

    @property
    def _film(self) -> Path:
        """The film, as the merge command names it."""
        name = self.job.output or next(iter(_positional(self.job.merge_command)), "")
        return self.folder / name

    def _check_film(self, own: OwnMerge | None) -> None:
        """What the merge does not write is not the film: nothing may be noted of it."""
        if own is not None and self.job.output and own.film != self._film:
            raise JobSpecError(
                f"the job's merge writes {own.film.name!r}, not its output {self.job.output!r}",
                hint="For another film, make the job anew (helios render --emit-job).",
            )

    def _check_inputs(self, job_file: Path, own: OwnMerge | None) -> None:
        """Nothing that the job writes is something that it is made of, or the job file."""
        found = (found_from(self.folder, name) for name, _ in self.job.inputs)
        sounds = (Path(track.file) for track in own.options.audio) if own else ()
        read = {_identity(path) for path in (job_file, *found, *sounds) if path} - {None}
        chunks = (self.folder / chunk.output_file for chunk in self.job.chunks)
        for written in (self._film, *chunks):
            if _identity(written) in read:
                raise JobSpecError(
                    f"{written} is read to make what would replace it",
                    hint="Chunks and films of a job have names of their own.",
                )

    def _check_place(self, chunk: RenderJobChunk) -> None:
        """Chunks lie in the job's folder or beside the film; elsewhere, only what is a chunk of
        this job already may be replaced, for chunks are removed after the merge. So it is in the
        folder for files that are not called as our chunks are, which may lie there without a record
        when a process is killed."""
        folder, name = self.chunk(chunk)
        if is_inside(self.folder, chunk.output_file):
            is_free = not is_own(self.job, chunk) or PART_NAME.fullmatch(name)
            if not is_free and (folder.folder / name).exists() and folder.read(name) is None:
                raise JobSpecError(
                    f"chunk {chunk.id} writes {chunk.output_file!r}, which is no chunk of a job",
                    hint="Chunks are removed after the merge: give it a name of its own.",
                )
            return
        is_beside_film = "\0" not in name and folder.folder.resolve() == self._film.parent.resolve()
        is_known = folder.read(name) is not None or not (folder.folder / name).exists()
        if not is_beside_film or not is_known:
            raise JobSpecError(
                f"chunk {chunk.id} writes {chunk.output_file!r}, outside the job's folder",
                hint="Chunks are removed after the merge: they lie beside the job or the film.",
            )


class JobInStore:
    """A job in a store, which needs no disk that machines share: its files are in a bundle."""

    name = JOB_NAME

    def __init__(self, url: str) -> None:
        self._url = store_of(url)
        self._store = open_store(self._url)
        try:
            text = self._store.read(JOB_NAME)
        except OptionError as error:
            raise JobSpecError(
                f"there is no job in {self._url}",
                hint=f"Put one there: helios job emit job.json --store {self._url}",
            ) from error
        self.job = read_job(text)
        self.digest = self.job.digest
        if self.job.bundle is None:
            raise JobSpecError(f"the job in {self._url} has no bundle of what it is made of")
        names = [Path(chunk.output_file).name for chunk in self.job.chunks]
        demand_own_chunks(self.job)
        if len({*names}) < len(names) or not all(is_file_name(name) for name in names):
            raise JobSpecError(f"the job in {self._url} has chunks of one name")

    @property
    def folder(self) -> Path:
        """See ``JobPlace``. The bundle is fetched when it is first asked for."""
        files, folder = self._unpacked
        return files / folder

    def chunk(self, chunk: RenderJobChunk) -> tuple[ChunkRecords, str]:
        """See ``JobPlace``."""
        return ChunkRecords(self._store), Path(chunk.output_file).name

    @property
    def film(self) -> tuple[ChunkRecords, str]:
        """See ``JobPlace``."""
        return ChunkRecords(self._store), Path(self.job.output).name

    @property
    def cancelled(self) -> tuple[ArtifactStore, str]:
        """See ``JobPlace``."""
        return self._store, _CANCELLED

    @property
    def chunk_store(self) -> str:
        """See ``JobPlace``."""
        return self._url

    @property
    def carried(self) -> Carried:
        """See ``JobPlace``."""
        assert self.job.bundle is not None
        return Carried(
            store=self._url,
            sha256=self.job.bundle.sha256,
            size=self.job.bundle.size,
            files=str(self._unpacked[0]),
        )

    @contextmanager
    def merging(self) -> Iterator[Merge]:
        """See ``JobPlace``."""
        with temporary_folder(self._store.folder) as folder:
            film = folder / self.film[1]
            places = {self.job.output: film}
            for chunk in self.job.chunks:
                records, name = self.chunk(chunk)
                record = records.read(name)
                if record is None:
                    raise ChunkMissing(f"chunk {chunk.id} is not in {self._url}")
                places[chunk.output_file] = self._store.fetched(
                    name, record.size, record.sha256, folder / name
                )
            words = {argument(name): str(path) for name, path in places.items()}
            argv = tuple(words.get(word, word) for word in self.job.merge_argv)
            yield Merge(argv, "", film)

    @cached_property
    def _unpacked(self) -> tuple[Path, str]:
        bundle = self.job.bundle
        assert bundle is not None
        fetch = partial(self._store.fetched, BUNDLE_NAME, bundle.size, bundle.sha256)
        files, note = unpacked(bundle.sha256, fetch)
        return files, note.folder


def place_of(named: str | Path) -> JobPlace:
    """The job that a user names: a file, or the address of a store.

    Raises:
        JobSpecError: it is not there, or cannot be run.
        OptionError: nothing opens such an address.
        StoreUnavailable, StoreRefused: the store cannot be used.
    """
    return JobInStore(str(named)) if is_far(str(named)) else JobInFolder(Path(named))


def store_of(url: str) -> str:
    """The address of the store that holds a job."""
    return trimmed(url).removesuffix(f"/{JOB_NAME}")


def load_job(path: Path) -> JobSpec:
    """Read a job file.

    Raises:
        JobSpecError: it is not there, or cannot be run.
    """
    hint = "Make one with: helios render INPUT -o OUTPUT --emit-job job.json"
    refused = partial(JobSpecError, hint=hint)
    content = read_bytes(path, f"job file {path}", error=refused, max_bytes=MAX_JOB_BYTES)
    try:
        return read_job(content)
    except JobSpecError as error:
        error.args = (f"{path}: {error.message}", *error.args[1:])
        raise


def demand_own_chunks(job: JobSpec) -> None:
    """Refuse commands of other programs where nobody knows what they read and write.

    Raises:
        JobSpecError: the job has such.
    """
    for chunk in job.chunks:
        if not is_own(job, chunk):
            raise JobSpecError(
                f"chunk {chunk.id} is a command of another program: a store takes renders of ours"
            )
    if job.merge_argv[:2] != (PROGRAM, "merge"):
        raise JobSpecError("the job's merge is a command of another program")


def _words(command: str) -> Sequence[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _positional(merge_command: str) -> Sequence[str]:
    return [word for word in _words(merge_command)[2:] if not word.startswith("-")]


def _identity(path: Path) -> tuple[int, int] | None:
    """What a file is under whatever name; None if there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # it is not there, or that is no file's name
        return None
    return status.st_dev, status.st_ino
