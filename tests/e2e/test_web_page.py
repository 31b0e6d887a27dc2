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

from helios.browser import launch as browser_launch
from helios.browser.flags import browser_flags
from helios.browser.launch import Browser, BrowserConfig, launch
from helios.server.client import HeliosClient

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


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

    def press(self, text: str) -> None:
        """Press a button of the newest film."""
        buttons = "[...document.querySelectorAll('.job:first-child button')]"
        found = f"{buttons}.find((button) => button.textContent === '{text}')"
        self.until(f"{found} && !{found}.disabled")
        self.ask(f"{found}.click()")

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
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    yield process.stderr.readline().decode().split()[-1]
    process.terminate()
    process.wait(120)
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


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser that reaches this machine's network, which those that render never do."""

    def flags(*words: Any, **more: Any) -> tuple[str, ...]:
        apart = ("--proxy-", "--host-resolver-rules")
        return tuple(flag for flag in browser_flags(*words, **more) if not flag.startswith(apart))

    monkeypatch.setattr(browser_launch, "browser_flags", flags)
    with launch(BrowserConfig(begin_frame=False, isolate=False)) as browser:
        yield browser


def test_a_song_becomes_a_film_on_a_phone(server: str, song: Path, browser: Browser) -> None:
    tab = Tab(browser, server, 390, 844)
    tab.until("document.querySelectorAll('.template').length > 5")
    assert tab.ask("document.documentElement.scrollWidth <= 390")
    small = (
        "[...document.querySelectorAll('button, .button, .chip span')]"
        ".filter((e) => e.offsetHeight && e.offsetHeight < 40).length"
    )
    assert tab.ask(small) == 0
    assert tab.ask("document.getElementById('go').disabled")
    assert tab.ask("document.getElementById('go').textContent") == "Choose a song first"
    tab.until("document.querySelector('.template img')?.naturalWidth === 480", 400)
    tab.drop("#drop", song)
    tab.until("!document.getElementById('wave').hidden")
    # A small film of one type: what the page would submit, at a size for tests.
    tab.ask("document.querySelector('input[value=aurora]').click()")
    tab.until("!document.getElementById('go').disabled")
    tab.until(
        "document.getElementById('still').naturalWidth > 0"
        " && !document.querySelector('#preview.busy')",
        400,
    )
    tab.ask("document.getElementById('pause') && fetch('/api/render/pause', {method: 'POST'})")
    tab.ask("document.getElementById('go').click()")
    tab.until("document.querySelector('.job .state')?.textContent === 'Waiting'")
    with HeliosClient(server) as client:
        (job,) = client.list().jobs
        assert (job.config["composition"], job.config["output"]) == ("aurora", "Morning.mp4")
        for button, state in (
            ("Cancel", "Cancelled"),
            ("Try again", "Waiting"),
            ("Cancel", "Cancelled"),
        ):
            tab.press(button)
            tab.until(f"document.querySelector('.job .state').textContent === '{state}'")
        assert client.get(job.id).status == "cancelled"
        small_film = {"composition": "aurora", "type": "square", "scale": "1/16"}
        client.submit({**small_film, "duration": "0.3", "output": "Small.mp4"})
        client.resume()
        tab.until("document.querySelector('.job .state')?.textContent === 'Done'", 400)
        link = "document.querySelector('.job a.button').getAttribute('href')"
        assert tab.ask(f"fetch({link}).then((reply) => reply.headers.get('content-type'))") == (
            "video/mp4"
        )
        tab.press("Play")
        tab.until("document.querySelector('.job video')?.src.endsWith('inline=true')")
        assert client.list("completed").total == 1
        tab.press("Remove")
        tab.until("document.querySelectorAll('.job').length === 1")
        assert client.list().total == 1
    assert tab.problems == []
