"""Places of the Star Nest parameters in the row a kernel takes."""

from __future__ import annotations

ITERATIONS, VOLSTEPS, FORMU, STEP, TILE, BRIGHTNESS, DARKMATTER, FADING, SATURATION = range(9)
COLOUR, ORIGIN, TURN, HUE, HUE_SATURATION, USES_HSV = 9, 12, 15, 24, 25, 26
SIZE = 27
