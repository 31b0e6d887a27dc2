"""Pictures of templates: drawn once, in the background, never waited for."""

from __future__ import annotations

import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helios.errors import CompositionNotFound, RenderError
from helios.model.export import ExportConfig
from helios.server.thumbnails import AT_S, Thumbnails, write_demo_sound


class Drawer:
    """Draws when it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.drawn: list[str] = []

    def __call__(self, config: ExportConfig, image: Path, at_s: float, **_: Any) -> None:
        assert self.may.wait(30)
        self.drawn.append(config.composition)
        if config.composition == "broken":
            raise RenderError("no")
        image.write_bytes(b"picture of " + config.composition.encode())


def until(check: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (value := check()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value


def test_a_picture_is_drawn_once_while_nobody_waits(tmp_path: Path) -> None:
    draw = Drawer()
    shelf = Thumbnails(tmp_path, {"a": "one", "b": "two"}, draw)
    assert [shelf.picture(name) for name in "aabba"] == [None] * 5
    draw.may.set()
    assert until(lambda: shelf.picture("b")).read_bytes() == b"picture of b"
    assert draw.drawn == ["a", "b"]
    again = Thumbnails(tmp_path, {"a": "one", "b": "two"}, draw)
    assert again.picture("a") == shelf.picture("a")
    assert draw.drawn == ["a", "b"]


def test_another_template_has_another_picture(tmp_path: Path) -> None:
    draw = Drawer()
    draw.may.set()
    old = Thumbnails(tmp_path, {"a": "one"}, draw)
    before = until(lambda: old.picture("a"))
    new = Thumbnails(tmp_path, {"a": "changed"}, draw)
    assert until(lambda: new.picture("a")) != before
    until(lambda: not before.exists())


def test_what_cannot_be_drawn_is_tried_once(tmp_path: Path) -> None:
    draw = Drawer()
    shelf = Thumbnails(tmp_path, {"broken": "", "a": ""}, draw)
    assert shelf.picture("broken") is None
    assert shelf.picture("a") is None
    draw.may.set()
    until(lambda: shelf.picture("a"))
    for name in ("broken", "nothing", "../a"):
        with pytest.raises(CompositionNotFound):
            shelf.picture(name)
    assert draw.drawn == ["broken", "a"]


def test_the_sound_is_long_enough(tmp_path: Path) -> None:
    write_demo_sound(tmp_path / "sound.wav")
    with wave.open(str(tmp_path / "sound.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() > AT_S


@pytest.mark.slow
def test_the_server_has_pictures_of_its_templates(served: Any) -> None:
    listed = served.http.get("/api/templates").json()["templates"]
    address = next(t["thumbnail"] for t in listed if t["name"] == "etherealFlame")
    first = served.http.get(address)
    assert (first.status_code, first.headers["retry-after"]) == (202, "1")
    deadline = time.monotonic() + 120
    while (reply := served.http.get(address)).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
    assert reply.content.startswith(b"\xff\xd8")
    assert len(reply.content) > 3000
    for name in ("nothing", "..%2fqueue", "a" * 64):
        assert served.http.get(f"/api/templates/{name}/thumbnail").status_code == 404
