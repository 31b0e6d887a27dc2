"""A folder as a queue: a job file put into ``pending`` becomes a film.

``pending/`` → ``processing/`` → ``complete/`` or ``failed/``. Files are moved whole; what a file
says is replaced whole. The queue underneath is the same as everywhere.
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helios.errors import HeliosError, InvalidTransition, JobNotFound
from helios.model.export import ExportConfig, ExportRequest
from helios.queue.job import JobStatus, RenderJob, check_job_id
from helios.queue.queue import RenderQueue

_log = logging.getLogger(__name__)
FOLDERS = ("pending", "processing", "complete", "failed")
UNREADABLE_AFTER_S = 10.0
"""A file that is no JSON for so long after its last change is not being written any more."""
_WIRE = {JobStatus.COMPLETED: "complete", JobStatus.CANCELLED: "failed"}


@dataclass
class _Task:
    """A file in ``processing`` and the jobs it became."""

    document: dict[str, Any]
    ids: tuple[str, ...]
    written: dict[str, Any] = field(default_factory=dict)


class JobsFolder:
    """Feeds a queue from job files, and writes into them what becomes of them.

    Args:
        folder: holds the four folders.
        queue: makes the films.
        base: where relative paths in job files lead.
        output_folder: where films go whose path is relative.
    """

    def __init__(
        self, folder: Path, queue: RenderQueue, *, base: Path, output_folder: Path
    ) -> None:
        self._queue = queue
        self._base = base
        self._output_folder = output_folder
        self._places = {name: folder / name for name in FOLDERS}
        for place in self._places.values():
            place.mkdir(parents=True, exist_ok=True)
        self._tasks: dict[str, _Task] = {}
        self._seen: dict[str, tuple[int, int]] = {}

    def resume(self) -> None:
        """Take up what an earlier process left in ``processing``."""
        for path in self._files("processing"):
            if path.name not in self._tasks:
                self._take_up(path)

    def scan_safely(self, *, take: bool = True) -> None:
        """As ``scan``; what goes wrong is said and tried again the next time."""
        try:
            self.scan(take=take)
        except HeliosError as error:
            _log.warning("%s", error.message)
        except OSError as error:
            _log.warning("%s", error)

    def scan(self, *, take: bool = True) -> None:
        """Look once: take new files, write progress, move what is finished."""
        for path in self._files("pending") if take else ():
            if self._is_whole(path):
                self._begin(path)
        for name in tuple(self._tasks):
            self._follow(name)

    def _files(self, place: str) -> list[Path]:
        try:
            paths = [path for path in self._places[place].glob("*.json") if path.name[0] != "."]
            return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))
        except FileNotFoundError:
            return []

    def _is_whole(self, path: Path) -> bool:
        """Whether nobody is still writing it: it is JSON, and as it was a moment ago."""
        try:
            status = path.stat()
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text, status = "", None
        if status is None:
            return False
        now = (status.st_size, status.st_mtime_ns)
        unchanged = self._seen.get(path.name) == now
        self._seen[path.name] = now
        try:
            json.loads(text)
        except ValueError as error:
            if unchanged and time.time() - status.st_mtime > UNREADABLE_AFTER_S:
                self._refuse(path, {"id": path.stem}, f"it is not JSON: {error}")
            return False
        return unchanged

    def _begin(self, path: Path) -> None:
        target = self._places["processing"] / path.name
        if target.exists():
            return
        try:
            path.rename(target)
        except OSError as error:
            _log.warning("cannot take %s: %s", path, error.strerror)
            return
        self._seen.pop(path.name, None)
        self._take_up(target, just_taken=True)

    def _take_up(self, path: Path, *, just_taken: bool = False) -> None:
        document: dict[str, Any] = {"id": path.stem}
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(read, dict):
                self._refuse(path, document, "a job file holds a JSON object")
                return
            document |= read
            ids = self._submitted(document, just_taken=just_taken)
        except HeliosError as error:
            self._refuse(path, document, f"{error.message} {error.hint}".strip())
        except (OSError, ValueError) as error:
            self._refuse(path, document, str(error))
        else:
            self._tasks[path.name] = _Task(document=document, ids=ids)
            self._follow(path.name)

    def _submitted(self, document: dict[str, Any], *, just_taken: bool) -> tuple[str, ...]:
        values = document.get("config")
        if not isinstance(values, dict):
            raise JobNotFound("it has no config", hint='Like {"id": "a", "config": {...}}.')
        name = check_job_id(str(document["id"]))
        configs = ExportRequest.read(values).configs
        names = [name] if len(configs) == 1 else [f"{name}-{c.type}"[:64] for c in configs]
        for job_id, config in zip(names, configs, strict=True):
            self._submit(job_id.replace(".", "_"), config, document, just_taken=just_taken)
        return tuple(job_id.replace(".", "_") for job_id in names)

    def _submit(
        self, job_id: str, config: ExportConfig, document: dict[str, Any], *, just_taken: bool
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
            priority=int(document.get("priority") or 0),
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
            write_whole(path, task.document | values)
            task.written = values

    def _refuse(self, path: Path, document: dict[str, Any], error: str) -> None:
        self._seen.pop(path.name, None)
        write_whole(path, document | {"status": "failed", "error": error})
        path.replace(self._places["failed"] / path.name)


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


def write_whole(path: Path, document: dict[str, Any]) -> None:
    """Replace a file at once: whoever reads it sees the old or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _earliest(jobs: list[RenderJob]) -> str | None:
    times = [job.started_at for job in jobs if job.started_at]
    return min(times).isoformat() if times else None


def _latest(jobs: list[RenderJob]) -> str | None:
    times = [job.completed_at for job in jobs if job.completed_at]
    return max(times).isoformat() if len(times) == len(jobs) else None
