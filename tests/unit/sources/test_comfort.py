"""Scenes that come too near to the eyes are told of before they are drawn."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from helios.model.audio import AudioTrack
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.scene.kernels.loops import Placed
from helios.scene.library import load_template
from helios.scene.scene import SceneSettings
from helios.sources import scene as scene_module
from helios.sources.comfort import _nearest, nearest_content
from helios.sources.scene import inspect_scene, sound_length


def a_point(distance: float, **more: Any) -> dict[str, Any]:
    """Particles that stay where the orb is."""
    layer = {
        "id": "a",
        "particleCount": 30,
        "baseSize": 1,
        "spawnRadius": 0,
        "maxSpeed": 0,
        "rise": 0,
        "colors": ["#ffffff"],
        "glow": 1000,
        **more.pop("layer", {}),
    }
    return {
        "name": "point",
        "sky": {"kind": "none"},
        "layers": [layer],
        "orb": {"distance": distance, "scale": 0.01, **more.pop("orb", {})},
        **more,
    }


def nearest(template: dict[str, Any]) -> float:
    return nearest_content(
        SceneSettings(
            template=load_template(template), width=64, height=32, fps=Fraction(30), total_frames=60
        )
    )


@pytest.mark.parametrize("distance", [0.3, 1.0, 2.5, 40.0])
def test_the_distance_of_particles_is_seen(distance: float) -> None:
    assert nearest(a_point(distance)) == pytest.approx(distance, rel=0.01)


def test_what_crosses_the_edge_of_the_picture_is_no_nearer() -> None:
    def at(x: float) -> Placed:
        one = np.ones(1, np.float32)
        return Placed(x=one * x, y=one * 1024, radius=one, colour=np.ones((1, 3), np.float32))

    assert _nearest(at(2050.5), at(2047.5)) == pytest.approx(_nearest(at(1.5), at(4094.5)))
    assert _nearest(at(4094.5), at(1.5)) == math.inf


@pytest.mark.parametrize(("more", "seconds"), [({}, 8), ({"rate": 2}, 4), ({"rate": 0.5}, 16)])
def test_a_fast_sound_ends_early(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], seconds: int
) -> None:
    found = SimpleNamespace(duration_s=Fraction(10))
    monkeypatch.setattr(scene_module, "probe_sound", lambda _: found)
    assert sound_length(AudioTrack(file="a.wav", seek=Fraction(2), **more)) == seconds
    placed = AudioTrack(file="a.wav", seek=Fraction(2), offset=Fraction(1), **more)
    assert sound_length(placed) == seconds + 1


def test_level_distance_is_what_counts() -> None:
    assert nearest(a_point(2.0, orb={"height": 1.5})) == pytest.approx(2.0, rel=0.01)
    assert nearest(a_point(0.5, orb={"height": 5})) == math.inf
    assert nearest(a_point(0.5, layer={"enabled": False})) == math.inf


def test_a_stray_does_not_count_but_a_crowd_does() -> None:
    def with_near(count: int) -> float:
        template = a_point(5.0, layer={"particleCount": 30_000})
        near = {**template["layers"][0], "id": "b", "particleCount": count}
        near["offset"] = [0, 0, 400]
        return nearest({**template, "layers": [*template["layers"], near]})

    assert with_near(1) == pytest.approx(5, rel=0.02)
    assert with_near(1000) == pytest.approx(1, rel=0.02)


def test_particles_are_nearer_than_the_orb_they_are_in() -> None:
    assert 1.0 < nearest(a_point(2.0, layer={"spawnRadius": 50})) < 1.9


@pytest.mark.parametrize(
    ("options", "is_warned"),
    [
        ({}, False),
        ({"unit_scale": 5}, True),
        ({"unit_scale": 5, "ipd": 0.01}, False),
        ({"ipd": 0}, False),
        ({"ipd": 0.4}, True),
        ({"unit_scale": 5, "type": "360-mono-4k"}, False),
        ({"unit_scale": 5, "type": "vr180-4k"}, True),
        ({"unit_scale": 5, "type": None}, False),
    ],
    ids=str,
)
def test_nearness_is_warned_about_before_drawing(
    tmp_path: Path, options: dict[str, Any], is_warned: bool
) -> None:
    file = tmp_path / "point.json"
    file.write_text(json.dumps(a_point(2.0, unitScale=1)))
    scene = Composition(kind=CompositionKind.SCENE, location=str(file))
    given = RenderOptions.read({"type": "360-stereo-4k", "duration": 2, **options})
    warnings = inspect_scene(scene, given).warnings
    assert any("lower --unit-scale" in text for text in warnings) == is_warned


@pytest.mark.parametrize("name", ["etherealFlame", "spiralGalaxy", "emberLake"])
def test_our_own_scenes_are_near_but_never_too_near(name: str) -> None:
    template = load_template(name)
    settings = SceneSettings(
        template=template, width=64, height=32, fps=Fraction(30), total_frames=300
    )
    assert 0.8 < nearest_content(settings) / template.unit_scale < 3
