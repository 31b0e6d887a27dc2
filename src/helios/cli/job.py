"""``helios job run``: do what a job file says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from helios.cli.display import Display
from helios.cli.flags import (
    Executor,
    Json,
    JsonEvents,
    MaxCost,
    MaxHours,
    Needs,
    Price,
    Quiet,
    QuietAlready,
    Verbose,
)
from helios.cli.signals import Interruption
from helios.cli.steered import tell_jobs
from helios.commit.store import is_far
from helios.errors import Cancelled, ChunkFailed, OptionError
from helios.executors.engine import open_engine
from helios.files.whole import write_whole
from helios.model.options import RenderOptions
from helios.planning.needs import ChunkNeeds
from helios.planning.targets import TARGETS, Target, ranges
from helios.rendering.budget import Budget
from helios.rendering.bundle import put_job
from helios.rendering.cancellation import Cancellation
from helios.rendering.job import JobOptions, JobResult, JobRunner, JobState
from helios.rendering.job_place import load_job, store_of
from helios.rendering.job_verify import verify_job
from helios.rendering.local import make_folder

_Output = Annotated[
    Path | None,
    Parameter(name=["--output", "-o"], help="fetch the film of a job in a store to this file"),
]


def run(
    job: str,
    /,
    *,
    chunk: Annotated[int | None, Parameter(help="render only this chunk; never merges")] = None,
    workers: Annotated[
        str | None, Parameter(help="chunks drawn at once, or auto: from cores and memory (default)")
    ] = None,
    concurrency: Annotated[str | None, Parameter(help="the same as --workers")] = None,
    executor: Executor = "threads",
    needs: Needs = None,
    max_hours: MaxHours = None,
    max_cost: MaxCost = None,
    price: Price = None,
    merge: Annotated[bool, Parameter(help="join the chunks at the end")] = True,
    output: _Output = None,
    keep_chunks: Annotated[
        bool, Parameter(negative="", help="keep the chunk files after the merge")
    ] = False,
    force: Annotated[bool, Parameter(negative="", help="render again what is finished")] = False,
    allow_shell: Annotated[
        bool, Parameter(negative="", help="run foreign command strings through a shell")
    ] = False,
    any_browser: Annotated[
        bool, Parameter(negative="", help="draw with another browser version than planned")
    ] = False,
    json: JsonEvents = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Run a job file made by helios render --emit-job, or a job in a store.

    Renders the chunks that are not finished, then joins them. Run it again after a failure or an
    interruption: finished chunks are kept. A job file is code: run only those you trust.

    For example:

    helios job run job.json --concurrency 4

    helios job run job.json --chunk 3

    helios job run s3://bucket/films/one --chunk 3
    """
    if re.match(r"https?:/", job):
        raise OptionError(
            f"{job} is an address: a job file is read from this machine's disk or a store",
            hint="Download it, with what it names, into a folder, and run it there.",
        )
    asked = RenderOptions.read({"workers": workers, "concurrency": concurrency})
    options = JobOptions(
        chunk_id=chunk,
        workers=asked.workers,
        concurrency=asked.concurrency,
        merge=merge,
        keep_chunks=keep_chunks,
        force=force,
        allow_shell=allow_shell,
        any_browser=any_browser,
        film=_demand_store(job, output),
    )
    budget = Budget.read(max_hours, max_cost, price)
    runner = JobRunner(job, options)
    needed = None if needs is None else ChunkNeeds.read(needs)
    with (
        Display(as_json=json, quiet=quiet, verbose=verbose) as display,
        open_engine(executor, workers=options.drawn_at_once, needs=needed) as engine,
    ):
        cancellation = Cancellation()
        try:
            with Interruption(cancellation):
                result = runner.run(display.progress, cancellation, engine, budget, display.worker)
        except (KeyboardInterrupt, Cancelled) as stop:
            if getattr(stop, "hint", ""):
                raise
            raise Cancelled(hint="Run the same command again: finished chunks are kept.") from None
        _tell_result(display, result)
    return 0


def status(
    job: str,
    /,
    *,
    watch: Annotated[bool, Parameter(negative="", help="go on until all are finished")] = False,
    json: JsonEvents = False,
    quiet: Quiet = False,
) -> int:
    """Say which chunks of a job are finished, wherever they are drawn.

    Ends with 0 when all are, else with 1.

    helios job status job.json --watch

    helios job status s3://bucket/films/one
    """
    runner = JobRunner(job, JobOptions())
    with Display(as_json=json, quiet=quiet) as display:
        if watch:
            _wait(runner, lambda state: _tell_state(display, state))
            return 0
        state = runner.state()
        _tell_state(display, state)
    return 1 if state.missing else 0


def merge(
    job: str,
    /,
    *,
    output: _Output = None,
    wait: Annotated[
        bool, Parameter(negative="", help="wait until all chunks are finished, wherever")
    ] = False,
    keep_chunks: Annotated[
        bool, Parameter(negative="", help="keep the chunk files after the merge")
    ] = False,
    json: JsonEvents = False,
    quiet: Quiet = False,
) -> int:
    """Join the chunks of a job, and draw none of them.

    helios job merge job.json --wait

    helios job merge s3://bucket/films/one --wait -o film.mp4
    """
    film = _demand_store(job, output)
    runner = JobRunner(job, JobOptions(keep_chunks=keep_chunks, film=film))
    with Display(as_json=json, quiet=quiet) as display:
        if wait:
            _wait(runner, lambda state: _tell_state(display, state))
        if missing := runner.state().missing:
            raise ChunkFailed(
                f"{len(missing)} of {len(runner.job.chunks)} chunks are not finished: "
                f"{ranges(missing)}",
                hint=f"Draw them: helios job run {job}. Or wait for others: --wait.",
            )
        _tell_result(display, runner.run(display.progress))
    return 0


def emit(
    file: Path,
    /,
    *,
    target: Annotated[
        Literal["commands", "slurm", "openjd", "kubernetes", "aws-batch", "github-actions"] | None,
        Parameter(help="the system that is to run the job"),
    ] = None,
    store: Annotated[
        str | None,
        Parameter(help="put it, with all it needs, into s3://, gs:// or az://BUCKET/NAME"),
    ] = None,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="a folder; the job's by default")
    ] = None,
    image: Annotated[str, Parameter(help="container image with helios in it")] = "",
    claim: Annotated[str, Parameter(help="Kubernetes volume claim of the job's folder")] = "films",
    needs: Needs = None,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Write a job as the files that another system runs, or put it into a store.

    helios job emit job.json --target slurm

    helios job emit job.json --store s3://bucket/films/one

    helios job emit job.json --store s3://bucket/films/one --target kubernetes --image helios:1
    """
    if target is None and store is None:
        raise OptionError("nothing to do", hint="Give --target, --store or both.")
    job = load_job(file)
    place = store_of(store) if store else ""
    texts = {}
    folder = output or file.parent
    if target is not None:
        asked = Target(
            job_file=file.name,
            store=place,
            image=image,
            claim=claim,
            needs=ChunkNeeds.read(needs),
        )
        texts = TARGETS[target](job, asked)
    if file.name in texts and folder.resolve() == file.parent.resolve():
        raise OptionError(f"{file} would be replaced", hint="Write to another folder: -o FOLDER.")
    with Display(as_json=json) as display:
        if place:
            put_job(file, place)
            display.result(place)
        make_folder(folder)
        for name, text in texts.items():
            write_whole(folder / name, text)
            if name.endswith(".sh"):
                (folder / name).chmod(0o755)
            display.result(str(folder / name))
    if json:
        from helios.agents.reports import FilesReport

        files = tuple(str(folder / name) for name in texts)
        print(FilesReport(files=files, store=place or None).model_dump_json(indent=1))
    return 0


def cancel(
    job: str,
    /,
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Stop a job on all machines that draw it; finished chunks are kept.

    helios job cancel s3://bucket/films/one
    """
    JobRunner(job, JobOptions()).cancel()
    if json:
        return tell_jobs("cancel", (job,))
    with Display() as display:
        display.result(f"{job} is cancelled: whoever draws it stops within seconds")
    return 0


def requeue(
    job: str,
    /,
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Let a job that was cancelled be drawn again.

    helios job requeue s3://bucket/films/one
    """
    was_cancelled = JobRunner(job, JobOptions()).requeue()
    if json:
        return tell_jobs("requeue", (job,) if was_cancelled else ())
    with Display() as display:
        display.result(f"{job} can be drawn again" if was_cancelled else f"{job} was not cancelled")
    return 0


def verify(
    job: str,
    /,
    *,
    count: Annotated[
        int, Parameter(help="pairs of frames at borders of chunks, and others, so many of each")
    ] = 4,
    seed: Annotated[int, Parameter(help="another one chooses other frames")] = 0,
    json: JsonEvents = False,
    quiet: Quiet = False,
) -> int:
    """Draw some frames of a job anew, and say whether they are what the film was made of.

    The pictures are compared as they are drawn, not as they are encoded: each must be the same to
    the last bit. Ends with 0 when all are, else with 1.

    helios job verify s3://bucket/films/one
    """
    from helios.agents.events import VerifiedEvent

    runner = JobRunner(job, JobOptions())
    cancellation = Cancellation()
    with Display(as_json=json, quiet=quiet) as display, Interruption(cancellation):
        found = verify_job(runner, count, seed, display.progress, cancellation)
        display.event(VerifiedEvent(same=found.same, different=found.different))
        drawn = len(found.same) + len(found.different)
        if found.different:
            display.result(
                f"{len(found.different)} of {drawn} frames differ: {ranges(found.different)}"
            )
        else:
            display.result(f"{drawn} frames drawn anew, all the same: {ranges(found.same)}")
    return 1 if found.different else 0


def _demand_store(job: str, output: Path | None) -> Path | None:
    """Where the film of a job in a store goes; a job file says itself where."""
    if output is not None and not is_far(job):
        raise OptionError(
            f"-o {output}: the job file says where its film goes",
            hint="Emit it again with another -o: helios render ... --emit-job.",
        )
    return output


def _wait(runner: JobRunner, on_state: Callable[[JobState], None]) -> None:
    cancellation = Cancellation()
    told: list[JobState] = []

    def tell(state: JobState) -> None:
        if told[-1:] != [state]:
            told.append(state)
            on_state(state)

    try:
        with Interruption(cancellation):
            runner.wait(tell, cancellation)
    except (KeyboardInterrupt, Cancelled):
        raise Cancelled(hint="Whoever draws the chunks goes on.") from None


def _tell_state(display: Display, state: JobState) -> None:
    from helios.agents.events import StateEvent

    total = len(state.finished) + len(state.missing)
    display.event(StateEvent(finished=state.finished, missing=state.missing, output=state.film))
    if state.film:
        display.result(f"{state.film} is there")
    elif state.missing:
        text = f"{len(state.finished)} of {total} chunks finished; missing {ranges(state.missing)}"
        display.result(text)
    else:
        display.result(f"all {total} chunks finished, not joined yet")


def _tell_result(display: Display, result: JobResult) -> None:
    for text in result.warnings:
        display.warn(text)
    if display.tells_events:
        from helios.agents.events import DoneEvent

        display.event(
            DoneEvent(
                output=result.film,
                rendered_chunks=result.rendered_chunks,
                cached_chunks=result.cached_chunks,
                was_finished=result.was_finished,
            )
        )
    if result.was_finished:
        display.result(f"{result.film}: already finished (--force renders it anew)")
        return
    count = len(result.rendered_chunks)
    text = f"{count} chunk{'' if count == 1 else 's'} rendered"
    if result.cached_chunks:
        text += f", {len(result.cached_chunks)} finished before"
    display.result(f"{result.film}: {text}" if result.film else text)
