"""Run a job file: our own chunks through the renderer, foreign ones as the commands they are."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from helios.commit.inputs import found_from, named_from
from helios.commit.record import ChunkRecords, CommitRecord
from helios.commit.store import FolderStore
from helios.errors import Cancelled, ChunkFailed, HeliosError, JobSpecError
from helios.executors.call import ChunkCall, joined
from helios.executors.engine import Engine, EngineRenderer
from helios.executors.pool import WorkerPool
from helios.files.documents import read_bytes
from helios.files.hold import reserved, sweep
from helios.files.names import is_inside
from helios.files.whole import file_sha256, sync_file
from helios.model.progress import ProgressListener
from helios.planning.digest import digest_of
from helios.planning.jobspec import MAX_JOB_BYTES, PROGRAM, JobSpec, RenderJobChunk, read_job
from helios.planning.schedule import Schedule
from helios.planning.workers import REPLAY_COST
from helios.process.child import python_argv
from helios.process.command import run_command
from helios.rendering.local import execute, make_folder
from helios.rendering.native_chunk import chunk_call_from_job
from helios.rendering.orchestrator import Cancellation, workers_here
from helios.rendering.progress import ProgressMeter

_LOOK_EVERY_S = 2.0
_SHELL_WORDS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&", "2>&1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """How to run a job."""

    chunk_id: int | None = None
    """Only this chunk, and no merge."""
    workers: int | None = None
    """Chunks drawn at once; as cores and memory allow by default."""
    merge: bool = True
    keep_chunks: bool = False
    force: bool = False
    """Render again what is finished."""
    allow_shell: bool = False
    """Run foreign command strings through a shell."""
    any_browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How far a job is, by what its records say."""

    finished: tuple[int, ...]
    """Ids of chunks."""
    missing: tuple[int, ...]
    film: Path | None
    """The film, if it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a run of a job did."""

    rendered_chunks: tuple[int, ...]
    cached_chunks: tuple[int, ...]
    output_file: Path | None
    """The film, if it was merged now or was there already."""
    was_finished: bool = False


def load_job(path: Path) -> JobSpec:
    """Read a job file.

    Raises:
        JobSpecError: it is not there, or cannot be run.
    """
    hint = "Make one with: helios render INPUT -o OUTPUT --emit-job job.json"
    refused = partial(JobSpecError, hint=hint)
    return read_job(read_bytes(path, f"job file {path}", error=refused, max_bytes=MAX_JOB_BYTES))


class JobRunner:
    """Runs one job file in its own folder."""

    def __init__(self, path: Path, options: JobOptions) -> None:
        self.job = load_job(path)
        self.folder = path.resolve().parent
        self._name = path.name
        self.options = options
        self.digest = self.job.digest or file_sha256(path)
        for chunk in self.job.chunks:
            self._check_place(chunk)

    def _check_place(self, chunk: RenderJobChunk) -> None:
        """Chunks lie in the job's folder or beside the film; elsewhere, only what is a chunk of
        this job already may be replaced, for chunks are removed after the merge."""
        if is_inside(self.folder, chunk.output_file):
            return
        folder, name = self._place(chunk)
        is_beside_film = (
            "\0" not in name and folder.folder.resolve() == self.output.parent.resolve()
        )
        is_known = folder.read(name) is not None or not (folder.folder / name).exists()
        if not is_beside_film or not is_known:
            raise JobSpecError(
                f"chunk {chunk.id} writes {chunk.output_file!r}, outside the job's folder",
                hint="Chunks are removed after the merge: they lie beside the job or the film.",
            )

    def run(
        self,
        on_progress: ProgressListener | None = None,
        cancellation: Cancellation | None = None,
        engine: Engine | None = None,
    ) -> JobResult:
        """Render what is missing, then merge.

        Args:
            on_progress: told of every step.
            cancellation: stops it from another thread.
            engine: places our own chunks on machines; foreign commands run on this one.

        Raises:
            JobSpecError: no such chunk.
            ChunkFailed: a chunk failed; it names the chunk, its exit code and last lines.
            Cancelled: stopped on request; finished chunks are kept.
        """
        chunks = self._selected()
        if self.options.chunk_id is None and self.options.merge and self._is_finished():
            return JobResult(
                rendered_chunks=(), cached_chunks=(), output_file=self.output, was_finished=True
            )
        cancellation = cancellation or Cancellation()
        meter = ProgressMeter(sum(chunk.frame_count for chunk in chunks), on_progress)
        with ExitStack() as stack:
            pool = WorkerPool()
            stack.callback(pool.close)
            cancellation.when_cancelled(pool.cancel)
            if self.options.chunk_id is None:
                stack.enter_context(self._reserved())
            drawers = pool if engine is None else stack.enter_context(EngineRenderer(engine))
            cancellation.when_cancelled(drawers.cancel)
            rendered = self._render(chunks, pool, drawers, meter)
            if cancellation.is_cancelled:
                raise Cancelled
            film = self._merge(pool) if self._merges else None
            meter.finished()
        return JobResult(
            rendered_chunks=tuple(rendered),
            cached_chunks=tuple(c.id for c in chunks if c.id not in rendered),
            output_file=film,
        )

    def state(self) -> JobState:
        """What is finished and what is not; after the merge there may be no chunks any more."""
        if self._is_finished():
            ids = tuple(chunk.id for chunk in self.job.chunks)
            return JobState(finished=ids, missing=(), film=self.output)
        finished: list[int] = []
        missing: list[int] = []
        for chunk in self.job.chunks:
            folder, name = self._place(chunk)
            known = folder.finished(name, self._chunk_digest(chunk))
            (missing if known is None else finished).append(chunk.id)
        return JobState(finished=tuple(finished), missing=tuple(missing), film=None)

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

    @contextmanager
    def _reserved(self) -> Iterator[None]:
        """The right to run the whole job; single chunks have their own."""
        folder = self._place(self.job.chunks[0])[0].folder
        make_folder(folder)
        sweep(folder)
        with reserved(folder / self._name, f"another process is running {self._name} right now"):
            yield

    @property
    def output(self) -> Path:
        """The film, as the merge command names it."""
        name = self.job.output or next(iter(_positional(self.job.merge_command)), "")
        return self.folder / name

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
        if self.options.force or not self.output.name:
            return False
        record = ChunkRecords(FolderStore(self.output.parent)).finished(
            self.output.name, self.digest
        )
        return record is not None

    def _render(
        self,
        chunks: Iterable[RenderJobChunk],
        pool: WorkerPool,
        drawers: WorkerPool | EngineRenderer,
        meter: ProgressMeter,
    ) -> list[int]:
        missing = []
        for chunk in chunks:
            folder, name = self._place(chunk)
            if not self.options.force and folder.finished(name, self._chunk_digest(chunk)):
                meter.chunk(chunk.id, chunk.frame_count, cached=True)
            else:
                make_folder(folder.folder)
                missing.append(chunk)
        tasks = [self._task(chunk) for chunk in missing]
        workers = self._workers(tasks, drawers)
        listener = _JobListener(missing, meter)

        def draw(run: Sequence[_Task]) -> None:
            for calls, foreign in _grouped(run):
                if calls:
                    self._draw(calls, drawers, listener)
                else:
                    assert foreign is not None
                    self._run_foreign(foreign, pool)
                    meter.chunk(foreign.id, foreign.frame_count)

        kinds = {task.call.composition.kind for task in tasks if task.call is not None}
        replay = max((REPLAY_COST.get(kind, 0.0) for kind in kinds), default=0.0)

        def cancel() -> None:
            pool.cancel()
            drawers.cancel()

        execute(Schedule(tasks, workers, replay), draw, workers, cancel)
        return [chunk.id for chunk in missing]

    def _task(self, chunk: RenderJobChunk) -> _Task:
        with _named(chunk.id):
            call = chunk_call_from_job(
                self.job,
                chunk,
                self.folder,
                self._chunk_digest(chunk),
                any_browser=self.options.any_browser,
            )
        return _Task(chunk, call)

    def _draw(
        self,
        calls: list[ChunkCall],
        drawers: WorkerPool | EngineRenderer,
        listener: _JobListener,
    ) -> None:
        first = calls[0].first
        with _named(lambda: listener.unfinished(first.id)):
            drawers.call(joined(calls), listener)

    def _workers(self, tasks: Sequence[_Task], drawers: WorkerPool | EngineRenderer) -> int:
        if self.options.workers is not None:
            return self.options.workers
        if isinstance(drawers, EngineRenderer) and drawers.engine.slots is not None:
            return drawers.engine.slots
        call = next((task.call for task in tasks if task.call is not None), None)
        if call is None:
            return 1
        draw = call.draw
        return workers_here(call.composition.kind, draw.width, draw.height, len(tasks)).count

    def _run_foreign(self, chunk: RenderJobChunk, pool: WorkerPool) -> None:
        folder, name = self._place(chunk)
        with folder.reserved(name):
            self._run_command(chunk, folder, name, pool)

    def _run_command(
        self, chunk: RenderJobChunk, folder: ChunkRecords, name: str, pool: WorkerPool
    ) -> None:
        started = time.monotonic()
        path = folder.folder / name
        folder.discard(name)
        before = _identity(path)
        argv = self._argv(chunk.argv, chunk.command)
        code, lines = run_command(argv, cwd=self.folder, cancel=pool.cancelled)
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
            settings_digest=self._chunk_digest(chunk),
            seconds=time.monotonic() - started,
        )
        folder.commit(name, record)

    def _merge(self, pool: WorkerPool) -> Path:
        argv = self._argv(self.job.merge_argv, self.job.merge_command)
        code, lines = run_command(argv, cwd=self.folder, cancel=pool.cancelled)
        if code != 0:
            raise ChunkFailed(
                "\n".join((f"the merge ended with exit code {code}", *lines[-8:])),
                chunk_exit_code=code,
                last_lines=lines,
                hint="The chunks are kept.",
            )
        if self.output.is_file():
            self._commit_film(self._inputs())
        if not self.options.keep_chunks:
            for chunk in self.job.chunks:
                folder, name = self._place(chunk)
                folder.discard(name)
        return self.output

    def _inputs(self) -> tuple[tuple[str, str], ...]:
        """What all chunks were made of, named from the film."""
        found = set()
        for chunk in self.job.chunks:
            folder, name = self._place(chunk)
            record = folder.read(name)
            for named, sha in record.inputs if record else ():
                found.add((str(found_from(folder.folder, named) or named), sha))
        return named_from(self.output.parent, found)

    def _commit_film(self, inputs: tuple[tuple[str, str], ...]) -> None:
        folder = ChunkRecords(FolderStore(self.output.parent))
        folder.forget(self.output.name)
        record = CommitRecord(
            payload=self.output.name,
            size=self.output.stat().st_size,
            sha256=file_sha256(self.output),
            start_frame=0,
            frame_count=self.job.metadata.total_frames,
            settings_digest=self.digest,
            inputs=inputs,
        )
        folder.commit(self.output.name, record)

    def _place(self, chunk: RenderJobChunk) -> tuple[ChunkRecords, str]:
        path = self.folder / chunk.output_file
        return ChunkRecords(FolderStore(path.parent)), path.name

    def _chunk_digest(self, chunk: RenderJobChunk) -> str:
        return digest_of([chunk.digest, chunk.command, list(chunk.argv)])

    def _argv(self, argv: tuple[str, ...], command: str) -> list[str]:
        if argv:
            words = list(argv)
        elif self.options.allow_shell:
            return ["/bin/sh", "-c", command]
        else:
            words = split_command(command)
        return python_argv("helios", *words[1:]) if words[0] == PROGRAM else words


@dataclass(frozen=True, slots=True)
class _Task:
    """A chunk of the job, and the call that draws it if it is a render of ours."""

    chunk: RenderJobChunk
    call: ChunkCall | None

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


class _JobListener:
    """Passes on what workers tell, and knows what is finished."""

    def __init__(self, chunks: Sequence[RenderJobChunk], meter: ProgressMeter) -> None:
        self._frames = {chunk.id: chunk.frame_count for chunk in chunks}
        self._done: set[int] = set()
        self._meter = meter

    def on_frames(self, chunk_id: int, frames: int) -> None:
        """See ``RunListener``."""
        self._meter.chunk(chunk_id, frames)

    def on_committed(self, chunk_id: int, _record: CommitRecord) -> None:
        """See ``RunListener``."""
        self._done.add(chunk_id)
        self._meter.chunk(chunk_id, self._frames[chunk_id])

    def unfinished(self, first: int) -> int:
        """The chunk that was being drawn when a run that began with ``first`` failed."""
        ids = sorted(self._frames)
        return next(n for n in ids[ids.index(first) :] if n not in self._done)


@contextmanager
def _named(chunk_id: int | Callable[[], int]) -> Iterator[None]:
    """An error in here is one of a chunk, and names it."""
    try:
        yield
    except ChunkFailed:
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


def _positional(merge_command: str) -> list[str]:
    try:
        words = shlex.split(merge_command)
    except ValueError:
        return []
    return [word for word in words[2:] if not word.startswith("-")]
