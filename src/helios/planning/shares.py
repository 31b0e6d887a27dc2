"""How a machine is divided between films that are made at the same time. Pure."""

from __future__ import annotations

from helios.model.composition import CompositionKind
from helios.planning.workers import PAGE_CORES, workers_of_cores

_WORKERS_PER_FILM = 4


def films_at_once(cores: int) -> int:
    """Films made at the same time where nobody says how many: one for every four workers (eight
    cores), but two as soon as there are two workers, so that a short film need not wait for a
    long one.

    Example:
        >>> [films_at_once(cores) for cores in (1, 2, 4, 8, 16, 32, 64)]
        [1, 1, 2, 2, 2, 4, 8]
    """
    workers = max(1, cores // PAGE_CORES)
    return min(workers, max(2, workers // _WORKERS_PER_FILM))


def film_workers(
    kind: CompositionKind,
    *,
    cores: int,
    films: int,
    memory_bytes: int,
    bytes_each: int,
    asked: int | None = None,
    workers: int | None = None,
) -> int:
    """Workers of a film that begins now; it keeps them to its end.

    Args:
        kind: what draws it.
        cores: processors of the machine.
        films: how many films share them, this one among them.
        memory_bytes: memory that no other film has.
        bytes_each: memory of one worker (``worker_bytes``).
        asked: the most that the film wants.
        workers: of all films together, where somebody says so; from the cores by default.

    Example:
        >>> page = CompositionKind.PAGE
        >>> film_workers(page, cores=16, films=1, memory_bytes=64 << 30, bytes_each=1 << 30)
        8
        >>> film_workers(page, cores=16, films=2, memory_bytes=64 << 30, bytes_each=1 << 30)
        4
    """
    part = max(1, workers // films) if workers else workers_of_cores(kind, cores // films)
    by_memory = max(1, memory_bytes // bytes_each)
    return min(part, by_memory, asked or part)
