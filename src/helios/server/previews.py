"""``/api/preview``: one still of what would be rendered."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from helios.errors import OptionError
from helios.server.bodies import read_object
from helios.server.context import Context, ServerContext, errors
from helios.server.guard import Refused
from helios.server.renders import submit_schema
from helios.server.stills import draw_still

router = APIRouter()
MAX_SIDE = 960
MAX_WAITING = 8


class _Queue:
    """Previews one after the other, and not too many waiting."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if self._waiting >= MAX_WAITING:
            raise Refused(503, "too many previews are waiting", **{"retry-after": "5"})
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                yield
        finally:
            self._waiting -= 1


_QUEUE = _Queue()


@router.post(
    "/api/preview",
    tags=["render"],
    responses={
        **errors(400, 404, 408, 413, 415, 422, 429),
        200: {"content": {"image/png": {}}},
    },
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "config": submit_schema(),
                            "at": {
                                "type": "number",
                                "minimum": 0,
                                "description": "seconds into the film",
                            },
                        },
                        "required": ["config"],
                    }
                }
            },
        }
    },
)
async def preview(request: Request, context: Context) -> Response:
    """A still, at most 960 pixels long."""
    values = await read_object(request)
    config, at = values.get("config"), values.get("at", 0)
    if not isinstance(config, dict):
        raise OptionError("config must be an object")
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < 7 * 86_400:
        raise OptionError("at is a number of seconds")
    async with _QUEUE.turn():
        image = await run_in_threadpool(_draw, context, config, float(at))
    return Response(image, media_type="image/png", headers={"cache-control": "no-store"})


def _draw(context: ServerContext, values: dict[str, Any], at: float) -> bytes:
    (config, *_) = context.policy.read(values).configs
    image = context.settings.data / "previews" / f"{secrets.token_hex(8)}.png"
    try:
        draw_still(config, image, at, side=MAX_SIDE, base=context.policy.base)
        return image.read_bytes()
    finally:
        image.unlink(missing_ok=True)
