"""A render is written down for other machines, complete."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.commandline import EXAMPLES
from tests.ready import emit_job

pytestmark = pytest.mark.browser
PAGE = EXAMPLES / "simple-animation" / "composition.html"


def emit(folder: Path, *flags: object) -> dict[str, Any]:
    return emit_job(folder, PAGE, "final.mp4", "--duration", 1, "--fps", 30, *flags)


def test_four_chunks_start_where_the_last_ended(tmp_path: Path) -> None:
    job = emit(tmp_path, "--concurrency", 4)
    assert [chunk["startFrame"] for chunk in job["chunks"]] == [0, 8, 16, 24]
    assert [chunk["frameCount"] for chunk in job["chunks"]] == [8, 8, 8, 6]
    words = shlex.split(job["mergeCommand"])
    assert [chunk["outputFile"] for chunk in job["chunks"]] == [
        f"final_part_{n}.mov" for n in range(4)
    ]
    assert [word for word in words if word.endswith(".mov")] == [
        f"final_part_{n}.mov" for n in range(4)
    ]


def test_explicit_codecs_appear_in_the_chunk_commands(tmp_path: Path) -> None:
    job = emit(tmp_path, "--concurrency", 2, "--video-codec", "libx265", "--audio-codec", "flac")
    for chunk in job["chunks"]:
        words = shlex.split(chunk["command"])
        assert words[words.index("--video-codec") + 1] == "libx265"
        assert "--audio-codec" in words
    merge = shlex.split(job["mergeCommand"])
    assert merge[merge.index("--audio-codec") + 1] == "flac"
