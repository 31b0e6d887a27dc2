"""How films that are made at the same time share a machine."""

from __future__ import annotations

from typing import Any

import pytest

from helios.model.composition import CompositionKind
from helios.planning.shares import film_workers, films_at_once

GIB = 1 << 30
PAGE, SCENE = CompositionKind.PAGE, CompositionKind.SCENE


def workers(kind: CompositionKind = PAGE, **more: Any) -> int:
    given = {"cores": 16, "films": 1, "memory_bytes": 64 * GIB, "bytes_each": GIB}
    return film_workers(kind, **{**given, **more})


@pytest.mark.parametrize(
    ("cores", "films"), [(1, 1), (2, 1), (3, 1), (4, 2), (8, 2), (16, 2), (24, 3), (64, 8)]
)
def test_films_at_once_grow_with_the_cores(cores: int, films: int) -> None:
    assert films_at_once(cores) == films


@pytest.mark.parametrize(("films", "expected"), [(1, 8), (2, 4), (3, 2), (8, 1), (20, 1)])
def test_films_share_the_cores_equally(films: int, expected: int) -> None:
    assert workers(films=films) == expected


@pytest.mark.parametrize("cores", [1, 2, 4, 6, 16, 64])
def test_as_many_films_as_are_made_at_once_have_no_more_workers_than_cores_feed(
    cores: int,
) -> None:
    films = films_at_once(cores)
    assert films * workers(cores=cores, films=films) <= max(1, cores // 2)


def test_a_scene_draws_with_all_its_cores_in_one_worker() -> None:
    assert workers(SCENE) == 2
    assert workers(SCENE, films=2) == 1


@pytest.mark.parametrize(("free", "expected"), [(64, 8), (3, 3), (1, 1), (0, 1)])
def test_no_more_workers_than_fit_into_the_memory_that_is_left(free: int, expected: int) -> None:
    assert workers(memory_bytes=free * GIB) == expected


def test_workers_that_are_asked_for_are_shared_whatever_the_cores() -> None:
    assert [workers(cores=2, workers=16, films=films) for films in (1, 2, 3, 20)] == [16, 8, 5, 1]
    assert workers(SCENE, cores=2, workers=16) == 16
    assert workers(cores=2, workers=16, asked=3) == 3
    assert workers(cores=2, workers=16, memory_bytes=4 * GIB) == 4


@pytest.mark.parametrize(("asked", "expected"), [(None, 8), (3, 3), (1, 1), (100, 8)])
def test_a_film_gets_what_it_asks_for_up_to_its_share(asked: int | None, expected: int) -> None:
    assert workers(asked=asked) == expected
