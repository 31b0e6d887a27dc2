"""Whether anything changes is told from the pictures themselves."""

from __future__ import annotations

import numpy as np

from helios.drawing.stillness import BLANK, Stillness
from helios.model.picture import Picture, PixelFormat


def _name(*pictures: np.ndarray) -> str:
    stillness = Stillness()
    for frame, pixels in enumerate(pictures):
        height, width = pixels.shape[:2]
        stillness.see(
            Picture(
                frame=frame, width=width, height=height, format=PixelFormat.RGB24, planes=(pixels,)
            )
        )
    return stillness.name()


def test_pictures_that_are_equal_have_one_name() -> None:
    grey, dot = np.full((4, 6, 3), 9, np.uint8), np.zeros((4, 6, 3), np.uint8)
    dot[3, 5, 2] = 1
    assert _name(dot, dot) == _name(dot.copy()) != ""
    assert _name(grey, grey).startswith(BLANK)
    assert _name(grey, grey) != _name(grey + 1)
    assert not _name(dot, dot).startswith(BLANK)
    assert _name(grey, dot, grey) == ""
    assert _name() == ""


def test_a_picture_is_kept_although_its_memory_is_used_again() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    stillness = Stillness()
    for frame in range(3):
        pixels[0, frame] = 255
        stillness.see(
            Picture(frame=frame, width=6, height=4, format=PixelFormat.RGB24, planes=(pixels,))
        )
    assert stillness.name() == ""


def test_pictures_of_another_format_are_another_picture() -> None:
    assert _name(np.zeros((4, 6, 4), np.uint8), np.zeros((4, 6, 3), np.uint8)) == ""


def test_nothing_is_kept_once_pictures_differ() -> None:
    stillness = Stillness()
    for frame in range(2):
        pixels = np.full((4, 6, 3), frame, np.uint8)
        stillness.see(
            Picture(frame=frame, width=6, height=4, format=PixelFormat.RGB24, planes=(pixels,))
        )
        assert bool(stillness._first) is (frame == 0)
    assert stillness.name() == ""
