"""A folder as a queue: a job file put into ``pending`` becomes a film.

``pending/`` → ``processing/`` → ``complete/`` or ``failed/``. Files are moved whole; what a file
says is replaced whole. The queue underneath is the same as everywhere.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from helios.errors import (
    DiskFull,
    HeliosError,
    InvalidTransition,
    OptionError,
    StoreUnavailable,
    in_sentences,
)
from helios.files.documents import as_object, read_json
from helios.files.hold import sweep
from helios.files.whole import write_whole
from helios.model.export import ExportConfig, ExportRequest
from helios.queue.job import LONGEST_ID, JobStatus, RenderJob, check_job_id
from helios.queue.queue import RenderQueue

_log = logging.getLogger(__name__)
FOLDERS = ("pending", "processing", "complete", "failed")
UNREADABLE_AFTER_S = 10.0
"""A file that is no JSON and stays as it is for so long is not being written any more."""
_BOOKKEEPING = (
    "id",
    "priority",
    "status",
    "progress",
    "error",
    "createdAt",
    "startedAt",
    "completedAt",
    "outputs",
)
"""What a job file holds beside its configuration."""
_WIRE = {JobStatus.COMPLETED: "complete", JobStatus.CANCELLED: "failed"}


@dataclass
class _Task:
    """A file in ``processing`` and the jobs it became."""

    document: dict[str, Any]
    ids: tuple[str, ...]
    written: dict[str, Any] = field(default_factory=dict)


class WatchFolder:
    """Feeds a queue from job files, and writes into them what becomes of them.

    Args:
        folder: holds the four folders.
        queue: makes the films.
        base: where relative paths in job files lead.
        output_folder: where films go whose path is relative.
        on_refused: hears of files that become no film, and why.
    """

    def __init__(
        self,
        folder: Path,
        queue: RenderQueue,
        *,
        base: Path,
        output_folder: Path,
        on_refused: Callable[[str, str], None] = lambda _name, _why: None,
    ) -> None:
        self._queue = queue
        self._base = base
        self._output_folder = output_folder
        self._on_refused = on_refused
        self._places = {name: folder / name for name in FOLDERS}
        for place in self._places.values():
            place.mkdir(parents=True, exist_ok=True)
            sweep(place)
        self._tasks: dict[str, _Task] = {}
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}
        self._said: dict[str, str] = {}

    def resume(self) -> None:
        """Take up what an earlier process left in ``processing``, or what had to wait."""
        for path in self._files("processing"):
            if path.name not in self._tasks:
                self._guarded(path, self._take_up)

    def scan(self, *, take: bool = True) -> None:
        """Look once: take new files, write progress, move what is finished.

        What goes wrong with one file is said, and tried again the next time; others go on.
        """
        if take:
            for path in self._files("pending"):
                self._guarded(path, self._look_at)
            self.resume()
        for name in tuple(self._tasks):
            self._guarded(self._places["processing"] / name, lambda path: self._follow(path.name))

    def _guarded(self, path: Path, action: Callable[[Path], None]) -> None:
        try:
            action(path)
        except (HeliosError, OSError) as error:
            text = error.message if isinstance(error, HeliosError) else str(error)
            if self._said.get(path.name) != text:
                self._said[path.name] = text
                _log.warning("%s: %s", path.name, text)
        else:
            self._said.pop(path.name, None)

    def _files(self, place: str) -> list[Path]:
        found = []
        for path in self._places[place].glob("[!.]*.json"):
            try:
                # Of a link, not of what it leads to, which need not be there.
                found.append((path.lstat().st_mtime_ns, path.name, path))
            except FileNotFoundError:
                continue
        return [path for *_, path in sorted(found)]

    def _look_at(self, path: Path) -> None:
        """Take a file that nobody is still writing: it is JSON, and as it was a moment ago."""
        status = path.lstat()
        now, looked_s = (status.st_size, status.st_mtime_ns), time.monotonic()
        before, since_s = self._seen.get(path.name, (None, looked_s))
        if now != before:
            since_s = looked_s
        self._seen[path.name] = now, since_s
        try:
            read_json(path, "the job file")
        except HeliosError as error:
            if looked_s - since_s > UNREADABLE_AFTER_S:
                self._seen.pop(path.name, None)
                self._refuse(path, None, in_sentences(error.message, error.hint))
            return
        if now == before:
            self._begin(path)

    def _begin(self, path: Path) -> None:
        target = self._places["processing"] / path.name
        if target.exists():
            return
        path.rename(target)
        self._seen.pop(path.name, None)
        self._take_up(target, just_taken=True)

    def _take_up(self, path: Path, *, just_taken: bool = False) -> None:
        document: dict[str, Any] | None = None
        try:
            document = as_document(read_json(path, "the job file"), path.stem)
            ids = self._submitted(document, just_taken=just_taken)
        except (StoreUnavailable, DiskFull):
            # No fault of the file: it stays where it is, and is taken up again.
            raise
        except HeliosError as error:
            self._refuse(path, document, in_sentences(error.message, error.hint))
        except Exception as error:  # noqa: BLE001 - one odd file must not stop the others
            _log.exception("%s", path.name)
            self._refuse(path, document, f"{type(error).__name__}: {error}")
        else:
            self._tasks[path.name] = _Task(document=document, ids=ids)
            self._follow(path.name)

    def _submitted(self, document: dict[str, Any], *, just_taken: bool) -> tuple[str, ...]:
        name, priority = check_job_id(document["id"]), read_priority(document.get("priority"))
        configs = ExportRequest.read(as_object(document["config"], "config")).configs
        names = [name] if len(configs) == 1 else [_id_with(name, str(c.type)) for c in configs]
        for job_id, config in zip(names, configs, strict=True):
            self._submit(job_id, config, document, priority, just_taken=just_taken)
        return tuple(names)

    def _submit(
        self,
        job_id: str,
        config: ExportConfig,
        document: dict[str, Any],
        priority: int,
        *,
        just_taken: bool,
    ) -> None:
        job = self._queue.get_status(job_id)
        if job is not None:
            # The process that took the file may have died between submitting and writing so.
            if document.get("status") == "processing" or not (just_taken or job.is_final):
                return
            if not job.is_final:
                raise InvalidTransition(f"another job {job_id} is {job.status}")
            self._queue.delete(job_id)
        # An absolute path stays what it is; a relative one, or none, leads to the output folder.
        output = f"{self._output_folder / config.output}" if config.output else None
        self._queue.submit(
            config.model_copy(update={"output": output}),
            job_id=job_id,
            folder=self._base,
            film_folder=self._output_folder,
            priority=priority,
        )

    def _follow(self, name: str) -> None:
        task = self._tasks[name]
        path = self._places["processing"] / name
        jobs = [job for job_id in task.ids if (job := self._queue.get_status(job_id)) is not None]
        if not path.exists():
            self._abandon(name, jobs)
        elif len(jobs) < len(task.ids):
            self._tasks.pop(name)
            self._take_up(path)
        else:
            self._write(path, task, summary(jobs))
            if all(job.is_final for job in jobs):
                place = "complete" if task.written["status"] == "complete" else "failed"
                path.replace(self._places[place] / name)
                self._tasks.pop(name)

    def _abandon(self, name: str, jobs: list[RenderJob]) -> None:
        """Whoever takes the file away wants no film."""
        self._tasks.pop(name)
        for job in jobs:
            if not job.is_final:
                self._queue.cancel(job.id)

    def _write(self, path: Path, task: _Task, values: dict[str, Any]) -> None:
        if values != task.written and path.exists():
            _write(path, task.document | values)
            task.written = values

    def _refuse(self, path: Path, document: dict[str, Any] | None, error: str) -> None:
        """Move a file to ``failed`` with its reason; what holds no job is kept as it is, too."""
        failed = self._places["failed"]
        if document is None:
            kept = failed / f"{path.name}.original"
            if kept.exists() or kept.is_symlink():
                kept = failed / f"{path.name}.{secrets.token_hex(4)}.original"
            path.rename(kept)
            document = {"id": path.stem}
        _write(failed / path.name, document | {"status": "failed", "error": error})
        if path.exists():
            path.unlink()
        self._on_refused(path.name, error)


def as_document(value: Any, stem: str) -> dict[str, Any]:
    """What a job file says, as ``{"id": ..., "config": {...}}``; a bare configuration is one too.

    Raises:
        OptionError: it is no JSON object.
    """
    document = as_object(value, "the job file")
    if "config" not in document:
        config = {key: value for key, value in document.items() if key not in _BOOKKEEPING}
        document = {key: document[key] for key in _BOOKKEEPING if key in document}
        document["config"] = config
    given = document.get("id")
    if given is not None and not isinstance(given, str | int):
        raise OptionError("id must be a text")
    return {**document, "id": _id_of(stem) if given is None else str(given)}


def read_priority(value: Any) -> int:
    """A job's priority.

    Raises:
        OptionError: it is none.
    """
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not -100 <= value <= 100:
        raise OptionError("priority is a whole number between -100 and 100")
    return value


def _id_of(stem: str) -> str:
    """A job's id from the name of its file; a digest tells apart what an id cannot spell."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")
    return text if text == stem and len(text) <= LONGEST_ID else _shortened(text or "job", stem)


def _id_with(name: str, kind: str) -> str:
    ending = f"-{kind}".replace(".", "_")
    whole = f"{name}{ending}"
    return whole if len(whole) <= LONGEST_ID else _shortened(name, name, ending)


def _shortened(text: str, told_apart_by: str, ending: str = "") -> str:
    ending = f"-{sha256(os.fsencode(told_apart_by)).hexdigest()[:8]}{ending}"
    return f"{text[: LONGEST_ID - len(ending)]}{ending}"


def summary(jobs: list[RenderJob]) -> dict[str, Any]:
    """What a job file says of its jobs."""
    statuses = {_WIRE.get(job.status, str(job.status)) for job in jobs}
    status = next(iter(statuses)) if len(statuses) == 1 else "processing"
    if len(statuses) > 1 and all(job.is_final for job in jobs):
        status = "failed"
    errors = [job.error or "cancelled" for job in jobs if job.is_final and not job.output_path]
    outputs = [job.output_path for job in jobs if job.output_path]
    values: dict[str, Any] = {
        "status": "processing" if status in ("pending", "paused") else status,
        "progress": round(sum(job.progress for job in jobs) / len(jobs), 1),
        "output": outputs[0] if outputs else None,
        "error": "; ".join(errors) or None,
        "createdAt": min(job.created_at for job in jobs).isoformat(),
        "startedAt": _earliest(jobs),
        "completedAt": _latest(jobs),
    }
    return values | ({"outputs": outputs} if len(jobs) > 1 else {})


def _write(path: Path, document: dict[str, Any]) -> None:
    write_whole(path, json.dumps(document, indent=2) + "\n")


def _earliest(jobs: list[RenderJob]) -> str | None:
    times = [job.started_at for job in jobs if job.started_at]
    return min(times).isoformat() if times else None


def _latest(jobs: list[RenderJob]) -> str | None:
    times = [job.completed_at for job in jobs if job.completed_at]
    return max(times).isoformat() if len(times) == len(jobs) else None
