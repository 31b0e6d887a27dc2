"""``helios job run``: do what a job file says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from helios.cli.display import Display
from helios.cli.flags import Executor, JsonEvents, Quiet
from helios.cli.signals import Interruption
from helios.errors import Cancelled, ChunkFailed, OptionError
from helios.executors.engine import open_engine
from helios.files.whole import write_whole
from helios.model.options import RenderOptions
from helios.planning.targets import TARGETS, Target, ranges
from helios.rendering.job import JobOptions, JobResult, JobRunner, JobState, load_job
from helios.rendering.local import make_folder
from helios.rendering.orchestrator import Cancellation


def run(
    file: Path,
    /,
    *,
    chunk: Annotated[int | None, Parameter(help="render only this chunk; never merges")] = None,
    workers: Annotated[
        str | None, Parameter(help="chunks drawn at once, or auto: from cores and memory (default)")
    ] = None,
    concurrency: Annotated[str | None, Parameter(help="the same as --workers")] = None,
    executor: Executor = "threads",
    merge: Annotated[bool, Parameter(help="join the chunks at the end")] = True,
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
) -> int:
    """Run a job file made by helios render --emit-job.

    Renders the chunks that are not finished, then joins them. Run it again after a failure or an
    interruption: finished chunks are kept. A job file is code: run only those you trust.

    For example:

    helios job run job.json --concurrency 4

    helios job run job.json --chunk 3
    """
    if re.match(r"https?:/", str(file)):
        raise OptionError(
            f"{file} is an address: a job file is read from this machine's disk",
            hint="Download it, with what it names, into a folder, and run it there.",
        )
    asked = RenderOptions.read({"workers": workers, "concurrency": concurrency})
    options = JobOptions(
        chunk_id=chunk,
        workers=asked.workers or asked.concurrency,
        merge=merge,
        keep_chunks=keep_chunks,
        force=force,
        allow_shell=allow_shell,
        any_browser=any_browser,
    )
    runner = JobRunner(file, options)
    with (
        Display(as_json=json, quiet=quiet) as display,
        open_engine(executor, workers=options.workers) as engine,
    ):
        cancellation = Cancellation()
        try:
            with Interruption(cancellation):
                result = runner.run(display.progress, cancellation, engine)
        except (KeyboardInterrupt, Cancelled):
            raise Cancelled(hint="Run the same command again: finished chunks are kept.") from None
        _tell_result(display, result)
    return 0


def status(
    file: Path,
    /,
    *,
    watch: Annotated[bool, Parameter(negative="", help="go on until all are finished")] = False,
    json: JsonEvents = False,
) -> int:
    """Say which chunks of a job are finished, wherever they are drawn.

    Ends with 0 when all are, else with 1.

    helios job status job.json --watch
    """
    runner = JobRunner(file, JobOptions())
    with Display(as_json=json) as display:
        if watch:
            _wait(runner, lambda state: _tell_state(display, state))
            return 0
        state = runner.state()
        _tell_state(display, state)
    return 1 if state.missing else 0


def merge(
    file: Path,
    /,
    *,
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
    """
    runner = JobRunner(file, JobOptions(keep_chunks=keep_chunks))
    with Display(as_json=json, quiet=quiet) as display:
        if wait:
            _wait(runner, lambda state: _tell_state(display, state))
        if missing := runner.state().missing:
            raise ChunkFailed(
                f"{len(missing)} of {len(runner.job.chunks)} chunks are not finished: "
                f"{ranges(missing)}",
                hint=f"Draw them: helios job run {file}. Or wait for others: --wait.",
            )
        _tell_result(display, runner.run(display.progress))
    return 0


def emit(
    file: Path,
    /,
    *,
    target: Annotated[
        Literal["commands", "slurm", "openjd", "kubernetes", "aws-batch", "github-actions"],
        Parameter(help="the system that is to run the job"),
    ],
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="a folder; the job's by default")
    ] = None,
    image: Annotated[str, Parameter(help="container image with helios in it")] = "",
    claim: Annotated[str, Parameter(help="Kubernetes volume claim of the job's folder")] = "films",
) -> int:
    """Write a job as the files that another system runs.

    helios job emit job.json --target slurm

    helios job emit job.json --target kubernetes --image registry/helios:1
    """
    job = load_job(file)
    asked = Target(job_file=file.name, image=image, claim=claim)
    folder = output or file.parent
    texts = TARGETS[target](job, asked)
    if file.name in texts and folder.resolve() == file.parent.resolve():
        raise OptionError(f"{file} would be replaced", hint="Write to another folder: -o FOLDER.")
    make_folder(folder)
    for name, text in texts.items():
        write_whole(folder / name, text)
        if name.endswith(".sh"):
            (folder / name).chmod(0o755)
    with Display() as display:
        for name in texts:
            display.result(str(folder / name))
    return 0


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
    total = len(state.finished) + len(state.missing)
    display.event(
        "state",
        finished=list(state.finished),
        missing=list(state.missing),
        output=str(state.film) if state.film else None,
    )
    if state.film:
        display.result(f"{state.film} is there")
    elif state.missing:
        text = f"{len(state.finished)} of {total} chunks finished; missing {ranges(state.missing)}"
        display.result(text)
    else:
        display.result(f"all {total} chunks finished, not joined yet")


def _tell_result(display: Display, result: JobResult) -> None:
    display.event(
        "done",
        output=str(result.output_file) if result.output_file else None,
        renderedChunks=list(result.rendered_chunks),
        cachedChunks=list(result.cached_chunks),
        wasFinished=result.was_finished,
    )
    if result.was_finished:
        display.result(f"{result.output_file}: already finished (--force renders it anew)")
        return
    count = len(result.rendered_chunks)
    text = f"{count} chunk{'' if count == 1 else 's'} rendered"
    if result.cached_chunks:
        text += f", {len(result.cached_chunks)} finished before"
    display.result(f"{result.output_file}: {text}" if result.output_file else text)
