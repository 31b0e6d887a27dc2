from __future__ import annotations

import logging

import numpy as np
import pytest

from helios.errors import OptionError
from helios.model.formats import StereoLayout
from helios.projection.stereo import StereoCapture, StereoStacker, anaglyph


def test_left_is_on_top() -> None:
    stacker = StereoStacker(8, 4)
    left, right = np.full((4, 8, 3), 1, np.uint8), np.full((4, 8, 3), 2, np.uint8)
    frame = stacker.stack(left, right)
    assert frame.shape == (8, 8, 3)
    assert np.all(frame[:4] == 1)
    assert np.all(frame[4:] == 2)


def test_left_is_on_the_left_side_by_side() -> None:
    stacker = StereoStacker(4, 4, layout=StereoLayout.LEFT_RIGHT)
    stacker.left[...] = 7
    assert np.all(stacker.frame[:, :4] == 7)
    assert np.all(stacker.frame[:, 4:] == 0)


def test_eyes_drawn_in_place_are_not_copied() -> None:
    stacker = StereoStacker(8, 4)
    stacker.left[...] = 9
    assert stacker.stack(stacker.left, stacker.right) is stacker.frame
    assert np.shares_memory(stacker.left, stacker.frame)
    assert stacker.frame[0, 0, 0] == 9


def test_eyes_of_different_sizes_are_refused() -> None:
    stacker = StereoStacker(8, 4)
    with pytest.raises(ValueError, match="differ in size"):
        stacker.stack(np.zeros((4, 8, 3), np.uint8), np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(ValueError, match="not \\(4, 8, 3\\)"):
        stacker.stack(np.zeros((2, 8, 3), np.uint8), np.zeros((2, 8, 3), np.uint8))


def test_pictures_nothing_plays_are_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        StereoStacker(8192, 4096, channels=1)
        assert not caplog.records
        StereoStacker(8200, 4, channels=1)
    assert "8200x8" in caplog.text


def test_the_eyes_are_the_ipd_apart_in_scene_units() -> None:
    left, right = StereoCapture(face_size=16, unit_scale=10, position=(1, 2, 3)).eyes()
    assert left.cameras[0].position == pytest.approx((0.68, 2, 3))
    assert right.cameras[0].position == pytest.approx((1.32, 2, 3))
    with pytest.raises(OptionError):
        StereoCapture(face_size=16, ipd_m=-1)


def test_the_red_of_an_anaglyph_is_the_left_eyes() -> None:
    left, right = np.full((2, 2, 3), 10, np.uint8), np.full((2, 2, 4), 20, np.uint8)
    assert anaglyph(left, right)[0, 0].tolist() == [10, 20, 20]
