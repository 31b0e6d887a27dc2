"""Carry out a plan on this machine: only what is missing, as many at once as asked."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from helios.commit.record import RECORD_SUFFIX, ChunkRecords, CommitRecord, image_names
from helios.commit.store import FolderStore
from helios.errors import Cancelled, EnvironmentProblem, HeliosError, OptionError, OutputNotWritable
from helios.executors.call import ChunkCall, ChunkRange, RunListener, joined
from helios.files.hold import LOCK_NAME, Hold, hold, remove_files, remove_folder, retire
from helios.files.names import check_name
from helios.files.whole import why_unwritable
from helios.planning.planner import WORK_FOLDER, RenderChunk, RenderPlan
from helios.planning.schedule import Chunk, Schedule
from helios.planning.workers import REPLAY_COST
from helios.rendering.budget import NO_END, Budget, Spending
from helios.rendering.progress import ProgressMeter

Renderer = Callable[[ChunkCall, RunListener], object]
"""Renders the chunks of one call and commits each, telling how it goes on."""
_OF_A_FRAME = re.compile(r"\bframe \d+: ")


def render_missing(
    plan: RenderPlan,
    renderer: Renderer,
    meter: ProgressMeter,
    workers: int,
    cancel: Callable[[], None],
    budget: Budget | None = None,
) -> list[int]:
    """Render what has no commit record; returns the ids that were rendered.

    The first failure stops the others; what they committed is kept.

    Raises:
        HeliosError: a chunk failed.
        BudgetSpent: with chunks left.
    """
    missing = missing_chunks(plan, meter)
    replay = REPLAY_COST.get(plan.composition.kind, 0.0)
    schedule = Schedule(missing, workers, replay, singly=budget is not None)
    listener = RunProgress(missing, meter)

    def draw(run: Sequence[RenderChunk]) -> None:
        renderer(joined([chunk_call(plan, chunk) for chunk in run]), listener)

    execute(schedule, draw, workers, cancel, budget=budget, on_run=meter.workers.has)
    return [chunk.id for chunk in missing if chunk.id not in listener.by_others]


def missing_chunks(plan: RenderPlan, meter: ProgressMeter) -> list[RenderChunk]:
    """The chunks that are not finished yet."""
    records = ChunkRecords(FolderStore(plan.work_folder))
    missing: list[RenderChunk] = []
    kept: dict[int, int] = {}
    for chunk in plan.chunks:
        if is_resumable(plan) and _is_finished(records, chunk):
            kept[chunk.id] = chunk.frame_count
        else:
            missing.append(chunk)
    meter.kept(kept)
    return missing


def chunk_records(plan: RenderPlan) -> list[CommitRecord | None]:
    """What is noted of each chunk, in their order."""
    records = ChunkRecords(FolderStore(plan.work_folder))
    return [records.read(chunk.output_file.name) for chunk in plan.chunks]


def chunk_warnings(
    records: Sequence[CommitRecord | None], known: Sequence[str] = ()
) -> tuple[str, ...]:
    """What was told of the frames while they were drawn, and was not known before; each once.

    What is told of a frame by each chunk is told of the first.
    """
    told: dict[str, str] = {}
    for record in records:
        for text in record.warnings if record else ():
            told.setdefault(_OF_A_FRAME.sub("", text, count=1), text)
    return tuple(text for text in told.values() if text not in known)


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def frame_count(self) -> int: ...


class RunProgress:
    """A ``RunListener`` that passes on what drawers tell, and knows what is finished."""

    def __init__(self, chunks: Sequence[_Numbered], meter: ProgressMeter) -> None:
        self._frames = {chunk.id: chunk.frame_count for chunk in chunks}
        self._done: set[int] = set()
        self.by_others: set[int] = set()
        """What was finished elsewhere while it was drawn here."""
        self._meter = meter

    def on_frames(self, chunk_id: int, frames: int) -> None:
        """See ``RunListener``."""
        self._meter.workers.has_drawn(chunk_id, frames)
        self._meter.chunk(chunk_id, frames)

    def on_committed(self, chunk_id: int, record: CommitRecord, /, *, cached: bool = False) -> None:
        """See ``RunListener``."""
        self._done.add(chunk_id)
        self._meter.workers.has_finished(chunk_id, record, by_others=cached)
        if cached:
            self.by_others.add(chunk_id)
        self._meter.chunk(chunk_id, self._frames[chunk_id])

    def on_print(self, chunk_id: int, line: str) -> None:
        """See ``RunListener``."""
        self._meter.workers.hears(chunk_id, f"prints {line}")

    def unfinished(self, first: int) -> int:
        """The chunk that was being drawn when a run that began with ``first`` failed."""
        ids = sorted(self._frames)
        return next(n for n in ids[ids.index(first) :] if n not in self._done)


def execute(
    schedule: Schedule[Chunk],
    draw: Callable[[Sequence[Chunk]], None],
    workers: int,
    cancel: Callable[[], None],
    executor: Executor | None = None,
    budget: Budget | None = None,
    on_run: Callable[[int, Sequence[Chunk]], None] = lambda *_: None,
) -> None:
    """Draw all that a schedule holds, ``workers`` runs of chunks at once.

    Args:
        schedule: what is to be drawn, by which worker.
        draw: draws adjacent chunks; called on ``executor``.
        workers: how many runs are under way at once.
        cancel: makes every ``draw`` that is under way end soon.
        executor: anything that is a ``concurrent.futures.Executor``; threads by default.
        budget: once it is spent nothing more is begun, and what is under way is finished.
        on_run: told which worker, counted from 0, draws which chunks next.

    Raises:
        HeliosError: a chunk failed; the first failure stops the others.
        BudgetSpent: with chunks left.
    """
    spending = Spending(budget or NO_END)
    with ExitStack() as stack:
        if executor is None:
            executor = stack.enter_context(
                ThreadPoolExecutor(max(1, workers), thread_name_prefix="helios-chunk")
            )
        under_way: dict[Future[None], int] = {}

        def go_on(lane: int) -> None:
            if not spending.is_spent and (run := schedule.next_run(lane)):
                on_run(lane, run)
                spending.begin(lane)  # first: this thread may be kept waiting once it has told
                under_way[executor.submit(draw, run)] = lane

        try:
            for lane in range(max(1, workers)):
                go_on(lane)
            while under_way:
                # A wait without end would keep Ctrl-C waiting too.
                done, _ = wait(under_way, timeout=0.2, return_when=FIRST_COMPLETED)
                if any(future.exception() for future in done):
                    break
                for future in done:
                    lane = under_way.pop(future)
                    spending.end(lane)
                    go_on(lane)
        except BaseException:
            cancel()
            raise
        if under_way:
            cancel()
            wait(under_way)
            errors = [error for future in under_way if (error := future.exception())]
            own = (e for e in errors if isinstance(e, HeliosError) and not isinstance(e, Cancelled))
            raise next(own, errors[0])
    if spending.is_spent and any(schedule.next_run(lane) for lane in range(max(1, workers))):
        raise spending.refusal()


def _is_finished(records: ChunkRecords, chunk: RenderChunk) -> bool:
    if records.finished(chunk.output_file.name, chunk.settings_digest) is None:
        return False
    if chunk.options.frames is None:
        return True
    images = image_names(chunk.output_file)
    sizes = {path.name: path.stat().st_size for path in records.folder.parent.glob("*.*")}
    return all(sizes.get(name) == size for name, size in images.items())


def is_resumable(plan: RenderPlan) -> bool:
    """Whether chunks of an earlier run can be trusted: all that went in has a digest."""
    return not (plan.facts and plan.facts.undigested)


def chunk_call(plan: RenderPlan, chunk: RenderChunk, *, any_browser: bool = False) -> ChunkCall:
    """What the rendering process is told."""
    return ChunkCall(
        composition=plan.composition,
        draw=plan.resolved.draw,
        encode=plan.encode,
        facts=plan.facts,
        store=FolderStore(chunk.output_file.parent).url,
        images=plan.work_folder.parent.absolute() if chunk.options.frames else None,
        any_browser=any_browser,
        is_planned_here=True,
        chunks=(
            ChunkRange(
                id=chunk.id,
                start_frame=chunk.start_frame,
                frame_count=chunk.frame_count,
                output_name=chunk.output_file.name,
                settings_digest=chunk.settings_digest,
            ),
        ),
    )


@contextlib.contextmanager
def held_work_folder(folder: Path) -> Iterator[None]:
    """A folder for chunk files, made and held for one render; it stays if a chunk is finished.

    Raises:
        OutputNotWritable: it cannot be made or written.
        EnvironmentProblem: another process renders the same film right now.
    """
    held = _held(folder)
    if held is None:
        raise EnvironmentProblem(
            "the same film is being rendered by another process right now",
            hint="Wait for it, or render to another file.",
        )
    with held:
        try:
            yield
        finally:
            # Only the holder comes here: who was refused has nothing to clean up.
            if not any(folder.glob(f"*{RECORD_SUFFIX}")):
                retire(folder, held)


def _held(folder: Path) -> Hold | None:
    while True:
        make_folder(folder)
        try:
            return hold(folder / LOCK_NAME)
        except FileNotFoundError:
            continue  # a clean-up found it before it was held
        except OSError as error:
            raise _not_writable(folder, error.strerror or str(error)) from error


def make_folder(folder: Path) -> None:
    """Make a folder that can be written.

    Raises:
        OutputNotWritable: it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error.strerror or str(error)) from error
    if reason := why_unwritable(folder):
        raise _not_writable(folder, reason)


def clean_up(plan: RenderPlan) -> None:
    """Remove the chunk files of a finished film, and those of its earlier versions."""
    # The folder itself goes when its holder lets it go.
    remove_files(plan.work_folder.glob(f"*{RECORD_SUFFIX}"))
    for path in sorted(plan.work_folder.parent.glob(".helios-*")):
        if path != plan.work_folder and WORK_FOLDER.fullmatch(path.name):
            is_same_film = path.name.rpartition("-")[2] == plan.work_folder.name.rpartition("-")[2]
            if is_same_film or not any(path.glob(f"*{RECORD_SUFFIX}")):
                remove_folder(path)


def check_not_input(output: Path, inputs: Iterable[str]) -> None:
    """Refuse a file that would replace what it is made of.

    Args:
        output: what will be written.
        inputs: files that are read; URLs are passed over.

    Raises:
        OptionError: it is one of them, or no file can have its name.
    """
    check_name(str(output))
    if any("://" not in name and _is_same(Path(name), output) for name in inputs):
        raise OptionError(
            f"{output} is read to make what would replace it",
            hint="Write to another file.",
        )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there, or no file's name
        return False


def _not_writable(folder: Path, reason: str) -> OutputNotWritable:
    return OutputNotWritable(
        f"cannot write {folder}: {reason}",
        hint="Choose another place with -o, or make the folder writable.",
    )
