"""Scenes of templates at one rate, to be drawn by whatever draws scenes."""

from __future__ import annotations

from fractions import Fraction

from helios.model.formats import Projection, StereoLayout
from helios.scene.library import load_template
from helios.scene.scene import Scene, SceneSettings


def scene_of(
    template: str,
    width: int,
    height: int,
    projection: Projection = Projection.PERSPECTIVE,
    layout: StereoLayout = StereoLayout.MONO,
    *,
    total_frames: int,
) -> Scene:
    """A template's scene without a sound; ``width`` and ``height`` are those of one eye's view."""
    return Scene(
        SceneSettings(
            template=load_template(template),
            width=width,
            height=height,
            fps=Fraction(30),
            total_frames=total_frames,
            projection=projection,
            stereo=layout,
            ipd=0.064,
        )
    )
