"""Stills: the picture that the film will have, in its shape."""

from __future__ import annotations

import io
import json
import struct
import threading
from fractions import Fraction
from typing import Any

import httpx
import pytest
from PIL import Image

from helios.errors import RenderError
from helios.executors.call import FilmCosts
from helios.model.composition import CompositionKind
from helios.model.export import ExportConfig
from helios.planning.picture_size import picture_size
from helios.server.routes import previews
from helios.server.stills import still_options


@pytest.mark.parametrize(
    ("values", "size"),
    [
        ({}, (960, 540)),
        ({"type": "shorts"}, (540, 960)),
        ({"type": "square"}, (960, 960)),
        ({"type": "360-mono-8k"}, (960, 480)),
        ({"type": "360-stereo-8k", "scale": "1/32"}, (960, 960)),
        ({"type": "shorts", "width": 400, "height": 100}, (400, 100)),
    ],
)
def test_a_still_has_the_shape_of_its_film(values: Any, size: tuple[int, int]) -> None:
    config = ExportConfig.model_validate({"composition": "aurora", **values})
    options = still_options(config, Fraction(2), 960)
    drawn = picture_size(CompositionKind.SCENE, options, None)
    assert (drawn.width, drawn.height) == size
    assert (options.start_frame, options.frame_count) == (60, 1)


def test_a_still_is_not_beyond_the_end() -> None:
    values = {"composition": "aurora", "duration": "1.5", "fps": "24"}
    options = still_options(ExportConfig.model_validate(values), Fraction(9), 960)
    assert options.start_frame == 35


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_still_is_drawn_on_request(served: Any) -> None:
    config = {"composition": "aurora", "type": "shorts"}
    reply = served.http.post("/api/preview", json={"config": config, "at": 1}, timeout=400)
    assert reply.status_code == 200, reply.text
    with Image.open(io.BytesIO(reply.content)) as image:
        assert (image.format, image.size) == ("PNG", (540, 960))
        assert image.convert("L").getextrema()[1] > 60
    bad = {"config": {"composition": "aurora", "props": {"layers": 7}}, "at": -1}
    assert served.http.post("/api/preview", json=bad).status_code == 422
    assert list((served.settings.data / "previews").iterdir()) == []


FILM = """
import numpy as np

def draw(frame, context):
    return np.full((context.height, context.width, 3), 8 * frame, np.uint8)
"""


def records(content: bytes) -> list[tuple[dict[str, Any], Image.Image]]:
    found = []
    while content:
        about, image = struct.unpack_from("<II", content)
        described = json.loads(content[8 : 8 + about])
        shown = Image.open(io.BytesIO(content[8 + about : 8 + about + image]))
        found.append((described, shown))
        content = content[8 + about + image :]
    return found


def asked(**values: Any) -> dict[str, Any]:
    config = {"composition": "film.py:draw", "duration": "1", "fps": "30", "type": "square"}
    return {"config": config, "side": 64, "encoding": "png", **values}


def test_pictures_are_sent_one_after_the_other(served: Any) -> None:
    assert served.settings.compositions is not None
    (served.settings.compositions / "film.py").write_text(FILM)
    body = asked(startFrame=3, frameCount=4, step=2)
    reply = served.http.post("/api/preview/pictures", json=body)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/octet-stream"
    drawn = records(reply.content)
    assert [about["frame"] for about, _ in drawn] == [3, 5, 7, 9]
    assert [image.getpixel((5, 5)) for _, image in drawn] == [(8 * n,) * 3 for n in (3, 5, 7, 9)]
    assert {image.size for _, image in drawn} == {(64, 64)}
    assert {(about["totalFrames"], about["fps"]) for about, _ in drawn} == {(30, "30")}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"side": 5000}, 422),
        ({"frameCount": 100_000}, 422),
        ({"encoding": "tiff"}, 422),
        ({"startFrame": -1}, 422),
        ({"config": {"composition": "../../etc/passwd.py:x"}}, 404),
        ({"config": {"composition": "aurora", "audio": "/etc/passwd"}}, 422),
        ({"config": 7}, 422),
    ],
)
def test_pictures_of_what_may_not_be_asked_for(served: Any, change: Any, status: int) -> None:
    reply = served.http.post("/api/preview/pictures", json=asked(**change))
    assert reply.status_code in {status, 422}
    assert reply.json()["error"]


def test_what_a_film_takes_is_told_before_it_is_made(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[ExportConfig] = []

    def measure(config: ExportConfig, **_: Any) -> FilmCosts:
        measured.append(config)
        return FilmCosts(frames=60, duration=2.0, seconds=1.5, film_bytes=7000)

    monkeypatch.setattr(previews, "measure_film", measure)
    config = {"composition": "film.py:draw", "quality": "draft", "startFrame": 6, "frameCount": 60}
    reply = served.http.post("/api/preview/costs", json={"config": config})
    assert reply.status_code == 200, reply.text
    assert reply.json() == {"frames": 60, "duration": 2.0, "seconds": 1.5, "filmBytes": 7000}
    options = measured[0].options
    assert (options.quality, options.start_frame, options.frame_count) == ("draft", 6, 60)
    bad = {**config, "composition": "../x.py:y"}
    reply = served.http.post("/api/preview/costs", json={"config": bad})
    assert reply.status_code == 422
    assert len(measured) == 1


def test_why_a_picture_cannot_be_drawn_is_told(served: Any) -> None:
    (served.settings.compositions / "film.py").write_text("def draw(frame): raise OSError('ouch')")
    reply = served.http.post("/api/preview/pictures", json=asked())
    assert reply.status_code == 422
    assert "ouch" in reply.json()["error"]
    # Also when some have been sent, as while it plays.
    film = FILM.replace("return", "if frame == 5: raise OSError('ouch')\n    return")
    (served.settings.compositions / "film.py").write_text(film)
    reply = served.http.post("/api/preview/pictures", json=asked(startFrame=3, frameCount=9))
    described, parts = [], reply.content
    while parts:
        about, image = struct.unpack_from("<II", parts)
        described.append(json.loads(parts[8 : 8 + about]))
        parts = parts[8 + about + image :]
    assert [about.get("frame") for about in described] == [3, 4, None]
    assert "ouch" in described[-1]["error"]


class SlowDrawer:
    """Draws until nobody waits any more."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.cancelled = threading.Event()
        self.drawing = threading.Event()

    def __call__(self, config: Any, image: Any, at_s: float, **more: Any) -> None:
        self.at.append(at_s)
        if at_s == 0:
            self.drawing.set()
            assert more["cancel"].wait(120)
            self.cancelled.set()
            raise RenderError("nobody waits")
        assert more["timeout_s"] <= 120
        image.parent.mkdir(exist_ok=True)
        image.write_bytes(b"png")


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> SlowDrawer:
    drawer = SlowDrawer()
    monkeypatch.setattr(previews, "draw_still", drawer)
    return drawer


def test_a_preview_that_nobody_waits_for_gives_its_place_up(
    served: Any, drawer: SlowDrawer
) -> None:
    config = {"composition": "film.py:draw"}
    body = {"config": config, "at": 0}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{served.url}/api/preview", json=body, timeout=1)
    assert drawer.cancelled.wait(60)
    reply = served.http.post("/api/preview", json={"config": config, "at": 1})
    assert (reply.status_code, reply.content) == (200, b"png")


@pytest.mark.parametrize(
    ("more", "at", "drawn"),
    [({"duration": "2"}, 604_799, 1.9), ({"duration": "2"}, 1, 1), ({}, 604_799, 600)],
)
def test_a_preview_is_never_beyond_its_film(
    served: Any, drawer: SlowDrawer, more: Any, at: float, drawn: float
) -> None:
    config = {"composition": "film.py:draw", **more}
    assert served.http.post("/api/preview", json={"config": config, "at": at}).is_success
    assert drawer.at == [pytest.approx(drawn)]


def test_a_template_says_what_it_is_and_may_be(served: Any) -> None:
    found = served.http.get("/api/templates/aurora").json()
    assert found["template"]["name"] == "aurora"
    assert found["template"]["layers"][0]["particleCount"] > 0
    assert "particleCount" in found["form"]["$defs"]["Layer"]["properties"]
    for other in ("nothing", "film.py:draw", "%2e%2e%2fx"):
        assert served.http.get(f"/api/templates/{other}").status_code == 404
