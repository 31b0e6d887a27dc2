"""Looks: what the props of a scene change of its template."""

from __future__ import annotations

from typing import Any

import pytest

from helios.errors import OptionError
from helios.scene.library import load_template, template_names
from helios.scene.look import look_names, unread_names, with_look


@pytest.mark.parametrize("name", template_names())
def test_a_look_that_says_what_is_there_changes_nothing(name: str) -> None:
    template = load_template(name)
    assert with_look(template, {}) == template
    everything = template.model_dump(by_alias=True, mode="json")
    assert with_look(template, {key: everything[key] for key in look_names()}) == template


def test_objects_are_merged_and_null_is_the_default() -> None:
    flame = load_template("etherealFlame")
    looked = with_look(flame, {"sky": {"brightness": 0.5}, "intensity": 2, "bloom": None})
    assert looked.intensity == 2
    assert looked.sky == flame.sky.model_copy(update={"brightness": 0.5})
    assert looked.bloom.strength == 0
    assert looked.layers == flame.layers
    assert looked.name == flame.name


def test_names_that_a_scene_does_not_read_are_told() -> None:
    assert list(unread_names({"intensity": 1, "intensty": 2, "singer": "x"})) == [
        "props: the scene reads no 'intensty'; did you mean 'intensity'?",
        "props: the scene reads no 'singer'",
    ]


def test_layers_are_changed_by_their_ids_and_left_out() -> None:
    flame = load_template("etherealFlame")
    first, *others = flame.layers
    looked = with_look(flame, {"layers": {first.id: {"opacity": 0.25, "colors": ["#ff0000"]}}})
    assert looked.layers[0].opacity == 0.25
    assert looked.layers[0].colors == ((1, 0, 0),)
    assert looked.layers[0].lifetime == first.lifetime
    assert list(looked.layers[1:]) == others
    assert with_look(aurora := load_template("aurora"), {"features": []}).layers == aurora.layers
    without = with_look(flame, {"layers": {first.id: None}, "features": []})
    assert list(without.layers) == others
    own = with_look(flame, {"layers": [{"id": "mine"}], "features": []})
    assert [layer.id for layer in own.layers] == ["mine"]


def test_what_others_read_is_left_to_them() -> None:
    flame = load_template("etherealFlame")
    assert with_look(flame, {"songTitle": "Morning", "name": "x", "version": 9}) == flame


@pytest.mark.parametrize(
    ("look", "told"),
    [
        ({"intensity": 99}, "intensity"),
        ({"sky": {"brightnes": 1}}, "brightnes"),
        ({"sky": {"kind": "image", "file": "/etc/passwd"}}, "names no files"),
        ({"layers": {"nobody": {}}}, "'nobody'"),
        ({"layers": 7}, "layers"),
        ({"water": True}, "water"),
    ],
)
def test_a_look_that_is_wrong_is_refused_in_words(look: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match="props") as caught:
        with_look(load_template("etherealFlame"), look)
    assert told in f"{caught.value.message} {caught.value.hint}"


def test_a_layer_that_is_left_out_is_left_out_of_features_and_score() -> None:
    lake = load_template("emberLake")
    assert any("sparks" in shot.layers for shot in lake.score.shots)
    without = with_look(lake, {"layers": {"sparks": None}})
    assert "sparks" not in {layer.id for layer in without.layers}
    assert not any("sparks" in shot.layers for shot in without.score.shots)
    assert not any(feature.layer == "sparks" for feature in without.features)
    assert len(without.score.shots) == len(lake.score.shots)
