"""``/api/preview``: what would be rendered, as stills and as pictures in a row."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from helios.errors import HeliosError, RenderError
from helios.executors.call import FilmCosts, PreviewPicture
from helios.files.documents import as_object, validated
from helios.model import options
from helios.model.export import ExportConfig
from helios.model.page_words import PageWords
from helios.preview.service import PreviewRequest
from helios.server.bodies import read_object
from helios.server.context import Context, ServerContext, errors
from helios.server.guard import Refused
from helios.server.requests import (
    CostsBody,
    LiveBody,
    MixBody,
    MomentBody,
    PicturesBody,
    PreviewBody,
    WordsBody,
    described,
)
from helios.server.shapes import Live, Mix
from helios.server.stills import draw_still, measure_film

router = APIRouter()
MAX_SIDE = 960
MAX_WAITING = 8
TIMEOUT_S = 120.0
"""The longest that one preview may keep the others waiting."""
LATEST_S = 600.0
"""The latest moment that is shown of a film of unknown length."""
LAST_S = 0.1
"""Before a film's end."""
Answer = TypeVar("Answer")


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
    openapi_extra=described({"application/json": PreviewBody}),
)
async def preview(request: Request, context: Context) -> Response:
    """A still, at most 960 pixels long."""
    at = validated(MomentBody, await read_object(request)).at
    image = await _in_turn(request, context, partial(_drawn, at))
    return Response(image, media_type="image/png", headers={"cache-control": "no-store"})


@router.post(
    "/api/preview/pictures",
    tags=["render"],
    responses={
        **errors(400, 404, 408, 413, 415, 422, 429),
        200: {
            "description": "For each picture: the bytes of its description and of its image, both "
            "as 32 bits, little-endian; the description, as JSON; the image. What cannot be drawn "
            "has a description with ``error`` and no image, and is the last.",
            "content": {"application/octet-stream": {}},
        },
        204: {"description": "The viewer has asked for others meanwhile."},
    },
    response_class=Response,
    openapi_extra=described({"application/json": PicturesBody}),
)
async def pictures(request: Request, context: Context) -> Response:
    """Frames of a film at another size, sent while they are drawn.

    The latest request of a viewer counts: those before it end where they are.
    """
    values = await read_object(request)
    asked = validated(PicturesBody, {**values, "config": {"composition": "checked elsewhere"}})
    drawing = await run_in_threadpool(_pictures, context, values, asked)
    first = await run_in_threadpool(next, drawing, None)
    if first is None:
        return Response(status_code=204)
    return StreamingResponse(
        _records(chain([first], drawing)),
        media_type="application/octet-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


@router.post(
    "/api/preview/costs",
    tags=["render"],
    responses=errors(400, 404, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": CostsBody}),
)
async def costs(request: Request, context: Context) -> FilmCosts:
    """How long a film would take to make here, and how large it would be: measured on some of
    its frames, which takes some seconds."""
    return await _in_turn(request, context, _measured)


@router.post(
    "/api/preview/sound",
    tags=["render"],
    responses=errors(400, 404, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": MixBody}),
)
async def sound(request: Request, context: Context) -> Mix | None:
    """Mix what is heard in a film: its tracks, and what its page plays; null for nothing."""
    return await _in_turn(request, context, _mixed)


@router.get(
    "/api/preview/sound/{mix_id}",
    tags=["render"],
    responses={**errors(404, 422), 200: {"content": {"audio/*": {}}}},
    response_class=FileResponse,
)
def sound_file(mix_id: str, context: Context) -> FileResponse:
    """One of the last mixes, to be played; also in parts."""
    file = context.mixes.path_of(mix_id)
    if file is None:
        raise Refused(404, "Not found")
    return FileResponse(file, media_type="audio/wav")


@router.post(
    "/api/preview/live",
    tags=["render"],
    responses=errors(400, 404, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": LiveBody}),
)
async def live(request: Request, context: Context) -> Live | None:
    """Have a film's page at an address of its own, to be shown in a frame of the page that asks;
    null for what is no page of this machine, and for who looks from another one."""
    values = await read_object(request)
    asked = validated(LiveBody, {**values, "config": {"composition": "checked elsewhere"}})
    around = f"http://{request.headers.get('host', '')}"
    return await run_in_threadpool(_live, context, values, asked.side, around)


@router.post(
    "/api/preview/words",
    tags=["render"],
    responses=errors(400, 404, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": WordsBody}),
)
async def words(request: Request, context: Context) -> PageWords | None:
    """What a page says of itself: the props that it takes, and what it tells its console."""
    return await run_in_threadpool(_words, context, await read_object(request))


def requested(
    context: ServerContext, values: dict[str, Any]
) -> tuple[ExportConfig, PreviewRequest]:
    """The film that a body's ``config`` describes, and the request for its first picture.

    Raises:
        HeliosError: it may not be had, or makes no sense.
    """
    config, _ = context.policy.film(as_object(values.get("config"), "config"))
    return config, PreviewRequest(
        composition=config.composition,
        folder=context.policy.base,
        options=config.options,
        side=options.MAX_SIDE,
    )


def _words(context: ServerContext, values: dict[str, Any]) -> PageWords | None:
    _, film = requested(context, values)
    return context.previews.words(film.composition, film.folder, film.options)


def _live(context: ServerContext, values: dict[str, Any], side: int, around: str) -> Live | None:
    _, film = requested(context, values)
    page = context.previews.live(replace(film, side=side))
    address = page and context.live.put(page, around)
    if page is None or address is None:
        return None
    return Live(
        address=address,
        width=page.width,
        height=page.height,
        fps=page.fps,
        total_frames=page.total_frames,
    )


def _pictures(
    context: ServerContext, values: dict[str, Any], asked: PicturesBody
) -> Iterator[PreviewPicture]:
    _, film = requested(context, values)
    wanted = replace(
        film,
        side=asked.side,
        start_frame=asked.start_frame,
        frame_count=asked.frame_count,
        step=asked.step,
        encoding=asked.encoding,
    )
    return context.previews.pictures(wanted, viewer=asked.viewer)


def _records(pictures: Iterator[PreviewPicture]) -> Iterator[bytes]:
    try:
        for picture in pictures:
            about = picture.model_dump_json(by_alias=True, exclude={"data"})
            yield _record(about, picture.data)
    except HeliosError as error:
        yield _record(json.dumps({"error": error.message, "hint": error.hint}), b"")


def _record(about: str, image: bytes) -> bytes:
    description = about.encode()
    return struct.pack("<II", len(description), len(image)) + description + image


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A film that a process of its own is asked about."""

    context: ServerContext
    config: ExportConfig
    length_s: float | None
    cancel: threading.Event
    """Set when whoever asked has gone."""


async def _in_turn(
    request: Request, context: ServerContext, answer: Callable[[_Asked], Answer]
) -> Answer:
    """What is found out about the film of a body, when it is its turn."""
    values = as_object((await read_object(request)).get("config"), "config")

    def answered(cancel: threading.Event) -> Answer:
        if cancel.is_set():
            raise RenderError("nobody waits for this preview")
        config, length_s = context.policy.film(values)
        return answer(_Asked(context=context, config=config, length_s=length_s, cancel=cancel))

    async with _watched(request) as cancel, _QUEUE.turn():
        return await run_in_threadpool(answered, cancel)


def _measured(asked: _Asked) -> FilmCosts:
    base = asked.context.policy.base
    return measure_film(asked.config, base=base, cancel=asked.cancel, timeout_s=TIMEOUT_S)


def _mixed(asked: _Asked) -> Mix | None:
    mixes, base = asked.context.mixes, asked.context.policy.base
    return mixes.make(asked.config, base=base, cancel=asked.cancel, timeout_s=TIMEOUT_S)


def _drawn(at_s: float, asked: _Asked) -> bytes:
    end_s = LATEST_S if asked.length_s is None else max(0.0, asked.length_s - LAST_S)
    image = asked.context.settings.data / "previews" / f"{secrets.token_hex(8)}.png"
    try:
        draw_still(
            asked.config,
            image,
            min(at_s, end_s),
            side=MAX_SIDE,
            base=asked.context.policy.base,
            cancel=asked.cancel,
            timeout_s=TIMEOUT_S,
        )
        return image.read_bytes()
    finally:
        image.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def _watched(request: Request) -> AsyncIterator[threading.Event]:
    """What is set when whoever asked has gone."""
    gone = threading.Event()
    watching = asyncio.create_task(_cancel_when_gone(request, gone))
    try:
        yield gone
    finally:
        watching.cancel()


async def _cancel_when_gone(request: Request, cancel: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    cancel.set()
