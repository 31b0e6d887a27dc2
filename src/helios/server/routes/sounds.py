"""``/api/audio``: upload sounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from helios.errors import HeliosError
from helios.server.bodies import content_type, opened_form, pieces
from helios.server.context import Context, errors
from helios.server.guard import Refused
from helios.server.requests import SoundForm, described
from helios.server.shapes import Sound

router = APIRouter()


@router.post(
    "/api/audio",
    tags=["audio"],
    responses=errors(400, 408, 413, 415, 422, 429, 507),
    openapi_extra=described({"application/octet-stream": bytes, "multipart/form-data": SoundForm}),
)
async def upload_audio(
    request: Request, context: Context, name: Annotated[str, Query(max_length=200)] = "sound"
) -> Sound:
    """Upload a sound: as the body, or as the file ``audio`` of a form."""
    kind = content_type(request)
    if kind == "multipart/form-data":
        async with opened_form(request) as (_, upload):
            if upload is None:
                raise Refused(422, "the form has no file called audio")
            return await context.sounds.add(upload.filename or name, pieces(upload))
    if kind.startswith(("audio/", "video/")) or kind == "application/octet-stream":
        return await context.sounds.add(name, request.stream())
    raise Refused(415, "send the sound as audio/*, application/octet-stream or a form")


@router.get("/api/audio/{sound_id}", tags=["audio"], responses=errors(404, 422))
def get_audio(sound_id: str, context: Context) -> Sound:
    """What is known of an uploaded sound."""
    try:
        return context.sounds.get(sound_id)
    except (HeliosError, OSError, ValueError):
        raise Refused(404, "Not found") from None
