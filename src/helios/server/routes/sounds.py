"""``/api/audio``: upload sounds."""

from __future__ import annotations

import mimetypes
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from helios.errors import HeliosError
from helios.executors.call import HeardSound
from helios.server.bodies import content_type, opened_form, pieces
from helios.server.context import Context, ServerContext, errors
from helios.server.guard import Refused
from helios.server.requests import SoundForm, described
from helios.server.shapes import Sound, Upload
from helios.server.sounds import UPLOAD_ID, UploadPart

router = APIRouter()


@router.post(
    "/api/audio",
    tags=["audio"],
    responses=errors(400, 408, 409, 413, 415, 422, 429, 507),
    openapi_extra=described({"application/octet-stream": bytes, "multipart/form-data": SoundForm}),
)
async def upload_audio(
    request: Request,
    context: Context,
    name: Annotated[str, Query(max_length=200)] = "sound",
    upload_id: Annotated[str | None, Query(alias="upload", pattern=UPLOAD_ID)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    size: Annotated[int, Query(ge=0)] = 0,
) -> Sound:
    """Upload a sound: as the body, or as the file ``audio`` of a form.

    With ``upload``, 32 digits (0-9, a-f) of your choice, and the ``size`` of the whole, what has
    come of a body stays for an hour: after a lost connection ``GET /api/audio/upload/{upload}``
    says how much, and the rest is sent with that ``offset``.
    """
    kind = content_type(request)
    if kind == "multipart/form-data":
        async with opened_form(request) as (_, upload):
            if upload is None:
                raise Refused(422, "the form has no file called audio")
            return await context.sounds.add(upload.filename or name, pieces(upload))
    if kind.startswith(("audio/", "video/")) or kind == "application/octet-stream":
        if upload_id is None:
            return await context.sounds.add(name, request.stream())
        part = UploadPart(upload=upload_id, offset=offset, size=size)
        return await context.sounds.add_part(name, part, request.stream())
    raise Refused(415, "send the sound as audio/*, application/octet-stream or a form")


@router.get("/api/audio/upload/{upload}", tags=["audio"], responses=errors(422))
def get_upload(upload: Annotated[str, Path(pattern=UPLOAD_ID)], context: Context) -> Upload:
    """How much of an upload has come."""
    most = context.settings.max_upload_bytes
    return Upload(received=context.sounds.received(upload), most=most)


@router.get("/api/audio/demo", tags=["audio"], responses=errors(507))
async def get_demo(context: Context) -> Sound:
    """A short song of ours, to try with."""
    return await context.sounds.demo()


@router.get("/api/audio/{sound_id}", tags=["audio"], responses=errors(404, 422))
def get_audio(sound_id: str, context: Context) -> Sound:
    """What is known of an uploaded sound."""
    return _demand(context, sound_id)


@router.get("/api/audio/{sound_id}/hearing", tags=["audio"], responses=errors(404, 422))
async def get_hearing(
    sound_id: str, context: Context, fps: Annotated[str, Query(max_length=32)] = "30"
) -> HeardSound:
    """Beats, sections and bands of an uploaded sound; it is analysed when this is first asked."""
    await run_in_threadpool(_demand, context, sound_id)
    return await context.sounds.hearing(sound_id, fps)


@router.get(
    "/api/audio/{sound_id}/file",
    tags=["audio"],
    responses={**errors(404, 422), 200: {"content": {"audio/*": {}}}},
    response_class=FileResponse,
)
def get_audio_file(sound_id: str, context: Context) -> FileResponse:
    """An uploaded sound, to be played; also in parts."""
    sound = _demand(context, sound_id)
    kind = mimetypes.guess_type(sound.name)[0] or ""
    playable = kind if kind.startswith(("audio/", "video/")) else "application/octet-stream"
    return FileResponse(
        context.sounds.path_of(sound_id),
        media_type=playable,
        headers={"cache-control": "private, max-age=3600"},
    )


def _demand(context: ServerContext, sound_id: str) -> Sound:
    try:
        return context.sounds.get(sound_id)
    except (HeliosError, OSError, ValueError):
        raise Refused(404, "Not found") from None
