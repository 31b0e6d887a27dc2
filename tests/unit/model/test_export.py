"""One configuration, whoever wrote it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from helios.errors import OptionError
from helios.model.composition import CompositionKind
from helios.model.export import (
    PACKS,
    PLATFORMS,
    STAGE_WEIGHTS,
    ExportConfig,
    ExportRequest,
    dated_name,
    film_name,
    overall,
)
from helios.model.formats import EXPORT_TYPES, export_type
from helios.model.progress import Stage
from helios.planning.resolve import resolve_frames


def read(**values: object) -> ExportConfig:
    config = ExportConfig.read(values)
    assert isinstance(config, ExportConfig)
    return config


SAME = {
    "composition": "etherealFlame",
    "type": "flat-1080p-landscape",
    "audio": "song.mp3",
    "output": "out.mp4",
    "fps": 30,
}


@pytest.mark.parametrize(
    "keys",
    [
        ("templateId", "exportType", "audioPath", "outputPath", "fps"),
        ("templateId", "type", "audioFile", "outputName", "fps"),
        ("template", "export_type", "audio", "output", "fps"),
    ],
)
def test_other_programs_keys_mean_the_same(keys: tuple[str, ...]) -> None:
    renamed = dict(zip(keys, SAME.values(), strict=True))
    assert read(**renamed) == read(**SAME)


def test_two_names_may_not_contradict_each_other() -> None:
    with pytest.raises(OptionError, match="another name of audio"):
        read(composition="x", audioPath="a.mp3", audioFile="b.mp3")


def test_json_gives_the_same_configuration_back() -> None:
    config = read(**SAME, seed=7, props={"a": [1]}, naming="dated", maxDurationS=9.5)
    assert read(**config.to_json()) == config


def test_unknown_keys_and_types_are_refused() -> None:
    with pytest.raises(OptionError, match="no such option"):
        read(composition="x", colour="red")
    with pytest.raises(OptionError, match="unknown export type 'flat-9k'"):
        read(composition="x", type="flat-9k")


@pytest.mark.parametrize("name", [kind.name for kind in EXPORT_TYPES])
def test_a_type_brings_its_size(name: str) -> None:
    config = read(composition="x", type=name)
    draw = resolve_frames(CompositionKind.SCENE, config.options, None).draw
    assert (draw.width, draw.height) == (export_type(name).width, export_type(name).height)


def test_a_platform_is_rendered_as_its_type() -> None:
    assert read(composition="x", type="shorts").options.type == "flat-1080p-portrait"


def test_what_is_given_wins_over_the_type() -> None:
    config = read(composition="x", type="flat-1080p-square", width=64, height=32)
    draw = resolve_frames(CompositionKind.SCENE, config.options, None).draw
    assert (draw.width, draw.height) == (64, 32)


def test_platforms_cap_the_duration() -> None:
    assert read(composition="x", type="shorts").longest_s == 60
    assert read(composition="x", type="Reels", maxDurationS=12).longest_s == 12
    assert read(composition="x", type="flat-4k-landscape").longest_s is None
    for platform in PLATFORMS.values():
        assert export_type(platform.type).name == platform.type


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_is_one_configuration_for_each_type(pack: str) -> None:
    request = ExportRequest.read({"composition": "x", "pack": pack, "fps": 24})
    assert [config.type for config in request.configs] == list(PACKS[pack])
    assert {config.options.fps for config in request.configs} == {Fraction(24)}


@pytest.mark.parametrize("more", [{"pack": {}}, {"pack": "zip"}, {"types": "a"}, {"types": [7]}])
def test_packs_and_types_are_names(more: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=r"pack|types"):
        ExportRequest.read({"composition": "x", **more})


def test_types_can_be_repeated() -> None:
    request = ExportRequest.read({"composition": "x", "type": ["shorts", "360-mono-4k", "shorts"]})
    assert [config.type for config in request.configs] == ["shorts", "360-mono-4k"]


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("a.mov", ["a_shorts.mov", "a_360-stereo-5.7k_360_TB.mov"]),
        ("films/a", ["a_shorts.mp4", "a_360-stereo-5.7k_360_TB.mp4"]),
        (None, ["song_shorts.mp4", "song_360-stereo-5.7k_360_TB.mp4"]),
    ],
)
def test_films_of_one_request_are_told_apart(output: str | None, names: list[str]) -> None:
    values = {"composition": "x", "audio": "song.mp3", "type": ["shorts", "360-stereo-5.7k"]}
    request = ExportRequest.read({**values, **({"output": output} if output else {})})
    assert [film_name(config, "") for config in request.configs] == names
    dated = ExportRequest.read({**values, "output": "a.mp4", "naming": "dated"})
    assert [film_name(config, "20260102") for config in dated.configs] == [
        "20260102_a_shorts_v1.mp4",
        "20260102_a_360-stereo-5.7k_v1.mp4",
    ]
    (one,) = ExportRequest.read({**values, "type": ["shorts"], "output": "a.mov"}).configs
    assert film_name(one, "") == "a.mov"


def test_dated_names_count_up() -> None:
    first = dated_name("20261121", "My Söng!", "shorts", ".mp4")
    assert first == "20261121_my_söng_shorts_v1.mp4"
    assert dated_name("20261121", "My Söng!", "shorts", ".mp4", [first]).endswith("_v2.mp4")


def test_films_are_named_after_their_song_and_type() -> None:
    config = read(composition="etherealFlame", type="shorts", audio="dir/My Song.mp3")
    assert film_name(config, "20261121") == "my_song_shorts.mp4"
    dated = read(**config.to_json(), naming="dated")
    assert film_name(dated, "20261121") == "20261121_my_song_shorts_v1.mp4"
    assert film_name(read(composition="x", output="a/Clip"), "20261121") == "Clip.mp4"
    assert film_name(read(composition="x", output="Clip.webm"), "20261121") == "Clip.webm"


@pytest.mark.parametrize("output", [".", "..", "films/", "films/..", "a/.", "films\\", "\\"])
def test_an_output_ends_in_a_files_name(output: str) -> None:
    with pytest.raises(OptionError, match="must end in a file's name"):
        read(composition="x", output=output)


def test_stage_weights_are_the_whole() -> None:
    assert sum(STAGE_WEIGHTS.values()) == pytest.approx(1)
    ends = [overall(stage, 1.0).percent for stage in Stage]
    assert ends == pytest.approx([10, 80, 95, 100])
    assert overall(Stage.RENDERING, 0.5).percent == pytest.approx(45)


def test_a_configuration_has_options_and_is_flat_as_json() -> None:
    config = read(templateId="aurora", type="Shorts", fps=24, audioPath="song.mp3")
    assert config.type == "shorts"
    assert config.options.type == "flat-1080p-portrait"
    assert config.options.fps == 24
    written = config.to_json()
    assert written["composition"] == "aurora"
    assert (written["type"], written["fps"]) == ("shorts", "24")
    assert "options" not in written
    assert read(**written) == config


@pytest.mark.parametrize("values", [{"options": {}}, {"options": {"fps": 30}}, {"options": None}])
def test_options_of_a_stranger_are_never_taken_whole(values: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="--options: no such option"):
        read(composition="aurora", **values)


def test_every_wrong_value_is_named_wherever_it_belongs() -> None:
    with pytest.raises(OptionError) as caught:
        read(composition="", fps=-1, type="nothing", naming="odd")
    for name in ("--composition", "--fps", "--type", "--naming"):
        assert caught.value.message.count(name) == 1, caught.value.message
