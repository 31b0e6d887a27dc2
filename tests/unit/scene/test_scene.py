"""A scene in numbers: when a frame is, and which chance each layer has."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from helios.errors import OptionError
from helios.scene.scene import Scene, SceneSettings

Settings = Callable[..., SceneSettings]
SAME = {"particleCount": 40}
TWO = {"name": "two", "layers": [{"id": "a", **SAME}, {"id": "b", **SAME}]}


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(25, 2)])
def test_a_frame_is_at_its_number_over_the_rate(settings: Settings, fps: Fraction) -> None:
    scene = Scene(settings("aurora", fps=fps, table=None, total_frames=5000))
    for number in (0, 1, 1799, 4999):
        assert scene.frame(number).time_s == pytest.approx(float(number / fps), abs=1e-12)


def test_layers_that_are_alike_lie_apart(settings: Settings) -> None:
    def seeds(**more: Any) -> list[int]:
        return [int(layer.seed) for layer in Scene(settings(TWO, **more)).frame(0).layers]

    assert len({*seeds(), *seeds(seed=7)}) == 4
    assert seeds(seed=7) == seeds(seed=7)


@pytest.mark.parametrize("template", ["silkTides", "aurora"])
def test_a_film_of_the_first_seconds_is_the_songs(settings: Settings, template: str) -> None:
    """Which is loud throughout, if nothing of the end is known."""
    part, whole = Scene(settings(template, total_frames=60)), Scene(settings(template))
    assert whole.settings.total_frames == 360
    for number in (0, 30, 59):
        assert pickle.dumps(part.frame(number)) == pickle.dumps(whole.frame(number))
    with pytest.raises(OptionError, match="frame 60"):
        part.frame(60)
