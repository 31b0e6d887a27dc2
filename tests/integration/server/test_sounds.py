"""Uploaded sounds: kept once, by what they hold."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import time
import wave
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from tests.sounds import wav

from helios.server import sounds

RATE = 8000
RAW = {"content-type": "application/octet-stream"}


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
    assert (form["id"], form["name"]) == (first["id"], "Other.wav")
    assert served.http.get(f"/api/audio/{first['id']}").json()["id"] == first["id"]
    files = sorted(path.name for path in (served.settings.data / "audio").iterdir())
    assert files == [first["id"], first["id"] + ".json"]


def test_an_upload_goes_on_where_its_connection_was_lost(served: Any, sound: bytes) -> None:
    """Whatever was lost of it: the sound is the same, and nothing of what came before is left."""
    upload, size = "5" * 32, len(sound)
    state = f"/api/audio/upload/{upload}"

    def send(offset: int, body: bytes) -> Any:
        where = f"name=Song.wav&upload={upload}&offset={offset}&size={size}"
        return served.http.post(f"/api/audio?{where}", content=body, headers=RAW)

    assert served.http.get(state).json()["received"] == 0
    assert send(0, sound[:9000]).status_code == 400, "it is cut off"
    assert served.http.get(state).json()["received"] == 9000
    assert send(0, sound).status_code == 409, "that would be twice"
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port)) as lost:
        where = f"name=Song.wav&upload={upload}&offset=9000&size={size}"
        head = f"POST /api/audio?{where} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        head += f"Content-Type: {RAW['content-type']}\r\nContent-Length: {size - 9000}\r\n\r\n"
        lost.sendall(head.encode() + sound[9000:12000])
        deadline = time.monotonic() + 30
        while served.http.get(state).json()["received"] != 12000:
            assert time.monotonic() < deadline
        # The server does not know yet that this connection is lost.
        whole = send(12000, sound[12000:])
        with contextlib.suppress(OSError):
            lost.sendall(b"late")
    assert whole.status_code == 200, whole.text
    assert (whole.json()["id"], whole.json()["name"]) == (sha256(sound).hexdigest(), "Song.wav")
    files = sorted(path.name for path in (served.settings.data / "audio").iterdir())
    assert files == [whole.json()["id"], whole.json()["id"] + ".json"]
    assert served.http.get(state).json()["received"] == 0
    for wrong in ("upload=x&size=5", f"upload={upload}&size=-1"):
        assert served.http.post(f"/api/audio?{wrong}", content=b"", headers=RAW).status_code == 422


def test_what_nobody_sends_the_rest_of_goes_after_an_hour(served: Any, sound: bytes) -> None:
    folder = served.settings.data / "audio"
    for upload, age_s in (("1" * 32, 3700), ("2" * 32, 100)):
        where = f"/api/audio?upload={upload}&size={len(sound)}"
        assert served.http.post(where, content=sound[:50], headers=RAW).status_code == 400
        then = time.time() - age_s
        os.utime(folder / f".upload-{upload}", (then, then))
    assert served.http.post(where, content=b"", headers=RAW).status_code == 409
    assert [path.name for path in folder.iterdir()] == [f".upload-{'2' * 32}"]


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


def test_a_sound_is_heard_once_and_played_in_parts(
    served: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "cache"))
    t = np.arange(48_000 * 4) / 48_000
    clicks = np.sin(2 * np.pi * 80 * t) * np.exp(-(t % 0.5) * 30)
    content = wav(clicks)
    sound = served.http.post("/api/audio?name=clicks.wav", content=content, headers=RAW).json()
    where = f"/api/audio/{sound['id']}"
    heard = served.http.get(f"{where}/hearing").json()
    assert heard["duration"] == pytest.approx(4, abs=0.05)
    assert heard["bpm"] == pytest.approx(120, abs=2)
    assert len(heard["bands"]) == len(heard["bandNames"]) == 8
    assert max(heard["bands"][0]) > 5 * max(heard["bands"][7])
    assert heard["sections"][0]["start"] == 0
    assert list((tmp_path / "cache" / "audio").glob("*.npz")), "previews and films read the table"
    monkeypatch.setattr(sounds, "start_child", None)
    assert served.http.get(f"{where}/hearing?fps=30").json() == heard
    part = served.http.get(f"{where}/file", headers={"range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, content[4:10])
    assert part.headers["content-type"] in ("audio/x-wav", "audio/wav")
    for path in (f"/api/audio/{'0' * 64}/hearing", f"/api/audio/{'0' * 64}/file"):
        assert served.http.get(path).status_code == 404
    assert served.http.get(f"{where}/hearing?fps=fast").status_code == 422


def test_a_song_to_try_with_is_there(served: Any) -> None:
    demo = served.http.get("/api/audio/demo").json()
    assert demo["name"] == "Demo.wav"
    assert demo["duration"] == pytest.approx(26)
    assert served.http.get("/api/audio/demo").json() == demo
    assert served.http.get(f"/api/audio/{demo['id']}/file").content[:4] == b"RIFF"


def test_nothing_is_named_unless_the_operator_did(served: Any) -> None:
    assert served.http.get("/api/named").json()["composition"] is None


def test_what_the_operator_named_is_known_and_nothing_else(serve: Any, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("mine.json", "other.json"):
        (folder / name).write_text('{"name": "mine", "layers": []}')
    data = folder / "helios-data"
    served = serve(composition="mine.json", folder=folder, compositions=None, data=data)
    named = served.http.get("/api/named").json()
    (folder / "mine.json").write_text('{"name": "mine", "title": "My own", "layers": []}')
    (served.settings.data / "new").write_text("")
    stamp = served.http.get("/api/named").json()["stamp"]
    (served.settings.data / "newer").write_text("")
    assert stamp != named.pop("stamp")
    assert stamp == served.http.get("/api/named").json()["stamp"]
    assert named == {
        "composition": "mine.json",
        "title": "mine.json",
        "kind": "scene",
        "props": {},
        "propsFile": "",
    }
    reply = served.http.post("/api/render", json={"composition": "mine.json"})
    assert served.ended(reply.json()["jobId"])["status"] == "completed"
    for other in ("other.json", str(folder / "mine.json"), "work/mine.json"):
        assert served.http.post("/api/render", json={"composition": other}).status_code == 422


def test_props_are_written_where_the_operator_said_and_nowhere_else(
    serve: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "page.html").write_text("<!doctype html>")
    file = folder / "kept.json"
    served = serve(composition="page.html", folder=folder, compositions=None, props_file=file)
    stamp = served.http.get("/api/named").json()["stamp"]
    body = {"props": {"title": "Grüße"}}
    assert served.http.post("/api/named/props", json=body).status_code == 200
    assert file.read_text("utf-8") == '{\n  "title": "Grüße"\n}\n'
    named = served.http.get("/api/named").json()
    assert (named["props"], named["propsFile"]) == (body["props"], "kept.json")
    # It is no change of the page, which would be drawn anew.
    assert named["stamp"] == stamp
    for wrong in ({"props": [1]}, {}):
        assert served.http.post("/api/named/props", json=wrong).status_code in {400, 422}
    elsewhere = {**body, "file": "../elsewhere.json", "propsFile": "elsewhere.json"}
    served.http.post("/api/named/props", json=elsewhere)
    assert sorted(path.name for path in folder.iterdir()) == ["kept.json", "page.html"]
    assert list(tmp_path.glob("**/elsewhere.json")) == []


def test_without_a_file_for_props_nothing_is_written(served: Any) -> None:
    reply = served.http.post("/api/named/props", json={"props": {"title": "x"}})
    assert reply.status_code == 404
    assert "no file for props" in reply.json()["error"]
