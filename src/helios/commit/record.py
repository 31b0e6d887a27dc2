"""The small file that says a chunk is finished.

Nothing else does: not a payload's existence, not an executor, not a database. A record is
created once and never changed, so a chunk can finish only once.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from helios.commit.inputs import found_from
from helios.commit.store import ArtifactStore
from helios.errors import OptionError
from helios.files.documents import parse_json, validated
from helios.files.names import is_file_name
from helios.files.whole import file_sha256

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
    """(name, SHA-256) of everything the chunk's composition loaded, named from the store; see
    ``helios.commit.inputs``."""
    frames: tuple[tuple[int, str], ...] = ()
    """(number, digest) of some of its pictures as they were drawn, before they were encoded: its
    first, its last, and of a film some of each chunk; see ``helios.drawing.samples``."""
    seconds: float = 0.0
    """It took to draw its frames and hand them to the encoder."""
    warnings: tuple[str, ...] = ()
    """What a user should know of its frames."""
    still: str = ""
    """Which picture all frames show, if it is one; see ``helios.drawing.stillness``."""


class ChunkRecords:
    """Chunks in a store: payloads, and the records that say that they are finished."""

    def __init__(self, store: ArtifactStore) -> None:
        self.store = store

    @property
    def folder(self) -> Path:
        """The folder of this machine from which inputs are named."""
        return self.store.folder

    def read(self, output_name: str) -> CommitRecord | None:
        """The record, if there is one and it can be believed."""
        try:
            data = self.store.read(output_name + RECORD_SUFFIX)
            record = validated(CommitRecord, parse_json(data, "record"))
        except OptionError:
            return None
        # A record is a file like any other: one that names another file speaks for nobody.
        return record if record.payload == output_name and is_file_name(output_name) else None

    def finished(self, output_name: str, settings_digest: str) -> CommitRecord | None:
        """The record, if it is for these settings, its payload is whole and no input changed."""
        record = self.read(output_name)
        if record is None or record.settings_digest != settings_digest:
            return None
        if not self._is_whole(record):
            return None
        if self.store.inputs_stay:
            return record
        try:
            unchanged = all(
                file_sha256(path) == digest
                for name, digest in record.inputs
                if (path := found_from(self.folder, name)) is not None
            )
        except (OSError, ValueError):
            return None
        return record if unchanged else None

    def forget(self, output_name: str) -> None:
        """Remove the record of a chunk."""
        self.store.remove(output_name + RECORD_SUFFIX)

    def discard(self, output_name: str) -> None:
        """Forget a chunk: its record first, then its payload, if that is what was recorded."""
        record = self.read(output_name)
        self.forget(output_name)
        if record is not None and self._is_whole(record):
            self.store.remove_payload(output_name, record.sha256)

    def commit(self, output_name: str, record: CommitRecord) -> bool:
        """Create the record; False when another attempt was first.

        Raises:
            OSError: the store cannot be written.
        """
        content = record.model_dump_json(by_alias=True, indent=1).encode()
        return self.store.create(output_name + RECORD_SUFFIX, content)

    def reserved(self, output_name: str) -> AbstractContextManager[None]:
        """The right to make a chunk, for one process at a time.

        Raises:
            EnvironmentProblem: another process is making it.
            OutputNotWritable, DiskFull: the store cannot be written.
        """
        problem = f"another process is rendering {output_name} right now"
        return self.store.reserved(output_name + RECORD_SUFFIX, problem)

    def _is_whole(self, record: CommitRecord) -> bool:
        return self.store.holds(record.payload, record.size, record.sha256)
