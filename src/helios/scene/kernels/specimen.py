"""A small frame that uses everything: what a back end draws to prove itself."""

from __future__ import annotations

import numpy as np

from helios.model.formats import Projection
from helios.scene.kernels.frames import (
    BANDS,
    RAMP_STEPS,
    VARIANTS,
    BodyFrame,
    LayerFrame,
    LayerStyle,
    SceneFrame,
    SkyFrame,
    StarNest,
    WaterFrame,
)
from helios.scene.kernels.view import look


def specimen(width: int = 160, height: int = 96) -> SceneFrame:
    """A glowing ball of particles over water, before Star Nest; width and height in pixels."""
    return SceneFrame(
        number=0,
        time_s=3.0,
        views=(look((0, 0, 0), (0, 0, -1), width, height, 50, Projection.PERSPECTIVE),),
        layers=(_ball(),),
        body=BodyFrame(centre=(0.3, 0.1, -3.0), radius=0.4, opacity=0.9, softness=0.2, after=0),
        sky=SkyFrame(star_nest=_sky()),
        sky_gain=1.0,
        exposure=1.0,
        bloom_strength=0.4,
        bloom_radius=0.06,
        water=WaterFrame(
            height=-0.8, time_s=3.0, waves=1.0, reflectivity=0.6, colour=(0.0, 0.1, 0.2)
        ),
    )


def _ball() -> LayerFrame:
    style = LayerStyle(
        life_s=4.0,
        shape="ball",
        radius=0.9,
        exponent=0.5,
        speed=0.1,
        rise=0.0,
        outward=0.0,
        swirl=0.3,
        taper=0.0,
        turbulence_scale=1.0,
        wobble="none",
        fade_in=0.1,
        fade_hold=0.8,
        size_at_birth=0.5,
        size_at_peak=1.0,
        size_at_death=0.3,
        peak_at=0.4,
        diameter=0.2,
        size_range=(0.2, 2.0),
        fps=30.0,
        stretch=(1.0, 1.0, 1.0),
        offset=(0.0, 0.0, 0.0),
    )
    colours = np.linspace((1.0, 0.5, 0.1), (0.1, 0.4, 1.0), RAMP_STEPS, dtype=np.float32)
    return LayerFrame(
        count=400,
        seed=np.uint64(5),
        style=style,
        spread=1.0,
        turbulence=0.1,
        turbulence_phase=0.5,
        origin=(0.0, 0.2, -3.0),
        orientation=np.eye(3),
        births=np.ones((1, 2), np.float32),
        gains=np.ones((BANDS, 2), np.float32),
        ramp=np.broadcast_to(colours, (VARIANTS, RAMP_STEPS, 3)).copy(),
    )


def _sky() -> StarNest:
    return StarNest(
        iterations=15,
        volsteps=8,
        formuparam=0.55,
        step_size=0.42,
        tile=0.553,
        brightness=0.0015,
        darkmatter=3.0,
        distfading=0.5,
        saturation=0.77,
        colour=(1.0, 1.0, 1.0),
        origin=(0.9, 0.6, 0.3),
        turn=np.eye(3),
        hue=0.0,
        hue_saturation=0.0,
        uses_hsv=False,
    )
