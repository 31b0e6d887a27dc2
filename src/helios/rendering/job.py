"""Run a job file: our own chunks through the renderer, foreign ones as the commands they are."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from helios.commit.flag import is_there, watched
from helios.commit.inputs import found_from, named_from
from helios.commit.record import RECORD_SUFFIX, ChunkRecords, CommitRecord
from helios.commit.store import FolderStore, is_far
from helios.drawing.stillness import stillness_warnings
from helios.errors import (
    Cancelled,
    ChunkFailed,
    EnvironmentProblem,
    HeliosError,
    JobSpecError,
)
from helios.executors.call import ChunkCall, joined
from helios.executors.engine import Engine
from helios.executors.pool import WorkerPool
from helios.files.hold import reserved, sweep, temporary_folder
from helios.files.whole import file_sha256
from helios.model.backends import Backend
from helios.model.composition import CompositionKind
from helios.model.progress import ProgressListener, WorkerListener
from helios.planning.digest import digest_of
from helios.planning.jobspec import RenderJobChunk
from helios.planning.schedule import Schedule
from helios.planning.workers import REPLAY_COST
from helios.rendering.budget import Budget
from helios.rendering.cancellation import Cancellation
from helios.rendering.drawers import Drawers, opened_drawers, workers_for
from helios.rendering.film import prepare_film, until_cancelled
from helios.rendering.foreign import Commands
from helios.rendering.job_argv import OwnChunks, merge_from_argv
from helios.rendering.job_place import place_of
from helios.rendering.local import RunProgress, chunk_warnings, execute, make_folder
from helios.rendering.merge import merge_files
from helios.rendering.progress import ProgressMeter
from helios.rendering.workers_told import WorkersTold
from helios.version import __version__

_LOOK_EVERY_S = 2.0
_LOOKERS = 8
"""Records are read, and payloads looked at or removed, so many at once."""
_CANCELLED = "the job was cancelled"
_HOW_TO_GO_ON = "Go on with it: helios job requeue JOB. Finished chunks are kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """How to run a job."""

    chunk_id: int | None = None
    """Only this chunk, and no merge."""
    workers: int | None = None
    """Chunks drawn at once; as cores and memory allow by default."""
    concurrency: int | None = None
    """The same under its first name; ``workers`` counts where both are given."""
    merge: bool = True
    keep_chunks: bool = False
    force: bool = False
    """Render again what is finished."""
    allow_shell: bool = False
    """Run foreign command strings through a shell."""
    any_browser: bool = False
    film: Path | None = None
    """Where the film of a job in a store goes on this machine; it stays in the store alone
    otherwise."""

    @property
    def drawn_at_once(self) -> int | None:
        """How many chunks were asked for at once, under either name."""
        return self.workers if self.workers is not None else self.concurrency


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How far a job is, by what its records say."""

    finished: tuple[int, ...]
    """Ids of chunks."""
    missing: tuple[int, ...]
    film: str | None
    """Where people find the film, if it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a run of a job did."""

    rendered_chunks: tuple[int, ...]
    cached_chunks: tuple[int, ...]
    film: str | None
    """Where people find the film, if it was merged now or was there already."""
    was_finished: bool = False
    warnings: tuple[str, ...] = ()
    """What only the finished pictures show."""

    @property
    def output_file(self) -> Path | None:
        """The film, if it is there and on this machine."""
        return None if self.film is None or is_far(self.film) else Path(self.film)


class JobRunner:
    """Runs one job: a job file in its own folder, or a job in a store."""

    def __init__(self, path: str | Path, options: JobOptions) -> None:
        """``path`` is the job file's, or the address of a job in a store."""
        self._place = place_of(path)
        self.job = self._place.job
        self.digest = self._place.digest
        self.options = options

    @property
    def folder(self) -> Path:
        """The current folder of its commands, on this machine."""
        return self._place.folder

    @property
    def output(self) -> Path | None:
        """Where the film is written on this machine; None for a job whose film stays in a store."""
        film = self._film_address()
        return self.options.film if is_far(film) else Path(film)

    def run(
        self,
        on_progress: ProgressListener | None = None,
        cancellation: Cancellation | None = None,
        engine: Engine | None = None,
        budget: Budget | None = None,
        on_worker: WorkerListener | None = None,
    ) -> JobResult:
        """Render what is missing, then merge.

        Args:
            on_progress: told of every step.
            cancellation: stops it from another thread.
            engine: places our own chunks on machines; foreign commands run on this one.
            budget: how much may be drawn.
            on_worker: told what each of those does that draw.

        Raises:
            BudgetSpent: as much was drawn as was allowed; finished chunks are kept.
            JobSpecError: no such chunk.
            ChunkFailed: a chunk failed; it names the chunk, its exit code and last lines.
            Cancelled: stopped on request; finished chunks are kept.
        """
        chunks = self._selected()
        if self._merges and self._is_finished():
            return JobResult(
                rendered_chunks=(), cached_chunks=(), film=self._handed_over(), was_finished=True
            )
        cancellation = cancellation or Cancellation()
        meter = ProgressMeter(
            sum(chunk.frame_count for chunk in chunks),
            on_progress,
            workers=WorkersTold(on_worker),
        )
        with ExitStack() as stack:
            pool = stack.enter_context(WorkerPool())
            cancellation.when_cancelled(pool.cancel)
            if self.options.chunk_id is None:
                stack.enter_context(self._reserved())
            carried = self._place.carried if engine is not None else None
            drawers = stack.enter_context(
                opened_drawers(pool, engine, cancellation, carried, meter.workers.hears)
            )
            commands = Commands(self._place, allow_shell=self.options.allow_shell)
            cancellation.when_cancelled(commands.cancel)
            stack.enter_context(self._hearing_cancel(cancellation))
            if self._merges:
                prepare_film()
            rendered, kinds = self._render(chunks, commands, drawers, meter, engine, budget)
            cancellation.check()
            records = self._records(chunks)
            seen = chunk_warnings(records)
            if len(chunks) == len(self.job.chunks):
                for kind in kinds:
                    seen += stillness_warnings(kind, records)
            on_fraction = until_cancelled(meter.merging, cancellation)
            film = self._merge(commands, records, on_fraction) if self._merges else None
            meter.finished()
        return JobResult(
            rendered_chunks=tuple(rendered),
            cached_chunks=tuple(c.id for c in chunks if c.id not in rendered),
            film=film,
            warnings=seen,
        )

    def cancel(self) -> None:
        """Stop it on all machines; what is finished is kept.

        Raises:
            OSError, StoreUnavailable, StoreRefused: the flag cannot be set.
        """
        store, flag = self._place.cancelled
        store.create(flag, b"")

    def requeue(self) -> bool:
        """Take back ``cancel``; whether the job was cancelled."""
        store, flag = self._place.cancelled
        was_cancelled = is_there(store, flag)
        store.remove(flag)
        return was_cancelled

    @contextmanager
    def _hearing_cancel(self, cancellation: Cancellation) -> Iterator[None]:
        store, flag = self._place.cancelled
        heard = threading.Event()

        def hear() -> None:
            heard.set()
            cancellation.cancel()

        if is_there(store, flag):
            raise Cancelled(_CANCELLED, hint=_HOW_TO_GO_ON)
        with watched(store, flag, hear):
            try:
                yield
            except Cancelled:
                if heard.is_set():
                    raise Cancelled(_CANCELLED, hint=_HOW_TO_GO_ON) from None
                raise

    def frames_drawn(self) -> dict[int, str]:
        """Digests of some pictures, as the machines have drawn them: what records say, those of
        the chunks or, when they are gone, that of the film."""
        chunks = self._records(self.job.chunks)
        records, name = self._place.film
        film = records.read(name) if name and not any(chunks) else None
        return _frames_of((*chunks, film))

    def draw_anew(self, frames: Sequence[int], cancellation: Cancellation) -> dict[int, str]:
        """Digests of these frames, drawn now, in processes of their own.

        Raises:
            HeliosError: one cannot be drawn, or the job has commands of other programs.
        """
        digests: dict[int, str] = {}
        with ExitStack() as stack:
            pool = stack.enter_context(WorkerPool())
            cancellation.when_cancelled(pool.cancel)
            folder = stack.enter_context(temporary_folder(Path(tempfile.gettempdir())))
            for run in _runs(frames):
                (task,) = self._tasks([self._chunk_of(run[0])], self._place.folder)
                if task.call is None:
                    raise JobSpecError(f"chunk {task.chunk.id} is a command of another program")
                range_ = task.call.first.model_copy(
                    update={"start_frame": run[0], "frame_count": len(run)}
                )
                store = FolderStore(folder)
                call = task.call.model_copy(update={"store": store.url, "chunks": (range_,)})
                pool.call(call)
                record = ChunkRecords(store).read(range_.output_name)
                digests |= dict(record.frames if record else ())
                ChunkRecords(store).discard(range_.output_name)
        return {frame: digests[frame] for frame in frames if frame in digests}

    def _chunk_of(self, frame: int) -> RenderJobChunk:
        return next(
            chunk
            for chunk in self.job.chunks
            if chunk.start_frame <= frame < chunk.start_frame + chunk.frame_count
        )

    def state(self) -> JobState:
        """What is finished and what is not; after the merge there may be no chunks any more."""
        if self._is_finished():
            ids = tuple(chunk.id for chunk in self.job.chunks)
            return JobState(finished=ids, missing=(), film=self._film_address())
        finished = self._finished(self.job.chunks)
        return JobState(
            finished=tuple(chunk.id for chunk in self.job.chunks if chunk.id in finished),
            missing=tuple(chunk.id for chunk in self.job.chunks if chunk.id not in finished),
            film=None,
        )

    def wait(self, on_state: Callable[[JobState], None], cancellation: Cancellation) -> None:
        """Until every chunk is finished, wherever they are drawn.

        Raises:
            Cancelled: stopped on request.
        """
        while (state := self.state()).missing:
            on_state(state)
            if cancellation.wait(_LOOK_EVERY_S):
                raise Cancelled
        on_state(state)

    def _finished(self, chunks: Sequence[RenderJobChunk]) -> set[int]:
        """Ids of the chunks whose records can be believed."""
        places = {chunk.id: self._place.chunk(chunk) for chunk in chunks}
        stores = {records.store.url: records.store for records, _ in places.values()}
        names = {url: store.names() for url, store in stores.items()}

        def is_finished(chunk: RenderJobChunk) -> bool:
            records, name = places[chunk.id]
            if name + RECORD_SUFFIX not in names[records.store.url]:
                return False
            return records.finished(name, self._chunk_digest(chunk)) is not None

        with ThreadPoolExecutor(_LOOKERS) as at_once:
            return {
                chunk.id
                for chunk, done in zip(chunks, at_once.map(is_finished, chunks), strict=True)
                if done
            }

    def _records(self, chunks: Sequence[RenderJobChunk]) -> list[CommitRecord | None]:
        """What is noted of each chunk, in their order."""

        def read(chunk: RenderJobChunk) -> CommitRecord | None:
            records, name = self._place.chunk(chunk)
            return records.read(name)

        with ThreadPoolExecutor(_LOOKERS) as at_once:
            return list(at_once.map(read, chunks))

    def _discard_chunks(self) -> None:
        def discard(chunk: RenderJobChunk) -> None:
            records, name = self._place.chunk(chunk)
            records.discard(name)

        with ThreadPoolExecutor(_LOOKERS) as at_once:
            for _ in at_once.map(discard, self.job.chunks):
                pass

    @contextmanager
    def _reserved(self) -> Iterator[None]:
        """The right to run the whole job; single chunks have their own."""
        folder, name = self._place.chunk(self.job.chunks[0])[0].folder, self._place.name
        make_folder(folder)
        sweep(folder)
        with reserved(folder / name, f"another process is running {name} right now"):
            yield

    @property
    def _merges(self) -> bool:
        return self.options.merge and self.options.chunk_id is None

    def _selected(self) -> list[RenderJobChunk]:
        wanted = self.options.chunk_id
        chunks = [c for c in self.job.chunks if wanted is None or c.id == wanted]
        if not chunks:
            ids = ", ".join(str(chunk.id) for chunk in self.job.chunks)
            raise JobSpecError(f"chunk {wanted} is not in the job", hint=f"It has: {ids}.")
        return chunks

    def _is_finished(self) -> bool:
        records, name = self._place.film
        if self.options.force or not name:
            return False
        return records.finished(name, self._place.digest) is not None

    def _film_address(self) -> str:
        records, name = self._place.film
        record = records.read(name)
        return records.store.address(name, record.sha256 if record else "")

    def _handed_over(self) -> str:
        """Where people find the film; fetched, if it is to be on this machine."""
        records, name = self._place.film
        record = records.read(name)
        if self.options.film is None or record is None:
            return self._film_address()
        make_folder(self.options.film.absolute().parent)
        place = records.store.fetched(name, record.size, record.sha256, self.options.film)
        return str(place)

    def _render(
        self,
        chunks: Sequence[RenderJobChunk],
        commands: Commands,
        drawers: Drawers,
        meter: ProgressMeter,
        engine: Engine | None,
        budget: Budget | None,
    ) -> tuple[list[int], set[CompositionKind]]:
        """Draw what is missing; which chunks that were, and what kinds of compositions draw."""
        if self.options.force:
            for chunk in chunks:
                records, name = self._place.chunk(chunk)
                records.discard(name)
        finished = self._finished(chunks)
        meter.kept({chunk.id: chunk.frame_count for chunk in chunks if chunk.id in finished})
        missing = [chunk for chunk in chunks if chunk.id not in finished]
        for chunk in missing:
            make_folder(self._place.chunk(chunk)[0].folder)
        folder = self._place.folder if missing else Path()
        tasks = self._tasks(missing, folder)
        if any(task.call is not None for task in tasks):
            self._demand_version()
        workers = self._workers(tasks, engine)
        listener = RunProgress(missing, meter)

        def draw(run: Sequence[_Task]) -> None:
            if self._merges and self._is_finished():
                # Another machine has joined them meanwhile, and removed the chunks.
                listener.by_others.update(task.chunk.id for task in run)
                return
            for calls, foreign in _grouped(run):
                if calls:
                    self._draw(calls, drawers, listener)
                else:
                    assert foreign is not None
                    self._run_foreign(foreign, commands)
                    meter.chunk(foreign.id, foreign.frame_count)

        kinds = {task.call.composition.kind for task in tasks if task.call is not None}
        replay = max((REPLAY_COST.get(kind, 0.0) for kind in kinds), default=0.0)

        def cancel() -> None:
            commands.cancel()
            drawers.cancel()

        schedule = Schedule(tasks, workers, replay, singly=budget is not None)
        execute(schedule, draw, workers, cancel, budget=budget, on_run=meter.workers.has)
        rendered = [chunk.id for chunk in missing if chunk.id not in listener.by_others]
        return rendered, kinds

    def _demand_version(self) -> None:
        """Another version may draw other pixels, and its records would say that they are ours."""
        planned = self.job.helios_version
        if planned and planned != __version__:
            raise EnvironmentProblem(
                f"this machine has helios {__version__}, and {planned} planned the job",
                hint=f'Install it: pip install "helios-render=={planned}". Or plan the job anew '
                "with this version, and draw all of its chunks again.",
            )

    def _tasks(self, chunks: Sequence[RenderJobChunk], folder: Path) -> list[_Task]:
        own = OwnChunks(
            self.job,
            folder,
            any_browser=self.options.any_browser,
            store=self._place.chunk_store,
        )
        tasks = []
        for chunk in chunks:
            with _named(chunk.id):
                tasks.append(_Task(chunk, own.call(chunk, self._chunk_digest(chunk))))
        return tasks

    def _draw(
        self,
        calls: list[ChunkCall],
        drawers: Drawers,
        listener: RunProgress,
    ) -> None:
        first = calls[0].first
        with _named(lambda: listener.unfinished(first.id)):
            drawers.call(joined(calls), listener)

    def _workers(self, tasks: Sequence[_Task], engine: Engine | None) -> int:
        call = next((task.call for task in tasks if task.call is not None), None)
        if call is None:  # what commands of other programs take is not known
            return self.options.drawn_at_once or 1
        return workers_for(
            call.composition.kind,
            call.encode,
            len(tasks),
            asked=self.options.drawn_at_once,
            engine=engine,
            # How many there are here is known when one is opened; --workers says more.
            cards=1 if call.draw.request.backend is Backend.GPU else None,
        ).count

    def _run_foreign(self, chunk: RenderJobChunk, commands: Commands) -> None:
        records, name = self._place.chunk(chunk)
        with records.reserved(name):
            commands.draw(chunk, records, name, self._chunk_digest(chunk))

    def _merge(
        self,
        commands: Commands,
        records: Sequence[CommitRecord | None],
        on_fraction: Callable[[float], None],
    ) -> str:
        try:
            with self._place.merging() as merge:
                own = merge_from_argv(merge.argv, self._place.folder)
                if own is None:
                    commands.merge(merge)
                else:
                    merge_files(
                        own.film,
                        own.parts,
                        own.options,
                        on_progress=lambda progress: on_fraction(progress.fraction),
                    )
                if merge.film.is_file():
                    self._commit_film(merge.film, records)
        except HeliosError:
            if not self._is_finished():  # else another machine was first, and removed the chunks
                raise
        address = self._handed_over()
        if not self.options.keep_chunks:
            self._discard_chunks()
        return address

    def _inputs(self, drawn: Sequence[CommitRecord | None]) -> tuple[tuple[str, str], ...]:
        """What all chunks were made of, named from the film."""
        found = set()
        for chunk, record in zip(self.job.chunks, drawn, strict=True):
            folder = self._place.chunk(chunk)[0].folder
            for named, sha in record.inputs if record else ():
                found.add((str(found_from(folder, named) or named), sha))
        return named_from(self._place.film[0].folder, found)

    def _commit_film(self, film: Path, drawn: Sequence[CommitRecord | None]) -> None:
        records, name = self._place.film
        record = CommitRecord(
            payload=name,
            size=film.stat().st_size,
            sha256=file_sha256(film),
            start_frame=0,
            frame_count=self.job.metadata.total_frames,
            settings_digest=self._place.digest,
            inputs=self._inputs(drawn),
            frames=tuple(sorted(_frames_of(drawn).items())),
        )
        known = records.finished(name, self._place.digest)
        if known is not None and known.sha256 == record.sha256:
            return  # another machine was first, and somebody may be reading its record
        records.forget(name)
        records.store.put(name, film, record.sha256)
        records.commit(name, record)

    def _chunk_digest(self, chunk: RenderJobChunk) -> str:
        return digest_of([chunk.digest, chunk.command, list(chunk.argv)])


def _frames_of(records: Sequence[CommitRecord | None]) -> dict[int, str]:
    """Digests of pictures that records have."""
    return {frame: sha for each in records if each for frame, sha in each.frames}


def _runs(frames: Sequence[int]) -> Iterator[list[int]]:
    """Frames, and pairs of them that follow each other: one process draws over their border."""
    run: list[int] = []
    for frame in sorted(frames):
        if run and (frame != run[-1] + 1 or len(run) == 2):
            yield run
            run = []
        run.append(frame)
    if run:
        yield run


@dataclass(frozen=True, slots=True)
class _Task:
    """A chunk of the job, and the call that draws it if it is a render of ours."""

    chunk: RenderJobChunk
    call: ChunkCall | None

    @property
    def id(self) -> int:
        return self.chunk.id

    @property
    def start_frame(self) -> int:
        return self.chunk.start_frame

    @property
    def frame_count(self) -> int:
        return self.chunk.frame_count


def _grouped(run: Sequence[_Task]) -> Iterator[tuple[list[ChunkCall], RenderJobChunk | None]]:
    """Calls that can be one, and chunks that are foreign commands."""
    for film, tasks in groupby(run, lambda task: task.call.film if task.call else None):
        if film is None:
            for task in tasks:
                yield [], task.chunk
        else:
            yield [task.call for task in tasks if task.call is not None], None


@contextmanager
def _named(chunk_id: int | Callable[[], int]) -> Iterator[None]:
    """An error in here is one of a chunk, and names it; but not what this machine lacks for any."""
    try:
        yield
    except (ChunkFailed, EnvironmentProblem):
        raise
    except HeliosError as error:
        number = chunk_id if isinstance(chunk_id, int) else chunk_id()
        raise ChunkFailed(
            f"chunk {number} failed: {error.message}",
            chunk_id=number,
            chunk_exit_code=error.exit_code,
            hint=error.hint,
            retry=error.retry,
        ) from error
