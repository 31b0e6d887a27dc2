"""Frames as ZIP: the film's own, of its range and size, never more of them at once than a few."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from helios.errors import RenderError
from helios.executors.call import PreviewPicture
from helios.model.composition import CompositionKind
from helios.model.options import RenderOptions
from helios.preview.service import PreviewRequest
from helios.server.frames import FrameSet, zipped

FILM = """
import numpy as np

def draw(frame, context):
    if frame == 20:
        raise OSError("no ink")
    return np.full((context.height, context.width, 3), 8 * frame, np.uint8)
"""


@pytest.fixture
def film(served: Any) -> dict[str, Any]:
    """A film of 30 frames, of which one cannot be drawn."""
    (served.settings.compositions / "film.py").write_text(FILM)
    return {"composition": "film.py:draw", "duration": "1", "fps": "30", "type": "square"}


def asked(served: Any, config: Any) -> Any:
    reply = served.http.post("/api/frames", json={"config": config})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_frames_of_a_range_come_as_zip(served: Any, film: dict[str, Any]) -> None:
    config = {**film, "startFrame": 3, "frameCount": 5, "scale": "1/2", "output": "Söng.mp4"}
    frames = asked(served, config)
    assert (frames["count"], frames["width"], frames["height"]) == (5, 540, 540)
    for _ in range(2):  # as often as it is fetched
        reply = served.http.get(f"/api/frames/{frames['id']}")
        assert reply.headers["content-type"] == "application/zip"
        name = "attachment; filename=\"Song-frames.zip\"; filename*=UTF-8''S%C3%B6ng-frames.zip"
        assert reply.headers["content-disposition"] == name
        with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == [f"Söng-frames/{n:06d}.png" for n in range(3, 8)]
            # Sizes stand before each picture: also programs that read as it comes unpack it.
            assert not any(entry.flag_bits & 8 for entry in archive.infolist())
            for number, entry in enumerate(archive.namelist(), 3):
                with Image.open(io.BytesIO(archive.read(entry))) as image:
                    assert (image.size, image.getpixel((5, 5))) == ((540, 540), (8 * number,) * 3)


def test_frames_that_cannot_be_drawn_are_no_whole_zip(served: Any, film: dict[str, Any]) -> None:
    frames = asked(served, film)
    assert (frames["count"], frames["width"]) == (30, 1080)
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        served.http.get(f"/api/frames/{frames['id']}")
    reply = served.http.post("/api/frames", json={"config": {**film, "startFrame": 20}})
    assert reply.status_code == 422
    assert "no ink" in reply.json()["error"]
    reply = served.http.post("/api/frames", json={"config": {**film, "startFrame": 99}})
    assert "the film has 30 frames" in reply.json()["error"]
    assert served.http.get("/api/frames/none").status_code == 404


def test_a_frame_is_drawn_when_the_one_before_was_sent() -> None:
    drawn: list[int] = []

    def pictures() -> Any:
        for number in range(10):
            drawn.append(number)
            yield PreviewPicture(
                frame=number,
                width=2,
                height=2,
                total_frames=10,
                fps="30",
                kind=CompositionKind.PYTHON,
                data=bytes(1000),
            )

    request = PreviewRequest(
        composition="x", folder=Path(), options=RenderOptions(), side=9, frame_count=11
    )
    frames = FrameSet(id="1", name="x", request=request, width=2, height=2)
    pieces = zipped(pictures(), frames)
    for number in range(10):
        assert 1000 < len(next(pieces)) < 1200
        assert drawn == list(range(number + 1))
    with pytest.raises(RenderError, match="before the last"):
        next(pieces)
