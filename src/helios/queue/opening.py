"""A queue in a folder of this machine: opened, put right after a crash, and held by one process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from helios.errors import EnvironmentProblem, OutputNotWritable
from helios.queue.budget import MachineBudget
from helios.queue.export_process import Exporter
from helios.queue.job import BACKOFF_BASE_S
from helios.queue.kept_films import KeptFilms
from helios.queue.queue import RenderQueue
from helios.queue.store import JobStore

DATABASE = "queue.db"
LOCK = ".lock"
_JOIN_S = 5.0


@contextlib.contextmanager
def open_queue(
    folder: Path,
    *,
    database: str | None = None,
    exporter: Exporter | None = None,
    max_memory_bytes: int | None = None,
    at_once: int | None = None,
    workers: int | None = None,
    backoff_base_s: float = BACKOFF_BASE_S,
    store: str | None = None,
    sweep: Callable[[], None] = lambda: None,
) -> Iterator[RenderQueue]:
    """The queue of a folder, ready to work.

    Args:
        folder: films, logs and, unless ``database`` says otherwise, the database.
        database: a URL such as ``postgresql://user@host/name``; several machines may share it.
        exporter: makes the films.
        max_memory_bytes: what running films may use together.
        at_once: films made at once; from the cores by default.
        workers: chunks drawn at once, of all films together; from the cores by default.
        backoff_base_s: seconds before a failed job is tried again; doubled each time.
        store: the address of a store that films are kept in too.
        sweep: removes what others left in the folder; called if nobody else works in it.

    Raises:
        EnvironmentProblem: another process holds the folder, or it cannot be written; or the store
            cannot be used.
    """
    with _held(folder, together=database is not None, sweep=sweep):
        films = KeptFilms(store) if store else None
        jobs = JobStore(database or folder / DATABASE)
        try:
            queue = RenderQueue(
                jobs,
                folder,
                exporter=exporter,
                budget=MachineBudget(max_memory_bytes, at_once=at_once, workers=workers),
                backoff_base_s=backoff_base_s,
                films=films,
            )
            queue.recover(alone=not jobs.is_shared)
            yield queue
        finally:
            jobs.close()


@contextlib.contextmanager
def _held(folder: Path, *, together: bool, sweep: Callable[[], None]) -> Iterator[None]:
    """Hold a folder.

    Args:
        folder: is made if it is not there.
        together: others that say so too may hold it at the same time, because what they share is
            kept in agreement elsewhere.
        sweep: is called while nobody else holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutputNotWritable(
            f"cannot write {folder}: {error.strerror}", hint="Choose another folder."
        ) from error
    try:
        is_alone = _locked(descriptor, fcntl.LOCK_EX, folder)
        if not is_alone and not (together and _joined(descriptor, folder)):
            raise EnvironmentProblem(
                f"another process works in {folder} right now",
                hint="Stop it, or choose another folder. Servers that share a folder share a "
                "Postgres --database.",
            )
        if is_alone:
            sweep()
        if is_alone and together:
            _locked(descriptor, fcntl.LOCK_SH, folder)
        yield
    finally:
        os.close(descriptor)


def _joined(descriptor: int, folder: Path) -> bool:
    """Hold a folder with others; one that has just begun may hold it alone for a moment."""
    deadline = time.monotonic() + _JOIN_S
    while not _locked(descriptor, fcntl.LOCK_SH, folder):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)
    return True


def _locked(descriptor: int, kind: int, folder: Path) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot lock {folder}: {error.strerror}", hint="Choose a folder on another disk."
        ) from error
    return True
