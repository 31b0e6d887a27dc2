"""``helios queue``: talk to a server's queue."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from helios.agents.events import DoneEvent, SubmittedEvent
from helios.cli.display import Display
from helios.cli.export import read_config
from helios.cli.extras import needs_extra
from helios.cli.flags import Json, QuietAlready
from helios.cli.options import read_flags, with_render_options
from helios.cli.steered import tell_jobs
from helios.cli.visible import on_one_line, visible
from helios.errors import OptionError, OutputNotWritable, RenderError
from helios.model.choices import Naming
from helios.model.options import RenderOptions
from helios.model.progress import Progress, Stage

if TYPE_CHECKING:
    from helios.model.stem import Stem
    from helios.queue.job import RenderJob
    from helios.server.client import HeliosClient

Server = Annotated[
    str,
    Parameter(
        name="--server",
        env_var="HELIOS_SERVER",
        help="address of the server; HELIOS_TOKEN opens it",
    ),
]
LOCAL = "http://127.0.0.1:8787"


def _client(server: str) -> HeliosClient:
    with needs_extra("server"):
        from helios.server.client import HeliosClient
    return HeliosClient(server)


@with_render_options(skip=("audio", "frames", "headless", "sandbox"))
def submit(
    template: str | None = None,
    /,
    *,
    config: Annotated[Path | None, Parameter(help="a configuration file (JSON)")] = None,
    audio: Annotated[Path | None, Parameter(help="the sound; it is uploaded")] = None,
    type: Annotated[  # noqa: A002 - the word users see in the help
        list[str] | None, Parameter(negative="", help="export type or platform; may be repeated")
    ] = None,
    pack: Annotated[str | None, Parameter(help="social, youtube or vr")] = None,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="wait, and download the film to here")
    ] = None,
    naming: Annotated[
        Naming | None, Parameter(help="dated: [YYYYMMDD]_[name]_[type]_vN.mp4")
    ] = None,
    priority: Annotated[int, Parameter(help="-100 to 100; higher ones go first")] = 0,
    wait: Annotated[bool, Parameter(negative="", help="wait for the end")] = False,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
    **flags: Any,
) -> int:
    """Ask for a film.

    helios queue submit etherealFlame --audio song.mp3 --type shorts -o film.mp4
    """
    if template is None and config is None:
        raise OptionError("nothing to render", hint="Name a template, or a --config file.")
    values = read_config(config)
    song = audio or _song_of(values)
    values |= read_flags(flags).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    stems = {stem.name: stem.file for stem in _stems_of(values)}
    words = values.pop("subtitles", None)
    if template is not None:
        values["composition"] = template
    if type:
        values["type"] = type if len(type) > 1 else type[0]
    if naming:
        values["naming"] = naming
    if output is not None and not _is_folder(output):
        values["output"] = output.name
    more = {"pack": pack} if pack else {}
    with _client(server) as client:
        ids = client.submit_all(values, song, stems, words, priority=priority, **more)
        _show_ids(ids, as_json=json)
        if wait or output is not None:
            _await(client, ids, output, as_json=json)
    return 0


def ls(
    *,
    status: Annotated[str | None, Parameter(help="pending, processing, ...")] = None,
    limit: Annotated[int, Parameter(help="how many")] = 30,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """List jobs, the newest first."""
    with _client(server) as client:
        page = client.list(status, limit=limit)
    if json:
        print(page.model_dump_json(by_alias=True))
        return 0
    for job in page.jobs:
        stage = f" {job.stage}" if job.stage else ""
        what = " ".join(str(job.config.get(key, "")) for key in ("composition", "type"))
        line = f"{job.id:22} {job.status:10} {job.progress:5.1f} %{stage}  {what}"
        print(on_one_line(line.rstrip()))
    if page.total > len(page.jobs):
        print(f"... {page.total - len(page.jobs)} more (--limit)")
    return 0


def show(
    job_id: str,
    /,
    *,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Show a job, and why it is not running."""
    with _client(server) as client:
        job, why = client.get(job_id), client.why(job_id)
    if json:
        print(job.model_dump_json(by_alias=True))
        return 0
    for name, value in job.model_dump(mode="json", by_alias=True).items():
        if value not in (None, [], ()):
            text = json_module.dumps(value) if isinstance(value, dict) else value
            print(visible(f"{name:12} {text}"))
    if why:
        print(visible(f"{'why':12} {why}"))
    return 0


def logs(
    job_id: str,
    /,
    *,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Print what happened to a job."""
    with _client(server) as client:
        text = client.log(job_id)
    if json:
        from helios.agents.reports import LogReport

        print(LogReport(job=job_id, lines=tuple(text.splitlines())).model_dump_json(indent=1))
    else:
        print(visible(text), end="")
    return 0


def cancel(
    *job_ids: str,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Stop jobs for good."""
    with _client(server) as client:
        for job_id in _some(job_ids):
            client.cancel(job_id)
    return tell_jobs("cancel", job_ids) if json else 0


def retry(
    *job_ids: str,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Try failed or cancelled jobs again."""
    with _client(server) as client:
        for job_id in _some(job_ids):
            client.retry(job_id)
    return tell_jobs("retry", job_ids) if json else 0


def pause(
    *job_ids: str,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Pause jobs, or without any the whole queue."""
    with _client(server) as client:
        for job_id in job_ids or (None,):
            client.pause(job_id)
    return tell_jobs("pause", job_ids, is_whole_queue=not job_ids) if json else 0


def resume(
    *job_ids: str,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Go on with jobs, or without any with the whole queue."""
    with _client(server) as client:
        for job_id in job_ids or (None,):
            client.resume(job_id)
    return tell_jobs("resume", job_ids, is_whole_queue=not job_ids) if json else 0


def prune(
    *,
    older_than: Annotated[float, Parameter(help="hours since their end")] = 24.0,
    server: Server = LOCAL,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Forget jobs that are over, with their films."""
    with _client(server) as client:
        gone = client.prune(older_than * 3600)
    if json:
        return tell_jobs("prune", gone)
    print(f"{len(gone)} forgotten")
    return 0


def _song_of(values: dict[str, Any]) -> Path | None:
    """The sound that a configuration names by its path; it is taken out."""
    song = values.pop("audio", None)
    return Path(song) if isinstance(song, str) and song else None


def _stems_of(values: dict[str, Any]) -> tuple[Stem, ...]:
    """The stems that a configuration names by their paths; they are taken out."""
    return RenderOptions.read({"stem": values.pop("stem", ())}).stem


def _some(job_ids: tuple[str, ...]) -> tuple[str, ...]:
    if not job_ids:
        raise OptionError("name at least one job", hint="helios queue ls shows them.")
    return job_ids


def _show_ids(ids: list[str], *, as_json: bool) -> None:
    with Display(as_json=as_json) as display:
        display.event(SubmittedEvent(job_ids=tuple(ids)))
        display.result("\n".join(ids))


def _await(client: HeliosClient, ids: list[str], output: Path | None, *, as_json: bool) -> None:
    for job_id in ids:
        with Display(as_json=as_json, quiet=False) as display:
            job = None
            for job in client.watch(job_id):
                if not job.is_final:
                    display.progress(_progress(job))
        if job is None or job.status != "completed":
            raise RenderError(f"job {job_id}: {(job and job.error) or 'it did not end well'}")
        if output is not None:
            place = _place(output, job, is_only=len(ids) == 1)
            with Display(as_json=as_json) as display:
                film = client.download(job_id, place)
                display.event(DoneEvent(output=str(film)))
                display.result(str(film))


def _is_folder(output: Path) -> bool:
    return not output.suffix or output.is_dir()


def _place(output: Path, job: RenderJob, *, is_only: bool) -> Path:
    """Where a film is downloaded to: one under the name that was asked for, several beside it."""
    folder = output if _is_folder(output) else output.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputNotWritable(f"cannot make {folder}: {error.strerror}") from error
    own = Path(str(job.output_path)).name
    return output if is_only and not _is_folder(output) else folder / own


def _progress(job: RenderJob) -> Progress:
    return Progress(
        stage=Stage(job.stage or Stage.ANALYZING),
        fraction=job.progress / 100,
        frames_done=job.frames_done,
        frames_total=job.frames_total,
        fps=job.fps,
        eta_s=job.eta_s,
    )
