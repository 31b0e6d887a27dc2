"""Who draws the chunks of a film, this machine's pool or an engine, and how many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from helios.executors.elsewhere import Carried
from helios.executors.engine import Engine, EngineRenderer
from helios.executors.pool import WorkerPool
from helios.model.composition import CompositionKind
from helios.model.encoding import EncodeSettings
from helios.model.formats import video_codec
from helios.planning.workers import Workers, choose_workers, worker_bytes, workers_of_cores
from helios.process.cores import available_cores
from helios.process.memory import memory_limit_bytes
from helios.rendering.cancellation import Cancellation

Drawers = WorkerPool | EngineRenderer


@contextmanager
def opened_drawers(
    pool: WorkerPool,
    engine: Engine | None,
    cancellation: Cancellation,
    carried: Carried | None = None,
    hears: Callable[[int, str], None] = lambda *_: None,
) -> Iterator[Drawers]:
    """What draws chunks until the block ends; a cancellation stops it.

    Args:
        pool: draws where there is no engine.
        engine: places chunks on machines.
        cancellation: of the film.
        carried: what machines without the film's files need to have them.
        hears: told, with the first of the chunks that it is about, what the engine does with them.
    """
    with nullcontext(pool) if engine is None else EngineRenderer(engine, carried, hears) as drawers:
        cancellation.when_cancelled(drawers.cancel)
        yield drawers


def workers_expected(kind: CompositionKind, *, asked: int | None, engine: Engine | None) -> int:
    """Workers of this machine that a film will likely have, before anything is known of it."""
    if engine is not None:
        return 1
    return asked or workers_of_cores(kind, available_cores())


def workers_for(
    kind: CompositionKind,
    encode: EncodeSettings,
    chunk_count: int,
    *,
    asked: int | None,
    engine: Engine | None = None,
    cards: int | None = None,
) -> Workers:
    """How many chunks to draw at once: as asked, else as the engine or this machine allows, where
    graphics cards draw one for each of them (``cards``)."""
    if asked is not None:
        return Workers(min(asked, chunk_count), "as asked")
    if engine is not None and engine.slots is not None:
        return Workers(min(engine.slots, chunk_count), engine.name)
    codec = video_codec(encode.encoder)
    return choose_workers(
        kind,
        cores=available_cores(),
        memory_bytes=memory_limit_bytes(),
        bytes_each=worker_bytes(kind, encode.width, encode.height, codec),
        chunk_count=chunk_count,
        sessions=codec.sessions,
        cards=cards,
    )
