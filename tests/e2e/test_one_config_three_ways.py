"""One configuration gives the same frames through the command line, REST and the watch folder."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from helios.media.pictures import decode_pictures
from helios.model.formats import EXPORT_TYPES
from helios.server.client import HeliosClient

HELIOS = [sys.executable, "-m", "helios"]
ALL_TYPES = [kind.name for kind in EXPORT_TYPES]
# One of each kind; HELIOS_EVERY_TYPE=1 takes all of them, which needs some minutes.
FEW_TYPES = ["flat-1080p-portrait", "360-mono-4k", "360-stereo-4k", "vr180-4k", "fulldome-2k"]
TYPES = ALL_TYPES if os.environ.get("HELIOS_EVERY_TYPE") else FEW_TYPES


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("song") / "song.wav"
    time_s = np.arange(24_000) / 24_000
    sound = np.sin(2 * np.pi * 110 * time_s) * np.exp(-((time_s * 4) % 1) * 3)
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(24_000)
        stream.writeframes((sound * 20_000).astype("<i2").tobytes())
    return path


def frame_hashes(film: Path) -> list[str]:
    """One hash per decoded frame."""
    return [
        hashlib.sha256(
            b"".join(np.ascontiguousarray(p).tobytes() for p in picture.planes)
        ).hexdigest()
        for picture in decode_pictures(film)
    ]


@contextmanager
def running(*words: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*HELIOS, *words], cwd=cwd, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stderr is not None
        process.stderr.close()


def config_of(kind: str, song: Path) -> dict[str, object]:
    return {
        "templateId": "etherealFlame", "exportType": kind, "audioPath": str(song), "fps": 30,
        "outputPath": "film.mp4", "scale": "1/32", "duration": "0.2", "videoCodec": "ffv1",
    }  # fmt: skip


@pytest.mark.slow
def test_a_type_is_the_same_film_three_ways(song: Path, tmp_path: Path) -> None:
    films: dict[str, dict[str, Path]] = {kind: {} for kind in TYPES}
    (tmp_path / "jobs" / "pending").mkdir(parents=True)
    for kind in TYPES:
        config = config_of(kind, song) | {"outputPath": f"{kind}.mkv"}
        (tmp_path / f"{kind}.json").write_text(json.dumps(config))
        document = {"id": kind.replace(".", "_"), "config": config}
        (tmp_path / "jobs" / "pending" / f"{kind}.json").write_text(json.dumps(document))
    for kind in TYPES:
        film = films[kind]["cli"] = tmp_path / "cli" / f"{kind}.mkv"
        words = ["render", "--config", str(tmp_path / f"{kind}.json"), "-o", str(film), "-q"]
        subprocess.run([*HELIOS, *words], check=True, cwd=tmp_path)
    with running("render-server", "--poll-interval", "0.1", "--at-once", "2", cwd=tmp_path):
        complete = tmp_path / "jobs" / "complete"
        wait_for(lambda: len(list(complete.glob("*.json"))) == len(TYPES))
        for kind in TYPES:
            films[kind]["watch"] = Path(
                json.loads((complete / f"{kind}.json").read_text())["output"]
            )
    with (
        running("serve", "--port", "0", "--at-once", "2", cwd=tmp_path) as server,
        HeliosClient(url_of(server)) as client,
    ):
        sound = client.upload(song)
        ids = {}
        for kind in TYPES:
            config = config_of(kind, song) | {"audioPath": sound.id, "outputPath": f"{kind}.mkv"}
            ids[kind] = client.submit(config)
        for kind, job_id in ids.items():
            wait_for(lambda job_id=job_id: client.get(job_id).is_final)
            films[kind]["rest"] = client.download(job_id, tmp_path / f"rest-{kind}.mkv")
    for kind, made in films.items():
        hashes = {way: frame_hashes(film) for way, film in made.items()}
        assert len(hashes["cli"]) == 6, kind
        assert len(set(hashes["cli"])) > 1, kind
        assert hashes["cli"] == hashes["watch"] == hashes["rest"], kind


def url_of(server: subprocess.Popen[bytes]) -> str:
    assert server.stderr is not None
    line = server.stderr.readline().decode()
    assert line.startswith("Helios is at "), line
    return line.split()[-1]


def wait_for(check: object, limit_s: float = 240) -> None:
    deadline = time.monotonic() + limit_s
    while not check():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_half_written_file_is_waited_for_and_a_second_server_refused(tmp_path: Path) -> None:
    (tmp_path / "film.py").write_text(
        "import numpy as np\n"
        "def draw(frame, context):\n"
        "    return np.full((context.height, context.width, 3), frame * 9, np.uint8)\n"
    )
    with running("render-server", "--poll-interval", "0.1", cwd=tmp_path) as server:
        pending = tmp_path / "jobs" / "pending"
        wait_for(pending.is_dir)
        config = {
            "composition": "film.py:draw", "width": 64, "height": 48, "frameCount": 5,
            "outputPath": "deep/a.mp4",
        }  # fmt: skip
        text = json.dumps({"id": "a", "config": config, "mine": 7})
        with (pending / "a.json").open("w") as stream:
            stream.write(text[:40])
            stream.flush()
            os.fsync(stream.fileno())
            time.sleep(0.7)
            assert list((tmp_path / "jobs" / "processing").iterdir()) == []
            stream.write(text[40:])
        done = tmp_path / "jobs" / "complete" / "a.json"
        wait_for(done.exists, 60)
        document = json.loads(done.read_text())
        assert document["output"] == str(tmp_path / "output" / "deep" / "a.mp4")
        assert (document["id"], document["status"], document["mine"]) == ("a", "complete", 7)
        assert len(frame_hashes(Path(document["output"]))) == 5
        second = subprocess.run(
            [*HELIOS, "render-server"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert second.returncode == 3
        assert "another process works in" in second.stderr
        assert server.poll() is None
