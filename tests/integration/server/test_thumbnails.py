"""Pictures of templates: drawn once, in the background, never waited for."""

from __future__ import annotations

import threading
import time
import wave
from collections.abc import Callable
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from helios.errors import CompositionNotFound, RenderError
from helios.model.export import ExportConfig
from helios.server.demo import DEMO_S, DROP_S, write_demo_song
from helios.server.gallery import MAX_LOOP_BYTES, gallery, template_sources
from helios.server.thumbnails import AT_S, Thumbnails
from helios.shader.gallery import shipped_shaders

UI = Path(str(files("helios.server"))) / "ui"


class Drawer:
    """Draws when it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.drawn: list[str] = []

    def __call__(self, config: ExportConfig, image: Path, at_s: float, **_: Any) -> None:
        assert self.may.wait(90)
        self.drawn.append(config.composition)
        if config.composition == "broken":
            raise RenderError("no")
        temporary = image.with_suffix(".part")
        temporary.write_bytes(b"picture of " + config.composition.encode())
        temporary.replace(image)


def until(check: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 90
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


def test_the_song_has_what_templates_react_to(tmp_path: Path) -> None:
    write_demo_song(tmp_path / "song.wav")
    with wave.open(str(tmp_path / "song.wav")) as song:
        rate = song.getframerate()
        samples = np.frombuffer(song.readframes(song.getnframes()), "<i2") / 32768
    assert len(samples) == DEMO_S * rate
    power = (samples**2).reshape(-1, rate).mean(axis=1)
    drop = int(DROP_S)
    assert power[drop : drop + 4].mean() > 3 * power[1:5].mean() > 0
    assert AT_S + 1 < DEMO_S


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_server_has_pictures_of_its_templates(served: Any) -> None:
    listed = served.http.get("/api/templates").json()["templates"]
    assert all(t["thumbnail"] for t in listed)
    address = "/api/templates/etherealFlame/thumbnail"
    first = served.http.get(address)
    assert (first.status_code, first.headers["retry-after"]) == (202, "1")
    deadline = time.monotonic() + 400
    while (reply := served.http.get(address)).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
    assert reply.content.startswith(b"\xff\xd8")
    assert len(reply.content) > 3000
    for name in ("nothing", "..%2fqueue", "a" * 64):
        assert served.http.get(f"/api/templates/{name}/thumbnail").status_code == 404


def test_what_ships_of_templates_is_small_and_moves() -> None:
    drawn = gallery()
    assert set(drawn) <= set(template_sources())
    shaders = {each.name for each in shipped_shaders()}
    assert shaders <= set(drawn), "drawn anew by python -m helios.server.gallery NAME"
    for picture, loop in drawn.values():
        image, film = UI / picture, UI / loop
        assert image.stat().st_size < 40_000
        assert film.stat().st_size <= MAX_LOOP_BYTES
        with av.open(str(film)) as container:
            frames = [
                frame.to_ndarray(format="gray").astype(float) for frame in container.decode(video=0)
            ]
        assert len(frames) == 72
        steps = [np.abs(a - b).mean() for a, b in pairwise(frames)]
        assert max(steps) > 0.2
        # It goes on where it began.
        assert np.abs(frames[-1] - frames[0]).mean() <= max(steps) + 0.5


def test_a_loop_of_what_a_template_was_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {**template_sources(), "etherealFlame": "another"}
    monkeypatch.setattr("helios.server.gallery.template_sources", lambda: sources)
    now = gallery.__wrapped__()
    assert "etherealFlame" not in now
    assert set(now) == set(gallery()) - {"etherealFlame"}
