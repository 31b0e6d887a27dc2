"""Films of scenes: equal pixels from every road, sound in step, other programs' configs."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.films import sound_of
from tests.ready import helios
from tests.sounds import wav

from helios.media.pictures import plane_view
from helios.media.probe import probe
from helios.sources.scene import SceneSource, SceneSourceSettings

RATE = 48_000
CLICK_FRAME = 20
LAYER = {
    "id": "one",
    "name": "One",
    "enabled": True,
    "particleCount": 30,
    "baseSize": 5,
    "spawnRadius": 0.3,
    "maxSpeed": 0.03,
    "lifetime": 3,
    "audioReactivity": 2,
    "frequencyBand": "mid",
    "sizeAtBirth": 0.2,
    "sizeAtPeak": 1,
    "sizeAtDeath": 0.3,
    "peakLifetime": 0.3,
}


def a_song(path: Path, seconds: float) -> Path:
    """Silence with one click, where frame CLICK_FRAME of 30 begins."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    start = CLICK_FRAME * RATE // 30
    length = min(2400, len(samples) - start)
    fade = np.exp(-np.arange(length) / 400)
    samples[start : start + length] = 0.9 * fade * np.sin(np.arange(length) * 0.13 + 1.5)
    path.write_bytes(wav(samples, RATE))
    return path


def planes_of(path: Path) -> list[list[NDArray[Any]]]:
    """The three planes of every picture, as they are in the film."""
    with av.open(str(path)) as film:
        return [
            [plane_view(frame, index).copy() for index in range(3)]
            for frame in film.decode(video=0)
        ]


def luma(path: Path) -> list[NDArray[Any]]:
    return [planes[0] for planes in planes_of(path)]


@pytest.mark.slow
def test_frame_100_is_the_same_alone_and_in_a_job_of_four_chunks(tmp_path: Path) -> None:
    size = ("--width", 160, "--height", 90, "--fps", 30, "--duration", 4)
    lossless = ("--video-codec", "ffv1", "--pixel-format", "yuv420p", "-o", "film.mkv")
    words = ("render", "neonPulse", *size, *lossless, "--concurrency", 4)
    helios(*words, "--emit-job", "job.json", cwd=tmp_path)
    assert len(json.loads((tmp_path / "job.json").read_text())["chunks"]) == 4
    helios("job", "run", "job.json", cwd=tmp_path)
    in_film = planes_of(tmp_path / "film.mkv")[100]
    source = SceneSource(
        SceneSourceSettings(
            template="neonPulse",
            width=160,
            height=90,
            fps=Fraction(30),
            total_frames=120,
            threads=1,
        )
    )
    alone = [plane.copy() for plane in source.picture(100).planes]
    source.close()
    assert alone[0].std() > 1
    for one, other in zip(in_film, alone, strict=True):
        assert np.array_equal(one, other)


def test_picture_reacts_in_the_frame_in_which_the_click_sounds(tmp_path: Path) -> None:
    song = a_song(tmp_path / "click.wav", 1.5)
    content = {
        "name": "flash",
        "sky": {"kind": "none"},
        "layers": [{"id": "a", "particleCount": 40, "baseSize": 6, "audioReactivity": 0}],
        "features": [{"source": "onset", "target": "brightness", "amount": 8}],
    }
    (tmp_path / "flash.json").write_text(json.dumps(content))
    film = tmp_path / "film.mkv"
    helios(
        "render",
        "flash.json",
        "--audio",
        song,
        "--width",
        160,
        "--height",
        90,
        "--fps",
        30,
        "--audio-codec",
        "flac",
        "-o",
        film,
        cwd=tmp_path,
    )
    light = np.array([plane.mean() for plane in luma(film)])
    assert len(light) == 45
    assert int(np.diff(light).argmax()) + 1 == CLICK_FRAME
    sound = sound_of(film)
    loud = np.abs(sound).max(axis=1) if sound.ndim == 2 else np.abs(sound)
    assert len(loud) == 72_000
    assert abs(int((loud > 0.2).argmax()) - CLICK_FRAME * RATE // 30) < 8


def test_config_of_ethereal_flame_studio_is_rendered_as_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    a_song(folder / "song.wav", 1.0)
    config = {
        "version": "1.0",
        "audio": {"path": "./song.wav"},
        "output": {"path": "aurora.mp4", "format": "flat-1080p-square", "fps": 60},
        "visual": {"mode": "mist", "skyboxPreset": "DarkWorld1", "layers": [LAYER]},
        "options": {"quality": "fast", "startFrame": 6, "endFrame": 12},
    }
    (folder / "config.json").write_text(json.dumps(config))
    helios("render", "elsewhere/config.json", "--scale", "1/8", cwd=tmp_path)
    facts = probe(tmp_path / "aurora.mp4")
    pictures = luma(tmp_path / "aurora.mp4")
    assert len(pictures) == 6
    assert facts.video is not None
    assert facts.video.fps == 60
    assert pictures[0].shape[0] == pictures[0].shape[1]
    helios(
        "render",
        "--config",
        "elsewhere/config.json",
        "--scale",
        "1/8",
        "-o",
        "two.mp4",
        cwd=tmp_path,
    )
    assert all(
        np.array_equal(a, b) for a, b in zip(pictures, luma(tmp_path / "two.mp4"), strict=True)
    )


def test_config_with_an_unknown_quality_is_refused(tmp_path: Path) -> None:
    config = {
        "version": "1.0",
        "output": {"path": "a.mp4"},
        "visual": {"layers": [LAYER]},
        "options": {"quality": "best"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    outcome = helios("render", "config.json", cwd=tmp_path, code=2)
    assert "balanced" in outcome.err
