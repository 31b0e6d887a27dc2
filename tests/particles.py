"""Layers of particles that stay where they are, for tests of what draws them."""

from __future__ import annotations

from typing import Any

import numpy as np

from helios.scene.kernels.frames import BANDS, RAMP_STEPS, VARIANTS, LayerFrame, LayerStyle
from helios.scene.kernels.view import Vec


def steady_layer(
    at: Vec, diameter: float, colour: Vec = (1.0, 1.0, 1.0), *, seed: int = 5, count: int = 1
) -> LayerFrame:
    """``count`` particles at one place, for a long life of one size and colour."""
    still: dict[str, Any] = dict.fromkeys(
        ("radius", "speed", "rise", "outward", "swirl", "taper", "turbulence_scale"), 0.0
    )
    style = LayerStyle(
        life_s=10.0,
        shape="ball",
        exponent=0.5,
        wobble="none",
        fade_in=1e-6,
        fade_hold=0.999,
        size_at_birth=1.0,
        size_at_peak=1.0,
        size_at_death=1.0,
        peak_at=0.5,
        diameter=diameter,
        size_range=(1.0, 1.0),
        fps=30.0,
        stretch=(1.0, 1.0, 1.0),
        offset=(0.0, 0.0, 0.0),
        **still,
    )
    return LayerFrame(
        count=count,
        seed=np.uint64(seed),
        style=style,
        spread=0.0,
        turbulence=0.0,
        turbulence_phase=0.0,
        origin=at,
        orientation=np.eye(3),
        births=np.ones((1, 2), np.float32),
        gains=np.ones((BANDS, 2), np.float32),
        ramp=np.broadcast_to(np.float32(colour), (VARIANTS, RAMP_STEPS, 3)).copy(),
    )
