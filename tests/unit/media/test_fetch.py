from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from tests.sounds import wav

from helios.errors import OptionError
from helios.media.fetch import fetch_sound
from helios.media.sound import decode_sound


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path.startswith("/tone.wav")
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            self.wfile.write(wav(np.full(4800, 0.5)))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_fetched_once_and_decodes(site: str) -> None:
    data = fetch_sound(f"{site}/tone.wav?token=secret")
    assert sum(len(block) for block in decode_sound(data)) == 4800


def test_too_much_and_not_there_are_said_without_the_query(site: str) -> None:
    with pytest.raises(OptionError, match="more than 1,000 bytes") as caught:
        fetch_sound(f"{site}/tone.wav?token=secret", max_bytes=1000)
    assert "secret" not in caught.value.message
    with pytest.raises(OptionError, match="Not Found"):
        fetch_sound(f"{site}/absent")
    with pytest.raises(OptionError, match="cannot fetch"):
        fetch_sound("http://127.0.0.1:9/x")


def test_paths_and_bytes_pass_through() -> None:
    assert fetch_sound("song.mp3") == "song.mp3"
    assert fetch_sound(b"RIFF") == b"RIFF"
