from __future__ import annotations

import numpy as np

from helios.browser.compare import difference, ssim


def picture() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    generator = np.random.default_rng(1)
    small = generator.integers(0, 255, (24, 40, 3), np.uint8)
    return np.repeat(np.repeat(small, 8, axis=0), 8, axis=1)


def test_equal_pictures_do_not_differ() -> None:
    assert difference(picture(), picture()) == ""
    assert ssim(picture()[:, :, 0] * 1.0, picture()[:, :, 0] * 1.0) > 0.999999


def test_dither_is_forgiven() -> None:
    other = picture().astype(np.int16) + np.random.default_rng(2).integers(-1, 2, (192, 320, 3))
    assert difference(picture(), other.clip(0, 255).astype(np.uint8)) == ""


def test_missing_box_is_found_and_located() -> None:
    other = picture()
    other[64:96, 128:160] = 0
    assert "(128, 64)" in difference(picture(), other)


def test_a_box_of_another_colour_is_found_though_it_is_as_green() -> None:
    one, other = np.zeros((192, 320, 3), np.uint8), np.zeros((192, 320, 3), np.uint8)
    one[64:96, 128:160], other[64:96, 128:160] = (120, 0, 0), (0, 0, 100)
    assert "(128, 64)" in difference(one, other)


def test_another_texture_is_found() -> None:
    other = picture()[:, ::-1]
    assert difference(picture(), other) != ""
