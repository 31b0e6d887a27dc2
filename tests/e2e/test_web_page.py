"""The web page in a real browser: a song becomes a film that plays."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
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
        self.resize(width, height)
        self._call("Page.navigate", {"url": url})

    def resize(self, width: int, height: int) -> None:
        """Make the window another size: below 500 it is a phone's."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._call("Emulation.setDeviceMetricsOverride", size)

    def _call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        # Some answers wait for a picture, which takes long where much else runs.
        session = getattr(self, "_session", "")
        return self._connection.call(method, params or {}, session, timeout_s=180)

    def _heard(self, method: str, params: Any) -> None:
        if method in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.problems.append(params)

    def ask(self, expression: str) -> Any:
        question = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        return self._call("Runtime.evaluate", question)["result"].get("value")

    def until(self, expression: str, limit_s: float = 60) -> Any:
        """Wait for an expression to come true; what it gives then."""
        deadline = time.monotonic() + limit_s
        while not (answer := self.ask(expression)):
            assert time.monotonic() < deadline, (expression, self.problems)
            time.sleep(0.1)
        return answer

    def seen(self, expression: str, act: Callable[[], object]) -> None:
        """Do something, and wait for what may be so for a moment only: the page itself looks."""
        self.ask(
            f"window.isSeen = false; (function look() {{ if ({expression}) window.isSeen = true;"
            " else setTimeout(look, 5); })()"
        )
        act()
        self.until("window.isSeen")

    def press(self, text: str) -> None:
        """Press a button of the newest film."""
        # Found and pressed in one go: the list may be drawn anew meanwhile.
        self.until(
            "(() => { const buttons = [...document.querySelectorAll('.job:first-child button')];"
            f" const found = buttons.find((button) => button.textContent === '{text}');"
            " if (!found || found.disabled) return false; found.click(); return true; })()"
        )

    def drop(self, selector: str, *paths: Path) -> None:
        """Drop files; their bytes travel along, as the browser may not read the test's folder."""
        files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
        self.ask(
            f"""{{
            const dataTransfer = new DataTransfer();
            for (const [name, content] of {json.dumps(files)}) {{
              const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
              dataTransfer.items.add(new File([bytes], name));
            }}
            document.querySelector("{selector}").dispatchEvent(
              new DragEvent("drop", {{ dataTransfer, bubbles: true, cancelable: true }}));
            }}"""
        )

    def key(self, key: str, text: str = "") -> None:
        """Press a key of the keyboard."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32, "End": 35, "Home": 36}
        codes |= {
            "ArrowLeft": 37,
            "ArrowRight": 39,
            "ArrowUp": 38,
            "ArrowDown": 40,
            "k": 75,
            "l": 76,
            "i": 73,
            "o": 79,
        }
        event = {"key": key, "windowsVirtualKeyCode": codes[key], "text": text}
        self._call("Input.dispatchKeyEvent", {"type": "keyDown", **event})
        self._call("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def write(self, text: str) -> None:
        """Type a text."""
        self._call("Input.insertText", {"text": text})

    def walk_to(self, selector: str) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(80):
            if self.ask(f"document.activeElement.matches({selector!r})"):
                return
            self.key("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    def choose(self, chooser: str, file: Path | tuple[str, bytes]) -> None:
        """Choose a file, or one of this name and content, in a chooser that was opened."""
        name, content = (file.name, file.read_bytes()) if isinstance(file, Path) else file
        self.ask(
            f"""{{
            const files = new DataTransfer();
            const coded = {base64.b64encode(content).decode()!r};
            const bytes = Uint8Array.from(atob(coded), (c) => c.charCodeAt(0));
            files.items.add(new File([bytes], {name!r}));
            const input = document.getElementById({chooser!r});
            input.files = files.files;
            input.dispatchEvent(new Event("change", {{ bubbles: true }}));
            }}"""
        )

    def settings(self, text: str) -> None:
        """Choose a settings file of this text."""
        self.choose("settings", ("settings.json", text.encode()))

    def saved(self, button: str) -> str:
        """The text that a button saves as a file."""
        return str(
            self.ask(
                "new Promise((resolve) => { const make = URL.createObjectURL;"
                " URL.createObjectURL = (blob) => { URL.createObjectURL = make;"
                " resolve(blob.text()); return make(blob); };"
                f" document.getElementById({button!r}).click(); }})"
            )
        )


TOKEN = "a token of 16 letters or more"
OWN_NAME = "films.example"
PHONE, DESK = (390, 844), (1440, 900)


@contextlib.contextmanager
def serving(folder: Path, *flags: str, **environment: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "helios", "serve", "--port", "0", "--grace", "0", *flags],
        cwd=folder,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    assert process.stderr is not None
    try:
        yield process.stderr.readline().decode().split()[-1]
    finally:
        process.terminate()
        process.wait(120)
        process.stderr.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path) as url:
        yield url


@pytest.fixture
def closed_server(tmp_path: Path) -> Iterator[str]:
    """A server as other machines see it: with a token, under a name of its own."""
    with serving(tmp_path, "--host", "0.0.0.0", HELIOS_TOKEN=TOKEN) as url:
        yield url.replace("0.0.0.0", OWN_NAME)


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


@contextlib.contextmanager
def reaching() -> Iterator[Browser]:
    """A browser that reaches this machine's network, which those that render never do."""

    def flags(*words: Any, **more: Any) -> tuple[str, ...]:
        apart = ("--proxy-", "--host-resolver-rules")
        kept = (flag for flag in browser_flags(*words, **more) if not flag.startswith(apart))
        return (*kept, f"--host-resolver-rules=MAP {OWN_NAME} 127.0.0.1")

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(browser_launch, "browser_flags", flags)
        with launch(BrowserConfig(begin_frame=False, isolate=False)) as browser:
            yield browser


@pytest.fixture
def browser() -> Iterator[Browser]:
    with reaching() as browser:
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
    tab.until("!document.getElementById('song').hidden")
    # A small film of one type: what the page would submit, at a size for tests.
    tab.ask("document.querySelector('input[value=aurora]').click()")
    tab.until("!document.getElementById('go').disabled")
    tab.until(
        "document.getElementById('screen').dataset.whole === 'yes'"
        " && !document.querySelector('#picture.busy')",
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
        # Its card shows it; with the others out of the list it is the only one.
        tab.until("document.querySelector('.job .glimpse').naturalWidth > 0")
        which = (
            "{ const which = document.getElementById('which'); which.value = 'WHICH';"
            " which.dispatchEvent(new Event('change')); }"
        )
        tab.ask(which.replace("WHICH", "failed"))
        tab.until("document.getElementById('empty').textContent === 'None is failed.'")
        tab.ask(which.replace("WHICH", "completed"))
        tab.until("document.querySelectorAll('.job').length === 1")
        fits(tab, 390)
        tab.ask(which.replace("WHICH", ""))
        tab.until("document.querySelectorAll('.job').length === 2")
        link = "document.querySelector('.job a.button').getAttribute('href')"
        assert tab.ask(f"fetch({link}).then((reply) => reply.headers.get('content-type'))") == (
            "video/mp4"
        )
        tab.press("Play")
        tab.until("document.querySelector('.job video')?.src.endsWith('inline=true')")
        # Removed while it loads, it would be a load that failed.
        tab.until("document.querySelector('.job video').networkState === 1")
        assert client.list("completed").total == 1
        tab.press("Remove")
        tab.until("document.querySelectorAll('.job').length === 1")
        assert client.list().total == 1
    assert tab.problems == []


LONG = "W" * 100


def fits(tab: Tab, width: int) -> None:
    """Nothing is wider than the screen, and every button is on it."""
    assert tab.ask("document.documentElement.scrollWidth") <= width
    outside = (
        "[...document.querySelectorAll('button, .button, input, select')]"
        ".filter((e) => e.offsetHeight && !e.matches('.hidden-input'))"
        ".map((e) => [e.id || e.textContent, e.getBoundingClientRect()])"
        f".filter(([_, box]) => box.left < 0 || box.right > {width}).map(([name]) => name)"
    )
    assert tab.ask(outside) == []


@pytest.mark.parametrize(("width", "height"), [PHONE, DESK])
def test_the_page_asks_for_the_token_and_then_works_by_keyboard(
    closed_server: str, browser: Browser, width: int, height: int
) -> None:
    port = closed_server.rpartition(":")[2]
    with HeliosClient(f"http://127.0.0.1:{port}", token=TOKEN) as client:
        client.pause()
        for name in (LONG, "wide " * 20):
            client.submit({"composition": "aurora", "output": f"{name}.mp4", "fps": 25})
        tab = Tab(browser, closed_server, width, height)
        tab.until("document.getElementById('login')?.open")
        for key in ("Escape", "Escape", "Escape"):
            tab.key(key)
        tab.until("document.getElementById('login').open")
        tab.walk_to("#token")
        tab.write("not the token, though long")
        tab.key("Enter", "\r")
        tab.until("!document.getElementById('login-error').hidden")
        tab.ask("document.getElementById('token').select()")
        tab.write(TOKEN)
        tab.key("Enter", "\r")
        tab.until("!document.getElementById('login').open")
        tab.until("document.querySelectorAll('.job').length === 2")
        tab.until("document.querySelectorAll('.template').length > 5")
        fits(tab, width)
        # Each film's buttons are reached and pressed without a mouse.
        tab.walk_to(".job:first-child .actions button:last-child")
        tab.key("Enter", "\r")
        tab.until("document.querySelector('.job .state').textContent === 'Cancelled'")
        fits(tab, width)
        assert client.list("cancelled").total == 1


def test_settings_are_opened_by_keyboard_and_nothing_of_them_is_lost(
    server: str, song: Path, browser: Browser
) -> None:
    tab = Tab(browser, server, *PHONE)
    tab.until("document.querySelectorAll('.template').length > 5")
    tab.ask(
        "{ window.opened = 0; const input = document.getElementById('settings');"
        " input.click = () => { window.opened += 1; }; }"
    )
    tab.walk_to("#open")
    tab.key("Enter", "\r")
    assert tab.ask("window.opened") == 1
    settings = {
        "templateId": "aurora",
        "exportType": "square",
        "fps": 25,
        "quality": "draft",
        "seed": 7,
        "colourOfMagic": 8,
        "outputName": f"{LONG}.mp4",
    }
    tab.settings(json.dumps(settings))
    tab.until("!document.getElementById('kept').hidden")
    told = tab.ask("document.getElementById('kept').textContent")
    assert "seed" in told
    assert tab.ask("document.getElementById('quality').value") == "draft"
    assert "colourOfMagic" in told
    assert tab.ask("document.getElementById('fps').value") == "25"
    fits(tab, PHONE[0])
    song = song.rename(song.with_name(f"{LONG}.wav"))
    tab.drop("#drop", song)
    tab.until("!document.getElementById('song').hidden")
    fits(tab, PHONE[0])
    tab.until("!document.getElementById('go').disabled")
    tab.ask("document.getElementById('go').click()")
    tab.until("!document.getElementById('make-error').hidden")
    assert "colourOfMagic" in tab.ask("document.getElementById('make-error').textContent")
    tab.settings(json.dumps({**settings, "colourOfMagic": None, "exportType": "flat-9k"}))
    tab.until("document.getElementById('make-error').textContent.includes('flat-9k')")
    del settings["colourOfMagic"]
    tab.settings(json.dumps({**settings, "scale": "1/32", "duration": "0.2"}))
    tab.until("document.getElementById('make-error').hidden")
    tab.ask("document.getElementById('go').click()")
    tab.until("document.querySelectorAll('.job').length === 1")
    fits(tab, PHONE[0])
    with HeliosClient(server) as client:
        (job,) = client.list().jobs
        assert (job.config["fps"], job.config["quality"], job.config["type"]) == (
            "25",
            "draft",
            "square",
        )
    makes_a_film_of_each_song(tab, server, song)


def makes_a_film_of_each_song(tab: Tab, server: str, song: Path) -> None:
    """Several songs are dropped: of those that can be read a film each is made."""
    other, text = song.with_name(f"{'歌' * 80}.wav"), song.with_name("text.wav")
    other.write_bytes(song.read_bytes()[:-2] + b"\0\1")
    text.write_text("no song")
    # The connection is lost when the first is sent: that one is sent again by a click.
    tab.ask(
        "{ const send = XMLHttpRequest.prototype.send;"
        " XMLHttpRequest.prototype.send = function () {"
        " XMLHttpRequest.prototype.send = send; this.onerror(); }; }"
    )
    tab.drop("#drop", other, text, song)
    tab.until("!document.getElementById('upload-again').hidden")
    told = tab.ask("document.getElementById('song-error').textContent")
    assert "text.wav: " in told
    assert "The server cannot be reached" in told
    fits(tab, PHONE[0])
    tab.ask("document.getElementById('upload-again').click()")
    tab.until("document.querySelectorAll('#songs li').length === 2")
    tab.until("document.getElementById('upload-again').hidden")
    fits(tab, PHONE[0])
    tab.until("document.getElementById('go').textContent === 'Make 2 films'")
    tab.ask("document.getElementById('go').click()")
    tab.until("document.querySelectorAll('.job').length === 3")
    with HeliosClient(server) as client:
        made = {job.config["output"] for job in client.list().jobs}
    assert made == {f"{LONG}.mp4", f"{'歌' * 53}.mp4"}
    named = "[...document.querySelectorAll('#rows-body td:nth-child(2)')].map((e) => e.innerText)"
    assert tab.ask(named) == [f"{LONG}.wav", f"{'歌' * 80}.wav"]
    fits(tab, PHONE[0])
    # What is no song takes the place of none.
    tab.drop("#drop", text)
    tab.until("document.getElementById('song-error').textContent.startsWith('text.wav: ')")
    tab.until("document.getElementById('go').textContent === 'Make 2 films'")
    assert tab.ask("document.getElementById('song').innerText").startswith(LONG)


@pytest.mark.parametrize("text", ["[1]", "null", "{", "7"])
def test_settings_that_are_none_are_refused_in_words(
    server: str, browser: Browser, text: str
) -> None:
    tab = Tab(browser, server, *DESK)
    tab.until("document.querySelectorAll('.template').length > 5")
    tab.settings(text)
    tab.until("!document.getElementById('make-error').hidden")
    assert "cannot be read" in tab.ask("document.getElementById('make-error').textContent")


def test_a_server_that_is_gone_is_said_in_words(tmp_path: Path, browser: Browser) -> None:
    with serving(tmp_path) as url:
        with HeliosClient(url) as client:
            client.pause()
            client.submit({"composition": "aurora"})
        tab = Tab(browser, url, *PHONE)
        tab.until("document.querySelectorAll('.job').length === 1")
    tab.press("Cancel")
    tab.until("document.querySelector('.job .note').textContent.includes('cannot be reached')")
    tab.until("document.getElementById('summary').textContent.includes('cannot be reached')")
    assert "Failed to fetch" not in tab.ask("document.body.innerText")


def test_what_one_tab_removes_goes_from_the_others(server: str, browser: Browser) -> None:
    with HeliosClient(server) as client:
        client.pause()
        jobs = [client.submit({"composition": "aurora"}) for _ in range(2)]
        client.cancel(jobs[0])
        tabs = [Tab(browser, server, *size) for size in (PHONE, DESK)]
        for tab in tabs:
            tab.until("document.querySelectorAll('.job').length === 2")
        # A list that was asked for before, and comes after, does not bring it back; neither does
        # it take away what came meanwhile.
        tabs[0].ask(
            """{
            const now = window.fetch;
            window.fetch = async (...asked) => {
              const answer = await now(...asked);
              if (!String(asked[0]).includes("?limit=")) return answer;
              await new Promise((resolve) => { window.letGo = resolve; });
              return answer;
            };
            document.getElementById("more").click();
            }"""
        )
        tabs[0].until("!!window.letGo")
        client.forget(jobs[0])
        jobs.append(client.submit({"composition": "emberLake"}))
        shown = "[...document.querySelectorAll('.job')].map((job) => job.dataset.id)"
        kept = f"{shown}.join() === '{jobs[2]},{jobs[1]}'"
        for tab in tabs:
            tab.until(kept)
        tabs[0].ask("window.letGo()")
        assert tabs[0].ask(f"new Promise((done) => setTimeout(() => done({kept}), 300))")
        # A tab that nobody sees holds no connection, and looks again when it is seen.
        hide = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}});"
        tabs[1].ask(hide.format("true") + "document.dispatchEvent(new Event('visibilitychange'))")
        client.cancel(jobs[2])
        client.forget(jobs[2])
        tabs[0].until("document.querySelectorAll('.job').length === 1")
        assert tabs[1].ask("document.querySelectorAll('.job').length") == 2
        tabs[1].ask(hide.format("false") + "document.dispatchEvent(new Event('visibilitychange'))")
        tabs[1].until("document.querySelectorAll('.job').length === 1")
        client.cancel(jobs[1])
        assert client.prune() == (jobs[1],)
        for tab in tabs:
            tab.until("document.querySelectorAll('.job').length === 0")
            tab.until("!document.getElementById('empty').hidden")
