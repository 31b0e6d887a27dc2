"""``/healthz``, ``/metrics``: how the server does."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from helios.errors import HeliosError
from helios.server.context import Context, errors
from helios.server.shapes import Health
from helios.version import __version__

router = APIRouter()


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
    body = Health(status="failing" if problem else "ok", version=__version__, problem=problem)
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
