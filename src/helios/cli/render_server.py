"""``helios render-server``: a folder as a queue."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from helios.cli.at_once import AllWorkers, AtOnce, as_number
from helios.cli.extras import needs_extra
from helios.cli.flags import Executor, Needs
from helios.cli.signals import StopSignals, ending
from helios.cli.visible import on_one_line
from helios.errors import in_sentences
from helios.model.size import parse_bytes
from helios.planning.needs import ChunkNeeds

if TYPE_CHECKING:
    from helios.queue.job import RenderJob


def command(
    *,
    jobs_dir: Annotated[Path, Parameter(help="holds pending, processing, complete, failed")] = Path(
        "jobs"
    ),
    output_dir: Annotated[Path, Parameter(help="where films with relative paths go")] = Path(
        "output"
    ),
    poll_interval: Annotated[float, Parameter(help="seconds between looks")] = 0.5,
    at_once: AtOnce = "auto",
    workers: AllWorkers = "auto",
    max_memory: Annotated[
        str | None, Parameter(help="such as 8G (default: 80 % of what there is)")
    ] = None,
    grace: Annotated[
        float | None,
        Parameter(help="seconds to finish after SIGTERM (default: until the film is done)"),
    ] = None,
    stall: Annotated[
        float, Parameter(help="seconds without progress until a film is tried again")
    ] = 900.0,
    backoff: Annotated[float, Parameter(help="seconds until a film is tried again")] = 10.0,
    executor: Executor = "threads",
    needs: Needs = None,
    render_function: Annotated[str | None, Parameter(show=False)] = None,
) -> int:
    """Make a film of every job file put into JOBS_DIR/pending.

    A job file is JSON: {"id": "a", "config": {"templateId": "etherealFlame", "audioPath":
    "song.mp3", "exportType": "flat-1080p-landscape", "fps": 30, "outputPath": "film.mp4"}}. Write
    it under another name and rename it, or just write it: half-written files are waited for.

    SIGTERM: the film under way is finished first, or, after --grace seconds, stopped and taken up
    again at the next start. A second signal stops at once; nothing is lost.
    """
    with needs_extra("server"):
        from helios.executors.call import DEFAULT_RENDER_FUNCTION
        from helios.executors.engine import check_engine
        from helios.queue.budget import default_limit_bytes
        from helios.queue.export_process import ProcessExporter
        from helios.queue.opening import open_queue
        from helios.queue.watch import WatchFolder
        from helios.queue.worker import QueueWorker

    limit = parse_bytes(max_memory) if max_memory else default_limit_bytes()
    needed = None if needs is None else ChunkNeeds.read(needs)
    check_engine(executor, needed)
    signals = StopSignals()
    exporter = ProcessExporter(
        render_function=render_function or DEFAULT_RENDER_FUNCTION,
        executor=executor,
        needs=needed,
        max_memory_bytes=limit,
        stall_s=stall,
    )
    with open_queue(
        jobs_dir / ".helios",
        exporter=exporter,
        max_memory_bytes=limit,
        at_once=as_number(at_once),
        workers=as_number(workers),
        backoff_base_s=backoff,
    ) as queue:
        queue.subscribe(_Narrator().hear)
        folder = WatchFolder(
            jobs_dir,
            queue,
            base=Path.cwd(),
            output_folder=(Path.cwd() / output_dir),
            on_refused=lambda name, why: _say(f"{name}: refused: {why}"),
        )
        folder.resume()
        worker = QueueWorker(queue)
        signals.on_second = worker.stop_now
        worker.start()
        _say(f"watching {jobs_dir / 'pending'}")
        try:
            while not signals.first.wait(poll_interval):
                folder.scan()
            _say(ending(len(queue.running), grace))
        finally:
            worker.stop(grace)
            folder.scan(take=False)
    return 0


class _Narrator:
    """Says when jobs begin, end and fail."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[str, int]] = {}

    def hear(self, job: RenderJob) -> None:
        """A job has changed."""
        now = str(job.status), job.attempts
        if self._heard.get(job.id, ("pending", 0)) == now:
            return
        self._heard[job.id] = now
        if job.is_final:
            del self._heard[job.id]
        text = told(job)
        if text:
            _say(f"{job.id}: {text}")


def told(job: RenderJob) -> str:
    """What is said of a job that has come to another status."""
    match str(job.status):
        case "processing":
            what = " ".join(
                str(job.config[key]) for key in ("composition", "type") if key in job.config
            )
            return f"begun: {what}" + (f" (attempt {job.attempts})" if job.attempts > 1 else "")
        case "completed":
            return f"done: {job.output_path}"
        case "failed":
            return in_sentences(f"failed: {job.error}", job.hint)
        case "pending":
            return f"will be tried again: {job.error}" if job.error else "waits again"
    return str(job.status)


def _say(text: str) -> None:
    print(on_one_line(text), file=sys.stderr, flush=True)
