"""What is heard beside the stage is what the film's sound will be."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import wav

RATE = 48_000


def tone(level: float) -> bytes:
    """A quarter of a second."""
    return wav(np.full(RATE // 4, level, np.float32))


@pytest.fixture
def uploaded(served: Any) -> tuple[str, str]:
    one, two = (
        served.http.post(f"/api/audio?name={n}.wav", content=tone(level), headers=RAW).json()["id"]
        for n, level in enumerate((0.25, 0.5))
    )
    return one, two


RAW = {"content-type": "application/octet-stream"}


def heard(served: Any, **config: Any) -> tuple[float, NDArray[np.float32]]:
    asked = {"config": {"composition": "film.py:draw", "duration": "1", **config}}
    mix = served.http.post("/api/preview/sound", json=asked).json()
    reply = served.http.get(f"/api/preview/sound/{mix['id']}")
    assert reply.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(reply.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (RATE, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    return mix["duration"], samples[:, 0].astype(np.float32) / 32767


def test_tracks_lie_where_they_are_put_and_as_loud(served: Any, uploaded: tuple[str, str]) -> None:
    one, two = uploaded
    tracks = [{"file": one, "volume": 2.0}, {"file": two, "offset": "0.5", "fadeIn": "0.2"}]
    duration, samples = heard(served, audio=tracks)
    assert (duration, len(samples)) == (1.0, RATE)
    at = {s: float(samples[int(s * RATE)]) for s in (0.1, 0.4, 0.6, 0.72, 0.9)}
    assert at == pytest.approx({0.1: 0.5, 0.4: 0, 0.6: 0.25, 0.72: 0.5, 0.9: 0}, abs=0.01)
    # The last few are kept.
    for _ in range(4):
        heard(served, audio=one)
    assert len(list((served.settings.data / "mixes").glob("*.wav"))) == 4


def test_of_a_film_without_sound_there_is_none(served: Any) -> None:
    silent = {"config": {"composition": "film.py:draw", "duration": "1"}}
    assert served.http.post("/api/preview/sound", json=silent).json() is None
    for missing in ("0" * 32, "..%2fqueue", "%2e%2e"):
        assert served.http.get(f"/api/preview/sound/{missing}").status_code == 404
    other = {"config": {"composition": "film.py:draw", "audio": "/etc/passwd"}}
    assert served.http.post("/api/preview/sound", json=other).status_code == 422
