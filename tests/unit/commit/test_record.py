"""A chunk is finished when its record says so, and only then."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from helios.commit import store
from helios.commit.inputs import named_from
from helios.commit.record import RECORD_SUFFIX, ChunkRecords, CommitRecord
from helios.commit.store import FolderStore
from helios.files.whole import file_sha256


def committed(folder: ChunkRecords, content: bytes = b"payload", **values: object) -> CommitRecord:
    path = folder.folder / "part_0.mov"
    path.write_bytes(content)
    fields = {
        "payload": path.name,
        "size": len(content),
        "sha256": file_sha256(path),
        "start_frame": 0,
        "frame_count": 10,
        "settings_digest": "d",
        **values,
    }
    record = CommitRecord.model_validate(fields)
    assert folder.commit(path.name, record)
    return record


@pytest.fixture
def folder(tmp_path: Path) -> ChunkRecords:
    return ChunkRecords(FolderStore(tmp_path))


def test_a_committed_chunk_is_finished(folder: ChunkRecords) -> None:
    record = committed(folder)
    assert folder.finished("part_0.mov", "d") == record


def test_a_payload_without_record_is_not_finished(folder: ChunkRecords) -> None:
    (folder.folder / "part_0.mov").write_bytes(b"x")
    assert folder.finished("part_0.mov", "d") is None


def test_a_torn_payload_is_not_finished(folder: ChunkRecords) -> None:
    committed(folder)
    (folder.folder / "part_0.mov").write_bytes(b"payl0ad")
    assert folder.finished("part_0.mov", "d") is None


def test_other_settings_do_not_count(folder: ChunkRecords) -> None:
    committed(folder)
    assert folder.finished("part_0.mov", "other") is None


def test_an_edited_input_does_not_count(folder: ChunkRecords) -> None:
    page = folder.folder / "page.html"
    page.write_text("one")
    committed(folder, inputs=((str(page), file_sha256(page)),))
    assert folder.finished("part_0.mov", "d") is not None
    page.write_text("two")
    assert folder.finished("part_0.mov", "d") is None


def test_every_input_counts_and_addresses_are_no_files(folder: ChunkRecords) -> None:
    pages = [folder.folder / name for name in ("one.html", "two.html")]
    for page in pages:
        page.write_text("one")
    inputs = [(str(page), file_sha256(page)) for page in pages]
    committed(folder, inputs=(*inputs, ("https://example.org/a.js", "0" * 64)))
    assert folder.finished("part_0.mov", "d") is not None
    pages[1].write_text("two")
    assert folder.finished("part_0.mov", "d") is None


def test_a_record_of_another_version_is_not_believed(folder: ChunkRecords) -> None:
    committed(folder)
    path = folder.folder / f"part_0.mov{RECORD_SUFFIX}"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eyes": 2}))
    assert folder.read("part_0.mov") is None


def test_discarding_keeps_a_file_that_is_not_what_was_recorded(folder: ChunkRecords) -> None:
    committed(folder)
    (folder.folder / "part_0.mov").write_bytes(b"another")
    folder.discard("part_0.mov")
    assert [path.name for path in folder.folder.iterdir()] == ["part_0.mov"]


def test_a_damaged_record_is_not_believed(folder: ChunkRecords) -> None:
    committed(folder)
    (folder.folder / f"part_0.mov{RECORD_SUFFIX}").write_text("{")
    assert folder.finished("part_0.mov", "d") is None


def test_only_one_of_many_attempts_commits(folder: ChunkRecords) -> None:
    record = committed(folder)
    (folder.folder / f"part_0.mov{RECORD_SUFFIX}").unlink()
    won: list[bool] = []
    barrier = threading.Barrier(8)

    def attempt() -> None:
        barrier.wait()
        won.append(folder.commit("part_0.mov", record))

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    assert not list(folder.folder.glob(".commit-*"))


def test_discarding_forgets_record_and_payload(folder: ChunkRecords) -> None:
    committed(folder)
    folder.discard("part_0.mov")
    assert list(folder.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["song.wav", "../song.wav", "{folder}/song.wav", "a\0b"])
def test_a_record_that_names_another_file_deletes_nothing(tmp_path: Path, name: str) -> None:
    folder = ChunkRecords(FolderStore(tmp_path / "job"))
    folder.folder.mkdir()
    precious = [tmp_path / "song.wav", folder.folder / "song.wav", folder.folder / "a.mp4"]
    for path in precious:
        path.write_bytes(b"precious")
    record = {
        "payload": name.format(folder=tmp_path),
        "size": 8,
        "sha256": "0" * 64,
        "startFrame": 0,
        "frameCount": 1,
        "settingsDigest": "d",
    }
    (folder.folder / f"a.mp4{RECORD_SUFFIX}").write_text(json.dumps(record))
    assert folder.read("a.mp4") is None
    folder.discard("a.mp4")
    assert all(path.read_bytes() == b"precious" for path in precious)


def test_a_machine_with_other_paths_believes_a_record(tmp_path: Path) -> None:
    """The song is not in the film's folder, and one file comes with Helios."""
    here, there = tmp_path / "here", tmp_path / "mnt" / "there"
    (here / "film" / "work").mkdir(parents=True)
    song, page = here / "songs" / "song.wav", here / "film" / "page.html"
    song.parent.mkdir()
    for path in (song, page):
        path.write_text("as it was")
    ours = Path(store.__file__)
    loaded = [(str(path), file_sha256(path)) for path in (song, page, ours)]
    loaded.append(("https://example.org/a.js", "0" * 64))
    records = ChunkRecords(FolderStore(here / "film" / "work"))
    record = committed(records, inputs=named_from(records.folder, loaded))
    assert not [name for name, _ in record.inputs if str(tmp_path) in name]
    assert ("../page.html", file_sha256(page)) in record.inputs
    shutil.copytree(here, there)
    shutil.rmtree(here)
    moved = ChunkRecords(FolderStore(there / "film" / "work"))
    assert moved.finished("part_0.mov", "d") == record
    (there / "songs" / "song.wav").write_text("another")
    assert moved.finished("part_0.mov", "d") is None
    (there / "songs" / "song.wav").unlink()
    assert moved.finished("part_0.mov", "d") is None


def test_inputs_are_found_from_a_folder_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk" / "deep" / "films").mkdir(parents=True)
    (tmp_path / "films").symlink_to(tmp_path / "disk" / "deep" / "films")
    page = tmp_path / "page.html"
    page.write_text("one")
    records = ChunkRecords(FolderStore(tmp_path / "films"))
    committed(records, inputs=named_from(records.folder, [(str(page), file_sha256(page))]))
    assert records.finished("part_0.mov", "d") is not None


def test_records_with_absolute_names_are_believed(folder: ChunkRecords) -> None:
    page = folder.folder / "page.html"
    page.write_text("one")
    committed(folder, inputs=((str(page), file_sha256(page)),))
    assert folder.finished("part_0.mov", "d") is not None
