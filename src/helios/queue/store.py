"""Where jobs are kept: SQLite by default, Postgres by URL."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from helios.errors import ExtraMissing, JobNotFound, QueueError, StoreUnavailable
from helios.queue.job import (
    JobStatus,
    RenderJob,
    advanced,
    check_job_id,
    claimed,
    is_due,
    lease_is_over,
    lost,
    utc_now,
)
from helios.remedies.table import extra_remedy

LEASE_S = 60.0
BUSY_TIMEOUT_S = 5.0
_WAL_IS_SOUND = sqlite3.sqlite_version_info >= (3, 51, 3)
"""Earlier versions can corrupt a database in WAL mode when two connections reset it at once."""
_PAGE = 20
_DAMAGED = ("malformed", "not a database", "file is encrypted", "disk I/O error")
_DAMAGED_HINT = (
    "Move it aside: a new one is made from the jobs' folders, also while the server runs."
)
Clock = Callable[[], datetime]
Change = Callable[[RenderJob], RenderJob]


class JobKeeper(Protocol):
    """What the queue needs of a store."""

    @property
    def is_shared(self) -> bool: ...
    def now(self) -> datetime: ...
    def create(self, job: RenderJob) -> RenderJob: ...
    def restore(self, job: RenderJob) -> bool: ...
    def change(self, job_id: str, change: Change) -> RenderJob: ...
    def update(self, job_id: str, **changes: Any) -> RenderJob: ...
    def get(self, job_id: str) -> RenderJob | None: ...
    def list(
        self,
        status: JobStatus | None = None,
        *,
        pack: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[RenderJob]: ...
    def count(self, status: JobStatus | None = None, *, pack: str | None = None) -> int: ...
    def counts(self) -> dict[JobStatus, int]: ...
    def delete(self, job_id: str) -> None: ...
    def claim(
        self, owner: str, fits: Callable[[RenderJob], bool] = ..., now: datetime | None = None
    ) -> RenderJob | None: ...
    def renew(self, owner: str) -> set[str]: ...
    def reap(self, *, everyone: bool = False) -> tuple[RenderJob, ...]: ...
    def ahead_of(self, job: RenderJob) -> int: ...
    def count_due(self, most: int) -> int: ...
    def setting(self, name: str) -> str | None: ...
    def set_setting(self, name: str, value: str | None) -> None: ...


_META = sa.MetaData()
_JOBS = sa.Table(
    "helios_jobs",
    _META,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(200)),
    sa.Column("pack", sa.String(64)),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("helios_jobs_turn", "status", "priority", "seq"),
    sa.Index("helios_jobs_pack", "pack"),
)
_FORGOTTEN = sa.Table("helios_forgotten", _META, sa.Column("id", sa.String(64), primary_key=True))
"""Ids of jobs that must not come back from a folder that still has them."""
_SETTINGS = sa.Table(
    "helios_settings",
    _META,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


class JobStore:
    """Jobs in a database. Thread-safe; several processes may share one.

    Args:
        url: of the database, or the file of an SQLite one.
        clock: tells the time; without one a shared database does, as the clocks of machines that
            share one may differ.
    """

    def __init__(self, url: str | Path, *, clock: Clock | None = None) -> None:
        self._clock = clock
        self._file = Path(url) if "://" not in str(url) else None
        self._url = f"sqlite:///{Path(url).absolute()}" if self._file else str(url)
        self._url = self._url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._identity: tuple[int, int] | None = None
        # One user of the file at a time within a process: nobody then waits in SQLite's busy
        # handler, which sleeps and is not fair.
        self._lock = threading.RLock()
        self._engine = self._open()

    @property
    def is_shared(self) -> bool:
        """Whether other machines may work on it."""
        return self._file is None

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def now(self) -> datetime:
        """The present, as everyone on this store sees it."""
        if not self._asks_for_time:
            return (self._clock or utc_now)()
        with self._reading() as link:
            return self._now(link)

    @property
    def _asks_for_time(self) -> bool:
        return self._clock is None and self._engine.dialect.name == "postgresql"

    def _now(self, link: sa.Connection) -> datetime:
        if not self._asks_for_time:
            return (self._clock or utc_now)()
        now = link.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        assert isinstance(now, datetime)
        return now

    def create(self, job: RenderJob) -> RenderJob:
        """Keep a new job.

        Raises:
            QueueError: its id is taken or cannot be one.
            StoreUnavailable: the database cannot be used just now.
        """
        check_job_id(job.id)
        try:
            with self._writing() as link:
                link.execute(sa.insert(_JOBS).values(**_row(job)))
                link.execute(sa.delete(_FORGOTTEN).where(_FORGOTTEN.c.id == job.id))
        except sa.exc.IntegrityError as error:
            raise QueueError(f"there is already a job {job.id}") from error
        return job

    def restore(self, job: RenderJob) -> bool:
        """Keep a job again that a lost database knew, unless it is kept or was forgotten.

        Returns whether it is kept now.
        """
        known, gone = (table.c.id == check_job_id(job.id) for table in (_JOBS, _FORGOTTEN))
        try:
            with self._writing() as link:
                if link.execute(sa.select(_FORGOTTEN.c.id).where(gone)).scalar() is not None:
                    return False
                if link.execute(sa.select(_JOBS.c.id).where(known)).scalar() is None:
                    link.execute(sa.insert(_JOBS).values(**_row(job)))
        except sa.exc.IntegrityError:
            return True
        return True

    def change(self, job_id: str, change: Change) -> RenderJob:
        """Replace a job by ``change(job)``, in one transaction; the same job changes nothing.

        Raises:
            JobNotFound: there is none.
            StoreUnavailable: the database cannot be used just now.
        """
        with self._writing() as link:
            query = sa.select(_JOBS.c.body).where(_JOBS.c.id == job_id).with_for_update()
            body = link.execute(query).scalar()
            if body is None:
                raise JobNotFound(f"no job {job_id!r}")
            job = RenderJob.read(body)
            newer = change(job)
            return job if newer is job else _write(link, newer)

    def update(self, job_id: str, **changes: Any) -> RenderJob:
        """Set fields of a job; a new ``status`` must be one it can go to.

        Raises:
            JobNotFound: there is none.
            InvalidTransition: it cannot have that status now.
            StoreUnavailable: the database cannot be used just now.
        """
        status, now = changes.pop("status", None), self.now()

        def change(job: RenderJob) -> RenderJob:
            if status is None or status == job.status:
                return job.model_copy(update=changes)
            return advanced(job, JobStatus(status), now, **changes)

        return self.change(job_id, change)

    def get(self, job_id: str) -> RenderJob | None:
        """The job, or None."""
        with self._reading() as link:
            body = link.execute(sa.select(_JOBS.c.body).where(_JOBS.c.id == job_id)).scalar()
        return RenderJob.read(body) if body is not None else None

    def list(
        self,
        status: JobStatus | None = None,
        *,
        pack: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[RenderJob]:
        """Jobs, the newest first."""
        query = sa.select(_JOBS.c.body).where(*_matching(status, pack))
        query = query.order_by(_JOBS.c.seq.desc()).limit(limit).offset(offset)
        with self._reading() as link:
            bodies = link.execute(query).scalars().all()
        return [RenderJob.read(body) for body in bodies]

    def count(self, status: JobStatus | None = None, *, pack: str | None = None) -> int:
        """How many jobs ``list`` would list without a limit."""
        query = sa.select(sa.func.count()).select_from(_JOBS).where(*_matching(status, pack))
        with self._reading() as link:
            return int(link.execute(query).scalar_one())

    def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are of each status."""
        query = sa.select(_JOBS.c.status, sa.func.count()).group_by(_JOBS.c.status)
        with self._reading() as link:
            found = {str(row[0]): int(row[1]) for row in link.execute(query)}
        return {status: found.get(status.value, 0) for status in JobStatus}

    def delete(self, job_id: str) -> None:
        """Forget a job for good: ``restore`` does not bring it back.

        Raises:
            JobNotFound: there is none.
        """
        with self._writing() as link:
            if not link.execute(sa.delete(_JOBS).where(_JOBS.c.id == job_id)).rowcount:
                raise JobNotFound(f"no job {job_id!r}")
            link.execute(sa.delete(_FORGOTTEN).where(_FORGOTTEN.c.id == job_id))
            link.execute(sa.insert(_FORGOTTEN).values(id=job_id))

    def claim(
        self,
        owner: str,
        fits: Callable[[RenderJob], bool] = lambda _: True,
        now: datetime | None = None,
    ) -> RenderJob | None:
        """Take the job whose turn it is, if there is one that ``fits``.

        Jobs whose dependencies failed are failed on the way.
        """
        with self._writing() as link:
            now = now or self._now(link)
            for job in _in_turn(link):
                waiting = self._dependencies(link, job, now)
                if waiting or not is_due(job, now) or not fits(job):
                    continue
                mine = sa.select(_JOBS.c.body).where(
                    _JOBS.c.id == job.id, _JOBS.c.status == JobStatus.PENDING.value
                )
                latest = link.execute(mine.with_for_update(skip_locked=True)).scalar()
                if latest is not None:
                    until = now + timedelta(seconds=LEASE_S)
                    return _write(link, claimed(RenderJob.read(latest), owner, until, now))
        return None

    def renew(self, owner: str) -> set[str]:
        """Say that ``owner`` lives; returns the ids of the jobs that are still its own."""
        mine = (_JOBS.c.owner == owner) & (_JOBS.c.status == JobStatus.PROCESSING.value)
        with self._writing() as link:
            bodies = link.execute(sa.select(_JOBS.c.body).where(mine).with_for_update())
            jobs = [RenderJob.read(body) for body in bodies.scalars()]
            until = self._now(link) + timedelta(seconds=LEASE_S)
            for job in jobs:
                _write(link, job.model_copy(update={"lease_until": until}))
        return {job.id for job in jobs}

    def reap(self, *, everyone: bool = False) -> tuple[RenderJob, ...]:
        """Take back the jobs of workers that vanished; ``everyone``: no worker can be alive."""
        query = sa.select(_JOBS.c.body).where(_JOBS.c.status == JobStatus.PROCESSING.value)
        with self._writing() as link:
            now = self._now(link)
            bodies = link.execute(query.with_for_update(skip_locked=True)).scalars().all()
            gone = [
                job
                for job in map(RenderJob.read, bodies)
                if everyone or lease_is_over(job, now, LEASE_S)
            ]
            return tuple(_write(link, lost(job, now)) for job in gone)

    def ahead_of(self, job: RenderJob) -> int:
        """How many jobs have their turn before this one."""
        seq = sa.select(_JOBS.c.seq).where(_JOBS.c.id == job.id).scalar_subquery()
        earlier = (_JOBS.c.priority > job.priority) | (
            (_JOBS.c.priority == job.priority) & (_JOBS.c.seq < seq)
        )
        pending = _JOBS.c.status == JobStatus.PENDING.value
        with self._reading() as link:
            query = sa.select(sa.func.count()).select_from(_JOBS).where(pending & earlier)
            return int(link.execute(query).scalar() or 0)

    def count_due(self, most: int) -> int:
        """How many jobs could begin now, counted up to ``most``."""
        with self._reading() as link:
            now = self._now(link)
            due = (
                job
                for job in _in_turn(link)
                if is_due(job, now)
                and set(self._statuses(link, job.depends_on).values()) <= {JobStatus.COMPLETED}
            )
            return sum(1 for _ in itertools.islice(due, most))

    def setting(self, name: str) -> str | None:
        """A value kept beside the jobs."""
        query = sa.select(_SETTINGS.c.value).where(_SETTINGS.c.name == name)
        with self._reading() as link:
            value = link.execute(query).scalar()
        return None if value is None else str(value)

    def set_setting(self, name: str, value: str | None) -> None:
        """Keep a value, or with None forget it."""
        with self._writing() as link:
            link.execute(sa.delete(_SETTINGS).where(_SETTINGS.c.name == name))
            if value is not None:
                link.execute(sa.insert(_SETTINGS).values(name=name, value=value))

    @staticmethod
    def _statuses(link: sa.Connection, job_ids: tuple[str, ...]) -> dict[str, JobStatus]:
        """The statuses of those jobs that there are."""
        if not job_ids:
            return {}
        query = sa.select(_JOBS.c.id, _JOBS.c.status).where(_JOBS.c.id.in_(job_ids))
        return {str(row[0]): JobStatus(row[1]) for row in link.execute(query)}

    def _dependencies(self, link: sa.Connection, job: RenderJob, now: datetime) -> bool:
        if not job.depends_on:
            return False
        found = self._statuses(link, job.depends_on)
        for name in job.depends_on:
            status = found.get(name, JobStatus.CANCELLED)
            if status in (JobStatus.FAILED, JobStatus.CANCELLED):
                text = f"it depends on job {name}, which is {status if name in found else 'gone'}"
                _write(link, advanced(job, JobStatus.FAILED, now, error=text))
                return True
        return any(status is not JobStatus.COMPLETED for status in found.values())

    def _open(self) -> sa.Engine:
        try:
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                engine = _sqlite(self._url)
            else:
                engine = sa.create_engine(self._url, pool_pre_ping=True)
        except (ImportError, sa.exc.NoSuchModuleError) as error:
            raise ExtraMissing(
                f"this database needs a driver: {error}",
                hint=f"For Postgres: {extra_remedy('postgres')}",
            ) from error
        except OSError as error:
            raise StoreUnavailable(f"cannot make {self._file}: {error.strerror}") from error
        with _translated(self._place):
            _META.create_all(engine)
        if self._file is not None:
            self._identity = _identity(self._file)
        return engine

    @property
    def _place(self) -> str:
        return str(self._file) if self._file else "the job database"

    def _forget_links(self) -> None:
        """A connection may remember a damage that was mended since."""
        self._engine.dispose()

    def _reopen_if_replaced(self) -> None:
        """SQLite would go on with a deleted file, and all that it is told would be lost."""
        if self._file is not None and _identity(self._file) != self._identity:
            self._engine.dispose()
            self._engine = self._open()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._link(writes=True) as link:
            yield link

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._link(writes=False) as link:
            yield link

    @contextlib.contextmanager
    def _link(self, *, writes: bool) -> Iterator[sa.Connection]:
        lock = self._lock if self._file is not None else contextlib.nullcontext()
        with lock, _translated(self._place, self._forget_links):
            self._reopen_if_replaced()
            with self._engine.connect().execution_options(writes=writes) as link, link.begin():
                yield link


def _matching(status: JobStatus | None, pack: str | None) -> list[sa.ColumnElement[bool]]:
    found = []
    if status is not None:
        found.append(_JOBS.c.status == status.value)
    if pack is not None:
        found.append(_JOBS.c.pack == pack)
    return found


def _in_turn(link: sa.Connection) -> Iterator[RenderJob]:
    """Pending jobs in the order of their turns, read page by page."""
    turn = (
        sa.select(_JOBS.c.body)
        .where(_JOBS.c.status == JobStatus.PENDING.value)
        .order_by(_JOBS.c.priority.desc(), _JOBS.c.seq)
    )
    offset = 0
    while bodies := link.execute(turn.limit(_PAGE).offset(offset)).scalars().all():
        yield from map(RenderJob.read, bodies)
        offset += _PAGE


def _sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode={'WAL' if _WAL_IS_SOUND else 'TRUNCATE'}")
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def begun(link: sa.Connection) -> None:
        writes = link.get_execution_options().get("writes", True)
        link.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextlib.contextmanager
def _translated(place: str, then: Callable[[], None] = lambda: None) -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except sa.exc.DBAPIError as error:
        then()
        cause = (str(error.orig).strip().splitlines() or ["unknown"])[0]
        if any(word in cause for word in _DAMAGED):
            raise StoreUnavailable(f"{place} is damaged: {cause}", hint=_DAMAGED_HINT) from error
        raise StoreUnavailable(
            f"{place} cannot be used: {cause}", hint="Nothing is lost; try again."
        ) from error


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _row(job: RenderJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "status": job.status.value,
        "priority": job.priority,
        "owner": job.owner,
        "pack": job.pack,
        "body": job.whole_json(),
    }


def _write(link: sa.Connection, job: RenderJob) -> RenderJob:
    newer = job.model_copy(update={"revision": job.revision + 1})
    link.execute(sa.update(_JOBS).where(_JOBS.c.id == job.id).values(**_row(newer)))
    return newer
