"""``--json``: every command has it, and what it prints is as its schema says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commandline import validator
from tests.sounds import wav

from helios.agents.schemas import SCHEMAS
from helios.cli.main import COMMANDS, GROUPS, build_app, main
from helios.shader.gallery import shipped_shaders

WITHOUT = {
    ("studio",): "serves until it is stopped",
    ("serve",): "serves until it is stopped",
    ("render-server",): "serves until it is stopped",
    ("executor", "dask"): "serves until it is stopped",
    ("mcp",): "speaks JSON of its own, until it is stopped",
    ("completion",): "prints a script for a shell",
    ("help",): "prints text for people",
}
"""Commands without ``--json``, and why."""
ALL = [
    *((name,) for name, _, _ in COMMANDS),
    *((group, name) for group, (_, of) in GROUPS.items() for name, _, _ in of),
]
GREY = """
import numpy as np
def draw(frame, context):
    return np.full((context.height, context.width, 3), 9 * frame, np.uint8)
draw.duration, draw.fps = 1, 4
"""
Printed = Callable[..., dict[str, Any]]


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Printed:
    """Runs a command with ``--json``, in a folder of its own; what it prints, checked."""
    monkeypatch.chdir(tmp_path)

    def run(schema: str, *words: object, code: int = 0) -> dict[str, Any]:
        assert main([*map(str, words), "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        validator(schema).validate(document)
        return document

    return run


def test_every_command_has_json() -> None:
    app = build_app()
    lacking = []
    for words in ALL:
        command = app
        for word in words:
            command = command[word]
        flags = {name for each in command.assemble_argument_collection() for name in each.names}
        if ("--json" in flags) == (words in WITHOUT):
            lacking.append(words)
    assert not lacking
    assert set(ALL) >= set(WITHOUT)


def test_a_song(printed: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "song.wav").write_bytes(wav(0.1 * np.sin(np.arange(48_000) / 9), 48_000))
    said = printed("song", "analyze", "song.wav", "-o", "table.json", "--fps", "29.97")
    assert (said["duration_s"], said["fps"], said["channels"]) == (1, "30000/1001", 1)
    assert said["frames"] == json.loads((tmp_path / "table.json").read_text())["totalFrames"]
    assert (said["table"], said["plot"]) == ("table.json", None)
    kept = printed("cache", "cache", "ls")["analyses"]
    assert len(kept) == 1
    assert kept[0]["size_bytes"] > 0
    cleared = printed("cache", "cache", "clear")
    assert [cleared[name] for name in ("analyses", "remote_files", "bundles")] == [1, 0, 0]
    assert printed("cache", "cache", "ls")["analyses"] == []


def test_captions(printed: Printed, tmp_path: Path) -> None:
    (tmp_path / "song.lrc").write_text("[00:00.00]Hello there\n[00:00.05]you\n")
    said = printed("captions", "captions", "song.lrc", "-o", "words.json")
    assert said["lines"] == len(json.loads((tmp_path / "words.json").read_text())["lines"]) == 2
    assert "220.0 characters a second" in said["warnings"][0]
    assert said["output"] == "words.json"


def test_pictures(printed: Printed, tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    size = ("--width", 64, "--height", 48)
    said = printed("picture", "still", "grey.py:draw", "--at", 0.5, *size, "-o", "one.png")
    assert said == {
        "version": 1,
        "file": "one.png",
        "width": 64,
        "height": 48,
        "frames": [2],
        "total_frames": 4,
        "warnings": [],
    }
    sheet = ("--size", "64x48", "--count", 2, "--width", 64, "-o", "all.png")
    assert printed("picture", "sheet", "grey.py:draw", *sheet)["frames"] == [0, 3]


def test_templates(printed: Printed, tmp_path: Path) -> None:
    assert printed("files", "templates", "new", "mine.json")["files"] == ["mine.json"]
    assert printed("template", "templates", "show", "mine.json")["name"] == "mine"
    shader = shipped_shaders()[0]
    said = printed("shader", "templates", "show", shader.name)
    assert said["text"] == shader.file.read_text(encoding="utf-8")


def test_schemas_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    validator("names").validate(rows)
    assert [row["name"] for row in rows] == list(SCHEMAS)


def test_a_job_is_emitted_and_stopped(
    printed: Printed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    assert main(["render", "grey.py:draw", "-o", "a.mp4", "-q", "--emit-job", "job.json"]) == 0
    capsys.readouterr()
    emitted = printed("files", "job", "emit", "job.json", "--target", "slurm", "-o", "out")
    assert {Path(name) for name in emitted["files"]} == {
        each.relative_to(tmp_path) for each in (tmp_path / "out").iterdir()
    }
    assert emitted["store"] is None
    for action, jobs in (("cancel", ["job.json"]), ("requeue", ["job.json"]), ("requeue", [])):
        said = printed("jobs", "job", action, "job.json")
        assert (said["action"], said["jobs"], said["is_whole_queue"]) == (action, jobs, False)
