"""``helios job run``: do what a job file says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.display import Display
from helios.cli.signals import Interruption
from helios.errors import Cancelled, OptionError
from helios.executors.engine import open_engine
from helios.model.options import RenderOptions
from helios.rendering.job import JobOptions, JobResult, JobRunner
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
    executor: Annotated[
        str,
        Parameter(help="who draws: threads, dask[:ADDRESS], ray[:ADDRESS] or MODULE:FACTORY"),
    ] = "threads",
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
    json: Annotated[bool, Parameter(negative="", help="JSON events on standard output")] = False,
    quiet: Annotated[
        bool,
        Parameter(
            name=["--quiet", "-q"], negative="", help="no progress; warnings and the result only"
        ),
    ] = False,
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
