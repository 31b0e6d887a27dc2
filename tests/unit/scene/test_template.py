"""Templates: what loads, what is refused, and in which words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helios.errors import CompositionNotFound, OptionError
from helios.scene.library import load_template, template_names
from helios.scene.presets import response_names
from helios.scene.template import AudioResponse, Template
from helios.scene.upstream import config_request

OWN = ("emberLake", "spiralGalaxy", "supernova", "silkTides")
UPSTREAM_LAYER: dict[str, Any] = {
    "id": "aurora-flow",
    "name": "Aurora Flow",
    "enabled": True,
    "particleCount": 30,
    "baseSize": 9.0,
    "spawnRadius": 0.4,
    "maxSpeed": 0.015,
    "lifetime": 4,
    "audioReactivity": 2.0,
    "frequencyBand": "mid",
    "sizeAtBirth": 0.3,
    "sizeAtPeak": 1.0,
    "sizeAtDeath": 0.2,
    "peakLifetime": 0.3,
    "colorStart": [0.2, 0.9, 0.5],
    "colorEnd": [0.1, 0.5, 0.9],
    "layerOpacity": 0.5,
}
CONFIG: dict[str, Any] = {
    "version": "1.0",
    "audio": {"path": "./song.wav"},
    "output": {"path": "./out/aurora.mp4", "format": "flat-1080p-portrait", "fps": 60},
    "visual": {
        "mode": "mist",
        "skyboxPreset": "DarkWorld1",
        "skyboxRotationSpeed": 0.15,
        "waterEnabled": True,
        "waterColor": "#0a1848",
        "waterReflectivity": 0.6,
        "orbAnchorMode": "viewer",
        "orbDistance": 7,
        "beatSensitivity": 1.5,
        "layers": [UPSTREAM_LAYER],
    },
    "options": {"quality": "balanced", "startFrame": 10, "endFrame": 20},
}


def a_layer(**values: Any) -> dict[str, Any]:
    return {"id": "one", **values}


def a_template(**values: Any) -> dict[str, Any]:
    return {"name": "test", "layers": [a_layer()], **values}


@pytest.mark.parametrize("name", template_names())
def test_templates_of_helios_load_and_survive_json(name: str) -> None:
    template = load_template(name)
    assert template.name == name
    assert template.title
    assert template.description
    assert Template.model_validate_json(template.model_dump_json(by_alias=True)) == template


def test_the_promised_templates_are_there() -> None:
    upstream = "etherealFlame etherealMist cosmicVoid solarFlare aurora neonPulse solarBreath"
    assert set(template_names()) == {*upstream.split(), *OWN}


@pytest.mark.parametrize("name", OWN)
def test_own_templates_use_what_upstream_cannot(name: str) -> None:
    template = load_template(name)
    assert sum(layer.particle_count for layer in template.layers) > 5000
    assert len({(f.source, f.target) for f in template.features}) >= 8
    assert {"drop", "build"} <= {f.source for f in template.features}


def test_upstream_layers_keep_their_numbers() -> None:
    layer = {entry.id: entry for entry in load_template("etherealFlame").layers}["inner-glow"]
    numbers = (layer.particle_count, layer.base_size, layer.spawn_radius, layer.max_speed)
    assert numbers == (35, 5.5, 0.35, 0.03)
    assert (layer.lifetime, layer.audio_reactivity, layer.frequency_band) == (3, 2.5, "mids")


@pytest.mark.parametrize("spelling", ["EtherealFlame", "ethereal-flame", "builtin-ethereal-flame"])
def test_names_are_read_in_any_spelling(spelling: str) -> None:
    assert load_template(spelling).name == "etherealFlame"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"rows": 60}, "50 particles for 60 rows"),
        ({"spawnShape": "towers", "rows": 8}, "50 particles for 64 rows"),
        ({"remembers": True, "echo": 2}, "remembers and has an echo"),
    ],
)
def test_layers_that_draw_lines_are_checked(layer: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        load_template(a_template(layers=[a_layer(**layer)]))


def test_unknown_template_suggests() -> None:
    with pytest.raises(CompositionNotFound) as caught:
        load_template("etherialFlame")
    assert "Did you mean etherealFlame?" in caught.value.hint


def test_a_key_that_all_layers_misspell_is_told_once_with_what_was_meant() -> None:
    layers = [a_layer(id=str(i), baseSzie=3) for i in range(30)]
    with pytest.raises(OptionError) as caught:
        load_template(a_template(layers=layers))
    assert caught.value.message == (
        "layers.0.baseSzie (and 29 more): no such key. Did you mean baseSize?"
    )
    assert "helios schema template" in caught.value.hint


def test_unknown_key_suggests() -> None:
    with pytest.raises(OptionError, match=r"layers\.0\.partcleCount.*particleCount"):
        load_template(a_template(layers=[a_layer(partcleCount=3)]))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"particleCount": 0}, "particleCount"),
        ({"particleCount": 1_000_000_000}, "particleCount"),
        ({"lifetime": -1}, "lifetime"),
        ({"lifetime": 0}, "lifetime"),
        ({"baseSize": float("nan")}, "baseSize"),
        ({"baseSize": float("inf")}, "baseSize"),
        ({"colorStart": [1.5, 0, 0]}, "colors"),
        ({"colors": []}, "colors"),
        ({"frequencyBand": "sub"}, "frequencyBand"),
        ({"peakLifetime": 2}, "peakLifetime"),
    ],
)
def test_bad_layers_are_refused_by_field(values: dict[str, Any], named: str) -> None:
    with pytest.raises(OptionError, match=named):
        load_template(a_template(layers=[a_layer(**values)]))


def test_template_from_a_newer_version_is_refused() -> None:
    with pytest.raises(OptionError, match="version 99"):
        load_template(a_template(version=99))


def test_unknown_sky_in_a_template_suggests() -> None:
    with pytest.raises(OptionError, match="unknown sky 'galaxy'") as caught:
        load_template(a_template(sky={"preset": "galaxy"}))
    assert "galaxies" in caught.value.hint


def test_two_layers_of_one_id_are_refused() -> None:
    with pytest.raises(OptionError, match="same id"):
        load_template(a_template(layers=[a_layer(), a_layer()]))


def test_feature_of_a_missing_layer_is_refused() -> None:
    feature = {"source": "bass", "target": "size", "amount": 1, "layer": "two"}
    with pytest.raises(OptionError, match="'two'"):
        load_template(a_template(features=[feature]))


def test_nan_in_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"name": "x", "layers": [{"id": "a", "baseSize": NaN}]}')
    with pytest.raises(OptionError, match="NaN"):
        load_template(file)


def test_not_json_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text("{")
    with pytest.raises(OptionError, match=r"mine\.json is not JSON"):
        load_template(file)


def test_folder_stands_for_its_template_and_its_sky(tmp_path: Path) -> None:
    content = a_template(sky={"kind": "image", "file": "sky.png"})
    (tmp_path / "template.json").write_text(json.dumps(content))
    assert load_template(tmp_path).sky.file == str(tmp_path / "sky.png")


@pytest.mark.parametrize("sky", ["../sky.png", "/etc/hostname", "link/sky.png"])
def test_a_template_from_a_file_names_nothing_elsewhere(tmp_path: Path, sky: str) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (tmp_path / "sky.png").write_bytes(b"x")
    template = folder / "mine.json"
    template.write_text(
        json.dumps({"name": "t", "layers": [], "sky": {"kind": "image", "file": sky}})
    )
    with pytest.raises(OptionError, match="leads out of the template's folder"):
        load_template(template)


def test_responses_are_taken_by_name() -> None:
    assert set(response_names()) == {"default", "meditation", "speech", "phonk", "cinematic"}
    assert load_template(a_template(response="Phonk")).response.beat_sensitivity == 1.9
    assert load_template(a_template(response="default")).response == AudioResponse()


def test_upstream_config_loads() -> None:
    template = load_template(CONFIG)
    layer = template.layers[0]
    assert (template.name, template.mode) == ("aurora", "mist")
    assert (layer.opacity, layer.frequency_band) == (0.5, "mids")
    assert layer.colors == ((0.2, 0.9, 0.5), (0.1, 0.5, 0.9))
    assert (template.sky.preset, template.sky.rotation_speed) == ("DarkWorld1", 0.15)
    assert template.water.color == pytest.approx((10 / 255, 24 / 255, 72 / 255))
    assert template.orb.distance == 7
    assert template.response.beat_sensitivity == 1.5


def test_upstream_config_says_what_to_render() -> None:
    assert config_request(CONFIG) == {
        "audio": "./song.wav",
        "output": "./out/aurora.mp4",
        "type": "flat-1080p-portrait",
        "fps": 60,
        "quality": "standard",
        "startFrame": 10,
        "frameCount": 10,
    }


@pytest.mark.parametrize(
    ("theirs", "ours"), [("fast", "draft"), ("balanced", "standard"), ("quality", "high")]
)
def test_qualities_have_our_names(theirs: str, ours: str) -> None:
    options = {**CONFIG["options"], "quality": theirs}
    assert config_request({**CONFIG, "options": options})["quality"] == ours


def an_export() -> dict[str, Any]:
    settings = {
        "intensity": 0.9,
        "layers": [UPSTREAM_LAYER],
        "currentMode": "flame",
        "skyboxPreset": {"key": "darkWorld2", "label": "Dark World 2"},
        "skyboxRotationSpeed": 0,
        "skyboxMaskMode": "none",
        "skyboxPatch2Radius": 0.08,
        "skyboxVideoUrl": None,
        "orbWorldX": 1,
        "cameraOrbitEnabled": True,
        "cameraOrbitRadius": 5,
        "waterEnabled": False,
    }
    record = {"id": "x-1", "name": "Mine", "isBuiltIn": False, "settings": settings}
    other = {**record, "id": "x-2", "name": "Other", "description": "the second"}
    return {"version": "1.0", "exportedAt": 1, "templates": [record, other]}


def test_upstream_export_loads_and_one_is_picked(tmp_path: Path) -> None:
    file = tmp_path / "ethereal-templates.json"
    file.write_text(json.dumps(an_export()))
    assert load_template(file).name == "Mine"
    other = load_template(f"{file}#other")
    assert (other.name, other.description, other.intensity) == ("Other", "the second", 0.9)
    assert other.sky.preset == "darkWorld2"
    assert other.camera.orbit.radius == 5
    with pytest.raises(OptionError) as caught:
        load_template(f"{file}#none")
    assert "Mine" in caught.value.hint


def test_bare_array_and_bare_settings_load(tmp_path: Path) -> None:
    records = an_export()["templates"]
    for content in (records, records[0]["settings"]):
        file = tmp_path / "bare.json"
        file.write_text(json.dumps(content))
        assert load_template(file).layers[0].id == "aurora-flow"


def test_own_sky_of_an_export_is_taken_whole() -> None:
    export = an_export()
    own = {"key": "mine", "label": "Mine", "iterations": 11, "volsteps": 9, "formuparam": 500}
    export["templates"][0]["settings"]["skyboxPreset"] = own
    sky = load_template(export).sky.parameters()
    assert (sky.iterations, sky.volsteps, sky.formuparam) == (11, 9, 500)


def test_misspelt_upstream_setting_suggests() -> None:
    export = an_export()
    export["templates"][0]["settings"]["orbDistence"] = 3
    with pytest.raises(OptionError) as caught:
        load_template(export)
    assert "orbDistance" in caught.value.hint


def test_config_of_another_version_is_refused() -> None:
    with pytest.raises(OptionError, match=r"'2\.0'"):
        load_template({**CONFIG, "version": "2.0"})
