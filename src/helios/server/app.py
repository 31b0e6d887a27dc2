"""The server: REST, events, metrics and the web page, and the worker behind them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from helios.errors import (
    DiskFull,
    HeliosError,
    InvalidTransition,
    JobNotFound,
    StoreUnavailable,
)
from helios.preview.service import PreviewService
from helios.queue.job import RenderJob
from helios.queue.queue import RenderQueue
from helios.queue.worker import QueueWorker
from helios.server.context import ServerContext
from helios.server.events import EventHub
from helios.server.frames import FrameShelf
from helios.server.gallery import template_sources
from helios.server.glances import Glances
from helios.server.guard import Guard, Refused
from helios.server.live import LiveOrigins, LiveShelf
from helios.server.metrics import JobMetrics
from helios.server.mixes import MixShelf
from helios.server.notify import Messenger
from helios.server.policy import Policy
from helios.server.requests import body_schemas
from helios.server.routes import (
    batch,
    events,
    frames,
    health,
    login,
    named,
    previews,
    renders,
    shares,
    sounds,
    subtitles,
    templates,
)
from helios.server.settings import ServerSettings
from helios.server.share import Shares
from helios.server.sounds import SoundShelf
from helios.server.subtitles import SubtitleShelf
from helios.server.thumbnails import Thumbnails
from helios.version import __version__

_LONGEST = 2000
"""Characters of an error that are sent."""


def create_app(
    settings: ServerSettings, queue: RenderQueue, worker: QueueWorker, messenger: Messenger
) -> FastAPI:
    """The web application of a queue. The worker and the messenger are started by the caller."""
    hub, shelf, metrics = EventHub(), SoundShelf(settings), JobMetrics()
    words = SubtitleShelf(settings)
    policy = Policy(settings, shelf, words)
    queue.inputs = policy
    drawing = PreviewService()
    context = ServerContext(
        settings=settings,
        queue=queue,
        worker=worker,
        hub=hub,
        sounds=shelf,
        subtitles=words,
        policy=policy,
        thumbnails=Thumbnails(settings.data / "thumbnails", template_sources()),
        previews=drawing,
        frames=FrameShelf(drawing),
        mixes=MixShelf(settings.data / "mixes"),
        live=LiveShelf(),
        glances=Glances(),
        metrics=metrics,
        shares=Shares(settings.token),
    )

    def changed(job: RenderJob) -> None:
        shown = context.policy.shown(job, briefly=True)
        hub.publish(job, shown.model_dump(mode="json", by_alias=True))
        metrics.see(job)
        messenger.see(job)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hub.attach(asyncio.get_running_loop())
        unsubscribe = queue.subscribe(changed, hub.forget)
        yield
        unsubscribe()
        await asyncio.to_thread(context.previews.close)

    app = _Application(
        title="Helios",
        version=__version__,
        lifespan=lifespan,
        redoc_url=None,
        docs_url=None,
        openapi_url="/api/openapi.json",
        description="Anything that can draw frame n becomes a video.",
    )
    app.state.context, app.state.messenger = context, messenger
    for module in (
        renders,
        shares,
        batch,
        previews,
        frames,
        sounds,
        subtitles,
        templates,
        named,
        events,
        login,
        health,
    ):
        app.include_router(module.router)
    _handle_errors(app)
    page = Path(str(files("helios.server") / "ui"))
    app.mount("/", StaticFiles(directory=page, html=True))
    own = {f"/{file.relative_to(page).as_posix()}" for file in page.rglob("*") if file.is_file()}
    app.add_middleware(Guard, settings=settings, page={"/", *own})
    app.add_middleware(LiveOrigins, shelf=context.live)
    return app


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The description, with what the bodies of requests refer to: FastAPI reads none itself."""
        # Made when it is asked for: it takes as long as all else of a start.
        if not self.openapi_schema:
            super().openapi()["components"]["schemas"].update(body_schemas())
        return super().openapi()


def status_of(error: HeliosError) -> int:
    """The HTTP status of an error."""
    match error:
        case JobNotFound():
            return 404
        case InvalidTransition():
            return 409
        case StoreUnavailable():
            return 503
        case DiskFull():
            return 507
    return {2: 422, 3: 503}.get(error.exit_code, 422)


def _handle_errors(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Any], JSONResponse]] = {
        HeliosError: _explained,
        Refused: lambda error: _answer(error.status, error.error, headers=error.headers),
        HTTPException: lambda error: _answer(
            error.status_code,
            "Not found" if error.status_code == 404 else str(error.detail),
            headers=error.headers,
        ),
        RequestValidationError: lambda error: _answer(422, _invalid(error)),
    }

    for kind, answer in handlers.items():

        async def handle(
            _request: Request, error: Exception, answer: Callable[[Any], JSONResponse] = answer
        ) -> JSONResponse:
            return answer(error)

        app.add_exception_handler(kind, handle)


def _explained(error: HeliosError) -> JSONResponse:
    status = status_of(error)
    if status == 404:
        return _answer(404, "Not found", error.message)
    headers = {"retry-after": "5"} if status == 503 else None
    return _answer(status, error.message, error.hint, headers=headers)


def _answer(status: int, error: str, hint: str = "", *, headers: Any = None) -> JSONResponse:
    body = {"error": error[:_LONGEST]} | ({"hint": hint} if hint else {})
    return JSONResponse(body, status, headers=dict(headers) if headers else None)


def _invalid(error: RequestValidationError) -> str:
    lines = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
    return "; ".join(lines)
