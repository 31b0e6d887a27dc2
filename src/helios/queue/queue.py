"""The render queue: jobs that survive whatever happens to the processes that run them."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from helios.errors import (
    EnvironmentProblem,
    InvalidTransition,
    JobNotFound,
    OptionError,
    QueueError,
)
from helios.model.export import ExportConfig, ExportRequest, film_name
from helios.queue.budget import MemoryBudget
from helios.queue.folders import JobFolders, discard_chunks
from helios.queue.job import (
    BACKOFF_BASE_S,
    FINAL,
    JobStatus,
    RenderJob,
    check_job_id,
    lost,
    retried,
    utc_now,
)
from helios.queue.runner import ExportRunner, ProcessRunner
from helios.queue.running import JobRun
from helios.queue.store import JobKeeper
from helios.queue.why import why_waiting

_log = logging.getLogger(__name__)
PAUSED = "paused"
FILLED = "filled"
Listener = Callable[[RenderJob], None]


class RenderQueue:
    """Films to be made, one after the other or several at once.

    Args:
        store: where the jobs are kept.
        folder: where their films, logs and copies are kept.
        runner: makes the films.
        budget: how much memory the running ones may use together.
        backoff_base_s: seconds before a failed job is tried again; doubled each time.
    """

    def __init__(
        self,
        store: JobKeeper,
        folder: Path,
        *,
        runner: ExportRunner | None = None,
        budget: MemoryBudget | None = None,
        backoff_base_s: float = BACKOFF_BASE_S,
    ) -> None:
        self.store = store
        self.folders = JobFolders(folder / "jobs")
        self.budget = budget or MemoryBudget()
        self.backoff_base_s = backoff_base_s
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.changed = threading.Event()
        """Set when there may be something to do."""
        self._runner = runner or ProcessRunner(max_memory_bytes=self.budget.limit_bytes)
        self._running: dict[str, JobRun] = {}
        self._claiming = threading.Lock()
        self._listeners: list[Listener] = []
        self._names: set[str] = set()

    # Submitting

    def submit(
        self,
        config: ExportConfig | dict[str, Any],
        *,
        priority: int = 0,
        job_id: str | None = None,
        pack: str | None = None,
        depends_on: Iterable[str] = (),
        notify: dict[str, Any] | None = None,
        folder: Path | None = None,
        film_folder: Path | None = None,
    ) -> str:
        """Ask for a film; returns the job's id.

        Args:
            config: what to make.
            priority: -100 to 100; higher ones go first.
            job_id: a name of your own for the job.
            pack: the group it belongs to.
            depends_on: jobs that must be completed first.
            notify: whom to tell of the end.
            folder: where relative paths of the configuration lead.
            film_folder: where the film goes if the configuration names no place; without it the
                film goes into the job's own folder, whatever the configuration says.

        Raises:
            OptionError: the configuration cannot be carried out.
            QueueError: the id is taken.
            DiskFull, StoreUnavailable: it could not be kept.
        """
        if not isinstance(config, ExportConfig):
            (config,) = ExportRequest.read(config).configs
        if not -100 <= priority <= 100:
            raise OptionError(f"a priority is between -100 and 100, not {priority}")
        name = check_job_id(job_id or f"job_{secrets.token_hex(8)}")
        if self.store.get(name) is not None:
            raise QueueError(f"there is already a job {name}")
        config.render_options()
        job = RenderJob(
            id=name,
            config=config.to_json(),
            created_at=utc_now(),
            priority=priority,
            pack=pack,
            depends_on=tuple(depends_on),
            notify=notify,
            folder=str(folder) if folder else None,
            target=str(self._target(name, config, film_folder)),
        )
        self.folders.keep(job)
        try:
            self.store.create(job)
        except BaseException:
            self.folders.forget(name)
            raise
        self.folders.log(name, "submitted")
        self.tell(job)
        return name

    def submit_all(self, request: ExportRequest, **more: Any) -> list[str]:
        """Ask for the films of a request, as a pack if there are several."""
        many = len(request.configs) > 1
        pack = f"{request.pack or 'pack'}_{secrets.token_hex(4)}" if many else None
        return [self.submit(config, pack=pack, **more) for config in request.configs]

    def _target(self, name: str, config: ExportConfig, film_folder: Path | None) -> Path:
        day, place = f"{utc_now():%Y%m%d}", self.folders.of(name)
        if film_folder is not None:
            place = (film_folder / config.output).parent if config.output else film_folder
        if config.naming != "dated":
            return place / film_name(config, day)
        films = place.glob("*_v*") if film_folder else self.folders.folder.glob("*/*_v*")
        film = film_name(config, day, {path.name for path in films} | self._names)
        self._names.add(film)
        return place / film

    # Looking

    def get_status(self, job_id: str) -> RenderJob | None:
        """The job as it is now, or None."""
        return self.store.get(job_id)

    def demand(self, job_id: str) -> RenderJob:
        """The job as it is now.

        Raises:
            JobNotFound: there is none.
        """
        job = self.store.get(job_id)
        if job is None:
            raise JobNotFound(f"no job {job_id!r}")
        return job

    def list_jobs(
        self,
        status: JobStatus | None = None,
        *,
        pack: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[RenderJob]:
        """Jobs, the newest first."""
        return self.store.list(status, pack=pack, limit=limit, offset=offset)

    def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are of each status."""
        return self.store.counts()

    def log(self, job_id: str) -> str:
        """What happened to a job, and what its process said.

        Raises:
            JobNotFound: there is none.
        """
        return self.folders.read_log(self.demand(job_id).id)

    def why(self, job_id: str) -> str:
        """Why a job is not running, in a sentence; empty for one that is done or runs.

        Raises:
            JobNotFound: there is none.
        """
        return why_waiting(self.demand(job_id), self.store, self.budget, paused=self.is_paused)

    # Steering

    def cancel(self, job_id: str) -> RenderJob:
        """Stop a job for good; nothing of it is kept but its log.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is over already.
        """
        job = self._moved(job_id, JobStatus.CANCELLED)
        if job_id in self._running:
            self._running[job_id].stop.set()
        else:
            self.clean(job)
        return job

    def pause(self, job_id: str | None = None) -> None:
        """Pause a job, or without an id the whole queue; running jobs of the queue go on.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is over already.
        """
        if job_id is None:
            self.store.set_setting(PAUSED, "yes")
            return
        self._moved(job_id, JobStatus.PAUSED)
        if job_id in self._running:
            self._running[job_id].stop.set()

    def resume(self, job_id: str | None = None) -> None:
        """Go on with a paused job, or without an id with the whole queue.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is not paused.
        """
        if job_id is None:
            self.store.set_setting(PAUSED, None)
            self.changed.set()
            return
        self._moved(job_id, JobStatus.PENDING)

    @property
    def is_paused(self) -> bool:
        """Whether no new job is begun."""
        return self.store.setting(PAUSED) is not None

    def retry(self, job_id: str) -> RenderJob:
        """Try a failed or cancelled job again; chunks that were finished are kept.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it neither failed nor was cancelled.
        """
        job = self.store.change(job_id, lambda job: retried(job, utc_now()))
        self._settled(job, "tried again on request")
        return job

    def prune(self, older_than_s: float = 0.0, statuses: Iterable[JobStatus] = FINAL) -> list[str]:
        """Forget jobs that are over, with their films and logs; returns their ids.

        Films that were asked for outside the queue's own folder stay.
        """
        limit, gone = utc_now() - timedelta(seconds=older_than_s), []
        for status in set(statuses) & FINAL:
            for job in self.store.list(status, limit=1_000_000):
                if (job.completed_at or job.created_at) <= limit:
                    self.delete(job.id)
                    gone.append(job.id)
        return gone

    def delete(self, job_id: str) -> None:
        """Forget a job that is over, with its film and log.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is not over.
        """
        job = self.demand(job_id)
        if not job.is_final:
            raise InvalidTransition(f"job {job_id} is {job.status}", hint="Cancel it first.")
        self.folders.forget(job_id)
        with contextlib.suppress(JobNotFound):
            self.store.delete(job_id)

    # Working

    def process_next(self) -> RenderJob | None:
        """Make the film whose turn it is; None when there is nothing to do.

        Returns the job as it was afterwards, whatever became of it.
        """
        if self.is_paused:
            return None
        with self._claiming:
            job = self.store.claim(self.owner, self.budget.fits)
            if job is None:
                return None
            run = self._running[job.id] = JobRun(self, job, self._runner)
            self.budget.hold(job)
        try:
            return run.carry_out()
        finally:
            self.budget.release(job)
            self._running.pop(job.id, None)
            self.changed.set()

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the jobs that run in this process."""
        return tuple(self._running)

    def interrupt(self) -> None:
        """Stop the jobs that run here; they wait again, and go on where they were."""
        for run in tuple(self._running.values()):
            run.stop.set()

    def keep_alive(self) -> None:
        """Renew the leases of what runs here, take back what is lost, stop what is not ours."""
        if self.store.setting(FILLED) is None:
            self.recover()
        with self._claiming:
            mine = self.store.renew(self.owner)
            running = dict(self._running)
        for job_id, run in running.items():
            if job_id not in mine:
                run.stop.set()
        for job_id in mine - running.keys():
            # Its end could not be noted, because the disk was full, say.
            self._settled(
                self.store.change(job_id, lambda job: lost(job, utc_now())), "it waits again"
            )
        for job in self.store.reap():
            self._settled(job, "its worker vanished; it waits again")

    def recover(self, *, alone: bool = False) -> None:
        """Make the store and the folders agree again after a crash.

        Args:
            alone: no other process works on this queue, so whatever is said to run does not.
        """
        known = {job.id for job in self.store.list(limit=1_000_000)}
        kept = sorted(self.folders.kept(), key=lambda job: job.created_at)
        for job in kept:
            if job.id not in known:
                with contextlib.suppress(QueueError):
                    self.store.create(job)
        self.store.set_setting(FILLED, "yes")
        if alone:
            for job in self.store.reap(everyone=True):
                self._settled(job, "the queue was restarted; it goes on where it was")

    # Being told

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every job that changes; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, job: RenderJob) -> None:
        """Pass a changed job on to whoever wants to know."""
        if job.status is not JobStatus.PROCESSING:
            self.changed.set()
        for listener in tuple(self._listeners):
            try:
                listener(job)
            except Exception:  # noqa: BLE001 - a listener must not stop a render
                _log.exception("a listener failed")

    def clean(self, job: RenderJob) -> None:
        """Remove what a cancelled job has left behind."""
        if job.target is not None and Path(job.target).parent == self.folders.of(job.id):
            discard_chunks(Path(job.target))

    def _moved(self, job_id: str, status: JobStatus) -> RenderJob:
        job = self.store.update(job_id, status=status)
        self._settled(job, str(status))
        return job

    def _settled(self, job: RenderJob, text: str) -> None:
        self.folders.log(job.id, text)
        self.write_down(job)
        self.tell(job)

    def write_down(self, job: RenderJob) -> None:
        """Keep the copy in the job's folder up to date; the store is what counts."""
        try:
            self.folders.keep(job)
        except EnvironmentProblem as error:
            _log.warning("job %s: %s", job.id, error.message)
