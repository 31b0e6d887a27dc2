"""Sizes are those of the world: 4K shows what 1080p shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from helios.scene.capture import FrameCapture
from helios.scene.library import load_template
from helios.scene.scene import SceneSettings

# Wider than the stars, whose aliasing depends on the size.
LOW_PASS = ImageFilter.GaussianBlur(2)


def drawn(template: str, width: int, height: int) -> Any:
    """Frame 40 at 1080p, after the same low-pass for every size."""
    settings = SceneSettings(
        template=load_template(template),
        width=width,
        height=height,
        fps=Fraction(30),
        total_frames=60,
    )
    capture = FrameCapture(settings)
    image = Image.fromarray(capture.capture_frame(40).planes[0])
    capture.dispose()
    smaller = image.resize((1920, 1080), Image.Resampling.BOX)
    return np.asarray(smaller.filter(LOW_PASS)).astype(float)


@pytest.mark.parametrize("template", ["etherealFlame", "emberLake"])
def test_4k_shows_what_1080p_shows(template: str) -> None:
    small, large = drawn(template, 1920, 1080), drawn(template, 3840, 2160)
    psnr = 10 * np.log10(255**2 / np.mean((small - large) ** 2))
    assert psnr >= 40, psnr
    # The measure sees a picture that is a little larger.
    grown = np.roll(small, 3, axis=1)
    assert 10 * np.log10(255**2 / np.mean((grown - large) ** 2)) < psnr - 6
