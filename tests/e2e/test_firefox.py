"""The studio in Firefox: a film is seen, made, watched and downloaded, as in Chromium."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from tests.commandline import ended_with_block
from tests.e2e.test_studio import FILM, SHOWN, TIME
from tests.studio import studio

FIREFOX = shutil.which("firefox-esr")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(FIREFOX is None, reason="Firefox is not installed (firefox-esr)"),
]


class Fox:
    """A window of Firefox, by its own protocol: Marionette, JSON with its length before it."""

    def __init__(self, port: int) -> None:
        self._socket = _connected(port)
        self._stream = self._socket.makefile("rb")
        self._heard()
        self._count = 0
        self.call("WebDriver:NewSession")
        # Documents and scripts may take as long as the tests wait.
        self.call("WebDriver:SetTimeouts", script=120_000, pageLoad=120_000)

    def close(self) -> None:
        """Leave the window alone."""
        self._stream.close()
        self._socket.close()

    def call(self, command: str, **values: Any) -> Any:
        """What a command is answered with."""
        self._count += 1
        said = json.dumps([0, self._count, command, values])
        self._socket.sendall(f"{len(said.encode())}:{said}".encode())
        _, _, error, result = self._heard()
        assert error is None, error
        return result

    def ask(self, expression: str) -> Any:
        """What an expression gives, when it has come."""
        script = f"return (async () => ({expression}))()"
        return self.call("WebDriver:ExecuteScript", script=script, args=[])["value"]

    def until(self, expression: str, limit_s: float = 60) -> Any:
        """Wait for an expression to come true; what it gives then."""
        deadline = time.monotonic() + limit_s
        while not (answer := self.ask(expression)):
            assert time.monotonic() < deadline, expression
            time.sleep(0.1)
        return answer

    def press(self, *keys: str) -> None:
        """Press keys of the keyboard, one after the other."""
        acts = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        board = {"type": "key", "id": "keyboard", "actions": acts}
        self.call("WebDriver:PerformActions", actions=[board])

    def _heard(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            length += digit
        return json.loads(self._stream.read(int(length)))


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=150)
        except OSError:
            assert time.monotonic() < deadline, "Firefox does not listen"
            time.sleep(0.1)


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Fox]:
    assert FIREFOX is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path / "home"
    home.mkdir()
    # Sound plays without a hand on it, as after a click.
    settings = {"marionette.port": port, "media.autoplay.default": 0}
    lines = (f"user_pref({json.dumps(name)}, {value});\n" for name, value in settings.items())
    (home / "user.js").write_text("".join(lines))
    process = subprocess.Popen(
        [FIREFOX, "--headless", "--no-remote", "--marionette", "--profile", str(home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )
    with ended_with_block(process):
        window = Fox(port)
        yield window
        window.close()
        process.terminate()
        process.wait(60)


KEY_LEFT, KEY_RIGHT, KEY_HOME = "\ue012", "\ue014", "\ue011"


def test_a_film_is_seen_made_watched_and_downloaded(fox: Fox, tmp_path: Path) -> None:
    (tmp_path / "film.py").write_text(FILM.replace("duration = 6", "duration = 1"))
    with studio(tmp_path, "film.py:Film") as url:
        fox.call("WebDriver:Navigate", url=url)
        fox.until(f"{SHOWN}.whole === 'yes' && document.querySelectorAll('.template').length > 5")
        fox.press(KEY_HOME, *[KEY_RIGHT] * 9, "i", *[KEY_RIGHT] * 15, "o", *[KEY_LEFT] * 2)
        fox.until(f"{SHOWN}.whole === 'yes' && {SHOWN}.frame === '22'")
        pixel = (
            "[...document.getElementById('screen').getContext('2d')"
            ".getImageData(100, 40, 1, 1).data]"
        )
        assert fox.ask(pixel) == [22, 100 // 16, 40 // 16, 255]
        # It plays, in the range that loops: from near its end it comes to its beginning.
        fox.press(" ")
        fox.until(f"0.3 <= {TIME} && {TIME} < 0.6")
        fox.press(" ")
        fox.ask(
            "(() => { const scale = document.getElementById('scale'); scale.value = '1/4';"
            " scale.dispatchEvent(new Event('change', { bubbles: true }));"
            " document.querySelector('#only-range input').click();"
            " document.getElementById('go').click(); })()"
        )
        fox.until("document.querySelector('.job .state')?.textContent === 'Done'", 120)
        fox.ask(
            "[...document.querySelectorAll('.job button')]"
            ".find((button) => button.textContent === 'Play').click()"
        )
        fox.until("document.querySelector('.job video')?.currentTime > 0.2")
        film = fox.ask(
            "fetch(document.querySelector('.job a.button').href)"
            ".then((reply) => reply.blob()).then((film) => new Promise((resolve) => {"
            " const reader = new FileReader(); reader.onload = () => resolve(reader.result);"
            " reader.readAsDataURL(film); }))"
        )
    made = tmp_path / "made.mp4"
    made.write_bytes(base64.b64decode(film.partition(",")[2]))
    with av.open(str(made)) as film_file:
        frames = list(film_file.decode(video=0))
    assert [frames[0].width, frames[0].height, len(frames)] == [480, 270, 15]
    # Red counts the frames of the whole film.
    reds = [frame.to_ndarray(format="rgb24")[..., 0].mean() for frame in (frames[0], frames[-1])]
    assert reds == pytest.approx([9, 23], abs=2.5)
