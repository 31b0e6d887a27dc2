"""Films that are kept in a store outlive the disk of the server that made them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ready import helios

from helios.commit.store import open_store
from helios.errors import OptionError, StoreRefused
from helios.queue.kept_films import KeptFilms

PLACE = "memory://films-of-a-server"


def lose_folder(served: Any, job: str) -> None:
    """Remove what the server's disk has of a job, whose last lines may be written only now."""
    shutil.rmtree(served.queue.folders.path_of(job), ignore_errors=True)


def test_a_film_whose_disk_is_gone_comes_from_the_store(serve: Callable[..., Any]) -> None:
    served = serve(store=PLACE)
    mine, other = served.submit(), served.submit(output="Füm.mp4")
    for job in (mine, other):
        assert served.ended(job)["status"] == "completed"
        lose_folder(served, job)
        film = served.http.get(f"/api/render/{job}/download", headers={"range": "bytes=2-4"})
        assert (film.status_code, film.content) == (206, b"234")
    served.http.delete(f"/api/render/{mine}?forget=true")
    assert not open_store(f"{PLACE}/{mine}").names()
    assert open_store(f"{PLACE}/{other}").names()


def test_a_film_that_cannot_be_kept_is_tried_again(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(store=PLACE)
    keep, failures = KeptFilms.keep, iter([StoreRefused("the store lets us not in")])

    def once(self: KeptFilms, *how: Any) -> None:
        for failure in failures:
            raise failure
        keep(self, *how)

    monkeypatch.setattr(KeptFilms, "keep", once)
    job = served.submit()
    ended = served.ended(job)
    assert (ended["status"], ended["error"]) == ("failed", "the store lets us not in")
    served.http.post(f"/api/render/{job}/retry")
    assert served.ended(job)["status"] == "completed"
    assert open_store(f"{PLACE}/{job}").names()


def test_a_film_that_the_store_has_lost_is_said_to_be_gone(serve: Callable[..., Any]) -> None:
    served = serve(store=PLACE)
    job = served.submit()
    served.ended(job)
    lose_folder(served, job)
    KeptFilms(PLACE).forget(job, Path(served.queue.demand(job).output_path).name)
    lost = served.http.get(f"/api/render/{job}/download")
    assert lost.status_code == 404
    assert lost.json()["error"].startswith("the film is not on this server")


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is no store"):
        KeptFilms(str(tmp_path))
    said = helios("serve", "--store", "films", "--port", 0, "--data", "d", cwd=tmp_path, code=2).err
    assert "--store 'films' is no store" in said
