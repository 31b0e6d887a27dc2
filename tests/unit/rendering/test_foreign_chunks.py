"""Chunks of job files that other programs draw: commands as they stand, once, and known again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios.errors import JobSpecError
from helios.rendering.job import JobOptions, JobResult, JobRunner


def run(folder: Path, command: str, **options: bool) -> JobResult:
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "a.mov", "command": command}
    job = {
        "metadata": {"totalFrames": 1, "fps": 30, "width": 2, "height": 2, "duration": 0.1},
        "chunks": [chunk],
        "mergeCommand": "true",
        "output": "film.mov",
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return JobRunner(path, JobOptions(merge=False, **options)).run()


@pytest.mark.parametrize(
    "command",
    [
        "sh -c $(cat secret)",
        "cp `cat name` a.mov",
        "true && cp secret a.mov",
        "cat secret > a.mov",
        "cat secret | cp /dev/stdin a.mov",
        "true ; cp secret a.mov",
    ],
)
def test_a_command_that_needs_a_shell_gets_one_only_on_request(
    tmp_path: Path, command: str
) -> None:
    with pytest.raises(JobSpecError, match="needs a shell") as caught:
        run(tmp_path, command)
    assert "--allow-shell" in caught.value.hint
    assert not (tmp_path / "a.mov").exists()


def test_a_shell_that_is_allowed_is_used(tmp_path: Path) -> None:
    assert run(tmp_path, "echo $((6 * 7)) > a.mov", allow_shell=True).rendered_chunks == (0,)
    assert (tmp_path / "a.mov").read_text() == "42\n"


def test_an_edited_command_is_run_again(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    assert run(tmp_path, "cp one a.mov").rendered_chunks == (0,)
    assert run(tmp_path, "cp one a.mov").cached_chunks == (0,)
    assert run(tmp_path, "cp two a.mov").rendered_chunks == (0,)
    assert (tmp_path / "a.mov").read_text() == "2"
