"""``/shared``: films by links that need no token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool

from helios.errors import InvalidTransition
from helios.files.documents import validated
from helios.queue.job import JobStatus
from helios.server.bodies import read_object
from helios.server.context import Context, errors
from helios.server.lan import code_as_image
from helios.server.requests import ShareBody, described
from helios.server.routes.renders import JobId, film_response
from helios.server.shapes import Shared

router = APIRouter(tags=["render"])


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
def shared(key: Annotated[str, InPath(max_length=160)], context: Context) -> Response:
    """The film of a link; it needs no token."""
    return film_response(context, context.shares.job_of(key), inline=True)
