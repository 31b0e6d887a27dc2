"""What every store promises, and which addresses open one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from helios.commit.store import FolderStore, open_store
from helios.errors import EnvironmentProblem, OptionError


@pytest.fixture(params=["plain", "with spaces, ümlauts & 100%"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FolderStore:
    folder = tmp_path / request.param
    folder.mkdir()
    return FolderStore(folder)


def test_an_address_opens_the_same_store(store: FolderStore) -> None:
    assert store.create("a.json", b"one")
    for address in (store.url, str(store.folder)):
        assert open_store(address).read("a.json") == b"one"


@pytest.mark.parametrize("address", ["s3://bucket/films", "https://example.org/films"])
def test_an_address_that_nothing_opens_is_refused(address: str) -> None:
    with pytest.raises(OptionError, match="no store for") as caught:
        open_store(address)
    assert caught.value.hint


def test_a_name_is_created_once(store: FolderStore) -> None:
    barrier, won = threading.Barrier(8), []

    def create(number: int) -> None:
        barrier.wait()
        won.append((store.create("a.json", b"%d" % number), number))

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((_, winner),) = [pair for pair in won if pair[0]]
    assert store.read("a.json") == b"%d" % winner


def test_a_file_is_put_whole_and_replaces_what_was_there(store: FolderStore) -> None:
    for content in (b"one", b"two"):
        with store.new_file(".mov") as held:
            held.path.write_bytes(content)
            assert held.path.suffix == ".mov"
            store.put("part.mov", held.path)
        assert store.read("part.mov") == content
    assert [path.name for path in store.folder.iterdir()] == ["part.mov"]
    store.remove("part.mov")
    store.remove("part.mov")
    with pytest.raises(OptionError):
        store.read("part.mov")


def test_one_process_at_a_time_makes_an_artifact(store: FolderStore) -> None:
    with store.reserved("part.mov", "it is being made"):
        again = store.reserved("part.mov", "it is being made")
        with pytest.raises(EnvironmentProblem, match="it is being made"), again:
            pass
        with store.reserved("other.mov", ""):
            pass
    with store.reserved("part.mov", ""):
        pass
