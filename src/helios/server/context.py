"""What every endpoint needs, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from helios.preview.service import PreviewService
from helios.queue.queue import RenderQueue
from helios.queue.worker import QueueWorker
from helios.server.events import EventHub
from helios.server.frames import FrameShelf
from helios.server.glances import Glances
from helios.server.live import LiveShelf
from helios.server.metrics import JobMetrics
from helios.server.mixes import MixShelf
from helios.server.policy import Policy
from helios.server.settings import ServerSettings
from helios.server.shapes import ErrorBody
from helios.server.share import Shares
from helios.server.sounds import SoundShelf
from helios.server.subtitles import SubtitleShelf
from helios.server.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerContext:
    """The parts of a running server."""

    settings: ServerSettings
    queue: RenderQueue
    worker: QueueWorker
    hub: EventHub
    sounds: SoundShelf
    subtitles: SubtitleShelf
    policy: Policy
    thumbnails: Thumbnails
    previews: PreviewService
    frames: FrameShelf
    mixes: MixShelf
    live: LiveShelf
    glances: Glances
    metrics: JobMetrics
    shares: Shares


def _context(request: Request) -> ServerContext:
    context = request.app.state.context
    assert isinstance(context, ServerContext)
    return context


Context = Annotated[ServerContext, Depends(_context)]

_TEXTS = {
    400: "The request cannot be carried out.",
    401: "A token is needed.",
    403: "Requests from other sites are not taken.",
    404: "There is no such thing.",
    408: "The request took too long.",
    409: "The job is not in a state from which this can be done.",
    410: "It is no longer there.",
    413: "The request is too large.",
    415: "That kind of content is not understood.",
    421: "This server is not called by that name.",
    422: "A value cannot be used.",
    429: "Too many requests.",
    503: "Not just now; try again.",
    507: "There is no room on the server's disk.",
}


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an endpoint, for its OpenAPI description."""
    every = {401, 403, 421, 503, *codes}
    return {code: {"model": ErrorBody, "description": _TEXTS[code]} for code in sorted(every)}
