"""Python is told of options by their keywords."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import helios


def draw(frame: int) -> NDArray[np.uint8]:
    return np.full((2, 2, 3), frame, np.uint8)


@pytest.mark.parametrize(
    ("wrong", "message", "hint"),
    [
        ({"widht": 2}, "widht: no such option; did you mean width?", ""),
        ({"width": 0}, "width: must be 2 or more, not 0", "For example: width=1280"),
        ({"backend": "x"}, "backend: must be 'auto'", "For example: backend='auto'"),
        ({"scale": "x"}, "scale", "For example: scale='1/4'"),
        ({"props": "{"}, "props", "For example: props={"),
        ({"start_frame": 9}, "start_frame 9 is beyond the end", "Give start_frame 0 to 2"),
    ],
)
def test_errors_name_keywords(wrong: dict[str, Any], message: str, hint: str) -> None:
    asked = {"width": 2, "height": 2, "fps": 3, "duration": 1, **wrong}
    for result in (helios.render, lambda *a, **k: list(helios.frames(a[0], **k))):
        with pytest.raises(helios.HeliosError) as told:
            result(draw, "film.mp4", **asked)
        assert message in told.value.message
        assert hint in told.value.hint
        assert "--" not in f"{told.value.message} {told.value.hint}"
