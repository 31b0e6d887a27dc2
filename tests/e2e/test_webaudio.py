"""The ``webaudio`` analyser against the real one."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.music import rock

from helios.audio.settings import AnalysisSettings
from helios.audio.webaudio import analyser_bytes
from helios.process.child import Spawn, start
from helios.process.confine import Confinement

PAGE = Path(__file__).with_name("analyser.html")
NOBODY = 65534
pytestmark = pytest.mark.browser


def browser() -> str:
    for name in ("chromium-headless-shell", "chromium", "google-chrome"):
        if found := os.environ.get("HELIOS_CHROMIUM") or shutil.which(name):
            return found
    raise AssertionError("this test needs Chromium")


class _Exchange(BaseHTTPRequestHandler):
    """Gives the page its question and takes its answer."""

    server: Any

    def do_GET(self) -> None:
        body = {
            "/": PAGE.read_bytes(),
            "/question": json.dumps(self.server.question).encode(),
            "/samples": self.server.samples,
        }.get(self.path, b"")
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "application/json")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.server.answer = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.answered.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def exchange() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Exchange)
    server.answered = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ask_chromium(
    exchange: Any, samples: NDArray[np.float32], rate: int, frames: int, settings: AnalysisSettings
) -> NDArray[np.uint8]:
    """(frames, fft_size / 2) bytes as the browser sees them."""
    exchange.question = {
        "channels": samples.shape[1],
        "rate": rate,
        "fftSize": settings.fft_size,
        "smoothing": settings.smoothing,
        "minDb": settings.min_db,
        "maxDb": settings.max_db,
        "frames": frames,
        "fpsNumerator": settings.fps.numerator,
        "fpsDenominator": settings.fps.denominator,
    }
    exchange.samples = np.ascontiguousarray(samples.T, "<f4").tobytes()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        as_nobody = NOBODY if os.geteuid() == 0 else None
        if as_nobody is not None:
            os.chown(profile, NOBODY, NOBODY)
        url = f"http://127.0.0.1:{exchange.server_port}/"
        flags = ["--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
        child = start(
            Spawn(
                argv=[browser(), *flags, url],
                env={"HOME": profile, "PATH": os.environ["PATH"]},
                confinement=Confinement(uid=as_nobody, gid=as_nobody),
            )
        )
        try:
            assert exchange.answered.wait(60), "the page gave no answer"
        finally:
            child.stop(0)
    seen = np.frombuffer(exchange.answer, np.uint8)
    return seen.reshape(frames, settings.fft_size // 2)


def sweep() -> tuple[NDArray[np.float32], int]:
    rate, seconds = 44_100, 3.0
    at = np.arange(round(rate * seconds)) / rate
    phase = 2 * np.pi * 30 * seconds / np.log(600) * (np.exp(at / seconds * np.log(600)) - 1)
    return (0.7 * np.sin(phase))[:, None].astype(np.float32), rate


def song() -> tuple[NDArray[np.float32], int]:
    return rock(120, 3).samples, 48_000


def noise() -> tuple[NDArray[np.float32], int]:
    rate = 48_000
    samples = np.random.default_rng(3).standard_normal((2 * rate, 2)) * 0.2
    samples[rate // 2 : rate] = 0
    return samples.astype(np.float32), rate


CASES = [
    (sweep, AnalysisSettings(fps=Fraction(30))),
    (song, AnalysisSettings(fps=Fraction(60), fft_size=2048, smoothing=0.8)),
    (
        noise,
        AnalysisSettings(fps=Fraction(30_000, 1001), smoothing=0.0, min_db=-90.0, max_db=-10.0),
    ),
]


@pytest.mark.parametrize(("signal", "settings"), CASES, ids=["sweep", "song", "noise"])
def test_every_byte_of_every_frame_is_the_browsers(
    exchange: Any, signal: Any, settings: AnalysisSettings
) -> None:
    samples, rate = signal()
    frames = int(len(samples) / rate * settings.fps)
    theirs = ask_chromium(exchange, samples, rate, frames, settings)
    mono = samples.mean(axis=1, keepdims=True, dtype=np.float32)
    blocks = iter([mono[i : i + 5000] for i in range(0, len(mono), 5000)])
    ours = np.concatenate(list(analyser_bytes(blocks, rate, settings, frames)))
    assert theirs.max() > 100
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1
