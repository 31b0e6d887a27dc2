"""``/shared``: films by links that need no token."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from helios.errors import InvalidTransition
from helios.files.documents import validated
from helios.model.export import ExportConfig
from helios.model.formats import Projection, StereoLayout, export_type
from helios.queue.job import JobStatus
from helios.server.bodies import read_object
from helios.server.context import Context, errors
from helios.server.lan import code_as_image
from helios.server.requests import ShareBody, described
from helios.server.routes.renders import JobId, film_response, finished_film
from helios.server.shapes import Shared, SharedFilm

router = APIRouter(tags=["render"])
Key = Annotated[str, InPath(max_length=160)]


@router.post(
    "/api/render/{job_id}/share",
    responses=errors(400, 404, 408, 409, 413, 415, 422, 429),
    openapi_extra=described({"application/json": ShareBody}),
)
async def share(job_id: JobId, request: Request, context: Context) -> Shared:
    """A link to a finished film that needs no token, and ends."""
    asked = validated(ShareBody, await read_object(request))
    job = await run_in_threadpool(context.queue.demand, job_id)
    if job.status is not JobStatus.COMPLETED:
        raise InvalidTransition(f"job {job_id} is {job.status}; its film is not there")
    path, until = context.shares.link(job_id, asked.hours)
    url = f"{request.url.scheme}://{request.headers['host']}{path}"
    return Shared(url=url, until=until, code=code_as_image(url))


@router.get(
    "/shared/{key}",
    responses={
        **errors(404, 409, 410, 422),
        200: {"description": "The film.", "content": {"video/*": {}}},
        206: {"description": "A part of the film.", "content": {"video/*": {}}},
    },
    response_class=Response,
)
def shared(
    key: Key, context: Context, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Response:
    """The film of a link; it needs no token. Who asks for a page gets one that plays it."""
    if "text/html" in accept:
        # What a link that does not hold says, the page tells.
        page = Path(str(files("helios.server") / "ui" / "shared.html"))
        return FileResponse(page, headers={"vary": "accept", "cache-control": "no-cache"})
    film = film_response(context, context.shares.job_of(key), inline=True)
    film.headers["vary"] = "accept"
    return film


@router.get("/shared/{key}/about", responses=errors(404, 409, 410, 422))
def about(key: Key, context: Context) -> SharedFilm:
    """What the film of a link is; it needs no token."""
    job_id, until = context.shares.read(key)
    film, job = finished_film(context, job_id), context.queue.demand(job_id)
    named = ExportConfig.read(job.config).options.type
    kind = export_type(named) if named else None
    return SharedFilm(
        name=film.stem,
        until=until,
        projection=str(kind.projection if kind else Projection.PERSPECTIVE),
        stereo=str(kind.stereo if kind else StereoLayout.MONO),
    )
