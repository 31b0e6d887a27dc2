"""Job files in a folder: what a process that died in the middle leaves is taken up right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helios.queue.job import JobStatus
from helios.queue.opening import open_queue
from helios.queue.watch import WatchFolder

CONFIG = {"composition": "film.py:draw", "width": 64, "height": 64, "frameCount": 1}


def folder_of(tmp_path: Path, queue: Any) -> WatchFolder:
    return WatchFolder(tmp_path / "jobs", queue, base=tmp_path, output_folder=tmp_path / "output")


def drop(tmp_path: Path) -> Path:
    path = tmp_path / "jobs" / "pending" / "a.json"
    path.write_text(json.dumps({"id": "a", "config": CONFIG}))
    return path


def test_death_between_submitting_and_writing_so_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_queue(tmp_path / "data") as queue:
        first = folder_of(tmp_path, queue)
        drop(tmp_path)
        monkeypatch.setattr(WatchFolder, "_write", _die)
        first.scan()
        with pytest.raises(KeyboardInterrupt):
            first.scan()
        monkeypatch.undo()
        second = folder_of(tmp_path, queue)
        second.resume()
        document = json.loads((tmp_path / "jobs" / "processing" / "a.json").read_text())
        assert document["status"] == "processing"
        job = queue.get_status("a")
        assert job is not None
        assert job.status is JobStatus.PENDING


def test_a_file_for_a_job_that_is_not_over_is_refused(tmp_path: Path) -> None:
    with open_queue(tmp_path / "data") as queue:
        queue.submit(CONFIG, job_id="a")
        folder = folder_of(tmp_path, queue)
        drop(tmp_path)
        folder.scan()
        folder.scan()
        document = json.loads((tmp_path / "jobs" / "failed" / "a.json").read_text())
        assert document["error"] == "another job a is pending"


def _die(*_: object) -> None:
    raise KeyboardInterrupt
