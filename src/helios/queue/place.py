"""A queue in a folder of this machine: opened, put right after a crash, and held by one process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from helios.errors import EnvironmentProblem, OutputNotWritable
from helios.queue.budget import MemoryBudget
from helios.queue.job import BACKOFF_BASE_S
from helios.queue.queue import RenderQueue
from helios.queue.runner import ExportRunner
from helios.queue.store import JobStore

DATABASE = "queue.db"
LOCK = ".lock"


@contextlib.contextmanager
def open_queue(
    folder: Path,
    *,
    database: str | None = None,
    runner: ExportRunner | None = None,
    max_memory_bytes: int | None = None,
    backoff_base_s: float = BACKOFF_BASE_S,
) -> Iterator[RenderQueue]:
    """The queue of a folder, ready to work.

    Args:
        folder: films, logs and, unless ``database`` says otherwise, the database.
        database: a URL such as ``postgresql://user@host/name``; several machines may share it.
        runner: makes the films.
        max_memory_bytes: what running films may use together.
        backoff_base_s: seconds before a failed job is tried again; doubled each time.

    Raises:
        EnvironmentProblem: another process holds the folder, or it cannot be written.
    """
    with _held(folder):
        store = JobStore(database or folder / DATABASE)
        try:
            queue = RenderQueue(
                store,
                folder,
                runner=runner,
                budget=MemoryBudget(max_memory_bytes),
                backoff_base_s=backoff_base_s,
            )
            queue.recover(alone=not store.is_shared)
            yield queue
        finally:
            store.close()


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutputNotWritable(
            f"cannot write {folder}: {error.strerror}", hint="Choose another folder."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise EnvironmentProblem(
                f"another process works in {folder} right now",
                hint="Stop it, or choose another folder.",
            ) from error
        yield
    finally:
        os.close(descriptor)
