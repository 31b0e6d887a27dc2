"""A particle layer as numbers: the row that a compiled kernel takes."""

from __future__ import annotations

import numpy as np

from helios.scene.kernels.frames import Doubles, LayerFrame

LIFE, RADIUS, EXPONENT, SHAPE, SPEED, RISE, OUTWARD, SWIRL, TAPER = range(9)
TURBULENCE, TURBULENCE_SCALE, TURBULENCE_PHASE, WOBBLE = 9, 10, 11, 12
FADE_IN, FADE_HOLD, SIZE_BIRTH, SIZE_PEAK, SIZE_DEATH, PEAK_AT = 13, 14, 15, 16, 17, 18
DIAMETER, SIZE_LOW, SIZE_HIGH, SPREAD, FPS = 19, 20, 21, 22, 23
STRETCH, ORIGIN, ORIENTATION = 24, 27, 30
MIRROR, MIRROR_HEIGHT, OFFSET = 39, 40, 41
DRIFT, COUNT, ROWS, REMEMBERS, ECHO, LIFT, DENT, COLOUR_BY = 44, 47, 48, 49, 50, 51, 52, 53
HEARS, HEARD_SIZE, HEARD_LIGHT = 54, 55, 56
BODY, BODY_RADIUS, BODY_OPACITY, BODY_LENS = 57, 60, 61, 62
ROW = 63

BALL, RING, DISC, ARMS, COLUMN, ARCH = 0.0, 1.0, 2.0, 3.0, 4.0, 5.0
LINE, LOOP, LATTICE, PILLARS, TOWERS = 6.0, 7.0, 8.0, 9.0, 10.0
_SHAPES = {
    "ball": BALL,
    "ring": RING,
    "disc": DISC,
    "arms": ARMS,
    "column": COLUMN,
    "arch": ARCH,
    "line": LINE,
    "loop": LOOP,
    "lattice": LATTICE,
    "pillars": PILLARS,
    "towers": TOWERS,
}
BY_LIFE, BY_LEVEL, BY_HEIGHT = 0.0, 1.0, 2.0
_COLOUR_BY = {"life": BY_LIFE, "level": BY_LEVEL, "height": BY_HEIGHT}
NO_WOBBLE, FLAME_WOBBLE, MIST_WOBBLE = 0.0, 1.0, 2.0
_WOBBLES = {"none": NO_WOBBLE, "flame": FLAME_WOBBLE, "mist": MIST_WOBBLE}

SPRITE = 6
"""Numbers of a placed particle: x, y, radius in pixels, then red, green, blue (linear)."""
X, Y, R, RED, GREEN, BLUE = range(6)
HIDDEN, SOFTNESS, RHO = RED, GREEN, BLUE
"""What a body has in place of light: the share it hides, below zero; the share of its radius over
which its edge goes; radians from its middle to its edge. Its radius in pixels encloses it."""

BLOCK = 4096
"""Particles placed as one piece of work, whatever the number of threads."""
BAND_ROWS = 16
"""Rows drawn as one piece of work; even, so that chroma never straddles two bands."""


def packed(layer: LayerFrame) -> Doubles:
    """The layer's row, without a mirror."""
    style, row = layer.style, np.zeros(ROW)
    row[: TAPER + 1] = (
        style.life_s,
        style.radius,
        style.exponent,
        _SHAPES[style.shape],
        style.speed,
        style.rise,
        style.outward,
        style.swirl,
        style.taper,
    )
    row[TURBULENCE], row[TURBULENCE_SCALE] = layer.turbulence, style.turbulence_scale
    row[TURBULENCE_PHASE], row[WOBBLE] = layer.turbulence_phase, _WOBBLES[style.wobble]
    row[FADE_IN], row[FADE_HOLD] = style.fade_in, style.fade_hold
    row[SIZE_BIRTH], row[SIZE_PEAK] = style.size_at_birth, style.size_at_peak
    row[SIZE_DEATH], row[PEAK_AT] = style.size_at_death, style.peak_at
    row[DIAMETER], row[SPREAD] = style.diameter, layer.spread
    row[SIZE_LOW], row[SIZE_HIGH] = style.size_range
    row[FPS] = style.fps
    row[STRETCH : STRETCH + 3], row[OFFSET : OFFSET + 3] = style.stretch, style.offset
    row[ORIGIN : ORIGIN + 3] = layer.origin
    row[ORIENTATION : ORIENTATION + 9] = layer.orientation.ravel()
    row[DRIFT : DRIFT + 3], row[COUNT], row[ROWS] = style.drift, layer.count, style.rows
    row[REMEMBERS], row[ECHO], row[LIFT] = style.remembers, style.echo, style.lift
    row[DENT], row[COLOUR_BY] = style.dent, _COLOUR_BY[style.colour_by]
    row[HEARS] = layer.heard is not None
    row[HEARD_SIZE], row[HEARD_LIGHT] = layer.heard_gains
    return row
