"""What the server has and how it does: templates, formats, uploads, batches, events, health."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

import helios
from helios.errors import CompositionNotFound, HeliosError, OptionError
from helios.model.export import PACKS, PLATFORMS
from helios.model.formats import CONTAINERS, EXPORT_TYPES, VIDEO_CODECS, ExportType, export_type
from helios.server.bodies import content_type, opened_form, pieces, read_object, read_rows
from helios.server.context import Context, ServerContext, errors
from helios.server.events import MAX_CLIENTS
from helios.server.guard import COOKIE, Refused, same_secret, session_of
from helios.server.policy import templates
from helios.server.renders import JobId, submit_values
from helios.server.shapes import (
    BatchResult,
    BatchRow,
    Format,
    Formats,
    Health,
    Sound,
    Success,
    Templates,
)

router = APIRouter()
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PING_S = 15


@router.post(
    "/api/audio",
    tags=["audio"],
    responses=errors(400, 408, 413, 415, 422, 429, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": _BINARY,
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"audio": {"type": "string", "format": "binary"}},
                        "required": ["audio"],
                    }
                },
            },
        }
    },
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


@router.get("/api/templates", tags=["about"], responses=errors())
def get_templates() -> Templates:
    """The templates there are."""
    return Templates(templates=list(templates()))


@router.get(
    "/api/templates/{name}/thumbnail",
    tags=["about"],
    responses={
        **errors(404, 422),
        200: {"description": "The picture.", "content": {"image/jpeg": {}}},
        202: {"description": "It is being drawn; ask again.", "model": Success},
    },
    response_class=Response,
)
def get_thumbnail(name: Annotated[str, InPath(max_length=64)], context: Context) -> Response:
    """A picture of a template. It is drawn when it is first asked for; 202 until it is there."""
    try:
        picture = context.thumbnails.picture(name)
    except CompositionNotFound:
        raise Refused(404, "Not found") from None
    if picture is None:
        return JSONResponse(Success().model_dump(), 202, headers={"retry-after": "1"})
    return FileResponse(
        picture, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"}
    )


@router.get("/api/formats", tags=["about"], responses=errors())
def get_formats() -> Formats:
    """Types, platforms, packs, codecs."""
    return Formats(
        formats=[_format(kind, kind.name) for kind in EXPORT_TYPES],
        platforms=[
            _format(export_type(platform.type), name, float(platform.max_duration_s))
            for name, platform in PLATFORMS.items()
        ],
        packs={name: list(types) for name, types in PACKS.items()},
        video_codecs=[codec.encoder for codec in VIDEO_CODECS],
        containers=list(CONTAINERS),
    )


def _format(kind: ExportType, name: str, longest_s: float | None = None) -> Format:
    return Format(
        name=name,
        width=kind.width,
        height=kind.height,
        projection=str(kind.projection),
        stereo=str(kind.stereo),
        codec=kind.video_codec,
        max_duration=longest_s,
    )


@router.post(
    "/api/batch",
    tags=["render"],
    responses=errors(400, 408, 413, 415, 422, 429),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
                "application/jsonl": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
)
async def batch(request: Request, context: Context) -> BatchResult:
    """A film, or several, for every row; a bad row does not stop the rest."""
    rows = list(read_rows(content_type(request), await request.body()))
    return await run_in_threadpool(_submit_rows, context, rows)


def _submit_rows(context: ServerContext, rows: list[Any]) -> BatchResult:
    found = [_submit_row(context, number, row) for number, row in enumerate(rows, 1)]
    accepted = sum(row.error is None for row in found)
    return BatchResult(rows=found, accepted=accepted, rejected=len(found) - accepted)


def _submit_row(context: ServerContext, number: int, row: Any) -> BatchRow:
    try:
        if isinstance(row, HeliosError):
            raise row
        if not isinstance(row, dict):
            raise OptionError("a row must be an object")
        return BatchRow(row=number, job_ids=submit_values(context, row))
    except HeliosError as error:
        return BatchRow(row=number, error=f"{error.message} {error.hint}".strip())


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
    job = await run_in_threadpool(context.queue.demand, job_id)
    first = context.policy.shown(job, briefly=True).model_dump_json(by_alias=True)
    return _stream(context, job_id, first)


def _stream(context: ServerContext, job_id: str | None, *first: str) -> EventSourceResponse:
    if context.hub.client_count >= MAX_CLIENTS:
        raise Refused(503, "too many clients are watching", **{"retry-after": "10"})

    async def messages() -> AsyncIterator[dict[str, str]]:
        for text in first:
            yield {"event": "job", "data": text}
        async for event, text in context.hub.watch(job_id):
            yield {"event": event, "data": text}

    return EventSourceResponse(messages(), ping=_PING_S, headers={"x-accel-buffering": "no"})


@router.post(
    "/api/login",
    tags=["about"],
    responses=errors(400, 408, 413, 415, 422, 429),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"token": {"type": "string"}},
                        "required": ["token"],
                    }
                }
            },
        }
    },
)
async def login(request: Request, response: Response, context: Context) -> Success:
    """Show the token once and get a cookie for it."""
    token = context.settings.token
    shown = (await read_object(request)).get("token")
    if token is not None:
        if not isinstance(shown, str) or not same_secret(shown, token):
            raise Refused(401, "that is not the token")
        response.set_cookie(
            COOKIE,
            session_of(token),
            httponly=True,
            samesite="strict",
            max_age=30 * 86_400,
            secure=request.url.scheme == "https",
        )
    return Success()


@router.get(
    "/healthz",
    tags=["about"],
    responses={503: {"model": Health, "description": "It cannot do its work."}},
)
def health(context: Context) -> Response:
    """Whether the worker works and the database answers."""
    problem = None if context.worker.is_alive else "the worker does not work"
    try:
        context.queue.counts()
    except HeliosError as error:
        problem = error.message
    body = Health(
        status="failing" if problem else "ok", version=helios.__version__, problem=problem
    )
    return JSONResponse(body.model_dump(), 503 if problem else 200)


@router.get(
    "/metrics",
    tags=["about"],
    responses={**errors(), 200: {"content": {"text/plain": {}}}},
    response_class=PlainTextResponse,
)
def metrics(context: Context) -> PlainTextResponse:
    """For Prometheus."""
    return PlainTextResponse(
        context.metrics.text(context.queue, context.hub), media_type="text/plain; version=0.0.4"
    )


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(24)
