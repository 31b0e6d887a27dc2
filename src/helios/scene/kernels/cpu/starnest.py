"""The Star Nest sky as numbers: the row that a compiled kernel takes."""

from __future__ import annotations

import numpy as np

from helios.scene.kernels.frames import Doubles, StarNest

ITERATIONS, VOLSTEPS, FORMU, STEP, TILE, BRIGHTNESS, DARKMATTER, FADING, SATURATION = range(9)
COLOUR, ORIGIN, TURN, HUE, HUE_SATURATION, USES_HSV = 9, 12, 15, 24, 25, 26
SIZE = 27


def packed(sky: StarNest) -> Doubles:
    """The sky's row."""
    row = np.zeros(SIZE)
    row[:COLOUR] = (
        sky.iterations,
        sky.volsteps,
        sky.formuparam,
        sky.step_size,
        sky.tile,
        sky.brightness,
        sky.darkmatter,
        sky.distfading,
        sky.saturation,
    )
    row[COLOUR : COLOUR + 3] = sky.colour
    row[ORIGIN : ORIGIN + 3] = sky.origin
    row[TURN : TURN + 9] = sky.turn.ravel()
    row[HUE], row[HUE_SATURATION] = sky.hue, sky.hue_saturation
    row[USES_HSV] = float(sky.uses_hsv)
    return row
