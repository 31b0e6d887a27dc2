"""Job files of every kind: only the odd one goes to ``failed``, with its reason, and is kept."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from helios.queue import watch
from helios.queue.opening import open_queue
from helios.queue.watch import WatchFolder

CONFIG = {"composition": "film.py:draw", "width": 64, "height": 64, "frameCount": 1}
TELLING = [
    ("priority-list", b'{"priority": [1], "config": {}}', "priority is a whole number"),
    ("priority-object", b'{"priority": {"a": 1}, "config": {}}', "priority is a whole number"),
    ("priority-true", b'{"priority": true, "config": {}}', "priority is a whole number"),
    ("priority-large", b'{"priority": 101, "config": {}}', "priority is a whole number"),
    ("endless", b'{"priority": 1e999, "config": {}}', ""),
    ("deep", b"[" * 100_000, ""),
    ("deep-config", b'{"config": {"props": ' + b'{"a":' * 9000 + b"1" + b"}" * 9002, ""),
    ("list", b"[1, 2]", "object"),
    ("null", b"null", "object"),
    ("config-text", b'{"config": "song.mp3"}', "config must be a JSON object"),
    ("id-object", b'{"id": {"a": 1}, "config": {}}', "id must be a text"),
    ("id-path", b'{"id": "../../x", "config": {}}', "cannot be a job's id"),
    ("utf16", '{"config": {}}'.encode("utf-16"), "UTF-8"),
    ("latin", b'{"config": {"composition": "\xe9"}}', "UTF-8"),
    ("broken", b'{"config": ', ""),
    ("nan", b'{"config": {"composition": "a", "fps": NaN}}', ""),
    ("types", b'{"config": {"composition": "a", "types": 7}}', "types is a list"),
    ("type-dict", b'{"config": {"composition": "a", "type": {"a": 1}}}', "type"),
    ("huge-number", b'{"config": {"composition": "a", "width": ' + b"9" * 5000 + b"}}", ""),
    ("nul", b'{"config": {"composition": "a\\u0000b"}}', ""),
    ("empty-config", b'{"config": {}}', "composition"),
]


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "UNREADABLE_AFTER_S", 0.1)


def looked(folder: WatchFolder) -> None:
    for _ in range(4):
        folder.scan()
        time.sleep(0.06)


def folder_of(tmp_path: Path, queue: Any, **more: Any) -> WatchFolder:
    return WatchFolder(
        tmp_path / "jobs", queue, base=tmp_path, output_folder=tmp_path / "output", **more
    )


def refused(tmp_path: Path, name: str) -> dict[str, Any]:
    found = json.loads((tmp_path / "jobs" / "failed" / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("place", ["pending", "processing"])
def test_only_the_odd_files_fail_and_their_content_is_kept(tmp_path: Path, place: str) -> None:
    told: dict[str, str] = {}
    with open_queue(tmp_path / "data") as queue:
        folder = folder_of(tmp_path, queue, on_refused=told.__setitem__)
        drop = tmp_path / "jobs" / place
        for name, content, _ in TELLING:
            path = drop / f"{name}.json"
            path.write_bytes(content)
            # A clock that was wrong when it was written.
            os.utime(path, (2**33, 2**33))
        (drop / "dangling.json").symlink_to(tmp_path / "nothing")
        (drop / "folder.json").mkdir()
        (drop / "folder.json" / "precious.txt").write_text("precious")
        os.mkfifo(drop / "pipe.json")
        (drop / "good.json").write_text(json.dumps({"config": CONFIG}))
        folder.resume()
        looked(folder)
        assert [job.id for job in queue.list_jobs()] == ["good"]
        assert {path.name for path in drop.iterdir()} <= {"good.json"}
        for name, content, reason in TELLING:
            found = refused(tmp_path, name)
            assert found["status"] == "failed"
            assert reason in found["error"]
            assert told[f"{name}.json"] == found["error"]
            original = tmp_path / "jobs" / "failed" / f"{name}.json.original"
            assert original.read_bytes() == content if original.exists() else "config" in found
        failed = tmp_path / "jobs" / "failed"
        for name in ("dangling", "folder", "pipe"):
            assert refused(tmp_path, name)["error"]
        assert (failed / "folder.json.original" / "precious.txt").read_text() == "precious"
        assert (failed / "dangling.json.original").is_symlink()


def test_a_second_odd_file_of_a_name_leaves_the_first(tmp_path: Path) -> None:
    with open_queue(tmp_path / "data") as queue:
        folder = folder_of(tmp_path, queue)
        for content in (b"[1]", b"[2]"):
            (tmp_path / "jobs" / "pending" / "odd.json").write_bytes(content)
            looked(folder)
    kept = (tmp_path / "jobs" / "failed").glob("odd.json*original")
    assert {path.read_bytes() for path in kept} == {b"[1]", b"[2]"}


@pytest.mark.parametrize(
    ("name", "job_id"),
    [
        ("song.json", "song"),
        ("My Song (final).json", "My_Song_final-[0-9a-f]{8}"),
        ("-Übung.json", "bung-[0-9a-f]{8}"),
        (f"{'n' * 200}.json", "n{55}-[0-9a-f]{8}"),
        ("…….json", "job-[0-9a-f]{8}"),
    ],
)
def test_a_bare_configuration_under_any_name_is_a_job(
    tmp_path: Path, name: str, job_id: str
) -> None:
    with open_queue(tmp_path / "data") as queue:
        folder = folder_of(tmp_path, queue)
        config = {**CONFIG, "output": "film.mp4", "props": {"a": 1}}
        (tmp_path / "jobs" / "pending" / name).write_text(json.dumps(config))
        looked(folder)
        (job,) = queue.list_jobs()
        assert re.fullmatch(job_id, job.id)
        assert job.config["props"] == {"a": 1}
        assert job.target == str(tmp_path / "output" / "film.mp4")
        document = json.loads((tmp_path / "jobs" / "processing" / name).read_text())
        assert (document["status"], document["config"]) == ("processing", config)


def test_files_whose_names_no_id_can_spell_are_several_jobs(tmp_path: Path) -> None:
    names = ["песня", "другая", "歌", "a b", "a.b", "a_b", "n" * 70, "n" * 71]
    with open_queue(tmp_path / "data") as queue:
        folder = folder_of(tmp_path, queue)
        for number, name in enumerate(names):
            config = {"composition": "aurora", "types": ["shorts", "square"], "seed": number}
            (tmp_path / "jobs" / "pending" / f"{name}.json").write_text(json.dumps(config))
        looked(folder)
        jobs = queue.list_jobs()
        assert len({job.id for job in jobs}) == len({job.target for job in jobs}) == 2 * len(names)
        assert not list((tmp_path / "jobs" / "failed").iterdir())


def test_several_types_under_a_long_id_are_several_jobs(tmp_path: Path) -> None:
    with open_queue(tmp_path / "data") as queue:
        folder = folder_of(tmp_path, queue)
        config = {"composition": "aurora", "types": ["shorts", "reels", "square"]}
        document = {"id": "i" * 64, "config": config}
        (tmp_path / "jobs" / "pending" / "a.json").write_text(json.dumps(document))
        looked(folder)
        assert len({job.id for job in queue.list_jobs()}) == 3


def test_a_file_waits_while_the_database_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from helios.errors import StoreUnavailable

    with open_queue(tmp_path / "data") as queue:
        folder = folder_of(tmp_path, queue)
        (tmp_path / "jobs" / "pending" / "a.json").write_text(json.dumps({"config": CONFIG}))

        def locked(*_: Any, **__: Any) -> str:
            raise StoreUnavailable("the database is locked")

        monkeypatch.setattr(queue, "submit", locked)
        looked(folder)
        assert queue.list_jobs() == []
        assert (tmp_path / "jobs" / "processing" / "a.json").exists()
        monkeypatch.undo()
        looked(folder)
        assert [job.id for job in queue.list_jobs()] == ["a"]
