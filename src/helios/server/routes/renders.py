"""``/api/render``: submit, look, steer, fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from helios.errors import InvalidTransition, JobNotFound
from helios.files.documents import validated
from helios.model.export import with_own_names
from helios.queue.job import FINAL, JobStatus, RenderJob
from helios.server.bodies import content_type, opened_form, pieces, read_object
from helios.server.context import Context, ServerContext, errors
from helios.server.disposition import disposition
from helios.server.guard import Refused
from helios.server.notify import addresses_to_tell
from helios.server.requests import JOB_KEYS, JobBody, RenderBody, RenderForm, described
from helios.server.shapes import JobList, Pruned, QueueStatus, Submitted, Success, Why

router = APIRouter(prefix="/api/render", tags=["render"])
JobId = Annotated[str, InPath(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
}


@router.post(
    "",
    status_code=200,
    responses=errors(400, 404, 408, 409, 413, 415, 422, 429, 507),
    openapi_extra=described({"application/json": RenderBody, "multipart/form-data": RenderForm}),
)
async def submit(request: Request, context: Context) -> Submitted:
    """Ask for a film: JSON, or a form with the file ``audio`` and the JSON ``config``."""
    if content_type(request) == "multipart/form-data":
        async with opened_form(request) as (config, upload):
            values = config
            if upload is not None:
                sound = await context.sounds.add(upload.filename or "sound", pieces(upload))
                values = with_own_names(config) | {"audio": sound.id}
    else:
        values = await read_object(request)
    ids = await run_in_threadpool(submit_values, context, values)
    return Submitted(job_id=ids[0], job_ids=ids)


def submit_values(context: ServerContext, values: dict[str, Any]) -> list[str]:
    """Check what was asked for and put it into the queue.

    Raises:
        HeliosError: it may not be had, or makes no sense.
    """
    request = context.policy.read(values)
    job = validated(JobBody, {key: values[key] for key in JOB_KEYS & values.keys()})
    for name in job.depends_on:
        if context.queue.get_status(name) is None:
            raise JobNotFound(f"dependsOn: no job {name[:80]!r}")
    return context.queue.submit_all(
        request,
        priority=job.priority,
        depends_on=job.depends_on,
        digests=context.policy.digests(request.configs[0]),
        notify=addresses_to_tell(job.notify),
    )


@router.get("", responses=errors(422))
def list_jobs(
    context: Context,
    status: JobStatus | None = None,
    pack: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> JobList:
    """Jobs, the newest first, page by page; without options that are long."""
    pack = pack.replace("\x00", "") if pack else pack
    jobs = context.queue.list_jobs(status, pack=pack, limit=limit, offset=offset)
    shown = [context.policy.shown(job, briefly=True) for job in jobs]
    return JobList(jobs=shown, total=context.queue.count(status, pack=pack))


@router.get("/status", responses=errors())
def queue_status(context: Context) -> QueueStatus:
    """How many jobs there are of each status."""
    queue = context.queue
    return QueueStatus.of(queue.counts(), is_paused=queue.is_paused, running=queue.running)


@router.post("/pause", responses=errors(429))
def pause_queue(context: Context) -> Success:
    """Begin no new job until the queue is resumed; those that run go on."""
    context.queue.pause()
    return Success()


@router.post("/resume", responses=errors(429))
def resume_queue(context: Context) -> Success:
    """Begin jobs again."""
    context.queue.resume()
    return Success()


@router.post("/prune", responses=errors(422, 429))
def prune(
    context: Context,
    older_than: Annotated[float, Query(ge=0, le=1e9, description="seconds since their end")] = 0.0,
    status: Literal["completed", "failed", "cancelled"] | None = None,
) -> Pruned:
    """Forget jobs that are over, with their films."""
    statuses = FINAL if status is None else {JobStatus(status)}
    return Pruned(pruned=context.queue.prune(older_than, statuses))


@router.get("/{job_id}", responses=errors(404, 422))
def get_job(job_id: JobId, context: Context) -> RenderJob:
    """One job as it is now."""
    return context.policy.shown(context.queue.demand(job_id))


@router.delete("/{job_id}", responses=errors(404, 409, 422, 429))
def cancel_job(job_id: JobId, context: Context, *, forget: bool = False) -> Success:
    """Cancel a job; with ``forget``, remove one that is over, with its film."""
    job = context.queue.demand(job_id)
    if not job.is_final:
        context.queue.cancel(job_id)
    elif not forget and job.status is not JobStatus.CANCELLED:
        raise InvalidTransition(f"job {job_id} is {job.status} already")
    if forget:
        context.queue.delete(job_id)
    return Success()


@router.get(
    "/{job_id}/download",
    responses={
        **errors(404, 409, 422),
        200: {"description": "The film.", "content": {"video/*": {}}},
        206: {"description": "A part of the film.", "content": {"video/*": {}}},
        416: {"description": "There is no such part.", "content": {"text/plain": {}}},
    },
    response_class=Response,
)
def download(job_id: JobId, context: Context, *, inline: bool = False) -> Response:
    """The film; parts of it by ``Range``."""
    return film_response(context, job_id, inline=inline)


def film_response(context: ServerContext, job_id: str, *, inline: bool) -> Response:
    """The film of a job.

    Raises:
        InvalidTransition: it is not finished.
        Refused: it is not here.
    """
    film = finished_film(context, job_id)
    return FileResponse(
        film,
        headers={"Content-Disposition": disposition(film.name, inline=inline)},
        media_type=MEDIA_TYPES.get(film.suffix.lower(), "application/octet-stream"),
    )


def finished_film(context: ServerContext, job_id: str) -> Path:
    """Where the film of a job is.

    Raises:
        InvalidTransition: it is not finished.
        Refused: it is not here.
    """
    job = context.queue.demand(job_id)
    if job.status is not JobStatus.COMPLETED or job.output_path is None:
        raise InvalidTransition(f"job {job_id} is {job.status}; its film is not there")
    film = context.queue.film(job)
    if not film.is_file():
        raise Refused(404, "the film is not on this server, or no longer there")
    return film


@router.get(
    "/{job_id}/picture",
    responses={
        **errors(404, 422),
        200: {"content": {"image/jpeg": {}}},
        204: {"description": "Nothing of the film can be seen yet."},
    },
    response_class=Response,
)
def picture(job_id: JobId, context: Context) -> Response:
    """A small picture: of the film's middle, or of what was finished last of it."""
    queue = context.queue
    job = queue.demand(job_id)
    is_done = job.status is JobStatus.COMPLETED and job.output_path is not None
    made = Path(str(job.output_path))
    if is_done and not made.is_file():
        return Response(status_code=204)
    file = context.glances.picture(queue.folders.path_of(job_id), made if is_done else None)
    if file is None:
        return Response(status_code=204)
    return FileResponse(file, media_type="image/jpeg", headers={"cache-control": "no-cache"})


@router.post("/{job_id}/first", responses=errors(404, 409, 422, 429))
def put_first(job_id: JobId, context: Context) -> Success:
    """Let a waiting job be the next that begins."""
    context.queue.put_first(job_id)
    return Success()


@router.post("/{job_id}/retry", responses=errors(404, 409, 422, 429))
def retry_job(job_id: JobId, context: Context) -> RenderJob:
    """Try a failed or cancelled job again."""
    return context.policy.shown(context.queue.retry(job_id))


@router.post("/{job_id}/pause", responses=errors(404, 409, 422, 429))
def pause_job(job_id: JobId, context: Context) -> Success:
    """Pause a job; finished chunks are kept."""
    context.queue.pause(job_id)
    return Success()


@router.post("/{job_id}/resume", responses=errors(404, 409, 422, 429))
def resume_job(job_id: JobId, context: Context) -> Success:
    """Go on with a paused job."""
    context.queue.resume(job_id)
    return Success()


@router.get(
    "/{job_id}/log",
    responses={**errors(404, 422), 200: {"content": {"text/plain": {}}}},
)
def job_log(job_id: JobId, context: Context) -> Response:
    """What happened to a job, and what its process said."""
    return PlainTextResponse(context.queue.log(job_id))


@router.get("/{job_id}/why", responses=errors(404, 422))
def job_why(job_id: JobId, context: Context) -> Why:
    """Why a job is not running."""
    return Why(why=context.queue.why(job_id))
