"""The render queue: jobs that survive whatever happens to the processes that run them."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from helios.errors import JobNotFound, OptionError, QueueError
from helios.model.export import ExportConfig, ExportRequest, film_name
from helios.queue.attempt import JobAttempt, discard_unfinished, film_of
from helios.queue.budget import MachineBudget
from helios.queue.export_process import Exporter, ProcessExporter
from helios.queue.inputs import JobInputs, NamedInputs, are_here
from helios.queue.job import (
    BACKOFF_BASE_S,
    FINAL,
    HIGHEST_PRIORITY,
    JobStatus,
    RenderJob,
    advanced,
    check_job_id,
    paused,
    put_first,
    resumed,
    retried,
)
from helios.queue.kept_films import KeptFilms
from helios.queue.ledger import ForgottenListener, JobLedger, Listener
from helios.queue.store import JobKeeper
from helios.queue.waiting import why_waiting

PAUSED = "paused"
FILLED = "filled"
ENDING_S = 30.0
"""How long a job that is forgotten is given to stop."""


class RenderQueue:
    """Films to be made, one after the other or several at once.

    Args:
        store: where the jobs are kept.
        folder: where their films, logs and copies are kept.
        exporter: makes the films.
        budget: what the running ones may use together.
        backoff_base_s: seconds before a failed job is tried again; doubled each time.
        inputs: finds what jobs are made of on this machine.
        films: a store that films are kept in too.
    """

    def __init__(
        self,
        store: JobKeeper,
        folder: Path,
        *,
        exporter: Exporter | None = None,
        budget: MachineBudget | None = None,
        backoff_base_s: float = BACKOFF_BASE_S,
        inputs: JobInputs | None = None,
        films: KeptFilms | None = None,
    ) -> None:
        self._kept_films = films
        self.store = store
        self.inputs = inputs or NamedInputs()
        self._ledger = JobLedger(store, folder)
        self.folders = self._ledger.folders
        self.changed = self._ledger.changed
        self.budget = budget or MachineBudget()
        self.backoff_base_s = backoff_base_s
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._exporter = exporter or ProcessExporter(max_memory_bytes=self.budget.limit_bytes)
        self._attempts: dict[str, JobAttempt] = {}
        self._finishing = threading.Event()
        self._claiming = threading.Lock()
        self._naming = threading.Lock()
        self._films: dict[Path, str] = {}
        """Which job makes the film of a name that others could want as well."""

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
        digests: dict[str, str] | None = None,
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
            digests: SHA-256 of inputs named by path, by their key in the configuration.

        Raises:
            OptionError: the configuration cannot be carried out, or another job makes the film
                of that name.
            QueueError: the id is taken.
            DiskFull, StoreUnavailable: it could not be kept.
        """
        if not isinstance(config, ExportConfig):
            (config,) = ExportRequest.read(config).configs
        if not -HIGHEST_PRIORITY <= priority <= HIGHEST_PRIORITY:
            raise OptionError(f"a priority is between -100 and 100, not {priority}")
        name = check_job_id(job_id or f"job_{secrets.token_hex(8)}")
        if self.store.get(name) is not None:
            raise QueueError(f"there is already a job {name}")
        with self._naming:
            target = self._target(name, config, film_folder)
            job = RenderJob(
                id=name,
                config=config.to_json(),
                created_at=self.store.now(),
                priority=priority,
                pack=pack,
                depends_on=tuple(depends_on),
                notify=notify,
                folder=str(folder) if folder else None,
                target=target,
                digests=digests,
            )
            self._ledger.enter(job)
            self._films[film_of(job, self.folders.path_of(name))] = name
        return name

    def submit_all(self, request: ExportRequest, **more: Any) -> list[str]:
        """Ask for the films of a request, as a pack if there are several."""
        many = len(request.configs) > 1
        pack = f"{request.pack or 'pack'}_{secrets.token_hex(4)}" if many else None
        return [self.submit(config, pack=pack, **more) for config in request.configs]

    def _target(self, name: str, config: ExportConfig, film_folder: Path | None) -> str:
        """The film's path, or its name in the job's own folder; no other job makes that film."""
        day = f"{self.store.now():%Y%m%d}"
        if film_folder is None:
            if config.naming != "dated":
                return film_name(config, day)
            films = {path.name for path in self.folders.folder.glob("[!.]*/*_v*")}
            return film_name(config, day, films | {film.name for film in self._films})
        place = (film_folder / config.output).parent if config.output else film_folder
        reserved = {film.name for film in self._films if film.parent == place and self._makes(film)}
        there = {path.name for path in place.glob("*")} - {film.name for film in self._of(name)}
        film = film_name(config, day, reserved | there)
        if film in reserved:
            raise OptionError(
                f"job {self._films[place / film]} makes {place / film}",
                hint="Wait for it, or give this film another outputPath.",
            )
        return str(place / film)

    def _makes(self, film: Path) -> bool:
        """Whether a job still makes a film."""
        job = self.store.get(self._films[film])
        return job is not None and not job.is_final

    def _of(self, name: str) -> list[Path]:
        """The films of a job's earlier lives, which it may replace."""
        return [film for film, job_id in self._films.items() if job_id == name]

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

    def count(self, status: JobStatus | None = None, *, pack: str | None = None) -> int:
        """How many jobs ``list_jobs`` would list without a limit."""
        return self.store.count(status, pack=pack)

    def film(self, job: RenderJob) -> Path:
        """Where the film of a completed job is, or would be, on this machine.

        Raises:
            HeliosError: it is in the store alone, and cannot be fetched.
        """
        made = Path(str(job.output_path))
        if made.is_file():
            return made
        here = self.folders.path_of(job.id) / made.name
        if self._kept_films is not None and not here.is_file():
            self._kept_films.fetch(job.id, here)
        return here

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
        job = self.demand(job_id)
        is_here = not self.store.is_shared or self._has_inputs(job)
        return why_waiting(
            job, self.store, self.budget, paused=self.is_paused, inputs_are_here=is_here
        )

    # Steering

    def cancel(self, job_id: str) -> RenderJob:
        """Stop a job for good; nothing of it is kept but its log.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is over already.
        """
        now = self.store.now()
        job, _ = self._ledger.change(job_id, lambda job: _cancelled(job, now), "cancelled")
        if not self._stop(job_id):
            discard_unfinished(job, self.folders.path_of(job_id))
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
        now = self.store.now()
        self._ledger.change(job_id, lambda job: paused(job, now), "paused")
        self._stop(job_id)

    def resume(self, job_id: str | None = None) -> None:
        """Go on with a paused job, or without an id with the whole queue.

        A job that waits or runs goes on as it is.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is over.
        """
        if job_id is None:
            self.store.set_setting(PAUSED, None)
            self.changed.set()
            return
        now = self.store.now()
        self._ledger.change(job_id, lambda job: resumed(job, now), "resumed")

    def put_first(self, job_id: str) -> None:
        """Let a waiting job be the next that begins, as far as priorities reach.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it does not wait.
        """
        job = self.demand(job_id)
        priorities = range(job.priority, HIGHEST_PRIORITY)
        moved = (job.model_copy(update={"priority": priority}) for priority in priorities)
        found = (each.priority for each in moved if not self.store.ahead_of(each))
        priority = next(found, HIGHEST_PRIORITY)
        self._ledger.change(job_id, lambda job: put_first(job, priority), "goes before the others")

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
        now = self.store.now()
        return self._ledger.change(job_id, lambda job: retried(job, now), "tried again on request")[
            0
        ]

    def prune(self, older_than_s: float = 0.0, statuses: Iterable[JobStatus] = FINAL) -> list[str]:
        """Forget jobs that are over, with their films and logs; returns their ids.

        Films that were asked for outside the queue's own folder stay.
        """
        limit, gone = self.store.now() - timedelta(seconds=older_than_s), []
        for status in set(statuses) & FINAL:
            for job in self.store.list(status, limit=1_000_000):
                if (job.completed_at or job.created_at) <= limit:
                    self.delete(job.id)
                    gone.append(job.id)
        return gone

    def delete(self, job_id: str) -> None:
        """Forget a job that is over, with its film and log, for good.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it is not over.
        """
        attempt = self._attempts.get(job_id)
        if attempt is not None and self.demand(job_id).is_final:
            # It was cancelled and has not ended yet; what it still writes must go as well.
            attempt.stop.set()
            attempt.over.wait(ENDING_S)
        job = self.store.get(job_id)
        self._ledger.forget(job_id)
        if self._kept_films is not None and job is not None and job.output_path:
            self._kept_films.forget(job_id, Path(job.output_path).name)

    # Working

    def process_next(self) -> RenderJob | None:
        """Make the film whose turn it is; None when there is nothing to do.

        Returns the job as it was afterwards, whatever became of it.
        """
        if self.is_paused:
            return None
        with self._claiming:
            due = self.store.count_due(self.budget.at_once)
            job = self.store.claim(self.owner, self._may_run)
            if job is None:
                return None
            workers = self.budget.hold(job, due=due)
            attempt = self._attempts[job.id] = JobAttempt(
                self._ledger,
                job,
                self._exporter,
                self.inputs,
                workers,
                self.backoff_base_s,
                self._finishing,
                self._kept_films,
            )
        try:
            return attempt.carry_out()
        finally:
            self.budget.release(job)
            self._attempts.pop(job.id, None)
            attempt.over.set()
            self.changed.set()

    def _may_run(self, job: RenderJob) -> bool:
        """Whether this process can take a job now: it fits, and its last attempt here is over."""
        if job.id in self._attempts or not self.budget.fits(job):
            return False
        # Where nobody else could have its inputs, it fails with the reason.
        return not self.store.is_shared or self._has_inputs(job)

    def _has_inputs(self, job: RenderJob) -> bool:
        return are_here(self.inputs, job, self.folders.path_of(job.id))

    def _stop(self, job_id: str) -> bool:
        """Stop a job if it runs here; whether it does."""
        attempt = self._attempts.get(job_id)
        if attempt is not None:
            attempt.stop.set()
        return attempt is not None

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the jobs that run in this process."""
        return tuple(self._attempts)

    def finish(self) -> None:
        """Let what runs here come to its end, but not wait for ever for the database to note it."""
        self._finishing.set()

    def interrupt(self) -> None:
        """Stop the jobs that run here; they wait again, and go on where they were."""
        for attempt in tuple(self._attempts.values()):
            attempt.stop.set()

    def keep_alive(self) -> None:
        """Renew the leases of what runs here, take back what is lost, stop what is not ours."""
        if self.store.setting(FILLED) is None:
            self.recover()
        with self._claiming:
            mine = self.store.renew(self.owner)
            running = dict(self._attempts)
        for job_id, attempt in running.items():
            if job_id not in mine:
                attempt.stop.set()
        for job_id in mine - running.keys():
            self._ledger.lose(job_id)
        self._ledger.take_back()

    def recover(self, *, alone: bool = False) -> None:
        """Make the store and the folders agree again after a crash.

        Args:
            alone: no other process works on this queue, so whatever is said to run does not.
        """
        self._ledger.recover(alone=alone)
        for job in self.store.list(limit=1_000_000):
            if job.target is not None:
                self._films[film_of(job, self.folders.path_of(job.id))] = job.id
        self.store.set_setting(FILLED, "yes")

    # Being told

    def subscribe(
        self, listener: Listener, on_forgotten: ForgottenListener | None = None
    ) -> Callable[[], None]:
        """Call ``listener`` with every job that changes; returns what ends that.

        Args:
            listener: hears of changes.
            on_forgotten: hears the ids of jobs that were forgotten.
        """
        return self._ledger.subscribe(listener, on_forgotten)


def _cancelled(job: RenderJob, now: datetime) -> RenderJob:
    return job if job.status is JobStatus.CANCELLED else advanced(job, JobStatus.CANCELLED, now)
