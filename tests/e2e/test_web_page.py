"""The web page in a real browser: a song becomes a film that plays."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helios.browser.launch import BrowserConfig, launch
from helios.server.client import HeliosClient

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Tab:
    """A page, driven over the protocol."""

    def __init__(self, browser: Any, url: str, width: int, height: int) -> None:
        self._connection = browser.connection
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attach = {"targetId": target, "flatten": True}
        self._session = self._call("Target.attachToTarget", attach)["sessionId"]
        self.problems: list[Any] = []
        for domain in ("Page", "Runtime", "DOM", "Log"):
            self._call(f"{domain}.enable")
        self._connection.listen(self._session, self._heard)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._call("Emulation.setDeviceMetricsOverride", size)
        self._call("Page.navigate", {"url": url})

    def _call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        return self._connection.call(method, params or {}, getattr(self, "_session", ""))

    def _heard(self, method: str, params: Any) -> None:
        if method in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.problems.append(params)

    def ask(self, expression: str) -> Any:
        question = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        return self._call("Runtime.evaluate", question)["result"].get("value")

    def until(self, expression: str, limit_s: float = 60) -> None:
        deadline = time.monotonic() + limit_s
        while not self.ask(expression):
            assert time.monotonic() < deadline, (expression, self.problems)
            time.sleep(0.1)

    def drop(self, selector: str, path: Path) -> None:
        """Drop a file; its bytes travel along, as the browser may not read the test's folder."""
        content = base64.b64encode(path.read_bytes()).decode()
        self.ask(
            f"""{{
            const bytes = Uint8Array.from(atob("{content}"), (c) => c.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], "{path.name}"));
            document.querySelector("{selector}").dispatchEvent(
              new DragEvent("drop", {{ dataTransfer, bubbles: true, cancelable: true }}));
            }}"""
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "helios", "serve", "--port", "0", "--grace", "0"],
        cwd=tmp_path, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    yield process.stderr.readline().decode().split()[-1]
    process.terminate()
    process.wait(20)
    process.stderr.close()


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "Morning.wav"
    samples = (np.sin(np.arange(8000) / 8) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return path


def test_a_song_becomes_a_film_on_a_phone(server: str, song: Path, tmp_path: Path) -> None:
    with launch(BrowserConfig(begin_frame=False)) as browser:
        tab = Tab(browser, server, 390, 844)
        tab.until("document.querySelectorAll('.template').length > 5")
        assert tab.ask("document.documentElement.scrollWidth <= 390")
        small = (
            "[...document.querySelectorAll('button, .button, .chip span')]"
            ".filter((e) => e.offsetHeight && e.offsetHeight < 40).length"
        )
        assert tab.ask(small) == 0
        assert tab.ask("document.getElementById('go').disabled")
        tab.drop("#drop", song)
        tab.until("!document.getElementById('wave').hidden")
        # A small film of one type: what the page would submit, at a size for tests.
        tab.ask("document.querySelector('input[value=aurora]').click()")
        tab.until("!document.getElementById('go').disabled")
        tab.until(
            "document.getElementById('still').naturalWidth > 0"
            " && !document.querySelector('#preview.busy')",
            120,
        )
        tab.ask("document.getElementById('pause') && fetch('/api/render/pause', {method: 'POST'})")
        tab.ask("document.getElementById('go').click()")
        tab.until("document.querySelector('.job .state')?.textContent === 'Waiting'")
        with HeliosClient(server) as client:
            (job,) = client.list().jobs
            assert (job.config["composition"], job.config["output"]) == ("aurora", "Morning.mp4")
            client.cancel(job.id)
            tab.until("document.querySelector('.job .state')?.textContent === 'Cancelled'")
            small_film = {"composition": "aurora", "type": "square", "scale": "1/16"}
            client.submit({**small_film, "duration": "0.3", "output": "Small.mp4"})
            client.resume()
            tab.until("document.querySelector('.job .state')?.textContent === 'Done'", 120)
            tab.ask("document.querySelectorAll('.job .actions button')[0].click()")
            tab.until("document.querySelector('.job video')?.src.endsWith('inline=true')")
            assert client.list("completed").total == 1
        assert tab.problems == []
