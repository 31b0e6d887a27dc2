"""The small file that says a chunk is finished.

Nothing else does: not a payload's existence, not an executor, not a database. A record is
created once and never changed, so a chunk can finish only once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from helios.errors import OptionError
from helios.files.documents import read_json, validated
from helios.files.hold import reserved
from helios.files.names import is_file_name
from helios.files.whole import create_whole, file_sha256

RECORD_SUFFIX = ".commit.json"


def image_names(payload: Path) -> dict[str, int]:
    """Name and size of the images that an image chunk's payload lists.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    names: dict[str, int] = json.loads(payload.read_text())
    return names


class CommitRecord(BaseModel):
    """What was finished: which payload, how long, made from what."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    payload: str
    """File name, in the record's own folder."""
    size: int
    sha256: str
    start_frame: int
    frame_count: int
    settings_digest: str
    """Digest of all that the bytes depend on; see ``helios.planning.digest``."""
    inputs: tuple[tuple[str, str], ...] = ()
    """(path or URL, SHA-256) of everything the chunk's composition loaded."""
    seconds: float = 0.0
    still: str = ""
    """Which picture all frames show, if it is one; see ``helios.rendering.stillness``."""


class ChunkFolder:
    """Where payloads and their records live, on a local disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record_path(self, output_name: str) -> Path:
        """The record of the chunk whose file is called ``output_name``."""
        return self.folder / (output_name + RECORD_SUFFIX)

    def read(self, output_name: str) -> CommitRecord | None:
        """The record, if there is one and it can be believed."""
        try:
            value = read_json(self.record_path(output_name), "record")
            record = validated(CommitRecord, value)
        except OptionError:
            return None
        # A record is a file like any other: one that names another file speaks for nobody.
        return record if record.payload == output_name and is_file_name(output_name) else None

    def finished(self, output_name: str, settings_digest: str) -> CommitRecord | None:
        """The record, if it is for these settings, its payload is whole and no input changed."""
        record = self.read(output_name)
        if record is None or record.settings_digest != settings_digest:
            return None
        payload = self.folder / record.payload
        try:
            if not _is_whole(payload, record):
                return None
            unchanged = all(
                file_sha256(Path(name)) == digest
                for name, digest in record.inputs
                if "://" not in name
            )
        except OSError:
            return None
        return record if unchanged else None

    def discard(self, output_name: str) -> None:
        """Forget a chunk: its record first, then its payload, if that is what was recorded."""
        record = self.read(output_name)
        self.record_path(output_name).unlink(missing_ok=True)
        payload = self.folder / output_name
        if record is not None and _is_whole(payload, record):
            payload.unlink(missing_ok=True)

    def commit(self, output_name: str, record: CommitRecord) -> bool:
        """Create the record; False when another attempt was first.

        Raises:
            OSError: the folder cannot be written.
        """
        content = record.model_dump_json(by_alias=True, indent=1).encode()
        return create_whole(self.record_path(output_name), content)

    @contextmanager
    def reserved(self, output_name: str) -> Iterator[None]:
        """The right to make a chunk, for one process at a time.

        Raises:
            EnvironmentProblem: another process is making it.
            OutputNotWritable, DiskFull: the folder cannot be written.
        """
        problem = f"another process is rendering {output_name} right now"
        with reserved(self.record_path(output_name), problem):
            yield


def _is_whole(payload: Path, record: CommitRecord) -> bool:
    try:
        return payload.stat().st_size == record.size and file_sha256(payload) == record.sha256
    except OSError:
        return False
