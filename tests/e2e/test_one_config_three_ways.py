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
from tests.commandline import ended_with_block

from helios.media.pictures import decode_pictures
from helios.media.probe import probe
from helios.model.formats import EXPORT_TYPES, film_suffix
from helios.server.client import HeliosClient

HELIOS = [sys.executable, "-m", "helios"]
# HELIOS_EVERY_TYPE=1 makes two frames of every type at its whole size, which takes a while and some
# gigabytes; otherwise there are three frames of one type of each kind, at a thirty-second of it.
# One that goes around for one eye is not among them: both eyes together are drawn alike. Neither is
# half of a sphere, which test_panorama draws.
FULL_SIZE = bool(os.environ.get("HELIOS_EVERY_TYPE"))
FEW_TYPES = ("flat-1080p-portrait", "360-stereo-5.7k", "fulldome-2k")
KINDS = [kind for kind in EXPORT_TYPES if FULL_SIZE or kind.name in FEW_TYPES]
TYPES = [kind.name for kind in KINDS]
FRAMES = 2 if FULL_SIZE else 3
LIMIT_S = 7200 if FULL_SIZE else 240


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
    with ended_with_block(process):
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(120)


@pytest.fixture
def config(song: Path, tmp_path: Path) -> Path:
    """One file that asks for a film of every type."""
    values = {
        "templateId": "etherealFlame",
        "exportType": TYPES,
        "audioPath": str(song),
        "fps": 30,
        "outputPath": "film.mkv",
        "frameCount": FRAMES,
        "videoCodec": "ffv1",
    }
    path = tmp_path / "config.json"
    # One worker for so few frames: to start another one costs more than to draw them.
    small = {"scale": "1/32", "concurrency": 1}
    path.write_text(json.dumps(values if FULL_SIZE else {**values, **small}))
    return path


@pytest.mark.slow
@pytest.mark.timeout(LIMIT_S)
def test_one_file_gives_every_type_the_same_three_ways(
    song: Path, config: Path, tmp_path: Path
) -> None:
    folders = {"cli": tmp_path / "cli", "watch": tmp_path / "output", "rest": tmp_path / "rest"}
    words = ["render", "--config", str(config), "-o", str(folders["cli"]), "-q"]
    subprocess.run([*HELIOS, *words], check=True, cwd=tmp_path)

    (tmp_path / "jobs" / "pending").mkdir(parents=True)
    values = json.loads(config.read_text())
    (tmp_path / "jobs" / "pending" / "all.json").write_text(json.dumps({"config": values}))
    with running("render-server", "--poll-interval", "0.1", cwd=tmp_path):
        done = tmp_path / "jobs" / "complete" / "all.json"
        wait_for(done.exists, LIMIT_S)
        outputs = json.loads(done.read_text())["outputs"]
    assert [Path(output).parent for output in outputs] == [folders["watch"]] * len(TYPES)

    folders["rest"].mkdir()
    with (
        running("serve", "--port", "0", cwd=tmp_path) as server,
        HeliosClient(url_of(server)) as client,
    ):
        for job_id in client.submit_all(values, song):
            wait_for(lambda job_id=job_id: client.get(job_id).is_final, LIMIT_S)
            job = client.get(job_id)
            assert job.status == "completed", job.error
            client.download(job_id, folders["rest"] / str(job.output_path))

    for kind in KINDS:
        name = f"film_{kind.name}{film_suffix(kind.projection, kind.stereo)}.mkv"
        films = {way: folder / name for way, folder in folders.items()}
        hashes = {way: frame_hashes(film) for way, film in films.items()}
        assert len(hashes["cli"]) == FRAMES, kind.name
        assert len(set(hashes["cli"])) > 1, kind.name
        assert hashes["cli"] == hashes["watch"] == hashes["rest"], kind.name
        video = probe(films["cli"]).video
        assert video is not None
        size = video.width, video.height
        if FULL_SIZE:
            assert size == (kind.width, kind.height)
        assert size[0] * kind.height == pytest.approx(size[1] * kind.width, rel=0.02)


def url_of(server: subprocess.Popen[bytes]) -> str:
    assert server.stderr is not None
    line = server.stderr.readline().decode()
    assert line.startswith("Helios is at "), line
    return line.split()[-1]


def wait_for(check: object, limit_s: float = LIMIT_S) -> None:
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
            "composition": "film.py:draw",
            "width": 64,
            "height": 48,
            "frameCount": 5,
            "outputPath": "deep/a.mp4",
        }
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
