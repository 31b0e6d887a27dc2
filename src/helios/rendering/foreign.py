"""Commands of job files that other programs carry out, as they stand."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from helios.commit.record import ChunkRecords, CommitRecord
from helios.errors import ChunkFailed, JobSpecError
from helios.files.whole import file_sha256, sync_file
from helios.planning.jobspec import PROGRAM, RenderJobChunk
from helios.process.child import python_argv
from helios.process.command import run_command
from helios.rendering.job_place import JobPlace, Merge

_SHELL_WORDS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&", "2>&1"})


class Commands:
    """Runs commands in the folder of a job.

    Args:
        place: of the job, whose folder is their current one.
        allow_shell: run command strings through a shell.
    """

    def __init__(self, place: JobPlace, *, allow_shell: bool) -> None:
        self._place = place
        self._allow_shell = allow_shell
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End what is under way, and begin nothing."""
        self._cancelled.set()

    def draw(self, chunk: RenderJobChunk, records: ChunkRecords, name: str, digest: str) -> None:
        """Run the command of a chunk, and commit what it has written.

        Raises:
            ChunkFailed: it failed, or wrote nothing.
            Cancelled: stopped on request.
        """
        started = time.monotonic()
        path = records.folder / name
        records.discard(name)
        before = _identity(path)
        code, lines = self._run(chunk.argv, chunk.command)
        if code != 0:
            tail = "\n".join(("", *lines[-8:]))
            raise ChunkFailed(
                f"chunk {chunk.id} ended with exit code {code}{tail}",
                chunk_id=chunk.id,
                chunk_exit_code=code,
                last_lines=lines,
            )
        if not path.is_file():
            raise ChunkFailed(
                f"chunk {chunk.id} ended well but left no {chunk.output_file}", chunk_id=chunk.id
            )
        if _identity(path) == before:
            raise ChunkFailed(
                f"chunk {chunk.id} ended well but did not write {chunk.output_file}, which was "
                "there before",
                chunk_id=chunk.id,
                hint="Move that file away and run the job again.",
            )
        sync_file(path)
        record = CommitRecord(
            payload=name,
            size=path.stat().st_size,
            sha256=file_sha256(path),
            start_frame=chunk.start_frame,
            frame_count=chunk.frame_count,
            settings_digest=digest,
            seconds=time.monotonic() - started,
        )
        records.commit(name, record)

    def merge(self, merge: Merge) -> None:
        """Run the command that joins the chunks.

        Raises:
            ChunkFailed: it failed.
            Cancelled: stopped on request.
        """
        code, lines = self._run(merge.argv, merge.command)
        if code != 0:
            raise ChunkFailed(
                "\n".join((f"the merge ended with exit code {code}", *lines[-8:])),
                chunk_exit_code=code,
                last_lines=lines,
                hint="The chunks are kept.",
            )

    def _run(self, argv: Sequence[str], command: str) -> tuple[int, tuple[str, ...]]:
        words = self._words(argv, command)
        return run_command(words, cwd=self._place.folder, cancel=self._cancelled)

    def _words(self, argv: Sequence[str], command: str) -> list[str]:
        if argv:
            words = list(argv)
        elif self._allow_shell:
            return ["/bin/sh", "-c", command]
        else:
            words = split_command(command)
        return python_argv("helios", *words[1:]) if words[0] == PROGRAM else words


def split_command(command: str) -> list[str]:
    """The words of a command string that needs no shell.

    Raises:
        JobSpecError: it is empty, badly quoted, or would need a shell.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise JobSpecError(f"cannot read the command {command!r}: {error}") from error
    if not words:
        raise JobSpecError("the job has an empty command")
    if _SHELL_WORDS & set(words) or "$(" in command or "`" in command:
        raise JobSpecError(
            f"the command needs a shell: {command}",
            hint="If you trust the job file, pass --allow-shell.",
        )
    return words


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
