"""Uploaded subtitles: kept by what they hold, and shown in the films that name them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

LYRICS = b"[00:01.00]One\n[00:02.50]Two"


def test_lyrics_are_kept_and_a_film_has_them(served: Any) -> None:
    words = served.http.post("/api/subtitles?name=../a/Song.lrc", content=LYRICS).json()
    assert (words["name"], words["cues"], words["end"]) == ("Song.lrc", 2, 7.5)
    job_id = served.submit(subtitles=words["id"])
    job = served.ended(job_id)
    assert job["config"]["subtitles"] == words["id"]
    kept = Path(served.exporter.configs[-1]["subtitles"])
    assert kept.read_bytes() == LYRICS
    assert kept.parent == served.settings.data / "subtitles"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Dear diary", "diary.txt holds no subtitles"),
        (b"\x00\x01\x02", "it is not text"),
        (b"", "has no cue"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\xfc", "diary.txt is not UTF-8"),
    ],
)
def test_what_are_no_subtitles_is_said(served: Any, content: bytes, told: str) -> None:
    reply = served.http.post("/api/subtitles?name=diary.txt", content=content)
    assert reply.status_code == 422
    assert told in reply.json()["error"]
    assert "--" not in reply.json()["error"]
    assert not list(served.settings.data.glob("subtitles/*"))


def test_what_is_too_large_is_not_read(served: Any) -> None:
    reply = served.http.post("/api/subtitles", content=b"x" * (5 << 20))
    assert reply.status_code == 413
    form = {"config": (None, json.dumps({})), "audio": ("a.srt", b"")}
    assert served.http.post("/api/subtitles", files=form).status_code == 415
