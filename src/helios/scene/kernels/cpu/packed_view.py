"""A view as numbers: the row that a compiled kernel takes."""

from __future__ import annotations

import numpy as np

from helios.model.formats import Projection
from helios.scene.kernels.frames import Doubles
from helios.scene.kernels.view import View

PERSPECTIVE, EQUIRECT, EQUIRECT_180, FULLDOME = 0.0, 1.0, 2.0, 3.0
_CODES = {
    Projection.PERSPECTIVE: PERSPECTIVE,
    Projection.EQUIRECT: EQUIRECT,
    Projection.EQUIRECT_180: EQUIRECT_180,
    Projection.FULLDOME: FULLDOME,
}

CODE, WIDTH, HEIGHT, FOCAL, EYE = range(5)
RIGHT, UP, FORWARD, POSITION, JITTER, FLIP = 5, 8, 11, 14, 17, 19
SIZE = 20


def code_of(view: View) -> int:
    """The number of the view's projection."""
    return int(_CODES[view.projection])


def packed(
    view: View, jitter_x: float = 0.0, jitter_y: float = 0.0, *, flip: bool = False
) -> Doubles:
    """The view's row.

    Jitter moves the sampling point within the pixel; ``flip`` turns rays upside down, as level
    water mirrors them.
    """
    head = (_CODES[view.projection], view.width, view.height, view.focal_px, view.eye_m)
    values = (*head, *view.right, *view.up, *view.forward, *view.position)
    return np.array((*values, jitter_x, jitter_y, float(flip)), dtype=np.float64)
