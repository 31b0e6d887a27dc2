"""``/api/frames``: the frames of a film as ZIP."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from helios.server.bodies import read_object
from helios.server.context import Context, errors
from helios.server.disposition import disposition
from helios.server.guard import Refused
from helios.server.requests import FramesBody, described
from helios.server.routes.previews import requested
from helios.server.shapes import Frames

router = APIRouter(prefix="/api/frames", tags=["render"])


@router.post(
    "",
    responses=errors(400, 404, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": FramesBody}),
)
async def ask(request: Request, context: Context) -> Frames:
    """Ask for the frames of a film, of its range and size: draws the first one."""
    config, film = await run_in_threadpool(requested, context, await read_object(request))
    asked = await run_in_threadpool(context.frames.ask, config, film)
    return Frames(
        id=asked.id,
        count=asked.request.frame_count,
        width=asked.width,
        height=asked.height,
    )


@router.get(
    "/{set_id}",
    responses={**errors(404, 422), 200: {"content": {"application/zip": {}}}},
    response_class=Response,
)
def fetch(set_id: str, context: Context) -> Response:
    """The frames as PNG in a ZIP, sent while they are drawn."""
    asked = context.frames.find(set_id)
    if asked is None:
        raise Refused(404, "Not found")
    headers = {
        "content-disposition": disposition(f"{asked.name}.zip", inline=False),
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    pieces = context.frames.packed(asked)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)
