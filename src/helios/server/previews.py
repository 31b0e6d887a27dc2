"""``/api/preview``: one still of what would be rendered."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from helios.errors import Cancelled, OptionError, RenderError
from helios.process.command import run_command
from helios.server.bodies import read_object
from helios.server.context import Context, ServerContext, errors
from helios.server.guard import Refused
from helios.server.renders import submit_schema

router = APIRouter()
TIMEOUT_S = 60.0
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
        "requestBody": {"required": True, "content": {"application/json": {"schema": {
            "type": "object",
            "properties": {
                "config": submit_schema(),
                "at": {"type": "number", "minimum": 0, "description": "seconds into the film"},
            },
            "required": ["config"],
        }}}}
    },
)  # fmt: skip
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
    folder = context.settings.data / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    call = folder / f"{secrets.token_hex(8)}.json"
    image = call.with_suffix(".png")
    call.write_text(config.model_dump_json(by_alias=True, exclude_defaults=True), encoding="utf-8")
    argv = [
        sys.executable, "-m", "helios.server.drawing", str(call), str(image), str(at),
        str(MAX_SIDE),
    ]  # fmt: skip
    try:
        with _deadline() as expired:
            code, lines = run_command(argv, cwd=context.policy.base, cancel=expired)
        if code != 0 or not image.is_file():
            raise RenderError(lines[-1] if lines else "the preview could not be drawn")
        return image.read_bytes()
    except Cancelled:
        raise RenderError("the preview took too long") from None
    finally:
        for path in (call, image):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _deadline() -> Iterator[threading.Event]:
    expired = threading.Event()
    timer = threading.Timer(TIMEOUT_S, expired.set)
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
