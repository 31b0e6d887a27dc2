"""Places of a particle layer's numbers in the row a kernel takes."""

from __future__ import annotations

LIFE, RADIUS, EXPONENT, SHAPE, SPEED, RISE, OUTWARD, SWIRL, TAPER = range(9)
TURBULENCE, TURBULENCE_SCALE, TURBULENCE_PHASE, WOBBLE = 9, 10, 11, 12
FADE_IN, FADE_HOLD, SIZE_BIRTH, SIZE_PEAK, SIZE_DEATH, PEAK_AT = 13, 14, 15, 16, 17, 18
DIAMETER, SIZE_LOW, SIZE_HIGH, SPREAD, FPS, REST_EMISSION = 19, 20, 21, 22, 23, 24
STRETCH, ORIGIN, ORIENTATION = 25, 28, 31
MIRROR, MIRROR_HEIGHT, OFFSET = 40, 41, 42
ROW = 45

BALL, RING, DISC, ARMS, COLUMN = 0.0, 1.0, 2.0, 3.0, 4.0
NO_WOBBLE, FLAME_WOBBLE, MIST_WOBBLE = 0.0, 1.0, 2.0

SPRITE = 6
"""Numbers of a placed particle: x, y, radius in pixels, then red, green, blue (linear)."""
X, Y, R, RED, GREEN, BLUE = range(6)

BANDS = 8
VARIANTS, RAMP_STEPS = 8, 64
"""A layer's colours: VARIANTS particles of different hue, each over RAMP_STEPS of its life."""
BLOCK = 4096
"""Particles placed as one piece of work, whatever the number of threads."""
BAND_ROWS = 16
"""Rows drawn as one piece of work; even, so that chroma never straddles two bands."""
