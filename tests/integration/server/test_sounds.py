"""Uploaded sounds: kept once, by what they hold."""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import numpy as np
import pytest

RATE = 8000


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Two seconds: one quiet, one loud."""
    time_s = np.arange(2 * RATE) / RATE
    level = np.where(time_s < 1, 0.1, 0.8)
    samples = (level * np.sin(2 * np.pi * 200 * time_s) * 32_000).astype("<i2")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return stream.getvalue()


def test_the_same_sound_is_kept_once_however_it_comes(served: Any, sound: bytes) -> None:
    raw = {"content-type": "audio/wav"}
    first = served.http.post("/api/audio?name=../a/Song.wav", content=sound, headers=raw).json()
    assert (first["name"], first["duration"], first["sampleRate"]) == ("Song.wav", 2.0, RATE)
    levels = first["levels"]
    half = len(levels) // 2
    assert max(levels[: half - 1]) < 0.2
    assert min(levels[half + 1 :]) > 0.9
    form = served.http.post("/api/audio", files={"audio": ("Other.wav", sound)}).json()
    assert form["id"] == first["id"]
    assert served.http.get(f"/api/audio/{first['id']}").json()["id"] == first["id"]
    files = sorted(path.name for path in (served.settings.data / "audio").iterdir())
    assert files == [first["id"], first["id"] + ".json"]


def test_a_form_brings_sound_and_configuration_at_once(served: Any, sound: bytes) -> None:
    config = {"templateId": "film.py:draw", "fps": 30, "audioPath": "song.wav"}
    reply = served.http.post(
        "/api/render", files={"audio": ("My Song.wav", sound)}, data={"config": json.dumps(config)}
    )
    assert reply.status_code == 200, reply.text
    job = served.ended(reply.json()["jobId"])
    (track,) = served.exporter.configs[-1]["audio"]
    assert track["file"].startswith(str(served.settings.data))
    (shown,) = job["config"]["audio"]
    assert "/" not in shown["file"]


def test_the_configuration_of_a_form_may_be_a_file(served: Any, sound: bytes) -> None:
    config = json.dumps({"templateId": "film.py:draw", "audioPath": "song.wav"}).encode()
    files = {"audio": ("My Song.wav", sound), "config": ("config.json", config)}
    reply = served.http.post("/api/render", files=files)
    assert reply.status_code == 200, reply.text
    broken = {"config": ("config.json", b"[1")}
    assert served.http.post("/api/render", files=broken).status_code == 400


def test_there_is_an_end_to_what_is_kept(serve: Any, sound: bytes) -> None:
    served = serve(max_stored_bytes=len(sound) + 1000)
    raw = {"content-type": "audio/wav"}
    assert served.http.post("/api/audio", content=sound, headers=raw).status_code == 200
    other = sound[:-2] + b"\x01\x00"
    assert served.http.post("/api/audio", content=other, headers=raw).status_code == 413
