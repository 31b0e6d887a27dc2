"""``/api/subtitles``: upload subtitles and lyrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from helios.server.bodies import content_type
from helios.server.context import Context, errors
from helios.server.guard import Refused
from helios.server.requests import described
from helios.server.shapes import UploadedSubtitles

router = APIRouter()


@router.post(
    "/api/subtitles",
    tags=["subtitles"],
    responses=errors(400, 408, 413, 415, 422, 429, 507),
    openapi_extra=described({"application/octet-stream": bytes}),
)
async def upload_subtitles(
    request: Request, context: Context, name: Annotated[str, Query(max_length=200)] = "subtitles"
) -> UploadedSubtitles:
    """Upload subtitles or lyrics (SRT, WebVTT, ASS, LRC) as the body."""
    kind = content_type(request)
    if not kind.startswith("text/") and kind not in ("application/octet-stream", ""):
        raise Refused(415, "send the subtitles as text/* or application/octet-stream")
    return await run_in_threadpool(context.subtitles.add, name, await request.body())
