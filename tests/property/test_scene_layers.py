"""Whatever a template says, a frame can be drawn and is the same for any number of threads."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from helios.model.formats import Projection
from helios.scene.capture import FrameCapture
from helios.scene.library import load_template
from helios.scene.scene import SceneSettings

LAYER = st.fixed_dictionaries(
    {
        "id": st.just("a"),
        "particleCount": st.integers(1, 400),
        "baseSize": st.floats(0.01, 40),
        "spawnRadius": st.floats(0, 5),
        "spawnShape": st.sampled_from(["ball", "ring", "disc", "arms", "column"]),
        "lifetime": st.floats(0.05, 20),
        "rise": st.floats(-3, 3),
        "outward": st.floats(-3, 3),
        "swirl": st.floats(-5, 5),
        "turbulence": st.floats(0, 3),
        "peakLifetime": st.floats(0, 1),
        "emission": st.floats(0, 1),
        "glow": st.floats(0, 100),
        "wobble": st.sampled_from(["none", "flame", "mist"]),
        "fade": st.sampled_from(["soft", "flame", "mist"]),
    }
)


@settings(max_examples=30, deadline=None)
@given(
    layer=LAYER,
    frame=st.integers(0, 1999),
    seed=st.integers(0, 2**53 - 1),
    projection=st.sampled_from(list(Projection)),
)
def test_any_layer_draws_the_same_with_any_number_of_threads(
    layer: dict[str, Any], frame: int, seed: int, projection: Projection
) -> None:
    template = load_template({"name": "t", "layers": [layer], "sky": {"kind": "none"}})
    scene = SceneSettings(
        template=template,
        width=64,
        height=36,
        fps=Fraction(30),
        total_frames=2000,
        seed=seed,
        projection=projection,
    )
    shown = []
    for threads in (1, 2):
        capture = FrameCapture(scene, threads=threads)
        shown.append(capture.capture_frame(frame).planes[0])
        capture.dispose()
    assert np.array_equal(shown[0], shown[1])
