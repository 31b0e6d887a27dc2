"""Where what was made is kept: chunk payloads and their records, by name.

A store is opened by its address. Whatever keeps its promises may stand behind one: what has a name
is whole, and of several who create the same name one succeeds.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from helios.errors import OptionError
from helios.files.documents import read_bytes
from helios.files.hold import Hold, new_temporary, reserved, sweep
from helios.files.whole import create_whole


class ArtifactStore(Protocol):
    """Named artifacts. Names are file names, without folders."""

    @property
    def url(self) -> str:
        """Its address; ``open_store`` opens the same store, in any process."""
        ...

    def read(self, name: str) -> bytes:
        """A small artifact.

        Raises:
            OptionError: it is not there, or cannot be read.
        """
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Keep a small artifact, unless there is one of that name; whether it is kept now.

        Raises:
            OSError: it cannot be written.
        """
        ...

    def new_file(self, suffix: str) -> Hold:
        """An empty file of this machine that ``put`` can take.

        Raises:
            OSError: it cannot be written.
        """
        ...

    def put(self, name: str, file: Path) -> None:
        """Keep a file that ``new_file`` gave, in place of what had the name.

        Raises:
            OSError: it cannot be written.
        """
        ...

    def local(self, name: str) -> Path:
        """An artifact as a file of this machine, whether it is there or not."""
        ...

    def remove(self, name: str) -> None:
        """Forget an artifact, if there is one."""
        ...

    def reserved(self, name: str, problem: str) -> AbstractContextManager[None]:
        """The right to make an artifact, for one process at a time; ``problem`` is said to others.

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

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        """See ``ArtifactStore``."""
        return self.folder.absolute().as_uri()

    def read(self, name: str) -> bytes:
        """See ``ArtifactStore``."""
        return read_bytes(self.folder / name, "artifact")

    def create(self, name: str, data: bytes) -> bool:
        """See ``ArtifactStore``."""
        return create_whole(self.folder / name, data)

    def new_file(self, suffix: str) -> Hold:
        """See ``ArtifactStore``."""
        return new_temporary(self.folder, suffix)

    def put(self, name: str, file: Path) -> None:
        """See ``ArtifactStore``."""
        file.replace(self.folder / name)

    def local(self, name: str) -> Path:
        """See ``ArtifactStore``."""
        return self.folder / name

    def remove(self, name: str) -> None:
        """See ``ArtifactStore``."""
        (self.folder / name).unlink(missing_ok=True)

    def reserved(self, name: str, problem: str) -> AbstractContextManager[None]:
        """See ``ArtifactStore``."""
        return reserved(self.folder / name, problem)

    def sweep(self) -> None:
        """See ``ArtifactStore``."""
        sweep(self.folder)


def open_store(url: str) -> ArtifactStore:
    """The store of an address: ``file:///folder``, or the path of a folder.

    Raises:
        OptionError: nothing here opens such addresses.
    """
    if "://" not in url:
        return FolderStore(Path(url))
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise OptionError(
            f"there is no store for {parts.scheme}:// addresses", hint="Name a folder."
        )
    return FolderStore(Path(unquote(parts.path)))
