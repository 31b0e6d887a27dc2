"""How many chunks are drawn at once, from what a machine has. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from helios.model.composition import CompositionKind
from helios.model.encoding import is_large
from helios.model.formats import VideoCodec

MEMORY_SHARE = 0.8
"""Of the machine's memory, for all workers of one film."""
PAGE_CORES = 2
"""Cores that one page, or one Python function, and its encoder keep busy together."""
_SCENE_CORES = 8
"""Cores that one scene's kernels and its encoder keep busy together."""
_BASE_BYTES = {
    CompositionKind.PAGE: 700 << 20,
    CompositionKind.SCENE: 400 << 20,
    CompositionKind.PYTHON: 250 << 20,
    CompositionKind.IMAGES: 250 << 20,
}
_PICTURE_BYTES = 40
"""What draws, and pictures on their way, for a pixel: ten pictures of 4 bytes. By ``python -m
benchmarks.memory`` a page's memory grows so with its size, less the encoder's part."""

_FILLS_ENCODERS = 30
"""Frames after which encoders hold as many pictures as they will."""

REPLAY_COST = {CompositionKind.PAGE: 0.1}
"""Living through a frame of a page unpainted, as a share of drawing and encoding it; what has no
entry can draw any frame at once."""


@dataclass(frozen=True, slots=True)
class Workers:
    """How many, and why."""

    count: int
    reason: str


def worker_bytes(kind: CompositionKind, width: int, height: int, codec: VideoCodec) -> int:
    """Memory that one worker may need, roughly and rather too much."""
    drawing = _BASE_BYTES[kind] + width * height * _PICTURE_BYTES
    return drawing + filled_encoder_bytes(_FILLS_ENCODERS, width, height, codec)


def filled_encoder_bytes(frames: int, width: int, height: int, codec: VideoCodec) -> int:
    """Memory that an encoder needs once it holds as many pictures as it will; 0 where a film of so
    many frames is too short for that."""
    if frames < _FILLS_ENCODERS:
        return 0
    each = codec.pixel_bytes
    if is_large(width, height) and codec.large_pixel_bytes is not None:
        each = codec.large_pixel_bytes
    return width * height * each


def workers_of_cores(kind: CompositionKind, cores: int) -> int:
    """Workers that keep ``cores`` processors busy; at least 1."""
    return max(1, cores // (_SCENE_CORES if kind is CompositionKind.SCENE else PAGE_CORES))


def _workers_of_memory(memory_bytes: int, bytes_each: int) -> int:
    return max(1, int(memory_bytes * MEMORY_SHARE) // bytes_each)


def choose_films(kind: CompositionKind, *, cores: int, memory_bytes: int, bytes_each: int) -> int:
    """How many films of a batch are made at once.

    As many as can be drawn at once; of pages twice as many, for looking at one keeps a single core
    busy, and so it is done beside the drawing of another.

    Example:
        >>> choose_films(
        ...     CompositionKind.PAGE, cores=2, memory_bytes=8 << 30, bytes_each=1 << 30
        ... )
        2
    """
    by_cores = workers_of_cores(kind, cores)
    if kind is CompositionKind.PAGE:
        by_cores = min(2 * by_cores, cores)
    return min(by_cores, _workers_of_memory(memory_bytes, bytes_each))


def choose_workers(
    kind: CompositionKind,
    *,
    cores: int,
    memory_bytes: int,
    bytes_each: int,
    chunk_count: int,
    sessions: int | None = None,
    cards: int | None = None,
) -> Workers:
    """As many as keep the cores busy (``workers_of_cores``), as far as memory, chunks and the
    encoder allow.

    Args:
        cores: processors that may be used.
        memory_bytes: memory that may be used.
        bytes_each: memory of one worker (``worker_bytes``).
        chunk_count: chunks that are still to be drawn.
        cards: graphics cards that draw, one for each worker; None: the processor draws.
        sessions: films that the encoder makes at once, where it is hardware that allows so many.

    Example:
        >>> choose_workers(
        ...     CompositionKind.PAGE,
        ...     cores=8,
        ...     memory_bytes=8 << 30,
        ...     bytes_each=1 << 30,
        ...     chunk_count=20,
        ... )
        Workers(count=4, reason='8 cores')
    """
    by_cores = workers_of_cores(kind, cores) if cards is None else cards
    by_memory = _workers_of_memory(memory_bytes, bytes_each)
    count = min(by_cores, by_memory, max(1, chunk_count))
    if sessions is not None and sessions < count:
        return Workers(sessions, f"{sessions} for the graphics card's encoder")
    if cards is not None and count == cards:
        return Workers(count, f"{cards} graphics card{'s' if cards != 1 else ''}")
    if count == by_cores:
        return Workers(count, f"{cores} core{'s' if cores != 1 else ''}")
    if count == by_memory:
        return Workers(count, f"{memory_bytes / (1 << 30):.1f} GiB of memory")
    return Workers(count, f"{chunk_count} chunk{'s' if chunk_count != 1 else ''} to draw")
