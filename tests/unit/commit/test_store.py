"""What every store promises, and which addresses open one."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from helios.commit import store as store_module
from helios.commit.store import FAR, ArtifactStore, FolderStore, is_far, open_store
from helios.errors import EnvironmentProblem, ExtraMissing, OptionError
from helios.rendering.job_place import place_of, store_of


@pytest.fixture(params=["plain", "with spaces, ümlauts & 100%", "memory"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ArtifactStore:
    if request.param == "memory":
        monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
        return open_store(f"memory://{tmp_path.name}")
    folder = tmp_path / request.param
    folder.mkdir()
    return FolderStore(folder)


def test_an_address_opens_the_same_store(store: ArtifactStore) -> None:
    assert store.names() == frozenset()
    assert store.create("a.json", b"one")
    assert open_store(store.url).read("a.json") == b"one"
    assert open_store(store.url + "/").names() == {"a.json"}


def test_a_kind_of_store_is_added_in_one_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OptionError, match="no store for shelf://"):
        is_far("shelf://films/one")
    opened = FolderStore(tmp_path)
    monkeypatch.setattr(store_module, "FAR", {**FAR, "shelf": {"shelf://films/one": opened}.pop})
    assert is_far("shelf://films/one")
    assert open_store("shelf://films/one/") is opened


def test_a_folder_is_opened_by_its_path(tmp_path: Path) -> None:
    assert FolderStore(tmp_path).create("a.json", b"one")
    assert open_store(str(tmp_path)).read("a.json") == b"one"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://", "names no bucket"),
        ("s3://key:secret@bucket/films", "a bucket and a path"),
        ("gs://bucket/films?x=1", "a bucket and a path"),
    ],
)
def test_an_address_that_is_no_place_in_a_bucket_is_refused(address: str, said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        open_store(address)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_without_the_extra_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("obstore", "obstore.store", "obstore.exceptions"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissing, match="obstore") as caught:
        open_store("s3://bucket/without-the-extra")
    assert "helios-render[cloud]" in caught.value.hint


@pytest.mark.parametrize("address", ["ftp://bucket/films", "https://example.org/films"])
@pytest.mark.parametrize("open_", [open_store, place_of])
def test_an_address_that_nothing_opens_is_refused(
    address: str, open_: Callable[[str], object]
) -> None:
    with pytest.raises(OptionError, match="no store for") as caught:
        open_(address)
    assert caught.value.hint


@pytest.mark.parametrize("address", ["s3://", "gs:///"])
def test_a_job_in_no_bucket_is_not_looked_for_in_a_folder(address: str) -> None:
    assert store_of("s3://bucket/one/job.json/") == "s3://bucket/one"
    with pytest.raises(OptionError, match="names no bucket"):
        place_of(address)


def test_a_name_is_created_once(store: ArtifactStore) -> None:
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


def test_a_file_is_put_whole_and_replaces_what_was_there(
    store: ArtifactStore, tmp_path: Path
) -> None:
    for content in (b"one", b"two"):
        sha256 = hashlib.sha256(content).hexdigest()
        with store.new_file(".mov") as held:
            held.path.write_bytes(content)
            assert held.path.suffix == ".mov"
            store.put("part.mov", held.path, sha256)
        assert store.holds("part.mov", len(content), sha256)
        assert not store.holds("part.mov", len(content) + 1, sha256)
        place = store.fetched("part.mov", len(content), sha256, tmp_path / "fetched.mov")
        assert place.read_bytes() == content
        assert store.address("part.mov", sha256).endswith("part.mov")
    with pytest.raises(OptionError):
        store.fetched("part.mov", 3, "0" * 64, tmp_path / "fetched.mov")
    store.remove_payload("part.mov", sha256)
    store.remove_payload("part.mov", sha256)
    assert not store.holds("part.mov", len(content), sha256)


def test_small_artifacts_are_removed_for_good(store: ArtifactStore) -> None:
    store.create("a.json", b"one")
    store.remove("a.json")
    store.remove("a.json")
    with pytest.raises(OptionError):
        store.read("a.json")


def test_one_process_at_a_time_makes_an_artifact(store: ArtifactStore) -> None:
    with store.reserved("part.mov", "it is being made"):
        again = store.reserved("part.mov", "it is being made")
        with pytest.raises(EnvironmentProblem, match="it is being made"), again:
            pass
        with store.reserved("other.mov", ""):
            pass
    with store.reserved("part.mov", ""):
        pass


def test_in_a_cloud_machines_do_not_replace_payloads_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
    store = open_store("memory://two-machines")
    digests = {content: hashlib.sha256(content).hexdigest() for content in (b"one", b"two")}
    for content, sha256 in digests.items():
        file = tmp_path / "payload"
        file.write_bytes(content)
        store.put("part.mov", file, sha256)
    for content, sha256 in digests.items():
        assert store.fetched("part.mov", 3, sha256, tmp_path / "got").read_bytes() == content
    store.remove_payload("part.mov", digests[b"one"])
    assert store.holds("part.mov", 3, digests[b"two"])
