"""Stills: the picture that the film will have, in its shape."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import pytest
from PIL import Image

from helios.model.export import ExportConfig
from helios.server.drawing import still_options


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
    assert (options.width, options.height, options.scale) == (*size, 1)
    assert (options.start_frame, options.frame_count) == (60, 1)


def test_a_still_is_not_beyond_the_end() -> None:
    values = {"composition": "aurora", "duration": "1.5", "fps": "24"}
    options = still_options(ExportConfig.model_validate(values), Fraction(9), 960)
    assert options.start_frame == 35


@pytest.mark.slow
def test_a_still_is_drawn_on_request(served: Any) -> None:
    config = {"composition": "aurora", "type": "shorts"}
    reply = served.http.post("/api/preview", json={"config": config, "at": 1}, timeout=120)
    assert reply.status_code == 200, reply.text
    with Image.open(io.BytesIO(reply.content)) as image:
        assert (image.format, image.size) == ("PNG", (540, 960))
        assert image.convert("L").getextrema()[1] > 60
    bad = {"config": {"composition": "aurora", "props": {"layers": 7}}, "at": -1}
    assert served.http.post("/api/preview", json=bad).status_code == 422
    assert list((served.settings.data / "previews").iterdir()) == []
