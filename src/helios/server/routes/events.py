"""``/api/events``: server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import APIRouter
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from helios.errors import JobNotFound
from helios.server.context import Context, ServerContext, errors
from helios.server.events import MAX_CLIENTS
from helios.server.guard import Refused
from helios.server.routes.renders import JobId

router = APIRouter()
_PING_S = 15


@router.get(
    "/api/events",
    tags=["events"],
    responses={**errors(), 200: {"content": {"text/event-stream": {}}}},
    response_class=EventSourceResponse,
)
@router.get("/events", include_in_schema=False)
async def events(context: Context) -> EventSourceResponse:
    """Every change of every job, as server-sent events called ``job``, and the ids of those that
    were removed, as ``forgotten``."""
    return _stream(context, None)


@router.get(
    "/api/render/{job_id}/events",
    tags=["events"],
    responses={**errors(404, 422), 200: {"content": {"text/event-stream": {}}}},
    response_class=EventSourceResponse,
)
async def job_events(job_id: JobId, context: Context) -> EventSourceResponse:
    """Every change of one job, beginning with how it is now."""

    async def look() -> str:
        job = await run_in_threadpool(context.queue.demand, job_id)
        return context.policy.shown(job, briefly=True).model_dump_json(by_alias=True)

    await look()  # there is such a job, or the answer says that there is none
    return _stream(context, job_id, look)


def _stream(
    context: ServerContext, job_id: str | None, look: Callable[[], Awaitable[str]] | None = None
) -> EventSourceResponse:
    if context.hub.client_count >= MAX_CLIENTS:
        raise Refused(503, "too many clients are watching", **{"retry-after": "10"})

    async def messages() -> AsyncIterator[dict[str, str]]:
        try:
            async for event, text in context.hub.watch(job_id, look):
                yield {"event": event, "data": text}
        except JobNotFound:  # forgotten before anybody watched it
            yield {"event": "forgotten", "data": json.dumps({"id": job_id})}

    return EventSourceResponse(messages(), ping=_PING_S, headers={"x-accel-buffering": "no"})
