"""Where what was made is kept: chunk payloads and their records, by name.

A store is opened by its address. Whatever keeps its promises may stand behind one: what has a name
is whole, and of several who create the same name one succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from helios.errors import OptionError
from helios.files.documents import read_bytes
from helios.files.hold import Hold, new_temporary, reserved, sweep
from helios.files.whole import create_whole, file_sha256, write_whole


class ArtifactStore(Protocol):
    """Named artifacts. Names are file names, without folders.

    Small ones are read and created. Payloads are files, and are asked for by content: a store that
    several machines write may have others of the same name.
    """

    @property
    def url(self) -> str:
        """Its address; ``open_store`` opens the same store, in any process."""
        ...

    @property
    def folder(self) -> Path:
        """A folder of this machine: of what is unfinished, and from which inputs are named."""
        ...

    @property
    def inputs_stay(self) -> bool:
        """Whether chunks are made of what cannot change: a bundle that is in the store too."""
        ...

    @property
    def look_every_s(self) -> float:
        """How often one may look for what others have made."""
        ...

    def read(self, name: str) -> bytes:
        """A small artifact.

        Raises:
            OptionError: it is not there, or cannot be read.
            StoreUnavailable, StoreRefused: the store cannot be used.
        """
        ...

    def names(self) -> frozenset[str]:
        """The names of all small artifacts.

        Raises:
            StoreUnavailable, StoreRefused: the store cannot be used.
        """
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Keep a small artifact, unless there is one of that name; whether it is kept now.

        Raises:
            OSError, StoreUnavailable, StoreRefused: it cannot be written.
        """
        ...

    def replace(self, name: str, data: bytes) -> None:
        """Keep a small artifact in place of what had the name; it need not outlive a power cut.

        Raises:
            OSError, StoreUnavailable, StoreRefused: it cannot be written.
        """
        ...

    def new_file(self, suffix: str) -> Hold:
        """An empty file of this machine that ``put`` can take.

        Raises:
            OSError: it cannot be written.
        """
        ...

    def put(self, name: str, file: Path, sha256: str) -> None:
        """Keep a file that ``new_file`` gave, in place of what had the name.

        Raises:
            OSError, StoreUnavailable, StoreRefused: it cannot be written.
        """
        ...

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether the payload is there and whole."""
        ...

    def fetched(self, name: str, size: int, sha256: str, to: Path) -> Path:
        """The payload as a file of this machine: ``to``, unless it is one already.

        Raises:
            OptionError: it is not there, or is not what was put.
            OSError, StoreUnavailable, StoreRefused: it cannot be read or written.
        """
        ...

    def address(self, name: str, sha256: str) -> str:
        """Where people find a payload."""
        ...

    def remove(self, name: str) -> None:
        """Forget a small artifact, if there is one."""
        ...

    def remove_payload(self, name: str, sha256: str) -> None:
        """Forget a payload, if it is there."""
        ...

    def reserved(self, name: str, problem: str) -> AbstractContextManager[None]:
        """The right to make an artifact, for one process of this machine, or of all that share a
        folder, at a time; ``problem`` is said to others.

        Raises:
            EnvironmentProblem: another process has it.
            OutputNotWritable, DiskFull: the store cannot be written.
        """
        ...

    def sweep(self) -> None:
        """Remove what processes that are gone have left unfinished."""
        ...


class FolderStore:
    """A folder of this machine, or one that several machines share."""

    inputs_stay = False
    look_every_s = 0.25

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        """See ``ArtifactStore``."""
        return self.folder.absolute().as_uri()

    def read(self, name: str) -> bytes:
        """See ``ArtifactStore``."""
        return read_bytes(self.folder / name, "artifact")

    def names(self) -> frozenset[str]:
        """See ``ArtifactStore``."""
        try:
            return frozenset(path.name for path in self.folder.iterdir())
        except OSError:
            return frozenset()

    def create(self, name: str, data: bytes) -> bool:
        """See ``ArtifactStore``."""
        return create_whole(self.folder / name, data)

    def replace(self, name: str, data: bytes) -> None:
        """See ``ArtifactStore``."""
        write_whole(self.folder / name, data, durable=False)

    def new_file(self, suffix: str) -> Hold:
        """See ``ArtifactStore``."""
        return new_temporary(self.folder, suffix)

    def put(self, name: str, file: Path, sha256: str) -> None:  # noqa: ARG002 - the name is enough
        """See ``ArtifactStore``."""
        file.replace(self.folder / name)

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """See ``ArtifactStore``."""
        payload = self.folder / name
        try:
            return payload.stat().st_size == size and file_sha256(payload) == sha256
        except OSError:
            return False

    def fetched(self, name: str, size: int, sha256: str, to: Path) -> Path:  # noqa: ARG002 - is there
        """See ``ArtifactStore``."""
        if not self.holds(name, size, sha256):
            raise OptionError(f"{self.folder / name} is not what was put there")
        return self.folder / name

    def address(self, name: str, sha256: str) -> str:  # noqa: ARG002 - the name is enough
        """See ``ArtifactStore``."""
        return str(self.folder / name)

    def remove(self, name: str) -> None:
        """See ``ArtifactStore``."""
        (self.folder / name).unlink(missing_ok=True)

    def remove_payload(self, name: str, sha256: str) -> None:  # noqa: ARG002 - the name is enough
        """See ``ArtifactStore``."""
        self.remove(name)

    def reserved(self, name: str, problem: str) -> AbstractContextManager[None]:
        """See ``ArtifactStore``."""
        return reserved(self.folder / name, problem)

    def sweep(self) -> None:
        """See ``ArtifactStore``."""
        sweep(self.folder)


def _bucket(url: str) -> ArtifactStore:
    from helios.commit.cloud import open_cloud

    return open_cloud(url)


FAR: Mapping[str, Callable[[str], ArtifactStore]] = {
    "s3": _bucket,
    "gs": _bucket,
    "az": _bucket,
    "memory": _bucket,
}
"""What opens the stores that are no folder, by how their addresses begin."""


def is_far(url: str) -> bool:
    """Whether it is the address of a store that is no folder.

    Raises:
        OptionError: nothing here opens such addresses.
    """
    if "://" not in url:
        return False
    scheme = urlsplit(url).scheme
    if scheme not in FAR and scheme != "file":
        raise OptionError(
            f"there is no store for {scheme}:// addresses",
            hint="Name a folder, or an address that begins with s3://, gs:// or az://.",
        )
    return scheme in FAR


def trimmed(url: str) -> str:
    """An address without the slashes at its end."""
    scheme, mark, place = url.partition("://")
    return f"{scheme}{mark}{place.rstrip('/')}"


def open_store(url: str) -> ArtifactStore:
    """The store of an address: ``s3://BUCKET/NAME``, ``gs://``, ``az://``, ``memory://NAME``,
    ``file:///folder``, or the path of a folder.

    Raises:
        OptionError: nothing here opens such addresses.
        ExtraMissing: the part of Helios that opens it is not installed.
    """
    if is_far(url):
        return FAR[urlsplit(url).scheme](trimmed(url))
    return FolderStore(Path(unquote(urlsplit(url).path) if "://" in url else url))
