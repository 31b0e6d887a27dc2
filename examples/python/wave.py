"""A composition in Python: a callable that returns frame n as an array.

    helios render examples/python/wave.py:draw -o wave.mp4 --duration 4
    helios render examples/python/wave.py:draw -o wave.mp4 --duration 4 --props '{"rings": 9}'

The second parameter is optional. It carries what may differ from render to render: size, rate,
length, seed and props.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from helios.sources.python import FrameContext

NIGHT = np.array([10, 14, 38], np.float32)
EMBER = np.array([235, 84, 58], np.float32)
GOLD = np.array([255, 214, 128], np.float32)


def draw(frame: int, context: FrameContext) -> NDArray[np.uint8]:
    """Rings that run outwards from a glowing middle, (height, width, 3) uint8 sRGB."""
    y, x = np.ogrid[: context.height, : context.width]
    x = (x + 0.5 - context.width / 2) / context.height
    y = (y + 0.5 - context.height / 2) / context.height
    distance = np.hypot(x, y).astype(np.float32)
    angle = np.arctan2(y, x).astype(np.float32)

    # Whole turns in four seconds: the film can be played in a loop.
    turn = 2 * np.pi * float(frame / context.fps) / 4
    count = context.props.get("rings", 6)
    wave = np.sin(distance * count * 2 * np.pi - 4 * turn + 0.6 * np.sin(5 * angle + turn))
    crest = np.clip(wave, 0, 1) ** 2 * np.exp(-1.6 * distance)
    glow = np.exp(-((distance / 0.16) ** 2))

    rings_only = NIGHT + crest[..., None] * (EMBER - NIGHT)
    picture = rings_only + glow[..., None] * (GOLD - rings_only)
    return picture.clip(0, 255).astype(np.uint8)


draw.fps = 30
draw.duration = 4
